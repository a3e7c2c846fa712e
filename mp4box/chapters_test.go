package mp4box

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAddChapters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.mp4")
	before := sample(t, 0, false)
	require.NoError(t, os.WriteFile(path, before, 0o600))
	want := parse(t, before)
	require.NoError(t, AddChapters(path, []Chapter{{0, "Start"}, {1500 * time.Millisecond, strings.Repeat("é", 200)}}))
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, parse(t, after), "all else is as it was")
	i := bytes.Index(after, []byte("chpl"))
	require.Positive(t, i)
	require.Equal(t, append([]byte{1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 5}, "Start"...), after[i+4:i+4+23])
	require.Equal(t, []byte{0, 0, 0, 0, 0, 0xe4, 0xe1, 0xc0, 254}, after[i+27:i+36])
	require.NoError(t, IndexFirst(path))
	info, err := Read(path)
	require.NoError(t, err)
	require.True(t, info.FastStart)
	require.ErrorContains(t, AddChapters(path, []Chapter{{}}), "index is not at its end")
	require.ErrorContains(t, AddChapters(path, make([]Chapter, 256)), "too many")
	require.NoError(t, os.WriteFile(path, []byte("no"), 0o600))
	require.ErrorIs(t, AddChapters(path, []Chapter{{}}), ErrNoIndex)
}
