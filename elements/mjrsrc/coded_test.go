package mjrsrc

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
)

// sample is what matters of a buffer.
type sample struct {
	pts  time.Duration
	key  bool
	data string
}

func samples(r *gsttest.Record) (list []sample) {
	for _, b := range r.Buffers() {
		list = append(list, sample{b.PTS, !b.Delta, string(b.Data)})
	}
	return list
}

// chains take each codec out of packets, into what containers take.
var chains = map[string]string{
	"video/x-h264":  "rtph264depay ! h264parse ! video/x-h264,stream-format=avc,alignment=au",
	"video/x-h265":  "rtph265depay ! h265parse ! video/x-h265,stream-format=hvc1,alignment=au",
	"video/x-vp8":   "rtpvp8depay",
	"video/x-vp9":   "rtpvp9depay ! vp9parse",
	"audio/x-opus":  "rtpopusdepay ! opusparse",
	"audio/x-mulaw": "rtppcmudepay",
	"audio/x-alaw":  "rtppcmadepay",
	"audio/G722":    "rtpg722depay",
	"audio/x-raw":   "rtpL16depay",
}

// requireSame plays a recording in both forms, and compares what the chain of depayloader and parser makes of packets
// with what comes without them. It returns the caps of both.
func requireSame(t *testing.T, path, caps string) (coded, chained string) {
	t.Helper()
	play := func(chain string) (*gsttest.Record, string) {
		p := gsttest.Parse(t, "mjrsrc name=src location=%s ! %s ! fakesink name=out", quoted(path), chain)
		r := gsttest.Watch(t, p, "out", "sink")
		gsttest.Play(t, p)
		all := r.Events(gstx.EventCaps)
		require.NotEmpty(t, all)
		return r, all[len(all)-1]
	}
	want, chained := play(chains[caps])
	got, coded := play(caps)
	a, b := samples(want), samples(got)
	require.NotEmpty(t, a)
	require.Len(t, b, len(a))
	// rtph264depay loses what stands in front of the first parameter sets.
	b[0].data = strings.TrimPrefix(b[0].data, "\x00\x00\x00\x02\x09\x10")
	for i := range a {
		require.Equal(t, a[i], b[i], "sample %d", i)
	}
	require.Equal(t, slices.Compact(want.Tags()), slices.Compact(got.Tags()), "parsers repeat them")
	return coded, chained
}

// field is the value of a field in caps, "" if there is none.
func field(caps, name string) string {
	found := regexp.MustCompile(`\b` + name + `=\([a-z]+\)(<[^>]*>|[^,;]*)`).FindStringSubmatch(caps)
	if found == nil {
		return ""
	}
	return strings.Trim(found[1], "< >]")
}

// Without packets comes what depayloader and parser would make of them.
func TestCodedIsWhatDepayloadersMake(t *testing.T) {
	for _, c := range []struct{ folder, file, caps string }{
		{"rot-h264-90", "video-1", "video/x-h264"},
		{"rot-change-h264-libwebrtc", "video-1", "video/x-h264"},
		{"h264-720p30-rot90", "video-1", "video/x-h264"},
		{"derived-mjr00001", "video-1", "video/x-vp8"},
		{"derived-zero-tail", "video-1", "video/x-h264"},
		{"chromium-vp8-rot-change", "video-1", "video/x-vp8"},
		{"pion-vp8-opus", "video-1", "video/x-vp8"},
		{"recordplay-vp8", "video", "video/x-vp8"},
		{"chromium-vp9-opus", "video-1", "video/x-vp9"},
		{"audio-opus-stereo", "audio-0", "audio/x-opus"},
		{"audio-mute-gap", "audio-0", "audio/x-opus"},
		{"chromium-red-echotest", "audio", "audio/x-opus"},
		{"nosip-call-pcmu", "peer-audio", "audio/x-mulaw"},
	} {
		t.Run(c.folder+" "+c.file, func(t *testing.T) {
			coded, chained := requireSame(t, recorded(t, c.folder, c.file), c.caps)
			for _, name := range []string{"width", "height", "channels", "chroma-format", "bit-depth-luma", "colorimetry",
				"profile"} {
				if value := field(chained, name); value != "" && field(coded, name) != "" {
					require.Equal(t, value, field(coded, name), name)
				}
			}
			require.Equal(t, field(chained, "codec_data"), field(coded, "codec_data"))
			require.Equal(t, field(chained, "width"), field(coded, "width"))
		})
	}
}

// The same of what encoders make that no recording at hand is of.
func TestCodedOfEveryCodec(t *testing.T) {
	const picture = "videotestsrc num-buffers=40 ! video/x-raw,format=I420,width=70,height=50,framerate=15/1%s ! "
	const tone = "audiotestsrc num-buffers=5 samplesperbuffer=1600 ! audio/x-raw,channels=1,rate="
	at := func(more string) string { return strings.Replace(picture, "%s", more, 1) }
	for _, c := range []struct {
		name, codec, line, caps string
		fields                  map[string]string
	}{
		{"h264", "h264", at("") + "x264enc key-int-max=10 bframes=0 ! rtph264pay config-interval=-1 mtu=400", "video/x-h264",
			map[string]string{"width": "70", "height": "50"}},
		{"h264 with delimiters", "h264", at("") + "x264enc aud=true key-int-max=10 bframes=0 ! rtph264pay config-interval=1",
			"video/x-h264", nil},
		{"h264 high", "h264", at("") + "x264enc bframes=0 ! video/x-h264,profile=high ! rtph264pay config-interval=-1",
			"video/x-h264", nil},
		{"h264 in slices and with stuffing", "h264", at("") + "x264enc bframes=0 sliced-threads=true threads=3 " +
			"option-string=\"nal-hrd=cbr:filler=1\" bitrate=300 ! rtph264pay config-interval=-1 aggregate-mode=max-stap",
			"video/x-h264", nil},
		{"h264 with colours", "h264", at(",colorimetry=bt709,pixel-aspect-ratio=4/3") +
			"x264enc bframes=0 ! rtph264pay config-interval=-1", "video/x-h264",
			map[string]string{"colorimetry": "bt709", "pixel-aspect-ratio": "4/3"}},
		{"h265", "h265", at("") + "x265enc option-string=bframes=0 key-int-max=10 ! rtph265pay config-interval=-1 mtu=400",
			"video/x-h265", map[string]string{"width": "70", "height": "50"}},
		{"h265 with delimiters", "h265", at("") +
			"x265enc option-string=bframes=0:aud=1 key-int-max=10 ! rtph265pay config-interval=-1", "video/x-h265", nil},
		{"h265 with colours", "h265", at(",colorimetry=bt709,pixel-aspect-ratio=4/3") +
			"x265enc option-string=bframes=0 ! rtph265pay config-interval=-1", "video/x-h265",
			map[string]string{"colorimetry": "bt709", "pixel-aspect-ratio": "4/3"}},
		{"vp8", "vp8", at("") + "vp8enc keyframe-max-dist=10 ! rtpvp8pay mtu=300", "video/x-vp8",
			map[string]string{"width": "70", "height": "50"}},
		{"vp9", "vp9", at("") + "vp9enc keyframe-max-dist=10 ! rtpvp9pay mtu=300", "video/x-vp9", nil},
		{"vp9 with colours", "vp9", at(",colorimetry=bt709") + "vp9enc ! rtpvp9pay", "video/x-vp9",
			map[string]string{"colorimetry": "bt709"}},
		{"opus", "opus", tone + "48000 ! opusenc ! rtpopuspay pt=111", "audio/x-opus", nil},
		{"pcmu", "pcmu", tone + "8000 ! mulawenc ! rtppcmupay", "audio/x-mulaw", nil},
		{"pcma", "pcma", tone + "8000 ! alawenc ! rtppcmapay", "audio/x-alaw", nil},
		{"g722", "g722", tone + "16000 ! avenc_g722 ! rtpg722pay", "audio/G722", map[string]string{"rate": "16000"}},
		{"l16", "l16", tone + "16000,format=S16BE ! rtpL16pay pt=105", "audio/x-raw", map[string]string{"rate": "16000"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			kind := mjr.Video
			if strings.HasPrefix(c.caps, "audio") {
				kind = mjr.Audio
			}
			coded, chained := requireSame(t, record(t, mjr.Header{Kind: kind, Codec: c.codec}, c.line), c.caps)
			for name, value := range c.fields {
				require.Equal(t, value, field(chained, name), name)
				require.Equal(t, value, field(coded, name), name)
			}
		})
	}
}

// Those downstream choose, and to whom all is the same, get packets, but for those of AV1.
func TestForms(t *testing.T) {
	video, audio := recorded(t, "rot-h264-90", "video-1"), recorded(t, "rot-h264-90", "audio-0")
	av1 := recorded(t, "pion-av1-opus", "video-1")
	for _, c := range []struct{ path, line, want string }{
		{video, "fakesink", "application/x-rtp"},
		{video, "queue ! fakesink", "application/x-rtp"},
		{video, "h264parse ! fakesink", "video/x-h264"},
		{video, "rtph264depay ! fakesink", "application/x-rtp"},
		{video, "decodebin ! fakesink", "application/x-rtp"},
		{video, "video/x-h264 ! fakesink", "video/x-h264"},
		{video, "queue ! avdec_h264 ! fakesink", "video/x-h264"},
		{av1, "fakesink", "video/x-av1"},
		{av1, "decodebin ! fakesink", "video/x-av1"},
		{av1, "application/x-rtp ! fakesink", "application/x-rtp"},
	} {
		p := gsttest.Parse(t, "mjrsrc name=src location=%s ! %s", c.path, c.line)
		r := gsttest.Watch(t, p, "src", "src")
		gsttest.Play(t, p)
		caps := r.Events(gstx.EventCaps)
		require.Len(t, caps, 1)
		require.True(t, strings.HasPrefix(caps[0], c.want), "%s: %s", c.line, caps[0])
	}
	// Pads are chosen by the medium, before anything is read.
	p := gsttest.Parse(t, "matroskamux name=m ! fakesink mjrsrc name=a location=%s ! m. mjrsrc name=v location=%s ! m.",
		audio,
		video)
	defer p.Close()
	defer p.SetState(pipeline.Null)
	for name, pad := range map[string]string{"a": "audio_0", "v": "video_0"} {
		_, ok := p.Element(name)
		require.True(t, ok)
		m, _ := p.Element("m")
		require.True(t, m.Probe(pad, gstx.ProbeEvents, func(*gstx.Probe) gstx.Verdict { return gstx.Pass }), pad)
	}
	gsttest.ToEnd(t, p)
}

// A seek leads to a key picture in this form, too, and the form stays.
func TestSeekCoded(t *testing.T) {
	path := recorded(t, "rot-change-h264-libwebrtc", "video-1")
	p := gsttest.Parse(t, "mjrsrc name=src location=%s ! video/x-h264 ! fakesink sync=false", path)
	defer p.Close()
	defer p.SetState(pipeline.Null)
	r := gsttest.Watch(t, p, "src", "src")
	require.True(t, p.SetState(pipeline.Paused))
	require.True(t, p.WaitState(time.Minute))
	for _, at := range []time.Duration{6 * time.Second, time.Second, 9 * time.Second} {
		want, err := timelineAt(t, path, at)
		require.NoError(t, err)
		r.Clear()
		require.True(t, p.Seek(pipeline.SeekFlush|pipeline.SeekAccurate, at, -1))
		require.True(t, p.WaitState(time.Minute))
		first := r.Buffers()[0]
		require.Equal(t, want.PTS, first.PTS)
		require.False(t, first.Delta)
		require.True(t, first.Discont)
		require.Equal(t, want.tag, r.Tags()[0])
	}
	gsttest.ToEnd(t, p)
	require.Empty(t, r.Events(gstx.EventCaps), "the caps stay")
}

// Where nothing can be made of packets, nothing comes, as from a depayloader, and that is no error of the source.
func TestCodedOfNothing(t *testing.T) {
	video := testmjr.Video("h264", 30, 15, func(i int) testmjr.Unit {
		if i == 0 { // a sequence parameter set without a picture parameter set
			return testmjr.Unit{Key: true, Payloads: [][]byte{
				{0x67, 0x42, 0xC0, 0x15, 0x8C, 0x8D, 0x40, 0xA0, 0xCB, 0xCF, 0x37, 0x01, 0x0D, 0x01, 0x07, 0x84, 0x42, 0x35},
				{0x65, 0x88}}}
		}
		return testmjr.Unit{Payloads: [][]byte{{0x41, 0x88}}}
	})
	path := video.Write(t, t.TempDir(), "one.mjr")
	for _, caps := range []string{"video/x-h264", chains["video/x-h264"]} {
		p := gsttest.Parse(t, "mjrsrc location=%s ! %s ! fakesink name=out", path, caps)
		r := gsttest.Watch(t, p, "out", "sink")
		gsttest.Play(t, p)
		require.Empty(t, r.Buffers(), caps)
	}
}
