package agora

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/testagora"
	"github.com/upright-media/upright/timeline"
)

// later is when the second of these files begins: with picture 86 of the first, to which 4 are still to come.
const later = 86 * 67 * time.Millisecond

// bFrames writes a folder of one user whose pictures are shown in another order than they are decoded in. The second
// file has no such pictures.
func bFrames(t testing.TB) (*testagora.Folder, []int) {
	shown := testagora.Reordered(90)
	f := testagora.New(t, t.TempDir(), "demo_room", zero)
	one, two := f.Name("111", 0, ".mp4"), f.Name("111", later, ".mp4")
	f.File(one, testagora.MP4Shown(t, testagora.Pictures(90), 67, shown))
	f.File(two, testagora.MP4(t, testagora.Pictures(30), 67))
	f.UID("111", "0.000 "+one+" create ", "0.000 "+one+" info width=640 height=360 rotation=90",
		"2.985 "+one+" rotate rotation=0 ", // between two that are sent behind the one after them
		"5.762 "+two+" create ", "5.762 "+two+" info width=640 height=360 rotation=0", "6.030 "+one+" close ",
		"7.705 "+two+" close ")
	f.Done()
	return f, shown
}

// Pictures are shown when the file says, however they are decoded, and nothing refers to one that is left out.
func TestShownOrder(t *testing.T) {
	const step = 67 * time.Millisecond
	f, shown := bFrames(t)
	tl := load(t, f)
	v := tl.Video
	list := units(t, tl, v)
	first := list[:slices.IndexFunc(list, func(u Unit) bool { return u.PTS >= later })]
	// Behind 84 come 87, 85 and 86: 87 is shown too late, and 85 is predicted from it.
	require.Equal(t, 85, len(first)) // Len would print them
	require.Equal(t, len(first)+30, len(list))
	require.Equal(t, len(list), v.Units)
	require.Equal(t, later+29*step, v.LastPicture)
	var at []time.Duration
	decoded := -time.Hour
	for i, u := range list {
		if i < len(first) {
			require.Equal(t, time.Duration(shown[i])*step, u.PTS, i)
		}
		require.Equal(t, i == len(list)-1, u.Last)
		require.GreaterOrEqual(t, u.Ahead, time.Duration(0))
		require.Greater(t, u.PTS-u.Ahead, decoded, i)
		decoded = u.PTS - u.Ahead
		at = append(at, u.PTS)
	}
	slices.Sort(at)
	for i, u := range list {
		require.Equal(t, at[i]-v.ReorderDelay, u.PTS-u.Ahead, i)
		if k, _ := slices.BinarySearch(at, u.PTS); k+1 < len(at) {
			require.Equal(t, at[k+1]-u.PTS, u.Duration, i)
		}
	}
	require.Equal(t, step, v.ReorderDelay)
}

// The last picture is the one that is shown last. Its length is said in the file, those of others follow from the next.
func TestLastInShownOrder(t *testing.T) {
	f := testagora.New(t, t.TempDir(), "demo_room", zero)
	one := f.Name("111", 0, ".mp4")
	f.File(one, testagora.MP4Shown(t, testagora.Pictures(4), 67, []int{0, 3, 1, 2}))
	f.UID("111", "0.000 "+one+" create ", "0.000 "+one+" info width=640 height=360 rotation=0", "0.268 "+one+" close ")
	f.Done()
	tl := load(t, f)
	for i, u := range units(t, tl, tl.Video) {
		require.Equal(t, i == 1, u.Last, i)
	}
}

// What the uid file says of which way is up holds from a picture on, and so must be said in front of the first one
// behind which none is decoded that is shown before.
func TestTurnsInShownOrder(t *testing.T) {
	f, _ := bFrames(t)
	tl := load(t, f)
	list := units(t, tl, tl.Video)
	require.True(t, list[0].OrientationChanged)
	turn := 1 + slices.IndexFunc(list[1:], func(u Unit) bool { return u.OrientationChanged })
	first := later
	for i, u := range list {
		require.Equal(t, map[bool]int{true: 90, false: 0}[i < turn], u.Orientation.Degrees, i)
		if i >= turn {
			first = min(first, u.PTS)
		}
	}
	for _, u := range list[:turn] {
		require.Less(t, u.PTS, first)
	}
	require.InDelta(t, 2985, inMs(first), 2*67)
	require.Equal(t, []Turn{{0, cvo.Orientation{Degrees: 90}}, {first, cvo.Orientation{}}}, tl.Video.Orientations)
}

// Seeking finds the key picture that a moment needs, and the track says what its clients must know.
func TestSeekInShownOrder(t *testing.T) {
	f, _ := bFrames(t)
	tl := load(t, f)
	s, err := tl.Open(tl.Video)
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Seek(3*time.Second))
	u, err := s.Next()
	require.NoError(t, err)
	require.True(t, u.Key)
	require.Equal(t, 30*67*time.Millisecond, u.PTS)
	track := tl.track(tl.Video, "video", nil, timeline.Options{})
	require.Equal(t, tl.Video.ReorderDelay, track.ReorderDelay)
}
