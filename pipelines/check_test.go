package pipelines

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines/internal/tracktest"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/timeline"
)

func TestCheckProfileFindsNothing(t *testing.T) {
	for _, name := range profile.Builtin() {
		p, err := profile.Find(name, nil)
		require.NoError(t, err)
		require.Empty(t, CheckProfile(p), name)
		require.False(t, HasElements(p), name)
	}
	for _, p := range []profile.Profile{
		{Video: "videobalance saturation=0 ! auto", Audio: "audioamplify amplification=2 ! auto"},
		{Video: "gdkpixbufoverlay location=/logo.png offset-x=-10 ! x264enc bitrate=500 speed-preset=veryfast ! " +
			"video/x-h264, profile=main"},
		{Mux: "matroskamux writing-app='my app' offset-to-zero=true", VideoCodec: "vp8"},
		{Pipeline: "${video.copy} ! matroskamux name=m ! ${output} ${audio.copy} ! queue ! m."},
		{Pipeline: `compositor name=c sink_0::alpha=0.5 sink_1::xpos=10 ! x264enc key-int-max=${key_frames} ! h264parse ! mp4mux name=m ! ${output}
			${video} ! tee name=t ! queue ! c. t. ! queue ! videoscale ! video/x-raw,width=64 ! c. ${audio} ! avenc_aac ! aacparse ! m.`},
	} {
		require.Empty(t, CheckProfile(own(t, p)), "%+v", p)
	}
}

// What GStreamer knows to be wrong is said, and where.
func TestCheckProfilePointsAtThePlace(t *testing.T) {
	for _, c := range []struct {
		field, value string // ^ marks the place, at the end: there is none
		text, hint   string
	}{
		{"video", "^x264encc", "there is no GStreamer element x264encc", "did you mean x264enc?"},
		{"audio", "^pocketsphinx ! auto", "the GStreamer element pocketsphinx is not installed",
			"install gstreamer1.0-pocketsphinx"},
		{"video", "^timeoverlai ! auto", "there is no GStreamer element timeoverlai", "did you mean timeoverlay?"},
		{"video", "^nothinglikeit ! auto", "there is no GStreamer element nothinglikeit", "gst-inspect-1.0"},
		{"video", "videobalance ^satturation=0 ! auto", "videobalance has no property satturation",
			"did you mean saturation?"},
		{"video", "videobalance saturation=^9 ! auto", `saturation of videobalance cannot be "9"`, "a number from 0 to 2"},
		{"video", "videobalance saturation = ^\"much\" ! auto", `saturation of videobalance cannot be "much"`,
			"a number from 0 to 2"},
		{"video", "x264enc speed-preset=^quick", `speed-preset of x264enc cannot be "quick"`, "one of None, ultrafast"},
		{"video", "videoscale ! ^video/x-raw,width=(int ! auto", "is no filter", "video/x-raw"},
		{"video", "videoscale ! ^avenc_aac ! auto", "do not fit together", "gst-inspect-1.0"},
		{"video", "videoscale ! ^audio/x-raw,rate=8000 ! videoscale ! auto", "do not fit together", "gst-inspect-1.0"},
		{"video", "x264enc tune=^zerolatency!auto", "cannot be", "put spaces around the exclamation mark"},
		{"video", "x264enc option-string=^stats=/etc/passwd", "with stats x264enc would use a file of its own",
			"leave it out"},
		{"audio", "^aacparse ! avenc_aac", "do not fit together", "gst-inspect-1.0"},
		{"mux", "mp4mux ^faststart-file=/tmp/x", "with faststart-file mp4mux would use a file of its own", "leave it out"},
		{"mux", "mp4mux faststart=^perhaps", "cannot be", "true or false"},
		{"pipeline", "${video} ! x264enc ! h264parse ! mp4mux ! ${output} ^filesrc location=/etc/passwd ! fakesink",
			"filesrc would read elsewhere", "${video}"},
		{"pipeline", "${video} ! x264enc ! h264parse ! mp4mux ! ${output} ^souphttpsrc location=http://x ! fakesink",
			"is not installed|read elsewhere|for networks", ""},
		{"pipeline", "${video} ! tee name=t ! x264enc ! h264parse ! mp4mux ! ${output} t. ! ^rtpvrawpay ! fakesink",
			"for networks", "only works on the recording"},
		{"pipeline", "${video} ! tee name=t ! x264enc ! h264parse ! mp4mux ! ${output} t. ! ^autovideosink",
			"would write elsewhere", "only Upright writes"},
		{"pipeline", "${video} ! x264enc ! h264parse ! mp4mux ! ${output} ^alsasrc ! fakesink",
			"is not installed|read elsewhere", ""},
		{"pipeline", "${video} ! opusenc ! mp4mux ! ${output}", "do not fit together", ""},
	} {
		at := strings.Index(c.value, "^")
		value := strings.Replace(c.value, "^", "", 1)
		p := profile.Profile{}
		switch c.field {
		case "video":
			p.Video = value
		case "audio":
			p.Audio = value
		case "mux":
			p.Mux = value
		case "pipeline":
			p.Pipeline = value
		}
		p, err := profile.Find("mine", map[string]profile.Profile{"mine": p})
		require.NoError(t, err)
		problems := CheckProfile(p)
		require.Len(t, problems, 1, value)
		require.Equal(t, c.field, problems[0].Field, value)
		t.Log(problems[0])
		require.Regexp(t, c.text, problems[0].Text, value)
		require.Contains(t, problems[0].Hint, c.hint, value)
		if at >= 0 {
			require.Equal(t, at, problems[0].Offset, "%s: %v", value, problems[0])
		}
	}
	wrong, err := profile.Find("x", map[string]profile.Profile{"x": {Mux: "webmmux", VideoCodec: "h264",
		Audio: "avenc_aac"}})
	require.NoError(t, err)
	problems := CheckProfile(wrong)
	require.Len(t, problems, 2)
	require.Equal(t, "video_codec", problems[0].Field)
	require.Equal(t, "audio", problems[1].Field)
	require.Equal(t, "WebM does not hold aac", problems[1].Text)
}

// Nothing that sends, plays or saves can be in a profile, whatever it is called.
func TestNoSinkCanBeInAProfile(t *testing.T) {
	for _, name := range []string{
		"filesink", "multifilesink", "splitmuxsink", "hlssink", "hlssink2", "tcpserversink", "tcpclientsink", "udpsink",
		"multiudpsink", "dynudpsink", "shmsink", "rtmpsink",
		"rtmp2sink", "webrtcbin", "webrtcsink", "souphttpclientsink", "curlhttpsink", "s3sink", "awss3sink", "fdsink",
		"multifdsink", "giosink", "appsink", "proxysink", "interaudiosink",
		"intervideosink", "ipcpipelinesink", "srtsink", "ristsink", "rtspclientsink", "dashsink", "alsasink", "autoaudiosink",
		"playbin", "uritranscodebin", "qtmoovrecover",
		"filesrc", "multifilesrc", "souphttpsrc", "uridecodebin", "fdsrc", "tcpclientsrc", "udpsrc", "rtspsrc", "v4l2src",
		"mjrsrc", "uprightmp4sink", "rtpbin", "dtlsenc",
	} {
		p, err := profile.Find("x", map[string]profile.Profile{"x": {Pipeline: "${video} ! tee name=t ! x264enc ! " +
			"h264parse ! mp4mux ! ${output} t. ! " + name}})
		require.NoError(t, err)
		require.NotEmpty(t, CheckProfile(p), name)
	}
}

// FuzzCheckProfile: whatever the text, nothing but elements that were looked at is in what GStreamer makes of it.
func FuzzCheckProfile(f *testing.F) {
	for _, s := range []string{
		"videobalance saturation=0 ! auto", `identity name="a b" ! video/x-raw,width=3 ! auto`,
		`video/x-raw,a="x ! filesink location=/nowhere/x" ! auto`,
		`video/x-raw,a=x\;y ! auto`, `identity silent=true\ !\ filesink ! auto`,
		`video/x-raw(memory:GLMemory),width=[1,2] ! auto`, `a/b,c="d` + "\n" + `! fakesink" ! auto`,
		`videoscale ! video/x-raw ; image/jpeg ! auto`, `identity silent = "true" ! 'fakesink' ! auto`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := profile.Find("x", map[string]profile.Profile{"x": {Video: text}})
		if err != nil || len(text) > 300 || strings.Contains(text, "=/") {
			return
		}
		for _, problem := range CheckProfile(p) {
			require.NotContains(t, problem.Text, "not to be seen", text)
			require.Less(t, problem.Offset, len(text)+1)
		}
	})
}

// own is a profile with all that it inherits.
func own(t *testing.T, p profile.Profile) profile.Profile {
	t.Helper()
	p, err := profile.Find("mine", map[string]profile.Profile{"mine": p})
	require.NoError(t, err)
	require.Empty(t, profile.Check(p))
	return p
}

// TestPlansAreUnderstood lets a real GStreamer make the pipelines of every codec, with stand-ins for the files.
func TestPlansAreUnderstood(t *testing.T) {
	reader := regexp.MustCompile(`mjrsrc( [a-z-]+=\S+)+`)
	writer := regexp.MustCompile(`filesink( [a-z-]+=\S+)+`)
	plain, turned := tracktest.At{Width: 320, Height: 180}, tracktest.At{S: .5, Degrees: 90, Width: 320, Height: 180}
	for name, tracks := range map[string][]*timeline.Track{
		"h264": {tracktest.Video("v", "h264", 0, 1, plain, turned), tracktest.Audio("a", "pcma", 1, 0, 1)},
		"h265": {tracktest.Video("v", "h265", 0, 1, plain, turned), tracktest.Audio("a", "g722", 1, 0, 1)},
		"copy": {tracktest.Video("v", "h265", 0, 1, plain), tracktest.Audio("a", "opus", 1, 0, 1)},
		"vp8":  {tracktest.Video("v", "vp8", 0, 1, turned), tracktest.Audio("a", "l16", 1, 0, 1)},
		"vp9":  {tracktest.Video("v", "vp9", 0, 1, plain, turned), tracktest.Audio("a", "pcmu", 1, 0, 1)},
		"both": {tracktest.Video("v", "vp9", 0, 1, plain), tracktest.Video("w", "vp8", 0, 1, plain),
			tracktest.Audio("a", "opus", 1, 0, 1)},
	} {
		for _, wanted := range []string{profile.MP4, profile.Original} {
			p, tl := tracktest.Together(tracks...)
			made, err := plan.Decide(p, tl, profile.Profile{Name: wanted},
				plan.Settings{OutputDir: "/out", Elements: HasElement})
			require.NoError(t, err)
			line := writer.ReplaceAllString(reader.ReplaceAllString(made.Pipeline, "appsrc"), "fakesink")
			line = strings.ReplaceAll(line, "location=/out/", "location="+t.TempDir()+"/")
			// Nothing ever flows in these, so that they have to be taken down.
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			err = gstrun.Run(ctx, line, gstrun.Options{})
			cancel()
			var canceled *gstrun.CancelError
			require.ErrorAs(t, err, &canceled, "%s as %s: %s", name, wanted, made.Pipeline)
		}
	}
}
