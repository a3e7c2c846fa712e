package encoders

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every word of every line is written down here: who changes a map has to look at what it does to the others.
func TestLines(t *testing.T) {
	all := func(string) bool { return true }
	only := func(names ...string) func(string) bool {
		return func(name string) bool { _, p, _ := strings.Cut(name, "."); return slices.Contains(names, p) }
	}
	for _, c := range []struct {
		element string
		o       Options
		has     func(string) bool
		want    string
	}{
		{"x264enc", Options{}, all, "x264enc pass=qual quantizer=21 vbv-buf-capacity=0 speed-preset=veryfast me=dia subme=1 " +
			"ref=2 bframes=0 rc-lookahead=5 sync-lookahead=0 key-int-max=60"},
		{"x264enc", Options{Bitrate: 2_000_000, KeyFrames: 30, Threads: 2}, all,
			"x264enc threads=2 pass=cbr bitrate=2000 speed-preset=veryfast me=dia subme=1 ref=2 " +
				"bframes=0 rc-lookahead=5 sync-lookahead=0 key-int-max=30"},
		{"openh264enc", Options{KeyFrames: 30}, all, "openh264enc rate-control=off qp-min=18 qp-max=26 " +
			"complexity=low gop-size=30"},
		{"openh264enc", Options{Bitrate: 2_000_000, Threads: 2}, all,
			"openh264enc multi-thread=2 rate-control=bitrate bitrate=2000000 complexity=low gop-size=60"},
		{"openh264enc", Options{Quality: 100}, all, "openh264enc rate-control=quality bitrate=100000000 qp-min=15 " +
			"qp-max=15 complexity=low gop-size=60"},
		{"x265enc", Options{Threads: 2}, all, "x265enc option-string=crf=23:bframes=0:pools=2 speed-preset=veryfast " +
			"key-int-max=60"},
		{"vp8enc", Options{}, all, "vp8enc timebase=1/90000 deadline=1 cpu-used=4 end-usage=cq cq-level=16 " +
			"min-quantizer=4 max-quantizer=40 target-bitrate=8000000 auto-alt-ref=false keyframe-max-dist=60"},
		{"vp9enc", Options{}, all, "vp9enc timebase=1/90000 deadline=1 cpu-used=6 row-mt=true end-usage=cq cq-level=28 " +
			"min-quantizer=4 max-quantizer=48 target-bitrate=8000000 auto-alt-ref=false keyframe-max-dist=60"},
		{"svtav1enc", Options{}, all, "svtav1enc preset=10 crf=32 intra-period-length=59"},
		{"av1enc", Options{}, all, "av1enc usage-profile=realtime cpu-used=8 end-usage=q min-quantizer=4 max-quantizer=40 " +
			"keyframe-max-dist=60"},

		// GStreamer up to 1.24, and what came after it.
		{"nvh264enc", Options{}, only("rc-mode", "qp-const", "gop-size", "bframes"),
			"nvh264enc rc-mode=constqp qp-const=23 gop-size=60 bframes=0"},
		{"nvautogpuh264enc", Options{}, only("rate-control", "qp-i", "qp-p", "qp-b", "gop-size", "b-frames"),
			"nvautogpuh264enc rate-control=constqp qp-i=23 qp-p=23 qp-b=23 gop-size=60 b-frames=0"},
		{"nvh264device1enc", Options{Bitrate: 1_500_000}, only("rc-mode", "bitrate", "gop-size"),
			"nvh264device1enc rc-mode=vbr bitrate=1500 gop-size=60"},
		{"vah264lpenc", Options{Quality: 100}, only("rate-control", "qpi", "qpp", "qpb", "key-int-max", "b-frames"),
			"vah264lpenc rate-control=cqp qpi=14 qpp=14 qpb=14 key-int-max=60 b-frames=0"},
		{"vah264enc", Options{}, only("qpi", "qpp", "key-int-max"), "vah264enc qpi=23 qpp=23 key-int-max=60"},
		{"varenderD129av1enc", Options{}, only("rate-control", "qp", "key-int-max", "gf-group-size"),
			"varenderD129av1enc rate-control=cqp qp=120 key-int-max=60 gf-group-size=1"},
		{"qsvh264enc", Options{Bitrate: 999}, all, "qsvh264enc rate-control=vbr bitrate=1 gop-size=60 b-frames=0"},
		{"v4l2h264enc", Options{Width: 640, Height: 480, FrameRate: 25}, all,
			"v4l2h264enc extra-controls=controls,video_bitrate=921600,video_gop_size=60,h264_i_frame_period=60,video_b_frames=0,repeat_sequence_header=1"},
	} {
		require.Equal(t, c.want, named(t, c.element).Line(c.o, c.has))
	}
	require.Equal(t, "video/x-h264,profile=high ! h264parse", named(t, "x264enc").After(Options{}))
	require.Equal(t, "video/x-h264,profile=constrained-baseline ! h264parse",
		named(t, "vah264enc").After(Options{Profile: "baseline"}))
	require.Equal(t, "h264parse", named(t, "vah264enc").After(Options{}))
	require.Equal(t, "h265parse", named(t, "x265enc").After(Options{Profile: "high"}))
	require.Empty(t, named(t, "vp8enc").After(Options{}))
}

func TestEveryEncoderHasAMap(t *testing.T) {
	for _, codec := range Codecs {
		require.NotEmpty(t, Candidates(codec))
		var backends []int
		for _, e := range Candidates(codec) {
			line := e.Line(Options{Quality: 50, Threads: 1}, func(string) bool { return true })
			require.Greater(t, len(strings.Fields(line)), 1, line)
			require.Equal(t, e, named(t, e.Element))
			require.Equal(t, codec, e.Codec)
			require.NotEmpty(t, e.Format)
			require.Equal(t, e.Hardware(), e.Device != "", "sessions are counted by device")
			backends = append(backends, slices.Index(Backends, e.Backend))
		}
		require.IsNonDecreasing(t, append([]int{-1}, backends...)[1:], "%s: the order is that of the backends", codec)
		require.Equal(t, slices.Index(Backends, Software), backends[len(backends)-1], "%s: software comes last", codec)
	}
}

func TestScaleGoesOneWay(t *testing.T) {
	for name, s := range quantizers {
		require.Equal(t, int(s.best), s.at(100), name)
		require.Equal(t, int(s.standard), s.at(0), name)
		require.Equal(t, int(s.standard), s.at(DefaultQuality), name)
		require.Equal(t, int(s.worst), s.at(1), name)
		for q := 2; q <= 100; q++ {
			require.LessOrEqual(t, s.at(q), s.at(q-1), "%s %d", name, q)
		}
	}
}

func TestNamed(t *testing.T) {
	for element, device := range map[string]string{
		"x264enc": "", "nvh264enc": "nvenc0", "nvcudah265device1enc": "nvenc1", "varenderD130vp9lpenc": "renderD130",
		"qsvav1device1enc": "qsv1", "v4l2video11h264enc": "video11",
	} {
		require.Equal(t, device, named(t, element).Device, element)
	}
	for _, element := range []string{"", "fakesink", "varenderD1h264", "nvh264device1dec", "avenc_aac",
		"varenderD129vp7enc"} {
		_, ok := Named(element)
		require.False(t, ok, element)
	}
}

func TestOptionsCheck(t *testing.T) {
	require.NoError(t, Options{Quality: 100, Bitrate: 1, Profile: "main"}.Check())
	for text, o := range map[string]Options{"quality is 101": {Quality: 101}, "bitrate is -1": {Bitrate: -1},
		`profile is "super"`: {Profile: "super"}} {
		require.ErrorContains(t, o.Check(), text)
	}
}

func named(t *testing.T, element string) Encoder {
	t.Helper()
	e, ok := Named(element)
	require.True(t, ok, element)
	return e
}
