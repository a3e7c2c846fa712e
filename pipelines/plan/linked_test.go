package plan

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/internal/tracktest"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/timeline"
)

// linked fails unless a line is whole: each chain is elements with one link between each two, what is linked to by its
// name has that name alone, and nobody who waits for several inputs lacks them.
func linked(t *testing.T, line string) {
	t.Helper()
	words := strings.Fields(line) // no name in these tests has a space
	named, inputs, element := map[string]string{}, map[string]int{}, ""
	for i, w := range words {
		before, last := "!", i == len(words)-1
		if i > 0 {
			before = words[i-1]
		}
		name, ref := strings.CutSuffix(w, ".")
		switch {
		case w == "!":
			require.NotEqual(t, "!", before, "a link leads nowhere: %s", line)
			require.False(t, last, line)
		case ref && before == "!":
			inputs[name]++
		case ref:
			require.False(t, last, line)
			require.Equal(t, "!", words[i+1], "%s gives nothing: %s", w, line)
		case strings.HasPrefix(w, "name="):
			n := strings.TrimPrefix(w, "name=")
			require.NotContains(t, named, n, line)
			named[n] = element
		case !strings.Contains(w, "="):
			element = w
		}
	}
	for name := range inputs {
		require.Contains(t, named, name, line)
	}
	for name, element := range named {
		switch {
		case element == "concat":
			require.GreaterOrEqual(t, inputs[name], 2, "%s %s: %s", element, name, line)
		case strings.HasPrefix(name, "mux"): // a profile's own has another name here
			require.Positive(t, inputs[name], "%s %s has one input only: %s", element, name, line)
		}
	}
	require.Equal(t, strings.Count(line, "concat "), strings.Count(line, "adjust-base=false"), line)
}

// bySource makes a track one that its source puts on the time line, with a run of each codec.
func bySource(track *timeline.Track, codecs ...string) *timeline.Track {
	g := &timeline.Given{Element: timeline.Element{Name: "agorasrc", Properties: []timeline.Property{
		{Name: "location", Value: track.Path}, {Name: "medium", Value: track.Media.Media}}}}
	for i, c := range codecs {
		g.Formats = append(g.Formats, timeline.Format{Codec: c, Caps: track.Media.Media + "/x-" + c + ",n=1"})
		g.Runs = append(g.Runs, i)
	}
	track.Given = g
	return track
}

// TestLinesAreWhole plans what consists of parts in every way, with every kind of profile.
func TestLinesAreWhole(t *testing.T) {
	look := tracktest.At{Width: 320, Height: 180}
	sound := func() *timeline.Track { return tracktest.Audio("r-audio-9.mjr", "opus", 1, 0, 20) }
	video := func(name, codec string, from, to float64) *timeline.Track {
		return tracktest.Video(name+".mjr", codec, from, to, look)
	}
	first, second := video("r-video-1", "vp8", 0, 9), video("s-video-1", "h264", 10, 20) // of one camera
	recordings := map[string][]*timeline.Track{
		"two cameras":             {video("r-video-1", "h264", 0, 20), video("r-video-2", "vp8", 0, 20), sound()},
		"a camera's codec":        {first, second, sound()},
		"a camera's codec, alone": {first, second},
		"given": {bySource(tracktest.Video("v", "h264", 0, 20, look), "h264", "vp8"),
			bySource(tracktest.Audio("a", "aac", 1, 0, 20), "aac", "opus")},
		"given sound": {bySource(tracktest.Audio("a", "aac", 1, 0, 20), "aac", "opus")},
		"given, several": {bySource(tracktest.Video("v", "h264", 0, 20, look), "h264", "vp8"),
			bySource(tracktest.Video("w", "h264", 0, 20, look), "h264", "vp8"),
			bySource(tracktest.Audio("a", "aac", 1, 0, 20), "aac", "opus")},
		"messages": {first, second, sound(), tracktest.Data("r-data-3.mjr", "text", 0, 20)},
	}
	profiles := map[string]Profile{
		"own": own(t, Profile{Pipeline: "${video} ! x264enc ! h264parse ! mp4mux name=m ! ${output} " +
			"${audio} ! avenc_aac ! m."}),
		"own, sound first": own(t, Profile{Pipeline: "${audio} ! opusenc ! matroskamux name=m ! ${output} " +
			"${video} ! x264enc ! h264parse ! m."}),
		"few":       own(t, Profile{FrameRate: 5, Height: 90}),
		"fragments": own(t, Profile{Video: "videobalance saturation=0 ! auto", Audio: "volume volume=2 ! auto"}),
		"muxer":     own(t, Profile{Mux: "mp4mux latency=5"}),
		"posters":   own(t, Profile{From: profile.Thumbnails, FrameRate: 1}),
	}
	for _, name := range []string{profile.MP4, profile.Original, profile.WebM, profile.MKV, profile.Audio, profile.Proxy,
		profile.Thumbnails} {
		profiles[name] = Profile{Name: name}
	}
	for what, tracks := range recordings {
		for name, p := range profiles {
			t.Run(what+"/"+name, func(t *testing.T) {
				for _, head := range []options.Head{options.HeadEmpty, options.HeadBlack} {
					who, tl := tracktest.Together(tracks...)
					s := settings()
					s.Subtitles, s.Head = true, head
					plan, err := Decide(who, tl, p, s)
					if err != nil {
						require.ErrorIs(t, err, ErrNoMedia)
						continue
					}
					linked(t, plan.Pipeline)
				}
			})
		}
	}
}
