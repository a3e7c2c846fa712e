package mjrsrc

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// Every codec that Janus records and that GStreamer can pay: the caps, that the depayloader takes them, and that
// decodebin chooses that depayloader from nothing but the caps.
func TestCapsOfEveryCodec(t *testing.T) {
	const picture = "videotestsrc num-buffers=5 ! video/x-raw,format=I420,width=64,height=48,framerate=15/1 ! "
	const tone = "audiotestsrc num-buffers=5 samplesperbuffer=1600 ! audio/x-raw,channels=1,rate="
	for _, c := range []struct {
		name  string
		h     mjr.Header
		line  string
		depay string
		want  []string
		units int // buffers behind the depayloader, at least
	}{
		{"h264", mjr.Header{Kind: mjr.Video, Codec: "h264",
			Fmtp:       "profile-level-id=42e01f;packetization-mode=1;weird key=x;Media=z",
			Extensions: map[int]string{13: "urn:3gpp:video-orientation"}},
			picture + "x264enc ! rtph264pay config-interval=-1 pt=107", "rtph264depay",
			[]string{"media=(string)video", "encoding-name=(string)H264", "clock-rate=(int)90000", "payload=(int)107",
				"profile-level-id=(string)42e01f",
				"packetization-mode=(string)1", "extmap-13=(string)urn:3gpp:video-orientation"}, 5},
		{"h265", mjr.Header{Kind: mjr.Video, Codec: "h265"}, picture + "x265enc ! rtph265pay config-interval=-1 pt=100",
			"rtph265depay",
			[]string{"encoding-name=(string)H265", "payload=(int)100"}, 5},
		{"vp8", mjr.Header{Kind: mjr.Video, Codec: "vp8"}, picture + "vp8enc ! rtpvp8pay pt=96", "rtpvp8depay",
			[]string{"encoding-name=(string)VP8", "payload=(int)96", "clock-rate=(int)90000"}, 5},
		{"vp9", mjr.Header{Kind: mjr.Video, Codec: "vp9"}, picture + "vp9enc ! rtpvp9pay pt=101", "rtpvp9depay",
			[]string{"encoding-name=(string)VP9", "payload=(int)101"}, 5},
		{"opus", mjr.Header{Kind: mjr.Audio, Codec: "opus", Fmtp: "minptime=10;useinbandfec=1"}, tone +
			"48000 ! opusenc ! rtpopuspay pt=111", "rtpopusdepay",
			[]string{"media=(string)audio", "encoding-name=(string)OPUS", "clock-rate=(int)48000", "payload=(int)111",
				"encoding-params=(string)2",
				"sprop-stereo=(string)0", "minptime=(string)10", "useinbandfec=(string)1"}, 7},
		// Browsers use payload types below 96 too; rtpopusdepay does not take them.
		{"opus with a low payload type", mjr.Header{Kind: mjr.Audio, Codec: "opus"}, tone +
			"48000 ! opusenc ! rtpopuspay pt=63", "rtpopusdepay",
			[]string{"payload=(int)96"}, 7},
		{"opus stereo", mjr.Header{Kind: mjr.Audio, Codec: "opus"},
			"audiotestsrc num-buffers=5 samplesperbuffer=1600 ! audio/x-raw,channels=2,rate=48000 ! opusenc ! rtpopuspay pt=111",
			"rtpopusdepay",
			[]string{"sprop-stereo=(string)1", "encoding-params=(string)2"}, 7},
		{"pcmu", mjr.Header{Kind: mjr.Audio, Codec: "pcmu"}, tone + "8000 ! mulawenc ! rtppcmupay", "rtppcmudepay",
			[]string{"encoding-name=(string)PCMU", "payload=(int)0", "clock-rate=(int)8000", "encoding-params=(string)1",
				"channels=(int)1"}, 5},
		{"pcma", mjr.Header{Kind: mjr.Audio, Codec: "pcma"}, tone + "8000 ! alawenc ! rtppcmapay", "rtppcmadepay",
			[]string{"encoding-name=(string)PCMA", "payload=(int)8"}, 5},
		{"g711 with the payload type of PCMA", mjr.Header{Kind: mjr.Audio, Codec: "g711"}, tone +
			"8000 ! alawenc ! rtppcmapay", "rtppcmadepay",
			[]string{"encoding-name=(string)PCMA", "payload=(int)8"}, 5},
		{"g722", mjr.Header{Kind: mjr.Audio, Codec: "g722"}, tone + "16000 ! avenc_g722 ! rtpg722pay", "rtpg722depay",
			[]string{"encoding-name=(string)G722", "payload=(int)9", "clock-rate=(int)8000"}, 5},
		{"l16", mjr.Header{Kind: mjr.Audio, Codec: "l16"}, tone + "16000,format=S16BE ! rtpL16pay pt=105", "rtpL16depay",
			[]string{"encoding-name=(string)L16", "clock-rate=(int)16000", "payload=(int)105", "channels=(int)1"}, 5},
		{"l16-48", mjr.Header{Kind: mjr.Audio, Codec: "l16-48"}, tone + "48000,format=S16BE ! rtpL16pay pt=105",
			"rtpL16depay",
			[]string{"encoding-name=(string)L16", "clock-rate=(int)48000"}, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := record(t, c.h, c.line)
			p := gsttest.Parse(t, "mjrsrc name=src location=%s ! %s ! fakesink name=out", path, c.depay)
			src, out := gsttest.Watch(t, p, "src", "src"), gsttest.Watch(t, p, "out", "sink")
			gsttest.Play(t, p)
			caps := src.Events(gstx.EventCaps)
			require.Len(t, caps, 1)
			for _, want := range c.want {
				require.Contains(t, caps[0], want)
			}
			require.Equal(t, 1, strings.Count(caps[0], "media="), caps[0])
			require.NotContains(t, caps[0], "weird key")
			require.GreaterOrEqual(t, len(out.Buffers()), c.units)

			p = gsttest.Parse(t, "mjrsrc location=%s ! decodebin name=d ! fakesink name=out", path)
			out = gsttest.Watch(t, p, "out", "sink")
			gsttest.Play(t, p)
			require.NotEmpty(t, out.Buffers())
			require.Contains(t, strings.Join(out.Events(gstx.EventCaps), ""), "/x-raw")
		})
	}
}

// What GStreamer 1.22 cannot pay, or depay.
func TestCapsFromTheTrackAlone(t *testing.T) {
	caps := func(tr timeline.Track) map[string]any {
		m := describe(&tr)
		return m.caps().Fields()
	}
	av1 := timeline.Track{Info: recording.Info{Medium: recording.Video, Codec: "av1"}, OrientationID: 5,
		OrientationFound: true,
		Media: timeline.MediaType{Media: "video", EncodingName: "AV1", ClockRate: 90000, PayloadType: 45,
			Fmtp:       map[string]string{"profile": "0", "bad": "\x00\xff", "flag": ""},
			Extensions: map[int]string{4: "urn:ietf:params:rtp-hdrext:sdes:mid"}}}
	require.Equal(t, map[string]any{"media": "video", "encoding-name": "AV1", "clock-rate": 90000, "payload": 96,
		"profile": "0", "flag": "1",
		"extmap-4": "urn:ietf:params:rtp-hdrext:sdes:mid", "extmap-5": "urn:3gpp:video-orientation"}, caps(av1))
	require.Len(t, av1.Media.Extensions, 1, "the track must stay as it is: others use it")

	surround := timeline.Track{Info: recording.Info{Medium: recording.Audio, Codec: "multiopus"},
		Media: timeline.MediaType{Media: "audio", EncodingName: "OPUS", ClockRate: 48000, PayloadType: 111,
			Layout: &codec.Surround51, Fmtp: map[string]string{"num_streams": "of no interest any more"}}}
	require.Equal(t, map[string]any{"media": "audio", "encoding-name": "MULTIOPUS", "clock-rate": 48000, "payload": 111,
		"encoding-params": "6",
		"channel_mapping": "0,4,1,2,3,5", "num_streams": "4", "coupled_streams": "2"}, caps(surround))

	require.Equal(t, map[string]any{"format": "utf8"},
		caps(timeline.Track{Info: recording.Info{Medium: recording.Data, Codec: "text"}}))
	require.Empty(t, caps(timeline.Track{Info: recording.Info{Medium: recording.Data, Codec: "binary"}}))
}

// What gst-inspect-1.0 says is the default is what an element has.
func TestDefaults(t *testing.T) {
	p := gsttest.Parse(t, "mjrsrc name=src ! fakesink")
	defer p.Close()
	src, _ := p.Element("src")
	got := map[string]string{}
	for _, property := range class.Properties {
		if property.Kind == gstx.Statistic {
			continue
		}
		got[property.Name] = src.Arg(property.Name)
	}
	require.Equal(t, map[string]string{"location": "", "parts": "", "siblings": "", "origin": "participant",
		"orientation-id": "0", "pauses": "keep", "on-loss": "freeze", "head": "empty", "clock": "audio", "fill-gaps": "true",
		"from": "0", "to": "0", "ignore-rtp-ts": "false"}, got)
	require.Equal(t, len(class.Properties), len(slices.Collect(maps.Keys(got)))+1)
	for _, property := range class.Properties {
		value := map[string]string{"location": "/a b/c.mjr", "siblings": `x:y\\:z`, "parts": "p:q", "origin": "file",
			"orientation-id": "-1", "pauses": "cut",
			"from": "3", "to": "4", "on-loss": "keep", "head": "trim", "fill-gaps": "false",
			"ignore-rtp-ts": "true"}[property.Name]
		if value != "" {
			src.SetArg(property.Name, value)
			require.NotEqual(t, got[property.Name], src.Arg(property.Name), property.Name)
		}
	}
}
