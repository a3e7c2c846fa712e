package deliver

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func testFolder(t *testing.T) *folder {
	f, err := openFolder(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// What was looked at and is something else a moment later is not deleted.
func TestRemoveLooksAgain(t *testing.T) {
	for name, change := range map[string]func(path string){
		"written to": func(path string) { os.WriteFile(path, []byte("looked at, and more"), 0o644) },
		"touched":    func(path string) { os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)) },
		"replaced": func(path string) {
			info, _ := os.Stat(path)
			os.WriteFile(path+".new", []byte("LOOKED AT"), 0o644)
			os.Chtimes(path+".new", time.Time{}, info.ModTime())
			os.Rename(path+".new", path)
		},
		"a link": func(path string) {
			os.Rename(path, path+".x")
			os.Symlink(path+".x", path)
		},
	} {
		f := testFolder(t)
		path := filepath.Join(f.path, "a")
		require.NoError(t, os.WriteFile(path, []byte("looked at"), 0o644))
		info, err := f.lstat("a")
		require.NoError(t, err)
		change(path)
		require.ErrorIs(t, f.remove("a", info), errOther, name)
		_, err = os.Lstat(path)
		require.NoError(t, err, name)
	}
	f := testFolder(t)
	require.NoError(t, os.WriteFile(filepath.Join(f.path, "a"), nil, 0o644))
	info, err := f.lstat("a")
	require.NoError(t, err)
	require.NoError(t, f.remove("a", info))
	require.NoError(t, f.remove("a", info), "gone is gone")
}

func TestOpensRegularFilesOnly(t *testing.T) {
	f := testFolder(t)
	require.NoError(t, syscall.Mkfifo(filepath.Join(f.path, "fifo"), 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(f.path, "dir"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(f.path, "dir/file"), nil, 0o644))
	require.NoError(t, os.Symlink("dir", filepath.Join(f.path, "link")))
	require.NoError(t, os.Symlink("dir/file", filepath.Join(f.path, "link2")))
	for _, name := range []string{"fifo", "dir", "link", "link/file", "link2"} {
		_, _, err := f.open(name)
		require.ErrorIs(t, err, errOther, name)
	}
	file, _, err := f.open("dir/file")
	require.NoError(t, err)
	file.Close()
}
