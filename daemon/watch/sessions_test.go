package watch

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testagora"
)

var agoraZero = time.Date(2030, 1, 2, 3, 4, 5, 144e6, time.UTC)

// call writes the folder of one user. The names of sound, pictures and uid file are below the watched folder.
func call(b *bench) (f *testagora.Folder, aac, mp4, uid string) {
	f = testagora.New(b.t, b.root, "demo", agoraZero)
	aac, mp4 = f.Name("111", 0, ".aac"), f.Name("111", 400*time.Millisecond, ".mp4")
	f.File(aac, testagora.ADTS(400, 1))
	f.File(mp4, testagora.MP4(b.t, testagora.Pictures(119), 67))
	f.UID("111", "0.000 "+aac+" create ", "0.400 "+mp4+" create ", "8.373 "+mp4+" close ", "8.533 "+aac+" close ")
	return f, aac, mp4, "uid_111_" + testagora.Stamp(agoraZero) + ".txt"
}

// all are the files as submitted() has them.
func all(b *bench, f *testagora.Folder, names ...string) string {
	s := ""
	for i, n := range names {
		if i > 0 {
			s += " "
		}
		s += below(b.root, filepath.Join(f.Path, n))
	}
	return s
}

// A session is taken when the recorder has left its marker, once, with its uid file and without anything else.
func TestSessionWithMarker(t *testing.T) {
	b := newBench(t)
	f, aac, mp4, uid := call(b)
	b.scan()
	b.pass(2 * settle)
	b.scan() // it may go on
	require.Contains(t, b.Status().Pending[0].Why, "done marker")
	f.Done()
	b.scan(all(b, f, aac, mp4, uid))
	b.pass(time.Hour)
	b.scan()
	b.restart()
	b.scan()
}

// The marker can come minutes before the MP4 that is made of a TS. The TS is not taken meanwhile, nor half of the MP4.
func TestSessionMarkerBeforeMedia(t *testing.T) {
	b := newBench(t)
	f, aac, mp4, uid := call(b)
	whole, err := os.ReadFile(filepath.Join(f.Path, mp4))
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(f.Path, mp4)))
	ts := f.Name("111", 400*time.Millisecond, ".ts")
	f.File(ts, make([]byte, 1880))
	f.Done()
	for range 4 {
		b.scan()
		b.pass(2 * settle)
	}
	require.Contains(t, b.Status().Pending[0].Why, "still to be made")
	f.File(mp4, whole[:len(whole)/2])
	for range 4 {
		b.scan()
		b.pass(2 * settle)
	}
	require.Contains(t, b.Status().Pending[0].Why, "not there yet")
	f.File(mp4, whole)
	b.scan()
	b.pass(2 * settle)
	b.scan(all(b, f, aac, mp4, uid))
	b.pass(time.Hour)
	b.scan()
}

// A folder that grows for two minutes after its marker, with pauses, is taken once and whole.
func TestSessionGrowsAfterMarker(t *testing.T) {
	b := newBench(t)
	f, aac, mp4, uid := call(b)
	whole, err := os.ReadFile(filepath.Join(f.Path, mp4))
	require.NoError(t, err)
	f.Done()
	for part := range 12 {
		f.File(mp4, whole[:len(whole)*(part+1)/13])
		b.scan()
		b.pass(settle)
		b.scan()
	}
	f.File(mp4, whole)
	b.scan()
	b.pass(2 * settle)
	b.scan(all(b, f, aac, mp4, uid))
	b.pass(2 * time.Hour)
	b.scan()
}

// A folder that the caller has chosen can be used again: the marker of before says nothing about the session that is
// being recorded.
func TestSessionInUsedFolder(t *testing.T) {
	b := newBench(t)
	f, aac, mp4, uid := call(b)
	f.Done()
	b.scan(all(b, f, aac, mp4, uid))
	earlier := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(f.Path, "recording2-done.txt"), earlier, earlier))
	f.Zero = f.Zero.Add(time.Minute)
	again := f.Name("111", 0, ".aac")
	f.File(again, testagora.ADTS(100, 1))
	f.UID("111", "0.000 "+again+" create ")
	for range 3 {
		b.scan()
		b.pass(2 * settle)
	}
	require.Contains(t, b.Status().Pending[0].Why, "recorded again")
	f.UID("111", "0.000 "+again+" create ", "2.133 "+again+" close ")
	f.Done()
	b.scan(all(b, f, again, "uid_111_"+testagora.Stamp(f.Zero)+".txt"))
}

// What a recorder that has died leaves behind is taken after a while without growth.
func TestSessionLeftBehind(t *testing.T) {
	b := newBench(t)
	f, aac, mp4, uid := call(b)
	require.NoError(t, os.Remove(filepath.Join(f.Path, mp4)))
	b.scan()
	b.pass(50 * time.Minute)
	b.scan()
	f.File(aac, testagora.ADTS(500, 1)) // not dead
	b.scan()
	b.pass(50 * time.Minute)
	b.scan()
	b.pass(11 * time.Minute)
	b.scan(all(b, f, aac, uid))
}

// A folder that was complete long ago is taken at once, and can be named.
func TestSessionOfLongAgo(t *testing.T) {
	b := newBench(t)
	f, aac, mp4, uid := call(b)
	f.Done()
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{aac, mp4, uid} {
		require.NoError(t, os.Chtimes(filepath.Join(f.Path, name), old, old))
	}
	b.scan(all(b, f, aac, mp4, uid))
	specs, err := b.Specs(t.Context(), []string{f.Path})
	require.NoError(t, err)
	require.Len(t, specs, 1)
	require.Len(t, specs[0].Sources, 3)
	require.Equal(t, "111", specs[0].User)
}
