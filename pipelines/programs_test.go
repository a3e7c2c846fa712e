package pipelines

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPrograms(t *testing.T) {
	elements := []string{"uprightstage", "videoconvert", "x264enc"}
	first, err := Programs(elements)
	require.NoError(t, err)
	for _, name := range []string{"upright", "fonts", "libgstx264.so"} {
		require.NotEmpty(t, first[name], name)
	}
	require.True(t, slices.ContainsFunc(slices.Collect(maps.Keys(first)), func(name string) bool {
		return strings.HasPrefix(name, "libx264.so.")
	}), "a plugin's library")
	again, err := Programs(elements)
	require.NoError(t, err)
	require.Equal(t, first, again)
	other, err := Programs([]string{"uprightstage", "videoconvert", "openh264enc"})
	if err == nil {
		require.NotEqual(t, first, other)
	}
	_, err = Programs([]string{"noelementhasthisname"})
	require.ErrorContains(t, err, "noelementhasthisname")
}

// A file of another build is another one, also where nothing says which build it is from.
func TestBuiltFrom(t *testing.T) {
	self, libraries, err := builtFrom("/proc/self/exe")
	require.NoError(t, err)
	require.NotEmpty(t, libraries)
	shell, err := exec.LookPath("sh")
	require.NoError(t, err)
	sh, _, err := builtFrom(shell)
	require.NoError(t, err)
	require.NotEqual(t, self, sh)
	_, _, err = builtFrom("/etc/passwd")
	require.ErrorContains(t, err, "/etc/passwd")

	content, err := os.ReadFile(shell)
	require.NoError(t, err)
	copied := filepath.Join(t.TempDir(), "sh")
	require.NoError(t, os.WriteFile(copied, content, 0o600))
	same, _, err := builtFrom(copied)
	require.NoError(t, err)
	require.Equal(t, sh, same)
}

func TestMapped(t *testing.T) {
	maps := []byte("7f00-7f01 r-xp 00000000 08:01 1   /usr/lib/libx264.so.164\n" +
		"7f02-7f03 r-xp 00000000 08:01 2   /usr/lib/libglib-2.0.so.0.7400.6\n7f04-7f05 rw-p 00000000 00:00 0\n")
	require.Equal(t, "/usr/lib/libx264.so.164", mapped(maps, "libx264.so.164"))
	require.Equal(t, "/usr/lib/libglib-2.0.so.0.7400.6", mapped(maps, "libglib-2.0.so.0"))
	require.Empty(t, mapped(maps, "libx264.so.16"))
	require.Empty(t, mapped(maps, "linux-vdso.so.1"))
}
