package files

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// occupied is how many bytes a file takes on the disk.
func occupied(t *testing.T, path string) int64 {
	t.Helper()
	st, err := os.Stat(path)
	require.NoError(t, err)
	return st.Sys().(*syscall.Stat_t).Blocks * 512
}

// What is written is there, and no more: also where the beginning comes last and pieces are large or small.
func TestGrowing(t *testing.T) {
	for name, c := range map[string]struct{ piece, pieces int }{
		"small": {1000, 100}, "large": {700_001, 60}, "larger than a step": {spaceStep + 12345, 2},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a")
			require.NoError(t, os.WriteFile(path, make([]byte, 100), 0o600))
			g, err := CreateGrowing(path)
			require.NoError(t, err)
			require.Equal(t, path, g.Name())
			const head = 5000
			want, piece := make([]byte, head), make([]byte, c.piece)
			for i := range c.pieces {
				for j := range piece {
					piece[j] = byte(i + j>>3)
				}
				n, err := g.WriteAt(piece, int64(len(want)))
				require.NoError(t, err)
				require.Equal(t, len(piece), n)
				want = append(want, piece...)
			}
			st, err := os.Stat(path)
			require.NoError(t, err)
			require.LessOrEqual(t, st.Size(), int64(len(want)), "space that is taken does not count")
			require.Less(t, int64(len(want))-st.Size(), int64(alignment), "little is held")
			copy(want, "the beginning")
			_, err = g.WriteAt(want[:head], 0)
			require.NoError(t, err)
			again := make([]byte, c.piece)
			_, err = g.ReadAt(again, head)
			require.NoError(t, err)
			require.True(t, bytes.Equal(want[head:][:c.piece], again))
			require.NoError(t, g.Close())
			got, err := os.ReadFile(path)
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, got))
			require.NoError(t, Sync(path))
			require.Less(t, occupied(t, path), int64(len(want))+1<<20, "what was not needed is given back")
			require.ErrorIs(t, g.Close(), os.ErrClosed)
		})
	}
}

// What can take no space in advance can be written all the same.
func TestGrowingWithoutSpace(t *testing.T) {
	g, err := CreateGrowing(os.DevNull)
	require.NoError(t, err)
	for i := range int64(3) {
		_, err = g.WriteAt(make([]byte, spaceStep), i*spaceStep)
		require.NoError(t, err)
	}
	require.True(t, g.none)
	require.NoError(t, g.Close())
	_, err = CreateGrowing(filepath.Join(t.TempDir(), "no", "folder"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// A full disk says so when it is written to, and not before.
func TestGrowingOnAFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	g, err := CreateGrowing("/dev/full")
	require.NoError(t, err)
	n, err := g.WriteAt(make([]byte, 10), 0)
	require.NoError(t, err)
	require.Equal(t, 10, n)
	for at := range int64(2) { // with and without something in front
		_, err = g.WriteAt(make([]byte, spaceStep), 10+at)
		require.ErrorIs(t, err, syscall.ENOSPC)
		_, err = g.ReadAt(make([]byte, 10), 0)
		require.ErrorIs(t, err, syscall.ENOSPC, "what is held cannot be written")
	}
	require.ErrorIs(t, g.Close(), syscall.ENOSPC)
}
