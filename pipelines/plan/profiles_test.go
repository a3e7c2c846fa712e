package plan

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/internal/tracktest"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/timeline"
)

func planned(t *testing.T, p Profile, tracks ...*timeline.Track) *Plan {
	t.Helper()
	plan, err := decided(p, tracks...)
	require.NoError(t, err)
	return plan
}

func decided(p Profile, tracks ...*timeline.Track) (*Plan, error) {
	who, tl := tracktest.Together(tracks...)
	return Decide(who, tl, p, settings())
}

func own(t *testing.T, p Profile) Profile {
	t.Helper()
	p, err := profile.Find("mine", map[string]Profile{"mine": p})
	require.NoError(t, err)
	require.Empty(t, profile.Check(p))
	return p
}

func TestBuiltinProfiles(t *testing.T) {
	plain, turned := tracktest.At{Width: 1280, Height: 720}, tracktest.At{Degrees: 90, Width: 1280, Height: 720}
	for name, c := range map[string][]struct {
		video, audio string
		look         tracktest.At
		want         string
	}{
		profile.Web: {
			{"h264", "opus", turned, "mixed | alice.mp4: h264+ 720x1280@90 aac"},
			{"vp9", "opus", plain, "encode | alice.mp4: h264 1280x720 aac"},
			{"vp8", "pcmu", plain, "encode | alice.mp4: h264 1280x720 aac"},
			{"", "opus", plain, "encode | alice.m4a: aac"},
		},
		profile.WebM: {
			{"vp8", "opus", plain, "copy | alice.webm: vp8+ 1280x720 opus+"},
			{"vp9", "pcmu", turned, "encode | alice.webm: vp9 720x1280 opus"},
			{"h264", "opus", plain, "mixed | alice.webm: vp8 1280x720 opus+"},
			{"", "opus", plain, "copy | alice.webm: opus+"},
		},
		profile.MKV: {
			{"h264", "pcma", plain, "copy | alice.mkv: h264+ 1280x720 pcma+"},
			{"h264", "opus", turned, "mixed | alice.mkv: h264 720x1280 opus+"},
			{"vp8", "g722", plain, "mixed | alice.mkv: vp8+ 1280x720 opus"},
			{"", "opus", plain, "copy | alice.mka: opus+"},
		},
		profile.Audio: {
			{"h264", "opus", plain, "encode | alice.m4a: aac"},
			{"", "pcmu", plain, "encode | alice.m4a: aac"},
		},
		profile.Proxy: {
			{"h264", "opus", plain, "encode | alice.mp4: h264 480x270 aac"},
			{"vp8", "opus", turned, "encode | alice.mp4: h264 270x480 aac"},
			{"vp8", "opus", tracktest.At{Width: 320, Height: 180}, "encode | alice.mp4: h264 320x180 aac"},
		},
	} {
		for _, x := range c {
			tracks := []*timeline.Track{tracktest.Audio("a.mjr", x.audio, 1, 0, 10)}
			if x.video != "" {
				tracks = append(tracks, tracktest.Video("v.mjr", x.video, 0, 10, x.look))
			}
			require.Equal(t, x.want, summary(planned(t, Profile{Name: name}, tracks...)), "%s: %s %s", name, x.video, x.audio)
		}
	}
}

func TestNothingIsLeft(t *testing.T) {
	_, err := decided(Profile{Name: profile.Audio}, tracktest.Video("v.mjr", "h264", 0, 10,
		tracktest.At{Width: 320, Height: 180}))
	require.EqualError(t, err, "no media in the recording that the profile audio wants: it has video: none "+
		"and audio: auto")
	require.ErrorIs(t, err, ErrNoMedia, "nothing has failed")
}

func TestOwnFragments(t *testing.T) {
	video, audio := tracktest.Video("v.mjr", "h264", 0, 10, tracktest.At{Width: 320, Height: 180}),
		tracktest.Audio("a.mjr", "opus", 2, 0, 10)
	plan := planned(t, own(t, Profile{Video: `textoverlay text="a  b \"c\"" ! auto`, Audio: "volume volume=2 ! auto",
		Mux: "matroskamux writing-app='my app'"}), video, audio)
	require.Equal(t, "encode | alice.mkv: h264 320x180 opus 2ch", summary(plan))
	require.Contains(t, plan.Pipeline, `! videoconvert ! capssetter caps=video/x-raw,framerate=15/1 ! textoverlay text=a\ \ b\ \"c\" ! videoconvert ! video/x-raw,format=I420 ! x264enc `)
	require.Contains(t, plan.Pipeline, `! matroskamux writing-app=my\ app name=mux creation-time=`)
	require.Contains(t, plan.Pipeline, "! audio/x-raw,rate=48000,channels=2 ! audiorate skip-to-first=true "+
		"tolerance=8000000 ! audioconvert ! volume volume=2 ! audioconvert ! audioresample ! "+
		"audio/x-raw,rate=48000,channels=2 ! opusenc bitrate=80000 ! opusparse ! mux.")
	require.Contains(t, plan.Reason, "the profile has elements for the pictures")

	plan = planned(t, own(t, Profile{Video: "x264enc bitrate=300 ! video/x-h264, profile=baseline", Audio: "fdkaacenc"}),
		video, audio)
	require.Equal(t, "encode | alice.mp4: h264 320x180 aac 2ch", summary(plan))
	require.Contains(t, plan.Pipeline, "x264enc bitrate=300 ! video/x-h264,profile=baseline ! h264parse ! uprightmp4sink")
	require.Contains(t, plan.Pipeline, "fdkaacenc ! aacparse")
	require.Contains(t, plan.Pipeline, "audio-skip=49166666", "312 samples of Opus, 2048 of this encoder")
	require.Equal(t, "x264enc, fdkaacenc", plan.Encoder)
}

func TestSettingsOfProfiles(t *testing.T) {
	video, audio := tracktest.Video("v.mjr", "vp8", 0, 10, tracktest.At{Width: 1280, Height: 720}),
		tracktest.Audio("a.mjr", "opus", 1, 0, 10)
	plan := planned(t, own(t, Profile{Height: 360, FrameRate: 5, Quality: 40, AudioCodec: "aac", AudioBitrate: 48}), video,
		audio)
	require.Equal(t, "encode | alice.mp4: h264 640x360 aac", summary(plan))
	require.Contains(t, plan.Pipeline, "! capssetter caps=video/x-raw,framerate=15/1 ! videorate drop-only=true ! "+
		"video/x-raw,framerate=5/1 ! cvorotate width=640 height=360 !")
	require.Contains(t, plan.Pipeline, "key-int-max=10 ")
	require.NotContains(t, plan.Pipeline, "quantizer=21")
	require.Contains(t, plan.Pipeline, "bitrate=48000 ! aacparse")
	require.True(t, plan.Outputs[0].Thinned)

	plan = planned(t, own(t, Profile{Bitrate: 500}), video, audio)
	require.Contains(t, plan.Pipeline, " bitrate=500 ")
	require.False(t, plan.Outputs[0].Thinned)

	// A copy stays one where that is not larger, or more, than is wanted.
	h264 := tracktest.Video("v.mjr", "h264", 0, 10, tracktest.At{Width: 1280, Height: 720})
	require.Equal(t, "copy | alice.mp4: h264+ 1280x720 opus+",
		summary(planned(t, own(t, Profile{Width: 1280, FrameRate: 15}), h264, audio)))
	require.Equal(t, "mixed | alice.mp4: h264 1278x718 opus+",
		summary(planned(t, own(t, Profile{Width: 1278}), h264, audio)))

	_, err := decided(own(t, Profile{Video: profile.Copy}), video, audio)
	require.ErrorContains(t, err, "MP4 does not hold VP8, so the pictures cannot be copied")
	_, err = decided(own(t, Profile{Mux: "webmmux", VideoCodec: "h264"}), video, audio)
	require.ErrorContains(t, err, "WebM does not hold H.264")
}

func TestWholePipeline(t *testing.T) {
	video, audio := tracktest.Video("v.mjr", "vp8", 0, 10, tracktest.At{Width: 320, Height: 180}),
		tracktest.Audio("a.mjr", "opus", 1, 0, 10)
	p := own(t, Profile{Pipeline: `${video} ! textoverlay text="${title} ${width}x${height} ${key_frames}" ! x264enc ! h264parse ! mp4mux name=m ! ${output}
		${audio} ! volume volume=2 ! avenc_aac ! m.`})
	plan := planned(t, p, video, audio)
	require.Equal(t, "encode | alice.mp4: h264 320x180 aac", summary(plan))
	require.Contains(t, plan.Pipeline, `! capssetter caps=video/x-raw,framerate=15/1 ! textoverlay text=alice\ 320x180\ 30 ! x264enc ! h264parse ! uprightmp4sink name=m location=/out/.alice.mp4.partial index-size=`)
	require.Contains(t, plan.Pipeline,
		` audio-skip=27833333 mjrsrc location=/in/a.mjr siblings=/in/v.mjr ! audio/x-opus !`)
	require.True(t, strings.HasSuffix(plan.Pipeline, "! volume volume=2 ! avenc_aac ! m."))

	require.Equal(t, "encode | alice.mp4: h264 320x180", summary(planned(t, p, video)),
		"what begins with what is not there is left out")
	require.Equal(t, "copy | alice.m4a: opus+", summary(planned(t, p, audio)),
		"without what leads to the output it is as from says")

	// Of two videos each has its own, with names of its own.
	screen := tracktest.Video("screen.mjr", "vp8", 0, 10, tracktest.At{Width: 640, Height: 360})
	plan = planned(t, p, video, screen, audio)
	require.Len(t, plan.Outputs, 2)
	require.Contains(t, plan.Pipeline, "uprightmp4sink name=m1 location=")
	require.Contains(t, plan.Pipeline, "avenc_aac ! m1.")

	copied := own(t, Profile{Pipeline: "${video.copy} ! matroskamux name=m ! ${output} ${audio.copy} ! m."})
	require.Equal(t, "copy | alice.mkv: vp8+ 320x180 opus+", summary(planned(t, copied, video, audio)))
	_, err := decided(copied, tracktest.Video("v.mjr", "vp8", 0, 10, tracktest.At{Degrees: 90, Width: 320, Height: 180}))
	require.ErrorContains(t, err, "cannot say that a picture is to be turned, so the profile mine cannot "+
		"copy the pictures")
}

func TestShrink(t *testing.T) {
	for _, c := range [][3]size{
		{{640, 360}, {}, {640, 360}}, {{640, 360}, {640, 360}, {640, 360}}, {{1280, 720}, {480, 480}, {480, 270}},
		{{720, 1280}, {480, 480}, {270, 480}}, {{1280, 720}, {0, 200}, {356, 200}}, {{4000, 20}, {16, 16}, {16, 2}},
		{{0, 0}, {16, 16}, {0, 0}},
	} {
		require.Equal(t, c[2], c[1].shrink(c[0]))
	}
}
