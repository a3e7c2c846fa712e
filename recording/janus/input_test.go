package janus

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/recording"
)

func TestFindEveryFileOnce(t *testing.T) {
	folder := t.TempDir()
	a := audio(t, folder, "1", "a", 0, 10)
	v := video(t, folder, "1", "a", 1, 0.0001, 10)
	other := filepath.Join(t.TempDir(), "other way")
	require.NoError(t, os.Symlink(folder, other))
	inputs := []string{folder, a, v, a, other, folder + "/../" + filepath.Base(folder),
		filepath.Join(other, filepath.Base(a))}
	recordings := find(t, inputs...)
	require.Equal(t, map[string]int{"1-a": 2}, sizes(recordings))
	slices.Reverse(inputs)
	require.Equal(t, recordings, find(t, inputs...), "the path does not depend on the order either")
}

// Whoever may write to a folder must not decide what is read elsewhere.
func TestFindFollowsNoLinks(t *testing.T) {
	store, folder := t.TempDir(), t.TempDir()
	real := rec(t, store, "5f3c.mjr", "a", "opus", 0, 5)
	link := filepath.Join(folder, vr("1", "a", 0, "audio", 0))
	require.NoError(t, os.Symlink(real, link))
	require.NoError(t, os.Symlink(store, filepath.Join(folder, "store")))
	require.NoError(t, os.Symlink(store, filepath.Join(folder, "store.mjr")))
	require.NoError(t, os.Symlink(folder, filepath.Join(folder, "round and round")))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(folder, "gone.mjr")))
	require.Empty(t, find(t, folder))

	_, bad, err := Find([]string{link, filepath.Join(folder, "gone.mjr")})
	require.NoError(t, err)
	require.Len(t, bad, 2)
	require.ErrorContains(t, bad[0].Err, "it is a symbolic link that leads nowhere")
	require.EqualError(t, bad[1].Err, "cannot use "+link+": it is a symbolic link that leads out of its folder, which "+
		"is not followed; use "+real+" itself")

	audio(t, folder, "2", "b", 0, 10)
	outside := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(folder, outside))
	require.Equal(t, map[string]int{"2-b": 1}, sizes(find(t, outside)), "a folder given as input is what the user means")
}

func TestFindFolders(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 10)
	audio(t, filepath.Join(folder, "2026/01/02"), "2", "b", 0, 10)
	audio(t, filepath.Join(folder, ".trash"), "3", "c", 0, 10)
	write(t, folder, "._"+vr("1", "a", 0, "audio", 0), []byte("what macOS leaves on network shares"))
	write(t, folder, "notes.txt", nil)
	write(t, folder, "x.mjr.webm", []byte("\x1aE\xdf\xa3"))
	require.Equal(t, map[string]int{"1-a": 1, "2-b": 1}, sizes(find(t, folder)))

	empty, bad, err := Find([]string{t.TempDir()})
	require.NoError(t, err)
	require.Empty(t, empty)
	require.Empty(t, bad)
}

func TestFindUnusable(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 10)
	cut := write(t, folder, vr("1", "a", 0, "video", 1), []byte("MJR00002\x00\x50{\"t\": "))
	text := write(t, folder, "text.mjr", []byte("not a recording at all"))
	broken := write(t, folder, "broken.mjr", []byte("MJR00002\x00\x02{}"))

	r, bad := soon(t, folder)
	require.Equal(t, map[string]int{"1-a": 2}, sizes(r), "the name says whose camera it is")
	require.Equal(t, cut, r[0].Participants[0].Tracks[0].Path)
	require.ErrorContains(t, r[0].Participants[0].Tracks[0].Err, "header is cut off")
	texts := map[string]string{}
	for _, f := range bad {
		texts[f.Path] = f.Err.Error()
		if f.Path == text {
			require.ErrorIs(t, f.Err, recording.ErrUnknownFormat)
		}
	}
	require.Len(t, texts, 2)
	require.Contains(t, texts[text], "cannot use "+text+": this is not an MJR recording")
	require.Contains(t, texts[broken], "header is broken")
}

// What is no file is passed over in a folder, and said where the user has named it. Nothing waits for its other end.
func TestFindSpecialFiles(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 10)
	pipe, socket := filepath.Join(folder, "pipe.mjr"), filepath.Join(folder, "socket.mjr")
	require.NoError(t, unix.Mkfifo(pipe, 0o644))
	require.NoError(t, unix.Mkfifo(filepath.Join(folder, "x.nfo"), 0o644))
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	defer listener.Close()
	rec(t, folder, "loose.mjr", "a", "opus", 0, 5) // its .nfo file is looked for

	r, bad := soon(t, folder)
	require.Empty(t, bad)
	require.Equal(t, map[string]int{"1-a": 1, "loose": 1}, sizes(r))

	_, bad = soon(t, pipe, socket, "/dev/zero")
	require.Len(t, bad, 3)
	require.ErrorContains(t, bad[0].Err, "cannot use /dev/zero: it is a device, not a regular file")
	require.ErrorContains(t, bad[1].Err, "it is a named pipe")
	require.ErrorContains(t, bad[2].Err, "it is a socket")
}

// soon is Find, which must not hang.
func soon(t *testing.T, inputs ...string) (recordings []*recording.Recording, bad []*recording.File) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		var err error
		recordings, bad, err = Find(inputs)
		done <- err
	}()
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(20 * time.Second):
		t.Fatal("Find hangs")
	}
	return recordings, bad
}

// Names that somebody has thought of for the worse: what is made of them is one component of a path.
func TestFindHostileNames(t *testing.T) {
	folder := t.TempDir()
	for i, base := range []string{
		"..", "...-video", "a\nb\r\tc", "🎥 👩‍💻", strings.Repeat("x", 251), strings.Repeat("ä", 125), "\xff\xfe\x80",
		"$(reboot)`id`;&|",
		"videoroom-..-user-..-1767323045123456-audio-0", "videoroom-a\nb-user-\xff-1767323045123456-audio-0", "-rf",
		"\u202egpj", "con", " ", "rec-..-audio",
	} {
		rec(t, folder, base+".mjr", "a", "opus", float64(i), float64(i)+5)
	}
	recordings := find(t, folder)
	seen := map[string]bool{}
	for _, r := range recordings {
		require.True(t, filepath.IsLocal(r.Name) && filepath.Base(r.Name) == r.Name, r.Name)
		for _, p := range r.Participants {
			require.False(t, seen[p.Name])
			seen[p.Name] = true
			require.Equal(t, p.Name, recording.SafeName(p.Name, 120))
			require.Equal(t, []byte("x"), readAll(t, write(t, t.TempDir(), p.Name+".mp4", []byte("x"))))
		}
	}
	require.Len(t, seen, 13, "two of them begin with a dot")
}

func TestFindMissingInput(t *testing.T) {
	_, _, err := Find([]string{t.TempDir(), "no such thing", "nor this.mjr"})
	require.EqualError(t, err, "there is no file or folder no such thing\nthere is no file or folder nor this.mjr")
}

func TestFindUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	folder := t.TempDir()
	require.NoError(t, os.Chmod(audio(t, folder, "1", "a", 0, 1), 0))
	locked := filepath.Join(folder, "locked")
	require.NoError(t, os.Mkdir(locked, 0))
	t.Cleanup(func() { os.Chmod(locked, 0o755) })
	recordings, bad, err := Find([]string{folder})
	require.NoError(t, err)
	require.Empty(t, recordings)
	require.Len(t, bad, 2)
	require.ErrorContains(t, bad[0].Err, "cannot read the folder "+locked+": permission denied")
	require.ErrorContains(t, bad[1].Err, "permission denied")
}
