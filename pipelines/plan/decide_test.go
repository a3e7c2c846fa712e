package plan

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/internal/tracktest"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// called gives a track a description.
func called(d string, t *timeline.Track) *timeline.Track {
	t.Info.Description = d
	return t
}

// without is an installation that lacks some elements.
func without(missing ...string) func(string) bool {
	return func(name string) bool { return !slices.Contains(missing, name) }
}

func settings() Settings {
	return Settings{OutputDir: "/out", Elements: without("fdkaacenc", "svtav1enc", "dav1ddec")}
}

// summary is what a decision comes down to: per output its file, and for each track codec, + if copied, size, rotation.
func summary(p *Plan) string {
	var outs []string
	for _, o := range p.Outputs {
		s := strings.TrimPrefix(o.Path, "/out/") + ":"
		for _, t := range o.Tracks {
			s += " " + t.Codec
			if t.Copied {
				s += "+"
			}
			if t.Kind == "video" {
				s += " " + strconv.Itoa(t.Width) + "x" + strconv.Itoa(t.Height)
				if t.Rotation != 0 {
					s += "@" + strconv.Itoa(t.Rotation)
				}
			}
			if t.Kind == "audio" && t.Channels != 1 {
				s += " " + strconv.Itoa(t.Channels) + "ch"
			}
		}
		outs = append(outs, s)
	}
	return p.Mode + " | " + strings.Join(outs, " | ")
}

func TestDecisionTable(t *testing.T) {
	opus := func() *timeline.Track { return tracktest.Audio("a.mjr", "opus", 1, 0, 10) }
	video := func(codec string, looks ...tracktest.At) *timeline.Track {
		return tracktest.Video("v.mjr", codec, 0, 10, looks...)
	}
	plain := tracktest.At{Width: 320, Height: 180}
	turned := tracktest.At{Degrees: 90, Width: 320, Height: 180}
	later := func(s float64, a tracktest.At) tracktest.At { a.S = s; return a }
	for name, c := range map[string]struct {
		tracks        []*timeline.Track
		mp4, original string
	}{
		"H.264 upright": {[]*timeline.Track{video("h264", plain), opus()},
			"copy | alice.mp4: h264+ 320x180 opus+", "copy | alice.mp4: h264+ 320x180 opus+"},
		"H.264 turned": {[]*timeline.Track{video("h264", turned), opus()},
			"copy | alice.mp4: h264+ 180x320@90 opus+", "copy | alice.mp4: h264+ 180x320@90 opus+"},
		"H.264 turned in mid-file": {[]*timeline.Track{video("h264", plain, later(4, turned)), opus()},
			"mixed | alice.mp4: h264 180x320 opus+", "mixed | alice.mp4: h264 180x320 opus+"},
		"H.264 of two sizes": {[]*timeline.Track{video("h264", plain, tracktest.At{S: 4, Width: 640, Height: 360}), opus()},
			"mixed | alice.mp4: h264 640x360 opus+", "mixed | alice.mp4: h264 640x360 opus+"},
		"H.264 upright, G.711": {[]*timeline.Track{video("h264", plain), tracktest.Audio("a.mjr", "pcmu", 1, 0, 10)},
			"mixed | alice.mp4: h264+ 320x180 aac", "copy | alice.mkv: h264+ 320x180 pcmu+"},
		"H.264 turned, G.711": {[]*timeline.Track{video("h264", turned), tracktest.Audio("a.mjr", "pcma", 1, 0, 10)},
			"mixed | alice.mp4: h264+ 180x320@90 aac", "mixed | alice.mp4: h264+ 180x320@90 aac"},
		"H.264 turning, G.711": {[]*timeline.Track{video("h264", plain, later(4, turned)),
			tracktest.Audio("a.mjr", "pcma", 1, 0, 10)},
			"encode | alice.mp4: h264 180x320 aac", "mixed | alice.mkv: h264 180x320 pcma+"},
		"H.264 without sound": {[]*timeline.Track{video("h264", turned)},
			"copy | alice.mp4: h264+ 180x320@90", "copy | alice.mp4: h264+ 180x320@90"},
		"H.264 mirrored": {[]*timeline.Track{video("h264", tracktest.At{Degrees: 270, Flip: true, Width: 320, Height: 180})},
			"copy | alice.mp4: h264+ 180x320@270", "copy | alice.mp4: h264+ 180x320@270"},
		"H.265 turned": {[]*timeline.Track{video("h265", tracktest.At{Degrees: 180, Width: 320, Height: 180}), opus()},
			"copy | alice.mp4: h265+ 320x180@180 opus+", "copy | alice.mp4: h265+ 320x180@180 opus+"},
		"H.265 turning": {[]*timeline.Track{video("h265", plain, later(4, turned)), opus()},
			"mixed | alice.mp4: h264 180x320 opus+", "mixed | alice.mp4: h265 180x320 opus+"},
		"VP8 upright": {[]*timeline.Track{video("vp8", plain), opus()},
			"mixed | alice.mp4: h264 320x180 opus+", "copy | alice.webm: vp8+ 320x180 opus+"},
		"VP8 upright, two sizes": {[]*timeline.Track{video("vp8", plain, tracktest.At{S: 4, Width: 640, Height: 360}),
			opus()},
			"mixed | alice.mp4: h264 640x360 opus+", "mixed | alice.webm: vp8 640x360 opus+"},
		"VP8 upright, G.711": {[]*timeline.Track{video("vp8", plain), tracktest.Audio("a.mjr", "pcmu", 1, 0, 10)},
			"encode | alice.mp4: h264 320x180 aac", "copy | alice.mkv: vp8+ 320x180 pcmu+"},
		"VP8 upright, G.722": {[]*timeline.Track{video("vp8", plain), tracktest.Audio("a.mjr", "g722", 1, 0, 10)},
			"encode | alice.mp4: h264 320x180 aac", "mixed | alice.webm: vp8+ 320x180 opus"},
		"VP8 turned": {[]*timeline.Track{video("vp8", turned), opus()},
			"mixed | alice.mp4: h264 180x320 opus+", "mixed | alice.webm: vp8 180x320 opus+"},
		"VP8 of odd size, turned": {[]*timeline.Track{video("vp8", tracktest.At{Degrees: 90, Width: 319, Height: 181}),
			opus()},
			"mixed | alice.mp4: h264 182x320 opus+", "mixed | alice.webm: vp8 182x320 opus+"},
		"VP8 turning": {[]*timeline.Track{video("vp8", plain, later(6, turned)), opus()},
			"mixed | alice.mp4: h264 320x180 opus+", "mixed | alice.webm: vp8 320x180 opus+"},
		"VP9 upright": {[]*timeline.Track{video("vp9", plain), opus()},
			"copy | alice.mp4: vp9+ 320x180 opus+", "copy | alice.webm: vp9+ 320x180 opus+"},
		"VP9 turned": {[]*timeline.Track{video("vp9", turned), opus()},
			"copy | alice.mp4: vp9+ 180x320@90 opus+", "copy | alice.mp4: vp9+ 180x320@90 opus+"},
		"VP9 of two sizes": {[]*timeline.Track{video("vp9", plain, tracktest.At{S: 4, Width: 640, Height: 360}), opus()},
			"mixed | alice.mp4: h264 640x360 opus+", "mixed | alice.webm: vp9 640x360 opus+"},
		"AV1 turned": {[]*timeline.Track{video("av1", turned), opus()},
			"copy | alice.mp4: av1+ 180x320@90 opus+", "copy | alice.mp4: av1+ 180x320@90 opus+"},
		"stereo": {[]*timeline.Track{tracktest.Audio("a.mjr", "opus", 2, 0, 10)},
			"copy | alice.m4a: opus+ 2ch", "copy | alice.webm: opus+ 2ch"},
		"G.711 alone": {[]*timeline.Track{tracktest.Audio("a.mjr", "pcmu", 1, 0, 10)},
			"encode | alice.m4a: aac", "copy | alice.mka: pcmu+"},
		"L16 alone": {[]*timeline.Track{tracktest.Audio("a.mjr", "l16", 1, 0, 10)},
			"encode | alice.m4a: aac", "copy | alice.mka: l16+"},
		"G.722 alone": {[]*timeline.Track{tracktest.Audio("a.mjr", "g722", 1, 0, 10)},
			"encode | alice.m4a: aac", "encode | alice.webm: opus"},
		"camera and screen": {[]*timeline.Track{
			tracktest.Video("r-video-1.mjr", "h264", 0, 10, turned), tracktest.Video("r-video-2.mjr", "h264", 5, 10, plain),
			opus()},
			"copy | alice.mp4: h264+ 180x320@90 opus+ | alice-video-2.mp4: h264+ 320x180 opus+",
			"copy | alice.mp4: h264+ 180x320@90 opus+ | alice-video-2.mp4: h264+ 320x180 opus+"},
		"camera and screen of other containers": {[]*timeline.Track{
			tracktest.Video("r-video-1.mjr", "vp9", 0, 10, turned), tracktest.Video("r-video-2.mjr", "vp8", 5, 10, plain),
			opus()},
			"mixed | alice.mp4: vp9+ 180x320@90 opus+ | alice-video-2.mp4: h264 320x180 opus+",
			"copy | alice.mp4: vp9+ 180x320@90 opus+ | alice-video-2.webm: vp8+ 320x180 opus+"},
		"two microphones": {[]*timeline.Track{video("h264", plain), tracktest.Audio("r-audio-0.mjr", "opus", 1, 0, 10),
			tracktest.Audio("r-audio-3.mjr", "opus", 2, 0, 10)},
			"copy | alice.mp4: h264+ 320x180 opus+ | alice-audio-3.m4a: opus+ 2ch",
			"copy | alice.mp4: h264+ 320x180 opus+ | alice-audio-3.webm: opus+ 2ch"},
		"a camera twice": {[]*timeline.Track{tracktest.Video("r-video-1.mjr", "vp8", 0, 4, plain),
			tracktest.Video("r-video-3.mjr", "vp8", 6, 10, plain), opus()},
			"mixed | alice.mp4: h264 320x180 opus+", "copy | alice.webm: vp8+ 320x180 opus+"},
		"a camera twice, once turned": {[]*timeline.Track{tracktest.Video("r-video-1.mjr", "vp9", 0, 3, plain),
			tracktest.Video("r-video-1.mjr", "vp9", 6, 10, turned), opus()},
			"mixed | alice.mp4: h264 180x320 opus+", "mixed | alice.webm: vp9 180x320 opus+"},
		"a microphone twice": {[]*timeline.Track{video("vp9", plain), tracktest.Audio("r-audio-0.mjr", "opus", 1, 0, 4),
			tracktest.Audio("r-audio-3.mjr", "opus", 2, 6, 10)},
			"copy | alice.mp4: vp9+ 320x180 opus+ 2ch", "copy | alice.webm: vp9+ 320x180 opus+ 2ch"},
		"a screen with sound of its own": {[]*timeline.Track{video("vp9", plain),
			called("screen", tracktest.Video("r-video-2.mjr", "vp9", 2, 5, plain)),
			called("screen", tracktest.Video("r-video-4.mjr", "vp9", 7, 9, plain)),
			called("Screen", tracktest.Audio("r-audio-3.mjr", "opus", 2, 2, 9)), opus()},
			"copy | alice.mp4: vp9+ 320x180 opus+ | alice-screen.mp4: vp9+ 320x180 opus+ 2ch",
			"copy | alice.webm: vp9+ 320x180 opus+ | alice-screen.webm: vp9+ 320x180 opus+ 2ch"},
		"messages beside sound": {[]*timeline.Track{opus(), tracktest.Data("d.mjr", "text", 1, 8)},
			"copy | alice.m4a: opus+ | alice.srt: srt+", "copy | alice.webm: opus+ | alice.srt: srt+"},
		"messages alone": {[]*timeline.Track{tracktest.Data("d.mjr", "text", 0, 8),
			tracktest.Data("r-data-5.mjr", "binary", 1, 2)},
			"copy | alice.srt: srt+ | alice-data-5.bin: bin+", "copy | alice.srt: srt+ | alice-data-5.bin: bin+"},
	} {
		t.Run(name, func(t *testing.T) {
			p, tl := tracktest.Together(c.tracks...)
			for profile, want := range map[string]string{ProfileMP4: c.mp4, ProfileOriginal: c.original, "": c.mp4} {
				plan, err := Decide(p, tl, Profile{Name: profile}, settings())
				require.NoError(t, err, profile)
				require.Equal(t, want, summary(plan), "%s: %s", profile, plan.Reason)
			}
		})
	}
}

func TestAudioSetting(t *testing.T) {
	p, tl := tracktest.Together(tracktest.Video("v.mjr", "h264", 0, 10, tracktest.At{Width: 320, Height: 180}),
		tracktest.Audio("a.mjr", "opus", 2, 0, 10))
	s := settings()
	for audio, want := range map[options.Audio]string{
		"": "copy | alice.mp4: h264+ 320x180 opus+ 2ch", options.AudioAuto: "copy | alice.mp4: h264+ 320x180 opus+ 2ch",
		options.AudioCopy: "copy | alice.mp4: h264+ 320x180 opus+ 2ch",
		options.AudioAAC:  "mixed | alice.mp4: h264+ 320x180 aac 2ch",
	} {
		s.Audio = audio
		plan, err := Decide(p, tl, Profile{}, s)
		require.NoError(t, err)
		require.Equal(t, want, summary(plan), audio)
	}
	s.Audio = "mp3"
	_, err := Decide(p, tl, Profile{}, s)
	require.ErrorContains(t, err, `audio is "mp3"`)

	p, tl = tracktest.Together(tracktest.Audio("a.mjr", "pcmu", 1, 0, 10))
	s.Audio = options.AudioCopy
	_, err = Decide(p, tl, Profile{}, s)
	require.ErrorContains(t, err, "MP4 does not hold G.711 µ-law, so it cannot be copied")
	s.Audio = options.AudioAAC
	plan, err := Decide(p, tl, Profile{Name: ProfileOriginal}, s)
	require.NoError(t, err)
	require.Equal(t, "encode | alice.m4a: aac", summary(plan))
}

func TestMissingElements(t *testing.T) {
	opus := tracktest.Audio("a.mjr", "opus", 1, 0, 10)
	h264 := tracktest.Video("v.mjr", "h264", 0, 1, tracktest.At{Width: 2, Height: 2})
	turned := tracktest.Video("v.mjr", "h264", 0, 1, tracktest.At{Width: 2, Height: 2},
		tracktest.At{S: 0.5, Degrees: 90, Width: 2, Height: 2})
	changed := tracktest.Video("v.mjr", "h264", 0, 1, tracktest.At{Width: 2, Height: 2})
	changed.SetsChange = true
	for name, c := range map[string]struct {
		track   *timeline.Track
		missing []string
		want    string // the error, or the encoders that are used
	}{
		"no x264": {tracktest.Video("v.mjr", "vp8", 0, 1, tracktest.At{Width: 2, Height: 2}), []string{"x264enc"},
			"openh264enc"},
		"no encoder": {tracktest.Video("v.mjr", "vp8", 0, 1, tracktest.At{Width: 2, Height: 2}),
			[]string{"x264enc", "openh264enc"}, "needs one of the GStreamer elements x264enc or openh264enc to encode H.264: " +
				"install gstreamer1.0-plugins-ugly"},
		"no decoder": {tracktest.Video("v.mjr", "vp8", 0, 1, tracktest.At{Width: 2, Height: 2}),
			[]string{"vp8dec", "avdec_vp8"}, "to decode VP8"},
		"copied without both":           {h264, []string{"rtph264depay", "h264parse"}, ""},
		"decoded without a depayloader": {turned, []string{"rtph264depay"}, "x264enc"},
		"no parser for x264enc": {turned, []string{"h264parse"},
			"needs the GStreamer element h264parse to encode H.264: install gstreamer1.0-plugins-bad"},
		"no parser for sets": {changed, []string{"h264parse"}, "needs the GStreamer element h264parse to read H.264"},
		"no muxer":           {opus, []string{"uprightmp4sink"}, "needs the GStreamer element uprightmp4sink to write MP4"},
		"no AAC": {tracktest.Audio("a.mjr", "pcmu", 1, 0, 1), []string{"avenc_aac", "fdkaacenc", "voaacenc"},
			"to encode AAC"},
		"other AAC": {tracktest.Audio("a.mjr", "pcmu", 1, 0, 1), []string{"avenc_aac"}, "fdkaacenc"},
		"no sound filter": {tracktest.Audio("a.mjr", "pcmu", 1, 0, 1), []string{"audiorate"},
			"needs the GStreamer element audiorate"},
		"not needed": {opus, []string{"x264enc", "openh264enc", "avenc_aac", "opusdec", "avdec_opus", "rtpopusdepay",
			"opusparse"},
			""},
	} {
		t.Run(name, func(t *testing.T) {
			p, tl := tracktest.Together(c.track)
			s := settings()
			s.Elements = without(c.missing...)
			plan, err := Decide(p, tl, Profile{}, s)
			if err != nil {
				var missing *MissingElementError
				require.ErrorAs(t, err, &missing)
				require.ErrorContains(t, err, c.want)
				return
			}
			require.Equal(t, c.want, plan.Encoder)
		})
	}
}

func TestNeverAnotherCodec(t *testing.T) {
	p, tl := tracktest.Together(tracktest.Video("v.mjr", "h265", 0, 10, tracktest.At{Width: 320, Height: 180},
		tracktest.At{S: 5, Degrees: 90, Width: 320, Height: 180}))
	s := settings()
	s.Elements = without("x265enc")
	_, err := Decide(p, tl, Profile{Name: ProfileOriginal}, s)
	require.ErrorContains(t, err, "needs the GStreamer element x265enc to encode H.265")
}

func TestNothingToConvert(t *testing.T) {
	opus := func() *timeline.Track { return tracktest.Audio("a.mjr", "opus", 1, 0, 10) }
	broken := func(edit func(*timeline.Track)) *timeline.Track {
		v := tracktest.Video("v.mjr", "vp8", 0, 10, tracktest.At{Width: 320, Height: 180})
		edit(v)
		return v
	}
	flagged := broken(func(v *timeline.Track) { v.Encrypted = true })
	garbled := broken(func(v *timeline.Track) { v.Units, v.Unparsed, v.Counts.Undecodable = 0, 100, 500 })
	keyless := broken(func(v *timeline.Track) { v.Units, v.KeyFrames, v.Counts.Undecodable = 0, 0, 500 })
	unreadable := broken(func(v *timeline.Track) {
		*v = timeline.Track{Path: v.Path, Err: errors.New("byte 10: no header")}
	})
	gone := broken(func(v *timeline.Track) {
		*v = timeline.Track{Path: v.Path, Err: &fs.PathError{Op: "open", Path: v.Path, Err: fs.ErrNotExist}}
	})
	empty := broken(func(v *timeline.Track) { *v = timeline.Track{Path: v.Path, Err: recording.ErrEmpty} })
	strange := broken(func(v *timeline.Track) { v.Media.EncodingName = "H266" })
	for name, c := range map[string]struct {
		tracks []*timeline.Track
		want   error  // nil if sound remains
		codes  string // of the warnings
	}{
		"flagged alone":        {[]*timeline.Track{flagged}, ErrEncrypted, report.Encrypted},
		"flagged, sound clear": {[]*timeline.Track{flagged, opus()}, nil, report.Encrypted + " " + report.MissingVideo},
		"garbled":              {[]*timeline.Track{garbled}, ErrEncrypted, report.Encrypted},
		"garbled, sound":       {[]*timeline.Track{garbled, opus()}, nil, report.Encrypted + " " + report.MissingVideo},
		"no key frame":         {[]*timeline.Track{keyless}, ErrNoMedia, report.NoKeyFrame},
		"no key frame, sound":  {[]*timeline.Track{keyless, opus()}, nil, report.NoKeyFrame + " " + report.MissingVideo},
		"unreadable, sound":    {[]*timeline.Track{unreadable, opus()}, nil, report.Unreadable + " " + report.MissingVideo},
		"gone":                 {[]*timeline.Track{gone}, ErrNoMedia, report.Unreadable},
		"empty":                {[]*timeline.Track{empty}, ErrNoMedia, report.NoMedia},
		"unknown codec":        {[]*timeline.Track{strange}, ErrNoMedia, report.Unreadable},
	} {
		t.Run(name, func(t *testing.T) {
			p, tl := tracktest.Together(c.tracks...)
			p.Tracks[0].Medium = recording.Video // what the name says of a file without a header
			var codes []string
			for _, w := range WarningsOf(p, tl) {
				codes = append(codes, w.Code)
				require.NotEmpty(t, report.Help(w.Code))
			}
			require.Equal(t, c.codes, strings.Join(codes, " "))
			plan, err := Decide(p, tl, Profile{}, settings())
			require.ErrorIs(t, err, c.want)
			if c.want == nil {
				require.Equal(t, "copy | alice.m4a: opus+", summary(plan))
			}
		})
	}
}

func TestProfileMustExist(t *testing.T) {
	p, tl := tracktest.Together(tracktest.Audio("a.mjr", "opus", 1, 0, 10))
	_, err := Decide(p, tl, Profile{Name: "mp5"}, settings())
	require.ErrorContains(t, err, `there is no profile "mp5"; there are mp4, original, web`)
}

func TestNamesMustBeUTF8(t *testing.T) {
	p, tl := tracktest.Together(tracktest.Audio("a\xff.mjr", "opus", 1, 0, 10))
	_, err := Decide(p, tl, Profile{}, settings())
	require.ErrorIs(t, err, launch.ErrNotUTF8)
	p, tl = tracktest.Together(tracktest.Audio("a.mjr", "opus", 1, 0, 10))
	s := settings()
	s.OutputDir = "/out\xff"
	_, err = Decide(p, tl, Profile{}, s)
	require.ErrorIs(t, err, launch.ErrNotUTF8)
}
