package recording

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// walked are all files below a folder.
func walked(t *testing.T, folder string) func(yield func(Found) bool) {
	return func(yield func(Found) bool) {
		require.NoError(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			require.NoError(t, err)
			if !yield(Found{path, info.Size(), info.ModTime().UnixNano(), info.Sys().(*syscall.Stat_t).Ino}) {
				return fs.SkipAll
			}
			return nil
		}))
	}
}

func TestCacheUpdate(t *testing.T) {
	folder := busy(t)
	write(t, folder, "broken.mjr", []byte("MJR00002\x00\x02{}"))
	write(t, folder, "notes.txt", nil)
	var c Cache
	same := func(changed bool) {
		t.Helper()
		require.Equal(t, changed, c.Update(walked(t, folder)))
		recordings, bad := c.Recordings()
		want, wantBad, err := Find([]string{folder})
		require.NoError(t, err)
		require.Equal(t, want, recordings)
		require.Equal(t, wantBad, bad)
	}
	same(true)
	same(false)
	added := audio(t, folder, "1", "new", 3, 20)
	same(true)
	require.NoError(t, os.Remove(added))
	same(true)
	same(false)
}
