package recording

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/mjr"
)

func readAll(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return b
}

// Real recordings: every participant of truth.json has exactly its files.
func TestFindRealRecordings(t *testing.T) {
	cases, err := filepath.Glob("../testdata/*/truth.json")
	require.NoError(t, err)
	require.NotEmpty(t, cases)
	for _, truth := range cases {
		folder := filepath.Dir(truth)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			var want struct {
				Participants []struct{ Audio, Video, Data struct{ File string } }
			}
			require.NoError(t, json.Unmarshal(readAll(t, truth), &want))
			var expected []string
			for _, p := range want.Participants {
				var files []string
				for _, f := range []string{p.Video.File, p.Audio.File, p.Data.File} {
					if f != "" {
						files = append(files, f)
					}
				}
				expected = append(expected, strings.Join(files, " "))
			}
			recordings, bad, err := Find([]string{folder})
			require.NoError(t, err)
			require.Empty(t, bad)
			require.Len(t, recordings, 1)
			var found []string
			for _, line := range show(recordings) {
				found = append(found, line[strings.Index(line, ": ")+2:])
			}
			require.ElementsMatch(t, expected, found)
			for _, p := range recordings[0].Participants {
				for _, f := range p.Tracks {
					siblings, recording, err := Siblings(f.Path)
					require.NoError(t, err)
					require.Equal(t, p, siblings)
					require.Equal(t, recordings[0], recording)
				}
			}
		})
	}
}

func TestFindRealNames(t *testing.T) {
	for folder, want := range map[string][]string{
		"room-string-ids": {"team-user-standup-video-1-user-alice-user-7-audio-0", "team-user-standup-video-1-user-bob-user-7-audio-0"},
		"recordplay-vp8":  {"rec-8189896314659482"},
		"empty-both":      {"1234-1001"},
	} {
		recordings := find(t, filepath.Join("../testdata", folder))
		require.Len(t, recordings, 1)
		var names []string
		for _, p := range recordings[0].Participants {
			names = append(names, p.Name)
		}
		require.Equal(t, want, names, folder)
	}
	require.Equal(t, "team-user-standup-video-1", find(t, "../testdata/room-string-ids")[0].Name)
	require.Equal(t, "corpus recordplay-vp8", find(t, "../testdata/recordplay-vp8")[0].Title)
}

// busy fills a folder with rooms, sessions, calls and files without a clear name.
func busy(t *testing.T) string {
	folder := t.TempDir()
	for i, user := range []string{"a", "b", "A", "x-user-c"} {
		at := float64(i * 7)
		audio(t, folder, "1", user, at, at+30)
		video(t, folder, "1", user, 1, at+0.0001, at+30)
		audio(t, folder, "1", user, at+3600, at+3610)
		video(t, folder, "1", user, 1, at+3600.0001, at+3610)
		audio(t, filepath.Join(folder, "sub"), "1", user, at, at+30)
	}
	old(t, folder, "one.mjr", "audio", 3, 960)
	old(t, folder, "two-video.mjr", "video", 3, 3000)
	empty(t, folder, "one-video.mjr")
	return folder
}

func TestFindDoesNotDependOnOrder(t *testing.T) {
	folder := busy(t)
	var files []string
	require.NoError(t, filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if info.Mode().IsRegular() {
			files = append(files, path)
		}
		return err
	}))
	want := show(find(t, files...))
	require.Len(t, want, 4*2+4+2)
	for range 20 {
		rand.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		require.Equal(t, want, show(find(t, files...)))
	}
}

func TestFindNamesAreDistinct(t *testing.T) {
	recordings := find(t, busy(t))
	seen := map[string]bool{}
	for _, r := range recordings {
		name := "recording " + strings.ToLower(r.Name)
		require.False(t, seen[name], name)
		seen[name] = true
		for _, p := range r.Participants {
			name := strings.ToLower(p.Name)
			require.False(t, seen[name], name)
			seen[name] = true
		}
	}
}

// A recording that comes later changes no name that was given before.
func TestFindNamesStay(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 10)
	audio(t, folder, "1", "a", 20, 30)
	before := show(find(t, folder))
	for i := range 3 {
		audio(t, folder, "1", "a", float64(i+1)*86400, float64(i+1)*86400+9)
		after := show(find(t, folder))
		// Alone it was session 1 or 2 of its recording already.
		require.Equal(t, before, after[:len(before)])
		before = after
	}
}

func TestFindEveryFileOnce(t *testing.T) {
	folder := t.TempDir()
	a := audio(t, folder, "1", "a", 0, 10)
	v := video(t, folder, "1", "a", 1, 0.0001, 10)
	require.NoError(t, os.Symlink(a, filepath.Join(folder, "aaa link.mjr")))
	require.Equal(t, map[string]int{"1-a": 2}, sizes(find(t, folder, a, v, folder+"/../"+filepath.Base(folder), filepath.Join(folder, "aaa link.mjr"))))
}

func TestFindTwoLinksToOneFile(t *testing.T) {
	folder := t.TempDir()
	real := rec(t, t.TempDir(), "5f3c.mjr", "a", "opus", 0, 5)
	x, y := filepath.Join(folder, "x.mjr"), filepath.Join(folder, "y.mjr")
	require.NoError(t, os.Symlink(real, x))
	require.NoError(t, os.Symlink(real, y))
	require.Equal(t, map[string]int{"x": 1}, sizes(find(t, x, y)))
	require.Equal(t, map[string]int{"x": 1}, sizes(find(t, y, x)))
}

func TestFindFollowsLinksToFilesOnly(t *testing.T) {
	store, folder := t.TempDir(), t.TempDir()
	real := rec(t, store, "5f3c.mjr", "a", "opus", 0, 5)
	require.NoError(t, os.Symlink(real, filepath.Join(folder, vr("1", "a", 0, "audio", 0))))
	require.NoError(t, os.Symlink(store, filepath.Join(folder, "store")))
	require.NoError(t, os.Symlink(store, filepath.Join(folder, "store.mjr")))
	require.NoError(t, os.Symlink(folder, filepath.Join(folder, "round and round")))
	require.Equal(t, map[string]int{"1-a": 1}, sizes(find(t, folder)), "the link's name counts")

	outside := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(folder, outside))
	require.Equal(t, map[string]int{"1-a": 1}, sizes(find(t, outside)), "given as input it is followed")
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

// The same room in two folders: copies, or a folder a day.
func TestFindFoldersAreApart(t *testing.T) {
	folder := t.TempDir()
	for i, day := range []string{"mon", "tue"} {
		audio(t, filepath.Join(folder, day), "1", "a", float64(i), 10)
		video(t, filepath.Join(folder, day), "1", "a", 1, float64(i)+0.0001, 10)
	}
	recordings := find(t, folder)
	require.Equal(t, map[string]int{"1-a": 2, "1-a-20260102-030406": 2}, sizes(recordings))
	require.Equal(t, []string{"1", "1-20260102-030406"}, []string{recordings[0].Name, recordings[1].Name})

	// A copy has not even another time.
	same := t.TempDir()
	audio(t, filepath.Join(same, "x"), "1", "a", 0, 10)
	audio(t, filepath.Join(same, "y"), "1", "a", 0, 10)
	audio(t, filepath.Join(same, "z"), "1", "a", 0, 10)
	require.Equal(t, map[string]int{"1-a": 1, "1-a-20260102-030405": 1, "1-a-20260102-030405.2": 1}, sizes(find(t, same)))
}

func TestFindUnusable(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "1", "a", 0, 10)
	cut := write(t, folder, vr("1", "a", 0, "video", 1), []byte("MJR00002\x00\x50{\"t\": "))
	text := write(t, folder, "text.mjr", []byte("not a recording at all"))
	broken := write(t, folder, "broken.mjr", []byte("MJR00002\x00\x02{}"))
	pipe := filepath.Join(folder, "pipe.mjr")
	require.NoError(t, unix.Mkfifo(pipe, 0o644))
	gone := filepath.Join(folder, "gone.mjr")
	require.NoError(t, os.Symlink("nowhere", gone))

	type result struct {
		recordings []*Recording
		bad        []*File
		err        error
	}
	done := make(chan result, 1)
	go func() {
		r, bad, err := Find([]string{folder})
		done <- result{r, bad, err}
	}()
	select {
	case r := <-done:
		require.NoError(t, r.err)
		require.Equal(t, map[string]int{"1-a": 1}, sizes(r.recordings))
		texts := map[string]string{}
		for _, f := range r.bad {
			texts[f.Path] = f.Err.Error()
		}
		require.Len(t, texts, 5)
		require.Contains(t, texts[text], "cannot use "+text+": this is not an MJR recording")
		require.Contains(t, texts[cut], "header is cut off")
		require.Contains(t, texts[broken], "header is broken")
		require.Contains(t, texts[pipe], "it is a named pipe")
		require.Contains(t, texts[gone], "no such file")
		for _, f := range r.bad {
			if f.Path == text {
				require.ErrorIs(t, f.Err, mjr.ErrNotMJR)
			}
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Find waits for a named pipe")
	}

	_, bad, err := Find([]string{pipe, "/dev/zero"})
	require.NoError(t, err)
	require.Len(t, bad, 2)
	require.ErrorContains(t, bad[0].Err, "it is a device")
	require.Error(t, ReadFile(pipe).Err)
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

func TestFindTemporary(t *testing.T) {
	folder := t.TempDir()
	rec(t, folder, vr("1", "a", 0, "audio", 0)+".tmp", "a", "opus", 0, 5)
	video(t, folder, "1", "a", 1, 0.0001, 5)
	p := find(t, folder)[0].Participants[0]
	require.Len(t, p.Tracks, 2)
	require.False(t, p.Tracks[0].Temporary)
	require.True(t, p.Tracks[1].Temporary)
}

func TestByHand(t *testing.T) {
	type files map[string]string // name -> kind
	for name, tt := range map[string]struct {
		files files
		want  map[string]int
	}{
		"nothing but the medium":     {files{"audio.mjr": "a", "video.mjr": "v"}, map[string]int{"FOLDER": 2}},
		"names of no meaning":        {files{"mic.mjr": "a", "cam.mjr": "v"}, map[string]int{"cam": 2}},
		"Streaming":                  {files{"janus-recording-17.mjr": "a", "janus-recording-4.mjr": "v"}, map[string]int{"janus-recording-4": 2}},
		"other extension":            {files{"mic.dat": "a", "cam.bin": "v"}, map[string]int{"cam.bin": 2}},
		"camera and screen":          {files{"mic.mjr": "a", "cam.mjr": "v", "screen.mjr": "v"}, map[string]int{"cam": 3}},
		"two bases, one person":      {files{"alice-audio.mjr": "a", "alice2-video.mjr": "v"}, map[string]int{"alice2": 2}},
		"two microphones":            {files{"alice.mjr": "a", "bob.mjr": "a"}, map[string]int{"alice": 1, "bob": 1}},
		"two people's pictures":      {files{"alice-video.mjr": "v", "bob-video.mjr": "v"}, map[string]int{"alice": 1, "bob": 1}},
		"two people by name":         {files{"alice-audio.mjr": "a", "alice-video.mjr": "v", "bob-audio.mjr": "a", "bob-video.mjr": "v"}, map[string]int{"alice": 2, "bob": 2}},
		"two users":                  {files{vr("1", "a", 0, "audio", 0): "a", vr("1", "b", 0, "video", 1): "v"}, map[string]int{"1-a": 1, "1-b": 1}},
		"one renamed":                {files{vr("1", "a", 0, "audio", 0): "a", "renamed.mjr": "v"}, map[string]int{"1-a": 2}},
		"one renamed, already there": {files{vr("1", "a", 0, "audio", 0): "a", "renamed.mjr": "a"}, map[string]int{"1-a": 1, "renamed": 1}},
		"one renamed, of whom":       {files{vr("1", "a", 0, "audio", 0): "a", vr("1", "b", 0, "audio", 0): "a", "renamed.mjr": "v"}, map[string]int{"1-a": 1, "1-b": 1, "renamed": 1}},
		"both sides of a call":       {files{"c-user-audio.mjr": "a", "c-peer-audio.mjr": "a"}, map[string]int{"c-user": 1, "c-peer": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			var inputs []string
			for name, kind := range tt.files {
				inputs = append(inputs, rec(t, folder, name, kind, map[string]string{"a": "opus", "v": "vp8"}[kind], 0, 5))
			}
			want := map[string]int{}
			for name, n := range tt.want {
				want[strings.ReplaceAll(name, "FOLDER", filepath.Base(folder))] = n
			}
			require.Equal(t, want, sizes(find(t, inputs...)))
		})
	}
}

// In a folder nobody has said that these belong together.
func TestNotByHandInFolder(t *testing.T) {
	folder := t.TempDir()
	rec(t, folder, "mic.mjr", "a", "opus", 0, 5)
	rec(t, folder, "cam.mjr", "v", "vp8", 0, 5)
	require.Equal(t, map[string]int{"mic": 1, "cam": 1}, sizes(find(t, folder)))
}

func TestByHandOtherTimes(t *testing.T) {
	folder := t.TempDir()
	mic := rec(t, folder, "mic.mjr", "a", "opus", 0, 5)
	cam := rec(t, folder, "cam.mjr", "v", "vp8", 86400, 86405)
	require.Len(t, find(t, mic, cam), 2, "a day later is another recording")
}

func TestByHandFolders(t *testing.T) {
	// Somebody has sorted audio and video apart.
	folder := t.TempDir()
	a := audio(t, filepath.Join(folder, "audio"), "1", "a", 0, 5)
	v := video(t, filepath.Join(folder, "video"), "1", "a", 1, 0.0001, 5)
	require.Equal(t, map[string]int{"1-a": 2}, sizes(find(t, a, v)))
	// Names that were used again: each folder is a recording.
	again := t.TempDir()
	var inputs []string
	for i, day := range []string{"mon", "tue"} {
		at := float64(i) * 86400
		inputs = append(inputs, rec(t, filepath.Join(again, day), "audio.mjr", "a", "opus", at, at+5))
		inputs = append(inputs, rec(t, filepath.Join(again, day), "video.mjr", "v", "vp8", at, at+5))
	}
	require.Equal(t, map[string]int{"mon": 2, "tue": 2}, sizes(find(t, inputs...)))
}

func TestSiblings(t *testing.T) {
	folder := busy(t)
	for _, r := range find(t, folder) {
		for _, p := range r.Participants {
			if filepath.Dir(p.Tracks[0].Path) != folder {
				continue
			}
			for _, f := range p.Tracks {
				mine, all, err := Siblings(f.Path)
				require.NoError(t, err)
				require.Equal(t, paths(p), paths(mine))
				require.Equal(t, p.Session, mine.Session)
				require.Len(t, all.Participants, len(r.Participants))
			}
		}
	}
}

func paths(p *Participant) []string {
	var all []string
	for _, f := range p.Tracks {
		all = append(all, f.Path)
	}
	return all
}

func TestSiblingsOfUnusable(t *testing.T) {
	folder := t.TempDir()
	_, _, err := Siblings(write(t, folder, "x.mjr", []byte("nothing of the kind")))
	require.ErrorIs(t, err, mjr.ErrNotMJR)
	_, _, err = Siblings(filepath.Join(folder, "missing.mjr"))
	require.ErrorContains(t, err, "no such file")

	// A sibling that cannot be used is left out.
	a := audio(t, folder, "1", "a", 0, 5)
	write(t, folder, vr("1", "a", 0, "video", 1), []byte("MJR00002\x00\x50{"))
	p, r, err := Siblings(a)
	require.NoError(t, err)
	require.Equal(t, []string{a}, paths(p))
	require.Len(t, r.Participants, 1)

	// Called whatever it may.
	odd := rec(t, folder, "odd", "a", "opus", 0, 5)
	p, _, err = Siblings(odd)
	require.NoError(t, err)
	require.Equal(t, []string{odd}, paths(p))
}

// large fills a folder with n files: rooms of ten people with audio and video, half an hour each.
func large(t testing.TB, n int) (folder string, first string) {
	folder = t.TempDir()
	var files []string
	for i := range n / 2 {
		room, user, at := fmt.Sprint("room ", i/10), fmt.Sprint(i), float64(i/10)*4000
		files = append(files, audio(t, folder, room, user, at, at+2))
		files = append(files, video(t, folder, room, user, 1, at+0.0001, at+2))
	}
	slices.Sort(files)
	return folder, files[0]
}

func BenchmarkSiblings10000(b *testing.B) {
	_, first := large(b, 10_000)
	for b.Loop() {
		p, r, err := Siblings(first)
		require.NoError(b, err)
		require.Len(b, p.Tracks, 2)
		require.Len(b, r.Participants, 10)
	}
}

// One room that is used every day, in a folder that nobody has touched since, and in a copy of it.
func BenchmarkSiblings10000OneRoom(b *testing.B) {
	for _, name := range []string{"original", "copy"} {
		b.Run(name, func(b *testing.B) {
			folder := b.TempDir()
			var one string
			for i := range 5000 {
				at := float64(i) * 4000
				a := audio(b, folder, "1", "a", at, at+2)
				v := video(b, folder, "1", "a", 1, at+0.0001, at+2)
				if name == "original" {
					written(b, a, at+2)
					written(b, v, at+2)
				}
				if i == 2500 {
					one = a
				}
			}
			for b.Loop() {
				p, _, err := Siblings(one)
				require.NoError(b, err)
				require.Len(b, p.Tracks, 2)
			}
		})
	}
}

// written sets a file's last modification (seconds after t0).
func written(t testing.TB, path string, at float64) {
	t.Helper()
	when := time.UnixMicro(t0 + int64(at*1e6))
	require.NoError(t, os.Chtimes(path, when, when))
}

// Of a room that is used again and again only the recording around the file is read, and it is the one that Find sees.
func TestSiblingsOfOneDay(t *testing.T) {
	for _, mode := range []string{"original", "copy", "times that cannot be"} {
		folder := t.TempDir()
		for i := range 20 {
			// Every third pause is longer than half an hour. One file of day two bridges a long one.
			at := float64(i*1000 + i/3*4000)
			to := at + 100
			if i == 8 {
				to += 3300
			}
			for path, end := range map[string]float64{audio(t, folder, "1", "a", at, to): to, video(t, folder, "1", "b", 1, at+1, at+50): at + 50} {
				switch mode {
				case "original":
					written(t, path, end)
				case "times that cannot be":
					written(t, path, -86400)
				}
			}
		}
		recordings := find(t, folder)
		require.Greater(t, len(recordings), 3)
		for _, r := range recordings {
			var all []string
			for _, p := range r.Participants {
				all = append(all, paths(p)...)
			}
			for _, p := range r.Participants {
				mine, near, err := Siblings(p.Tracks[0].Path)
				require.NoError(t, err)
				require.Equal(t, paths(p), paths(mine), mode)
				require.Equal(t, p.Session, mine.Session)
				var found []string
				for _, p := range near.Participants {
					found = append(found, paths(p)...)
				}
				require.Equal(t, all, found, mode)
			}
		}
	}
}

// Nothing is read of a room's other days.
func TestNearby(t *testing.T) {
	folder := t.TempDir()
	var items []*item
	for day := range 5 {
		path := audio(t, folder, "1", "a", float64(day)*86400, float64(day)*86400+60)
		written(t, path, float64(day)*86400+60)
		items = append(items, &item{File: ReadFile(path)})
	}
	items[0], items[2] = items[2], items[0]
	require.Equal(t, items[:1], nearby(items))
	written(t, items[1].Path, 2*86400) // day 1 may have lasted until day 2
	require.ElementsMatch(t, []*item{items[0], items[1]}, nearby(items))
}

func BenchmarkFind10000(b *testing.B) {
	folder, _ := large(b, 10_000)
	for b.Loop() {
		recordings, _, err := Find([]string{folder})
		require.NoError(b, err)
		require.Len(b, recordings, 500)
	}
}
