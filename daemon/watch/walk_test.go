package watch

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestHostileNames(t *testing.T) {
	b := newBench(t)
	b.folder.Template = "{room}/{user}/{name}"
	b.restart()
	outside := filepath.Join(filepath.Dir(b.root), "outside")
	require.NoError(t, os.Mkdir(outside, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(outside, "secret.mjr"), []byte("MJR00002"), 0o644))

	bad := []string{"fifo.mjr", "link.mjr", "linked folder", "nowhere.mjr", "socket.mjr", "loop", "\xff\xfe-audio.mjr",
		"b\xff/x.mjr"}
	require.NoError(t, unix.Mkfifo(filepath.Join(b.root, "fifo.mjr"), 0o644))
	require.NoError(t, os.Symlink(filepath.Join(outside, "secret.mjr"), filepath.Join(b.root, "link.mjr")))
	require.NoError(t, os.Symlink(outside, filepath.Join(b.root, "linked folder")))
	require.NoError(t, os.Symlink("/nonexistent", filepath.Join(b.root, "nowhere.mjr")))
	require.NoError(t, os.Symlink("..", filepath.Join(b.root, "loop")))
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	require.NoError(t, err)
	defer unix.Close(fd)
	t.Chdir(b.root) // the address of a socket is short
	require.NoError(t, unix.Bind(fd, &unix.SockaddrUnix{Name: "socket.mjr"}))

	good := []string{
		"videoroom-..-user-..-1795235572557674-audio-0.mjr",
		"videoroom-a\nb-user-\r\x1b[31m-1795235572557674-audio-0.mjr",
		"videoroom-🙂-user-👩‍👩‍👧-1795235572557674-audio-0.mjr",
		strings.Repeat("x", 251) + ".mjr",
		"..audio.mjr.mjr"[2:],
		"...mjr"[1:], // hidden
		"-rf.mjr",
		"a/b/-user-.mjr",
		`\\server\share.mjr`,
	}
	for _, name := range append([]string{"\xff\xfe-audio.mjr", "b\xff/x.mjr"}, good...) {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte("MJR00002"), 0o644))
	}
	b.pass(time.Hour)
	done := make(chan error, 1)
	go func() { done <- b.Scan(t.Context()) }()
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(2 * time.Minute):
		t.Fatal("the scan hangs")
	}
	require.Len(t, b.specs, len(good)-1)
	for _, s := range b.specs {
		require.True(t, filepath.IsLocal(s.Name), "%q", s.Name)
		for c := range strings.SplitSeq(s.Name, "/") {
			require.NotContains(t, "..", c, "%q", s.Name)
			require.LessOrEqual(t, len(c), 200)
			require.False(t, strings.ContainsAny(c, "\n\r\x1b\\"), "%q", s.Name)
		}
		for _, src := range s.Sources {
			require.True(t, strings.HasPrefix(src.Path, b.root+"/"))
		}
	}
	var rejected []string
	for _, r := range b.Status().Rejected {
		rejected = append(rejected, r.File)
	}
	require.ElementsMatch(t, bad, rejected)
	require.Empty(t, b.Status().Pending)
}

func TestExcludedFolders(t *testing.T) {
	b := newBench(t)
	b.folder.Exclude = []string{
		filepath.Join(b.root, "done"), filepath.Join(b.root, "not there"), b.root, filepath.Dir(b.root),
		filepath.Join(filepath.Dir(b.root), "link", "out"),
	}
	b.restart()
	require.NoError(t, os.Symlink(b.root, filepath.Join(filepath.Dir(b.root), "link")))
	for _, folder := range []string{"done/a", ".hidden", "out", "in/done"} {
		b.call(folder, "")
	}
	b.pass(time.Hour)
	b.scan("in/done/" + audio + " in/done/" + video)
	require.Equal(t, 2, b.Status().Files)
}

func TestDeepFolders(t *testing.T) {
	b := newBench(t)
	b.call(strings.Repeat("d/", maxDepth), "")
	b.call(strings.Repeat("d/", maxDepth)+"e", "")
	b.pass(time.Hour)
	require.NoError(t, b.Scan(t.Context()))
	require.Len(t, b.submitted(), 1)
	require.Len(t, b.Status().Rejected, 1)
	require.Contains(t, b.Status().Rejected[0].Why, "deep")
}

func TestRootComesAndGoes(t *testing.T) {
	b := newBench(t)
	away := b.root + " away"
	b.call("", "")
	require.NoError(t, os.Rename(b.root, away))
	b.pass(time.Hour)
	require.ErrorContains(t, b.Scan(t.Context()), "there is no folder "+b.root)
	require.Contains(t, b.Status().Error, "there is no folder")
	require.NoError(t, os.WriteFile(b.root, nil, 0o644))
	require.ErrorContains(t, b.Scan(t.Context()), "is not a folder")
	require.NoError(t, os.Remove(b.root))
	require.NoError(t, os.Rename(away, b.root))
	b.scan(both)
	require.Empty(t, b.Status().Error)

	// What is known of it survives that it is gone for a while.
	path := filepath.Join(b.root, audio)
	before, err := os.Stat(path)
	require.NoError(t, err)
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString("X") // to see whether it is read again
	require.NoError(t, errors.Join(err, f.Close(), os.Chtimes(path, before.ModTime(), before.ModTime())))
	require.NoError(t, os.Rename(b.root, away))
	require.Error(t, b.Scan(t.Context()))
	require.NoError(t, os.Rename(away, b.root))
	b.scan()
	require.Equal(t, 3, strings.Count(b.log.String(), "the folder cannot be watched"), b.log.String())
	require.Equal(t, 2, strings.Count(b.log.String(), "the folder is watched again"))
}

func TestRootIsALink(t *testing.T) {
	b := newBench(t)
	b.call("", "")
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(b.root, link))
	b.folder.Root = link
	b.restart()
	b.pass(time.Hour)
	require.NoError(t, b.Scan(t.Context()))
	require.Len(t, b.specs, 1)
	require.Equal(t, filepath.Join(link, video), b.specs[0].Sources[0].Path)
}

// A folder that cannot be read is stated; the others are not affected. Root may read anything, so this needs another
// user.
func TestUnreadableFolder(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read any folder")
	}
	b := newBench(t)
	b.call("shut", "")
	b.call("open", "")
	require.NoError(t, os.Chmod(filepath.Join(b.root, "shut"), 0))
	defer os.Chmod(filepath.Join(b.root, "shut"), 0o755) //nolint:errcheck // for the test's cleaning up
	require.NoError(t, os.Chmod(filepath.Join(b.root, "open", audio), 0))
	b.pass(time.Hour)
	b.scan()
	require.Contains(t, b.Status().Rejected[0].Why, "permission denied")
	require.Contains(t, b.Status().Pending[0].Why, "permission denied")
	require.NoError(t, os.Chmod(filepath.Join(b.root, "open", audio), 0o644))
	require.NoError(t, os.Chmod(filepath.Join(b.root, "shut"), 0o755))
	require.NoError(t, b.Scan(t.Context()))
	require.Len(t, b.submitted(), 1, "the other one is the same recording")
	require.Empty(t, b.Status().Rejected)
}

func TestSpecs(t *testing.T) {
	b := newBench(t)
	b.call("a", "")
	b.call("out", "")
	b.folder.Exclude = []string{filepath.Join(b.root, "out")}
	b.restart()
	require.NoError(t, os.Symlink("a", filepath.Join(b.root, "link")))
	want := ""
	for _, path := range []string{"a", b.root, ".", filepath.Join(b.root, "a")} {
		specs, err := b.Specs(t.Context(), []string{path})
		require.NoError(t, err)
		require.Len(t, specs, 1)
		require.Len(t, specs[0].Sources, 2)
		require.Equal(t, "a/1234-1001", specs[0].Name)
		want = specs[0].ID
	}
	b.pass(time.Hour)
	require.NoError(t, b.Scan(t.Context()))
	require.Equal(t, want, b.specs[0].ID, "as the watcher would submit it")
	for path, why := range map[string]string{
		"../x": "not in the watched folder", "/etc": "not in the watched folder", "link": "link", "link/" +
			audio: "link",
		"out": "not looked into", "none": "no such file",
	} {
		_, err := b.Specs(t.Context(), []string{path})
		require.ErrorContains(t, err, why)
	}
	_, err := b.Specs(t.Context(), nil)
	require.Error(t, err)
	f, err := os.OpenFile(filepath.Join(b.root, "a", audio), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	defer f.Close()
	_, err = b.Specs(t.Context(), []string{"a"})
	require.ErrorContains(t, err, "is open for writing")
}
