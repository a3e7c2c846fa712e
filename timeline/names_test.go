package timeline

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
)

// named loads an audio and a video file of a VideoRoom. names are the times in their names, created those in their
// headers, both in µs after the origin; what has come since is as the tracks say.
func named(t *testing.T, audio, video testmjr.Track, names, created [2]int64) *Timeline {
	dir := t.TempDir()
	var paths []string
	for i, track := range []testmjr.Track{audio, video} {
		track.Header.CreatedUs = testmjr.OriginUs + created[i]
		if track.Header.FirstUs == 0 {
			track.Header.FirstUs = track.Header.CreatedUs + track.Start.Microseconds()
		}
		paths = append(paths, track.Write(t, dir,
			fmt.Sprintf("videoroom-1-user-2-%d-%s-%d.mjr", testmjr.OriginUs+names[i], []string{"audio", "video"}[i], i)))
	}
	tl, err := Load(context.Background(), read(paths...), Options{})
	require.NoError(t, err)
	return tl
}

// The server's clock is set while it makes the files of one call: their names, which were made before, are believed,
// however long the files are, and whichever was made later.
func TestNamesAreBelieved(t *testing.T) {
	for _, step := range []time.Duration{90 * time.Second, -90 * time.Second, -3 * time.Second, 20 * time.Minute} {
		for _, later := range []int{0, 1} {
			for _, pictures15 := range []int{120, 255} { // until long before the sound ends, and to its end
				audio, video := testmjr.Audio(900), testmjr.Video("vp8", pictures15, 15, pictures())
				audio.Start, video.Start = 200*time.Millisecond, 1200*time.Millisecond
				created := [2]int64{3, 150}
				created[later] += step.Microseconds()
				tl := named(t, audio, video, [2]int64{0, 140}, created)
				what := fmt.Sprintf("%v, %d, %d", step, later, pictures15)
				require.Len(t, tl.Warnings, 1, what)
				require.Equal(t, CodeClockStep, tl.Warnings[0].Code, what)
				require.InDelta(t, 0, ms(tl.Tracks[0].Start), 2, what)
				require.InDelta(t, 1000, ms(tl.Tracks[1].Start), 2, what)
				require.InDelta(t, testmjr.OriginUs+200_000, tl.OriginUs, 1000, what)
			}
		}
	}
}

// Names that say nothing about the clock leave everything as the headers have it.
func TestNamesThatAreNotBelieved(t *testing.T) {
	audio, video := testmjr.Audio(2000), testmjr.Video("vp8", 150, 15, pictures())
	video.Start = 30 * time.Second
	const up = 5e9 - testmjr.OriginUs
	for what, x := range map[string]struct{ names, created [2]int64 }{
		"named after the call, the camera was switched on later": {[2]int64{0, 0}, [2]int64{3, 29_900_000}},
		"a slow disk":                              {[2]int64{0, 5}, [2]int64{3, 4_000_000}},
		"the clock was set before both":            {[2]int64{0, 140}, [2]int64{90_000_003, 90_000_150}},
		"time since the server was started":        {[2]int64{0, 140}, [2]int64{up + 3, up + 150}},
		"named when they were copied":              {[2]int64{7e9, 7e9}, [2]int64{3, 29_900_000}},
		"a camera with a recorder of its own time": {[2]int64{0, 29_000_000}, [2]int64{3, 29_000_003}},
	} {
		a, v := audio, video
		a.Header.FirstUs = testmjr.OriginUs + x.created[0] + 100_000
		v.Header.FirstUs = testmjr.OriginUs + x.created[0] + 30_100_000
		tl := named(t, a, v, x.names, x.created)
		require.Empty(t, tl.Warnings, what)
		require.InDelta(t, 30_000, ms(tl.Tracks[1].Start), 2, what)
	}
}
