package timeline

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
)

// bFrames are orders of sending: of each group the places of its pictures in the order in which they are shown.
var bFrames = map[string][]int{
	"one B":      {2, 1},
	"two B":      {3, 1, 2},
	"three B":    {4, 1, 2, 3},
	"pyramid":    {4, 2, 1, 3},
	"seven deep": {8, 4, 2, 1, 3, 6, 5, 7},
}

// sentIn is the order of sending of a stream that begins with one key picture and then repeats a group.
func sentIn(group []int) func(i int) int {
	return func(i int) int {
		if i == 0 {
			return 0
		}
		return (i-1)/len(group)*len(group) + group[(i-1)%len(group)]
	}
}

// Pictures that are sent in another order than they are shown in are shown when they were taken.
func TestBFrames(t *testing.T) {
	for name, group := range bFrames {
		t.Run(name, func(t *testing.T) {
			order := sentIn(group)
			video := testmjr.Video("h264", 1+len(group)*30, 15, testmjr.H264(1000, nil))
			video.Order = order
			video.Network = testmjr.Network{Seed: 3, Jitter: 10 * time.Millisecond}
			tl := load(t, Options{}, video)
			track := tl.Tracks[0]
			require.Len(t, track.segments, 1)
			require.Empty(t, track.Holes)
			require.InDelta(t, 66.7, ms(track.FrameDuration), 0.1)
			require.InDelta(t, float64(video.Units)/15*1000, ms(track.End-track.Start), 1)
			all := unitsOf(t, tl, track)
			require.Len(t, all, video.Units)
			start := all[0].PTS
			decoded, last := time.Duration(-1<<62), 0
			var shown []time.Duration
			for i, u := range all {
				require.InDelta(t, float64(order(i))*1000/15, ms(u.PTS-start), 1, "picture %d", i)
				require.InDelta(t, 1000.0/15, ms(u.Duration), 1, "picture %d", i)
				require.LessOrEqual(t, u.DTS, u.PTS)
				require.Greater(t, u.DTS, decoded)
				decoded = u.DTS
				shown = append(shown, u.PTS)
				if u.Last {
					last++
					require.Equal(t, video.Units-1, order(i), "the last that is shown, whenever it is sent")
				}
			}
			require.Equal(t, 1, last)
			slices.Sort(shown)
			least := time.Hour
			for i, u := range all {
				require.InDelta(t, ms(shown[i]-track.ReorderDelay), ms(u.DTS), 0.01)
				least = min(least, u.PTS-u.DTS)
			}
			require.InDelta(t, 0, ms(least), 0.01, "no more delay than is needed")
		})
	}
}

// A clock that leaps back is no picture out of order.
func TestBFramesAndLeaps(t *testing.T) {
	audio := testmjr.Audio(1500)
	for _, ticks := range []int32{-90_000 * 3600, -30_000, 45_000, 90_000 * 3600} {
		for name, group := range bFrames {
			gop := 1 + len(group)*25
			video := testmjr.Video("h264", 2*gop, 15, testmjr.H264(gop, nil))
			video.Order = func(i int) int { return i/gop*gop + sentIn(group)(i%gop) }
			video.Breaks = []testmjr.Break{{Unit: gop, Ticks: ticks}}
			tl := load(t, Options{}, audio, video)
			require.Len(t, tl.Tracks[1].segments, 2, "%s, %d ticks", name, ticks)
			for i, u := range unitsOf(t, tl, tl.Tracks[1]) {
				within := 70 + ms(tl.Tracks[1].ReorderDelay)
				require.InDelta(t, float64(video.Order(i))*1000/15, ms(u.PTS), within, "%s, %d ticks, picture %d", name, ticks, i)
			}
		}
	}
}

// Codecs without such pictures have leaps only, and one picture of B-frames lost leaves the others where they are.
func TestBFramesLost(t *testing.T) {
	group := bFrames["two B"]
	video := testmjr.Video("h264", 1+3*60, 30, testmjr.H264(1000, func(i int) bool { return i%3 != 1 }))
	video.Order = sentIn(group)
	video.Network.Lose = testmjr.At(20, 41, 80, 81)
	tl := load(t, Options{OnLoss: KeepOnLoss}, video)
	all := unitsOf(t, tl, tl.Tracks[0])
	require.Len(t, all, video.Units-4)
	require.Len(t, tl.Tracks[0].segments, 1)
	i := 0
	for n := range video.Units {
		if slices.Contains([]int{20, 41, 80, 81}, n) {
			continue
		}
		require.InDelta(t, float64(video.Order(n))*1000/30, ms(all[i].PTS-all[0].PTS), 1, "picture %d", n)
		i++
	}
}
