package files

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scene is a folder with one of everything that a name can be.
func scene(t *testing.T) string {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	require.NoError(t, os.WriteFile(at("file"), []byte("content"), 0o600))
	require.NoError(t, os.Mkdir(at("folder"), 0o700))
	require.NoError(t, syscall.Mkfifo(at("pipe"), 0o600))
	require.NoError(t, os.Symlink("file", at("link")))
	require.NoError(t, os.Symlink("pipe", at("link-to-pipe")))
	require.NoError(t, os.Symlink("nothing", at("broken")))
	require.NoError(t, os.Symlink("/etc/passwd", at("out")))
	l, err := net.Listen("unix", at("socket"))
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return dir
}

func TestOpen(t *testing.T) {
	dir := scene(t)
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	for _, c := range []struct {
		name  string
		links Links
		want  string // the reason of the error
	}{
		{"file", Follow, ""},
		{"file", Refuse, ""},
		{"link", Follow, ""},
		{"link", Refuse, "it is a symbolic link, not a regular file"},
		{"folder", Follow, "it is a folder, not a regular file"},
		{"pipe", Follow, "it is a named pipe, not a regular file"},
		{"pipe", Refuse, "it is a named pipe, not a regular file"},
		{"link-to-pipe", Follow, "it is a named pipe, not a regular file"},
		{"socket", Follow, "it is a socket, not a regular file"},
		{"broken", Follow, "no such file or directory"},
		{"broken", Refuse, "it is a symbolic link, not a regular file"},
	} {
		for where, open := range map[string]func() (*os.File, fs.FileInfo, error){
			"host": func() (*os.File, fs.FileInfo, error) { return Open(filepath.Join(dir, c.name), c.links) },
			"root": func() (*os.File, fs.FileInfo, error) { return OpenIn(root, c.name, os.O_RDONLY, c.links) },
		} {
			f, info, err := opened(t, open)
			if c.want != "" {
				require.Error(t, err, "%s %s", where, c.name)
				assert.Equal(t, c.want, Reason(err).Error(), "%s %s", where, c.name)
				assert.Contains(t, err.Error(), c.name)
				assert.Equal(t, c.want != "no such file or directory", errors.Is(err, ErrNotRegular))
				continue
			}
			require.NoError(t, err, "%s %s", where, c.name)
			text, err := io.ReadAll(f)
			require.NoError(t, err)
			assert.Equal(t, "content", string(text))
			assert.EqualValues(t, 7, info.Size())
			f.Close()
		}
	}
	_, _, err = OpenIn(root, "out", os.O_RDONLY, Follow)
	assert.Error(t, err, "a link leads out of the folder")
	_, _, err = Open("/dev/null", Follow)
	assert.ErrorContains(t, err, "/dev/null: it is a device, not a regular file")
}

// opened fails the test when opening waits.
func opened(t *testing.T, open func() (*os.File, fs.FileInfo, error)) (f *os.File, info fs.FileInfo, err error) {
	t.Helper()
	done := make(chan struct{})
	go func() { f, info, err = open(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		require.FailNow(t, "opening waits")
	}
	return f, info, err
}

func TestOpenForWriting(t *testing.T) {
	root, err := os.OpenRoot(scene(t))
	require.NoError(t, err)
	defer root.Close()
	f, _, err := OpenIn(root, "file", os.O_RDWR, Refuse)
	require.NoError(t, err)
	defer f.Close()
	_, err = f.WriteAt([]byte("C"), 0)
	require.NoError(t, err)
}

func TestRead(t *testing.T) {
	dir := scene(t)
	text, err := Read(filepath.Join(dir, "link"), 7)
	require.NoError(t, err)
	assert.Equal(t, "content", string(text))
	_, err = Read(filepath.Join(dir, "file"), 6)
	assert.ErrorIs(t, err, ErrTooLarge)
	assert.ErrorContains(t, err, "it has more than 6 bytes")
	_, err = Read(filepath.Join(dir, "pipe"), 6)
	assert.ErrorIs(t, err, ErrNotRegular)
}

func TestReason(t *testing.T) {
	_, err := os.Open("/does/not/exist")
	assert.Equal(t, syscall.ENOENT, Reason(err))
	assert.Equal(t, syscall.ENOENT, Reason(os.Link("/does/not/exist", "/neither")))
	assert.NoError(t, Reason(nil))
}
