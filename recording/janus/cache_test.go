package janus

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/recording"
)

// again is a scan that must say whether something has changed, and give what a search without memory gives.
func again(t *testing.T, c *Cache, changed bool, inputs ...string) []*recording.Recording {
	t.Helper()
	got, err := c.Scan(inputs)
	require.NoError(t, err)
	require.Equal(t, changed, got)
	recordings, bad := c.Recordings()
	want, wantBad, err := Find(inputs)
	require.NoError(t, err)
	require.Equal(t, show(want), show(recordings))
	require.Equal(t, want, recordings)
	require.Equal(t, wantBad, bad)
	return recordings
}

func TestCache(t *testing.T) {
	folder := busy(t)
	broken := write(t, folder, "broken.mjr", []byte("MJR00002\x00\x02{}"))
	var c Cache
	before := again(t, &c, true, folder)
	after := again(t, &c, false, folder)
	require.Same(t, before[0].Participants[0].Tracks[0], after[0].Participants[0].Tracks[0], "not read again")

	// New, grown, gone.
	added := audio(t, folder, "1", "new", 3, 20)
	again(t, &c, true, folder)
	again(t, &c, false, folder)
	b := readAll(t, added)
	write(t, folder, filepath.Base(added), b[:len(b)/2])
	again(t, &c, true, folder)
	require.NoError(t, os.Remove(broken))
	again(t, &c, true, folder)
	require.NoError(t, os.RemoveAll(filepath.Join(folder, "sub")))
	again(t, &c, true, folder)
	require.Len(t, c.folders, 1)
	again(t, &c, false, folder)

	// Named, with others, in other ways.
	again(t, &c, true, added)
	again(t, &c, false, added, added)
	link := filepath.Join(t.TempDir(), "a link")
	require.NoError(t, os.Symlink(folder, link))
	again(t, &c, true, folder, link)
	again(t, &c, false, link, folder)
	require.NoError(t, os.RemoveAll(folder))
	require.NoError(t, os.Mkdir(folder, 0o755))
	require.Empty(t, again(t, &c, true, folder))
	require.Empty(t, c.folders)
}

// Only size, modification and inode say that a header must be read again.
func TestCacheReadsWhatHasChanged(t *testing.T) {
	folder := t.TempDir()
	path := audio(t, folder, "1", "a", 0, 5)
	var c Cache
	again(t, &c, true, folder)
	info, err := os.Stat(path)
	require.NoError(t, err)
	b := readAll(t, path)

	at := info.ModTime().Add(time.Nanosecond)
	require.NoError(t, os.Chtimes(path, at, at))
	again(t, &c, true, folder)
	replacement := write(t, folder, "replacement", b)
	require.NoError(t, os.Chtimes(replacement, at, at))
	require.NoError(t, os.Rename(replacement, path))
	again(t, &c, true, folder)
	again(t, &c, false, folder)

	tmp := path + ".tmp"
	require.NoError(t, os.Rename(path, tmp))
	require.True(t, again(t, &c, true, folder)[0].Participants[0].Tracks[0].Temporary)
	require.NoError(t, os.Rename(tmp, path))
	require.False(t, again(t, &c, true, folder)[0].Participants[0].Tracks[0].Temporary)
}

// How long the others' sessions last depends on a file that grows: an end that was looked up once is looked up again.
func TestCacheEndsMove(t *testing.T) {
	folder := t.TempDir()
	path := audio(t, folder, "1", "a", 0, 10)
	video(t, folder, "1", "a", 1, 60, 80)
	var c Cache
	require.Equal(t, map[string]int{"1-a": 1, "1-a-2": 1}, sizes(again(t, &c, true, folder)))
	require.Equal(t, path, audio(t, folder, "1", "a", 0, 90))
	require.Equal(t, map[string]int{"1-a": 2}, sizes(again(t, &c, true, folder)))
}

func TestCacheNFO(t *testing.T) {
	folder := t.TempDir()
	rec(t, folder, "mic.mjr", "a", "opus", 0, 5)
	rec(t, folder, "cam.mjr", "v", "vp8", 0, 5)
	var c Cache
	require.Len(t, again(t, &c, true, folder), 2)
	nfo := write(t, folder, "1.nfo", []byte("[1]\nname = one\naudio = mic.mjr\nvideo = cam.mjr\n"))
	require.Equal(t, "one", again(t, &c, true, folder)[0].Title)
	again(t, &c, false, folder)
	write(t, folder, "1.nfo", []byte("[1]\nname = another\naudio = mic.mjr\nvideo = cam.mjr\n"))
	require.Equal(t, "another", again(t, &c, true, folder)[0].Title)
	require.NoError(t, os.Remove(nfo))
	require.Len(t, again(t, &c, true, folder), 2)
	write(t, folder, "1.nfo", []byte("[1]\nname = back\naudio = mic\nvideo = cam\n"))
	require.Equal(t, "back", again(t, &c, true, nfo)[0].Title, "named itself")
}

// What is given out does not change when the folder does.
func TestCacheResultsStay(t *testing.T) {
	folder := t.TempDir()
	audio(t, folder, "a", "b-user-c", 0, 5)
	var c Cache
	first := again(t, &c, true, folder)
	before := *first[0].Participants[0].Tracks[0]
	require.Equal(t, "c", first[0].Participants[0].User)
	audio(t, folder, "a", "d", 0, 5) // room "a" is now the better explanation of the first name
	require.Equal(t, "b-user-c", again(t, &c, true, folder)[0].Participants[0].User)
	require.Equal(t, before, *first[0].Participants[0].Tracks[0])
}

// An input that is away for a moment makes nothing be read again.
func TestCacheInputAway(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "in")
	audio(t, folder, "1", "a", 0, 5)
	var c Cache
	before := again(t, &c, true, folder)
	require.NoError(t, os.Rename(folder, folder+".away"))
	_, err := c.Scan([]string{folder})
	require.EqualError(t, err, "there is no file or folder "+folder)
	kept, _ := c.Recordings()
	require.Equal(t, before, kept)
	require.NoError(t, os.Rename(folder+".away", folder))
	after := again(t, &c, false, folder)
	require.Same(t, before[0].Participants[0].Tracks[0], after[0].Participants[0].Tracks[0])
}

// Rights that come back leave no trace in size and times.
func TestCacheRightsComeBack(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	folder := t.TempDir()
	path := audio(t, folder, "1", "a", 0, 5)
	require.NoError(t, os.Chmod(path, 0))
	var c Cache
	require.Empty(t, again(t, &c, true, folder))
	again(t, &c, false, folder)
	require.NoError(t, os.Chmod(path, 0o644))
	require.Len(t, again(t, &c, true, folder), 1)
}

func TestCacheFingerprint(t *testing.T) {
	folder := t.TempDir()
	path := audio(t, folder, "1", "a", 0, 5)
	var c Cache
	unknown, err := c.Fingerprint(path)
	require.NoError(t, err)
	again(t, &c, true, folder)
	first, err := c.Fingerprint(path)
	require.NoError(t, err)
	require.Equal(t, unknown, first)
	// Same size and time: not read again. This is what the memory is for, and how a test can see it.
	b := readAll(t, path)
	b[len(b)-1]++
	write(t, folder, filepath.Base(path), b)
	kept, err := c.Fingerprint(path)
	require.NoError(t, err)
	require.Equal(t, first, kept)
	require.NoError(t, os.Chtimes(path, time.Now(), time.Now()))
	again(t, &c, true, folder)
	second, err := c.Fingerprint(path)
	require.NoError(t, err)
	require.NotEqual(t, first, second)
	_, err = c.Fingerprint(filepath.Join(folder, "missing.mjr"))
	require.ErrorContains(t, err, "no such file")
}

func TestCacheManyInputs(t *testing.T) {
	folder, _ := large(t, 400)
	files, err := filepath.Glob(filepath.Join(folder, "*.mjr"))
	require.NoError(t, err)
	var c Cache
	again(t, &c, true, files...)
	slices.Reverse(files)
	again(t, &c, false, files...)
}

// Whatever happens in a folder, memory changes nothing about what is found.
func TestCacheIsFind(t *testing.T) {
	rooms := []string{"1", "1", "a", "a-user-b", "b"}
	users := []string{"x", "y", "b-user-c", "c", "X"}
	for seed := range int64(6) {
		random := rand.New(rand.NewSource(seed))
		folder := t.TempDir()
		var c Cache
		var files []string
		for step := range 60 {
			before := len(files)
			room, user := rooms[random.Intn(len(rooms))], users[random.Intn(len(users))]
			at := float64(random.Intn(40) * 300)
			to := at + float64(random.Intn(3)*200)
			sub := filepath.Join(folder, []string{"", "sub"}[random.Intn(2)])
			switch what := random.Intn(9); {
			case what < 3:
				files = append(files, audio(t, sub, room, user, at, to))
			case what < 5:
				files = append(files, video(t, sub, room, user, 1+random.Intn(2), at, to, `"d": "screen"`))
			case what == 5:
				name := fmt.Sprintf("videocall-%s-%s-%d-audio.mjr", user, users[random.Intn(len(users))], t0+int64(at*1e6))
				files = append(files, rec(t, sub, name, "a", "opus", at, to))
			case what == 6:
				id := fmt.Sprint(random.Intn(3))
				files = append(files, rec(t, sub, "rec-"+id+"-audio.mjr", "a", "opus", at, to),
					write(t, sub, id+".nfo", []byte("[1]\nname = "+user+"\naudio = rec-"+id+"-audio\nvideo = loose\n")))
			case what == 7:
				files = append(files, write(t, sub, vr(room, user, at, "video", 1), []byte("MJR00002\x00\x50{")))
			case len(files) > 0:
				if err := os.Remove(files[random.Intn(len(files))]); err != nil {
					require.ErrorIs(t, err, os.ErrNotExist)
				}
			}
			for _, path := range files[before:] { // as a file system would, and the helpers do not
				at := time.Unix(1e9, int64(step))
				require.NoError(t, os.Chtimes(path, at, at))
			}
			_, err := c.Scan([]string{folder})
			require.NoError(t, err)
			recordings, bad := c.Recordings()
			want, wantBad, err := Find([]string{folder})
			require.NoError(t, err)
			require.Equal(t, want, recordings)
			require.Equal(t, wantBad, bad)
		}
	}
}
