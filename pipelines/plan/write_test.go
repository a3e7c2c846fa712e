package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/internal/tracktest"
	"github.com/upright-media/upright/timeline"
)

// lines returns what a plan runs, one element per line, and the same for a shell.
func lines(t *testing.T, s Settings, profile string, tracks ...*timeline.Track) (run, shell string) {
	t.Helper()
	p, tl := tracktest.Together(tracks...)
	plan, err := Decide(p, tl, Profile{Name: profile}, s)
	require.NoError(t, err)
	return strings.ReplaceAll(plan.Pipeline, " ! ", "\n"), plan.CommandLine
}

func TestLineThatCopies(t *testing.T) {
	run, shell := lines(t, settings(), ProfileMP4,
		tracktest.Video("v.mjr", "h264", 0.25, 10, tracktest.At{Degrees: 90, Width: 320, Height: 180}),
		tracktest.Audio("a.mjr", "opus", 1, 0.5, 10))
	require.Equal(t, `mjrsrc location=/in/v.mjr siblings=/in/a.mjr
uprightmp4sink name=mux location=/out/.alice.mp4.partial index-size=8336 orientation=rotate-90 creation-time=1795235502250000 audio-skip=6500000 `+
		`mjrsrc location=/in/a.mjr siblings=/in/v.mjr
mux.`, run)
	require.Contains(t, shell, " location=/out/alice.mp4 index-size=")
	require.NotContains(t, shell, "partial")
}

// Whole pictures are what is asked for, whatever becomes of them.
func TestLineThatAsksForPictures(t *testing.T) {
	look := tracktest.At{Width: 320, Height: 180}
	for name, c := range map[string]struct {
		codec  string
		change func(v *timeline.Track, s *Settings)
		want   string
	}{
		"copied":              {"h264", func(*timeline.Track, *Settings) {}, "uprightmp4sink"},
		"out of order":        {"h264", func(v *timeline.Track, _ *Settings) { v.ReorderDelay = 1 }, "uprightmp4sink"},
		"incomplete pictures": {"h264", func(v *timeline.Track, _ *Settings) { v.Incomplete = 1 }, "uprightmp4sink"},
		"parameter sets change": {"h265", func(v *timeline.Track, _ *Settings) { v.SetsChange = true },
			"video/x-h265 ! h265parse config-interval=-1 ! uprightmp4sink"},
		"turned": {"h264", func(v *timeline.Track, _ *Settings) { v.Hidden = 1 },
			"video/x-h264 ! avdec_h264 max-threads=1 ! cvorotate"},
		"OpenH264 takes what a parser makes": {"h264", func(v *timeline.Track, s *Settings) {
			v.Hidden, s.Elements = 1, without("avdec_h264")
		}, "video/x-h264 ! h264parse ! openh264dec ! cvorotate"},
		"layers": {"vp9", func(v *timeline.Track, _ *Settings) { v.SpatialLayers = 2 },
			"video/x-vp9 ! vp9dec threads=1 ! cvorotate"},
	} {
		v := tracktest.Video("v.mjr", c.codec, 0.25, 10, look)
		s := settings()
		c.change(v, &s)
		p, tl := tracktest.Together(v)
		plan, err := Decide(p, tl, Profile{Name: ProfileMP4}, s)
		require.NoError(t, err, name)
		require.Contains(t, plan.Pipeline, " origin=file ! "+c.want, name)
	}
}

func TestLineThatTurnsPictures(t *testing.T) {
	s := settings()
	s.OrientationID = 7
	run, _ := lines(t, s, ProfileMP4, tracktest.Video("v.mjr", "vp8", 0, 10,
		tracktest.At{Degrees: 90, Width: 320, Height: 180}))
	require.Equal(t, `mjrsrc location=/in/v.mjr origin=file orientation-id=7
video/x-vp8
vp8dec threads=1
cvorotate width=180 height=320
queue max-size-buffers=3
videoconvert
video/x-raw,format=I420
capssetter caps=video/x-raw,framerate=15/1
x264enc pass=qual quantizer=21 vbv-buf-capacity=0 speed-preset=veryfast me=dia subme=1 ref=2 bframes=0 rc-lookahead=5 sync-lookahead=0 key-int-max=30
video/x-h264,profile=high
h264parse
uprightmp4sink location=/out/.alice.mp4.partial index-size=6048 orientation=rotate-0 creation-time=1795235502000000`, run)
}

// A timeline is shared by those who load it with the same options: whoever reads the sound must give them, too.
func TestLineReadsWithTheSameOptions(t *testing.T) {
	s := settings()
	s.OrientationID, s.Pauses, s.Head = 7, options.PausesCut, options.HeadHold
	run, _ := lines(t, s, ProfileMP4,
		tracktest.Video("v.mjr", "h264", 0, 10, tracktest.At{Width: 320, Height: 180}),
		tracktest.Audio("a.mjr", "opus", 1, 0.5, 10))
	require.Contains(t, run, "mjrsrc location=/in/v.mjr siblings=/in/a.mjr orientation-id=7 pauses=cut head=hold\n")
	require.Contains(t, run, "mjrsrc location=/in/a.mjr siblings=/in/v.mjr orientation-id=7 pauses=cut head=hold\n")
}

func TestLineThatEncodesSound(t *testing.T) {
	run, _ := lines(t, settings(), ProfileMP4, tracktest.Audio("a.mjr", "pcmu", 1, 0, 10))
	require.Equal(t, `mjrsrc location=/in/a.mjr origin=file
audio/x-mulaw
mulawdec
audioconvert
audioresample
audio/x-raw,rate=48000,channels=1
audiorate skip-to-first=true tolerance=8000000
audioconvert
avenc_aac aac-ms=0 bitrate=80000
aacparse
uprightmp4sink location=/out/.alice.m4a.partial index-size=6448 creation-time=1795235502000000 audio-skip=21333333`, run)
}

func TestLineForMatroska(t *testing.T) {
	run, _ := lines(t, settings(), ProfileOriginal,
		tracktest.Video("v.mjr", "vp8", 0, 10, tracktest.At{Width: 320, Height: 180}),
		tracktest.Audio("a.mjr", "pcma", 1, 0, 10))
	require.Equal(t, `mjrsrc location=/in/v.mjr siblings=/in/a.mjr
video/x-vp8
matroskamux name=mux creation-time=2026-11-21T04:31:42Z
filesink location=/out/.alice.mkv.partial mjrsrc location=/in/a.mjr siblings=/in/v.mjr
audio/x-alaw
mux.`, run)
}

// Two videos have the same sound, which is read once; a third of another container has its own.
func TestLineWithSeveralOutputs(t *testing.T) {
	run, _ := lines(t, settings(), ProfileOriginal,
		tracktest.Video("r-video-1.mjr", "h264", 0, 10, tracktest.At{Width: 320, Height: 180}),
		tracktest.Video("r-video-2.mjr", "h264", 0, 10, tracktest.At{Width: 400, Height: 300}),
		tracktest.Video("r-video-3.mjr", "h264", 0, 10, tracktest.At{Degrees: 90, Width: 400, Height: 300}),
		tracktest.Audio("a.mjr", "pcma", 1, 0, 10))
	require.Equal(t, 5, strings.Count(run, "mjrsrc"))
	require.Contains(t, run, "audio/x-alaw\ntee name=sound sound.\nqueue\nmux0. sound.\nqueue\nmux1. mjrsrc")
	require.Contains(t, run, "aacparse\nmux2.")
}

func TestSiblingsAreEscaped(t *testing.T) {
	require.Equal(t, `/a/b:/c\:d\\e`, JoinPaths([]string{"/a/b", `/c:d\e`}))
	run, shell := lines(t, settings(), ProfileMP4, tracktest.Audio("a b.mjr", "opus", 1, 0, 10),
		tracktest.Audio("c:d e.mjr", "opus", 1, 0, 10))
	require.Contains(t, run, `mjrsrc location=/in/a\ b.mjr siblings=/in/c\\:d\ e.mjr`)
	require.Contains(t, shell, `mjrsrc 'location=/in/a b.mjr' 'siblings=/in/c\\:d e.mjr'`)
}

// What a profile says of its muxer is not said again; its name is needed here.
func TestProfilesMuxer(t *testing.T) {
	video, audio := tracktest.Video("v.mjr", "h264", 0, 10, tracktest.At{Width: 320, Height: 180}),
		tracktest.Audio("a.mjr", "opus", 1, 0, 10)
	mp4 := planned(t, own(t, Profile{}), video, audio).Pipeline
	require.Contains(t, mp4, "! uprightmp4sink name=mux location=")
	for _, mux := range []string{"mp4mux", "mp4mux faststart=true", "mp4mux interleave-time=7 latency=5"} {
		require.Equal(t, mp4, planned(t, own(t, Profile{Mux: mux}), video, audio).Pipeline, "that is how MP4s are written")
	}
	require.Contains(t, planned(t, own(t, Profile{Mux: "matroskamux creation-time=2020-01-01T00:00:00Z"}), video,
		audio).Pipeline,
		"! matroskamux creation-time=2020-01-01T00:00:00Z name=mux ! filesink")
}

// What a profile says about a film is written into an MP4, too.
func TestTags(t *testing.T) {
	video := tracktest.Video("v.mjr", "h264", 0, 10, tracktest.At{Width: 320, Height: 180})
	for _, p := range []Profile{
		{Video: "x264enc ! h264parse ! taginject tags=title=${title}"},
		{Video: "taginject tags=artist=Alice ! auto"},
		{Pipeline: "${video.copy} ! taginject tags=title=${title} ! mp4mux ! ${output}"},
	} {
		require.Contains(t, planned(t, own(t, p), video).Pipeline, " tags=true")
	}
	require.NotContains(t, planned(t, Profile{Name: ProfileMP4}, video).Pipeline, "tags=")
}

// A recording of the oldest kind has no times: the muxer's own stays.
func TestNoCreationTime(t *testing.T) {
	p, tl := tracktest.Together(tracktest.Audio("a.mjr", "opus", 1, 0, 10))
	tl.OriginUs = 0
	plan, err := Decide(p, tl, Profile{}, settings())
	require.NoError(t, err)
	require.NotContains(t, plan.Pipeline, "creation-time")
}

// A video that begins in mid-recording without sound begins its own file, in containers that have no edit lists.
func TestTimeZeroOfAnOutput(t *testing.T) {
	for profile, want := range map[string]string{"original": " from=30000000000 ", "mkv": " from=30000000000 ",
		"mp4": ""} {
		camera := tracktest.Video("v.mjr", "vp8", 0, 60, tracktest.At{Width: 320, Height: 180})
		screen := tracktest.Video("w.mjr", "vp8", 30, 40, tracktest.At{Width: 320, Height: 180})
		who, tl := tracktest.Together(camera, screen)
		p, err := Decide(who, tl, Profile{Name: profile}, settings())
		require.NoError(t, err)
		require.Len(t, p.Outputs, 2)
		require.Equal(t, 30*time.Second, p.Outputs[1].Start)
		require.Equal(t, min(1, len(want)), strings.Count(p.Pipeline, " from="), p.Pipeline)
		require.Contains(t, p.Pipeline, want)
	}
}
