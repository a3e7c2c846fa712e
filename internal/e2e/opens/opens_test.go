package opens

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func await(t *testing.T, l *Log, path string) {
	require.Eventually(t, func() bool { return !l.Written()[path].IsZero() }, 2*time.Minute, 5*time.Millisecond, path)
}

func TestNobodyElse(t *testing.T) {
	dir := t.TempDir()
	l := Watch(t, dir)
	path := filepath.Join(dir, "x")
	f, err := os.Create(path + ".tmp")
	require.NoError(t, err)
	_, err = f.WriteString("MJR00002")
	require.NoError(t, err)
	_, err = os.Stat(path + ".tmp") // is no open
	require.NoError(t, err)
	require.NoError(t, os.Rename(path+".tmp", path))
	_, err = os.ReadFile(path) // after the name, before the close
	require.NoError(t, err)
	f.Close()
	await(t, l, path)
	require.Empty(t, l.Early())
	require.Equal(t, 1, l.Made())
}

// Whoever looks into a file too early is found out, also if that is right after it was made, and if nothing is read.
func TestSomebodyElse(t *testing.T) {
	for name, meddle := range map[string]func(path string) error{
		"open": func(path string) error {
			f, err := os.Open(path)
			if err == nil {
				f.Close()
			}
			return err
		},
		"read": func(path string) error { _, err := os.ReadFile(path); return err },
		"open for long": func(path string) error {
			f, err := os.Open(path)
			t.Cleanup(func() { f.Close() })
			return err
		},
	} {
		for _, first := range []string{"", "MJR00002"} {
			dir := t.TempDir()
			l := Watch(t, dir)
			path := filepath.Join(dir, "x")
			f, err := os.Create(path)
			require.NoError(t, err)
			_, err = f.WriteString(first)
			require.NoError(t, err)
			if name == "open for long" {
				// Two opens in a row are one event if nobody has read the first: give the log time to.
				require.Eventually(t, func() bool {
					l.mu.Lock()
					defer l.mu.Unlock()
					return l.files[path] != nil && l.files[path].opened == 1
				}, 10*time.Second, time.Millisecond)
			}
			require.NoError(t, meddle(path))
			f.Close()
			await(t, l, path)
			require.Len(t, l.Early(), 1, name)
		}
	}
}
