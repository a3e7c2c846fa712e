package files

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func names(t *testing.T, dir string) (list []string) {
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "page")
	words := func(text string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, text); return err }
	}
	for _, text := range []string{"first", "second"} {
		require.NoError(t, Replace(path, 0o640, words(text)))
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, text, string(got))
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o640), info.Mode())

	torn := errors.New("torn")
	require.ErrorIs(t, Replace(path, 0o640, func(w io.Writer) error { return errors.Join(words("third")(w), torn) }), torn)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "second", string(got))
	assert.Error(t, Replace(filepath.Join(dir, "none", "page"), 0o640, words("")))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	assert.Error(t, Replace(filepath.Join(dir, "folder"), 0o640, words("")))
	assert.Equal(t, []string{"folder", "page"}, names(t, dir), "nothing is left behind")
}

func TestSync(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	assert.NoError(t, Sync(path))
	assert.NoError(t, SyncFolder(dir))
	assert.ErrorIs(t, Sync(filepath.Join(dir, "none")), fs.ErrNotExist)
	assert.ErrorIs(t, SyncFolder(filepath.Join(dir, "none")), fs.ErrNotExist)
	assert.NoError(t, SyncFolder("/proc/self"), "a file system that cannot")
}

func TestPublish(t *testing.T) {
	noLinks := func(place, string, string) error { return syscall.EPERM }
	noRename := func(int, string, int, string, uint) error { return unix.EINVAL }
	for name, without := range map[string]func(){
		"links":    func() {},
		"no links": func() { link = noLinks },
		"neither":  func() { link, renameat2 = noLinks, noRename },
		"answer lost": func() {
			link = func(in place, from, to string) error { return errors.Join(in.Link(from, to), syscall.EEXIST) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			oldLink, oldRename := link, renameat2
			t.Cleanup(func() { link, renameat2 = oldLink, oldRename })
			without()
			for where, in := range map[string]func(root *os.Root, from, to string) error{
				"host": func(root *os.Root, from, to string) error {
					return Publish(filepath.Join(root.Name(), from), filepath.Join(root.Name(), to))
				},
				"root": PublishIn,
			} {
				dir := t.TempDir()
				root, err := os.OpenRoot(dir)
				require.NoError(t, err)
				defer root.Close()
				require.NoError(t, root.WriteFile(".part", []byte("new"), 0o600))
				require.NoError(t, root.WriteFile("taken", []byte("old"), 0o600))

				require.ErrorIs(t, in(root, ".part", "taken"), fs.ErrExist, where)
				text, err := root.ReadFile("taken")
				require.NoError(t, err)
				assert.Equal(t, "old", string(text))

				require.NoError(t, in(root, ".part", "free"), where)
				text, err = root.ReadFile("free")
				require.NoError(t, err)
				assert.Equal(t, "new", string(text))
				assert.Equal(t, []string{"free", "taken"}, names(t, dir))
				assert.ErrorIs(t, in(root, ".part", "other"), fs.ErrNotExist)
				assert.Equal(t, []string{"free", "taken"}, names(t, dir), "no placeholder stays")
			}
		})
	}
}
