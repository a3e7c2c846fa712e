package janus

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
			if !yield(Found{Path: path, Size: info.Size(), ModTimeNs: info.ModTime().UnixNano(),
				Inode: info.Sys().(*syscall.Stat_t).Ino}) {
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

// What is being written is grouped by its name and its last modification, as it is by its content when it is complete,
// and nobody needs to read it for that: it is not even there.
func TestCacheUpdateWriting(t *testing.T) {
	folder := t.TempDir()
	written := func(seconds float64) int64 { return (t0 + int64(seconds*1e6)) * 1000 }
	update := func(c *Cache, until float64) {
		require.True(t, c.Update(func(yield func(Found) bool) {
			for i, name := range []string{
				vr("1", "a", 0, "audio", 0), vr("1", "a", 0.0001, "video", 1), // one publication
				vr("1", "a", 8, "video", 2),           // joins them while they go on
				vr("1", "a", 20, "audio", 0) + ".tmp", // comes back
			} {
				end := until
				if i == 3 {
					end = 30
				}
				yield(Found{Path: filepath.Join(folder, name), Size: 4096, ModTimeNs: written(end), Inode: uint64(i + 1),
					Writing: true})
			}
		}))
	}
	var c Cache
	update(&c, 10)
	recordings, bad := c.Recordings()
	require.Empty(t, bad)
	require.Equal(t, map[string]int{"1-a": 3, "1-a-2": 1}, sizes(recordings))
	last := recordings[0].Participants[1].Tracks[0]
	require.True(t, last.Temporary)
	require.NoError(t, last.Err)
	require.EqualValues(t, 4096, last.Size)
	update(&c, 5) // they were over before the screen was shared
	recordings, _ = c.Recordings()
	require.Len(t, recordings[0].Participants, 3)

	// As soon as nobody writes, it is read, although nothing else changes.
	real := audio(t, folder, "1", "b", 0, 10)
	info, err := os.Stat(real)
	require.NoError(t, err)
	for _, writing := range []bool{true, false, true} {
		require.True(t, c.Update(func(yield func(Found) bool) {
			yield(Found{Path: real, Size: info.Size(), ModTimeNs: info.ModTime().UnixNano(), Writing: writing})
		}))
		recordings, _ = c.Recordings()
		require.Equal(t, writing, recordings[0].Participants[0].Tracks[0].Info.Codec == "")
	}
}
