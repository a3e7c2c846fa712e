package options

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/timeline"
)

func TestBounds(t *testing.T) {
	track := func(units int, long time.Duration, sizes ...int) *timeline.Track {
		tr := &timeline.Track{Path: "/in/v.mjr", Media: timeline.MediaType{Media: "video"}, Units: units,
			Start: time.Hour, End: time.Hour + long}
		for i := 0; i+1 < len(sizes); i += 2 {
			tr.Sizes = append(tr.Sizes, timeline.SizeSpan{Width: sizes[i], Height: sizes[i+1]})
		}
		return tr
	}
	changing := func(n int, long time.Duration) *timeline.Track {
		tr := track(n, long)
		for i := range n + 1 {
			tr.Sizes = append(tr.Sizes, timeline.SizeSpan{Width: 320 + i%2, Height: 180})
		}
		return tr
	}
	data := track(2, 20*time.Hour)
	data.Media.Media = "data"
	for name, c := range map[string]struct {
		track  *timeline.Track
		bounds Bounds
		wrong  string // the bound
	}{
		"a call of two hours":               {track: track(1000, 2*time.Hour, 1280, 720)},
		"nothing":                           {track: track(0, 0)},
		"muted for hours":                   {track: track(2, 6*time.Hour)},
		"muted for a day, with a few words": {track: track(1200, 25*time.Hour)},
		"two packets, 13 h apart":           {track: track(2, 13*time.Hour), wrong: "max_silence"},
		"two packets, 24 days apart":        {track: track(2, 24*24*time.Hour), wrong: "max_length"},
		"two messages, 20 h apart":          {track: data},
		"as many packets as 24 days need":   {track: track(1e6, 24*24*time.Hour), wrong: "max_length"},
		"allowed":                           {track: track(1e6, 24*24*time.Hour), bounds: Bounds{Length: -1}},
		"allowed silence":                   {track: track(2, 13*time.Hour), bounds: Bounds{Silence: 24 * time.Hour}},
		"8K":                                {track: track(10, time.Second, 7680, 4320)},
		"VP8's largest":                     {track: track(60, time.Second, 320, 180, 16383, 16383), wrong: "max_pixels"},
		"a line":                            {track: track(60, time.Second, 1<<31, 1<<31), wrong: "max_pixels"},
		"smaller allowed": {track: track(60, time.Second, 1920, 1080), bounds: Bounds{Pixels: 1 << 20},
			wrong: "max_pixels"},
		"any size":                   {track: track(60, time.Second, 16383, 16383), bounds: Bounds{Pixels: -1}},
		"simulcast on a bad line":    {track: changing(3600, time.Hour)},
		"300 changes in ten seconds": {track: changing(300, 10*time.Second), wrong: "max_sizes"},
		"allowed changes":            {track: changing(300, 10*time.Second), bounds: Bounds{Sizes: 300}},
	} {
		err := c.bounds.Check(c.track)
		if c.wrong == "" {
			require.NoError(t, err, name)
			continue
		}
		var e *BoundsError
		require.ErrorAs(t, err, &e, name)
		require.Equal(t, c.wrong, e.Flag, name)
		require.Contains(t, err.Error(), "/in/v.mjr: it says that", name)
	}
}
