package pipelines

import (
	"cmp"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
	"github.com/upright-media/upright/timeline"
)

// at is a picture's orientation and size from a time on.
type at struct {
	s             float64
	degrees       int
	flip          bool
	width, height int
}

func videoTrack(name, codec string, from, to float64, looks ...at) *timeline.Track {
	t := &timeline.Track{
		Path:  "/in/" + name,
		Info:  recording.Info{Medium: recording.Video, Codec: codec, FirstUs: 1_795_235_502_000_000},
		Media: timeline.MediaType{Media: "video", EncodingName: strings.ToUpper(codec), ClockRate: 90000},
		Start: sec(from), End: sec(to), Units: 100, KeyFrames: 1, FrameDuration: time.Second / 15, Complete: true,
	}
	for _, l := range looks {
		o := cvo.Orientation{Degrees: l.degrees, Flip: l.flip}
		if n := len(t.Orientations); n == 0 || t.Orientations[n-1].Orientation != o {
			t.Orientations = append(t.Orientations, timeline.OrientationSpan{At: sec(l.s), Orientation: o})
		}
		if n := len(t.Sizes); n == 0 || t.Sizes[n-1].Width != l.width || t.Sizes[n-1].Height != l.height {
			t.Sizes = append(t.Sizes, timeline.SizeSpan{At: sec(l.s), Width: l.width, Height: l.height})
		}
	}
	return t
}

func audioTrack(name, codec string, channels int, from, to float64) *timeline.Track {
	return &timeline.Track{
		Path:  "/in/" + name,
		Info:  recording.Info{Medium: recording.Audio, Codec: codec, FirstUs: 1_795_235_502_000_000},
		Media: timeline.MediaType{Media: "audio", EncodingName: strings.ToUpper(codec), ClockRate: 48000, Channels: channels},
		Start: sec(from), End: sec(to), Units: 500, Complete: true,
	}
}

func dataTrack(name, codec string, from, to float64) *timeline.Track {
	return &timeline.Track{Path: "/in/" + name, Info: recording.Info{Medium: recording.Data, Codec: codec},
		Media: timeline.MediaType{Media: "data"}, Start: sec(from), End: sec(to), Units: 3, Complete: true}
}

// called gives a track a description.
func called(d string, t *timeline.Track) *timeline.Track {
	t.Info.Description = d
	return t
}

func sec(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// together makes one participant of tracks.
func together(tracks ...*timeline.Track) (*recording.Participant, *timeline.Timeline) {
	p := &recording.Participant{Name: "alice"}
	tl := &timeline.Timeline{OriginUs: 1_795_235_502_000_000, Tracks: tracks}
	for _, t := range tracks {
		name := janus.ParseName(filepath.Base(t.Path))
		f := &recording.File{Path: t.Path, Info: t.Info, Medium: cmp.Or(t.Info.Medium, name.Medium), Line: name.MIndex}
		t.Line = f.Line
		p.Tracks = append(p.Tracks, f)
		tl.Duration = max(tl.Duration, t.End)
	}
	return p, tl
}

// without is an installation that lacks some elements. It has rtpav1depay, unlike Debian 12.
func without(missing ...string) func(string) bool {
	return func(name string) bool { return !slices.Contains(missing, name) }
}

func settings() Settings {
	return Settings{OutputDir: "/out", Elements: without("fdkaacenc", "svtav1enc", "uprightav1depay", "dav1ddec")}
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
	opus := func() *timeline.Track { return audioTrack("a.mjr", "opus", 1, 0, 10) }
	video := func(codec string, looks ...at) *timeline.Track { return videoTrack("v.mjr", codec, 0, 10, looks...) }
	plain := at{width: 320, height: 180}
	turned := at{degrees: 90, width: 320, height: 180}
	later := func(s float64, a at) at { a.s = s; return a }
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
		"H.264 of two sizes": {[]*timeline.Track{video("h264", plain, at{s: 4, width: 640, height: 360}), opus()},
			"mixed | alice.mp4: h264 640x360 opus+", "mixed | alice.mp4: h264 640x360 opus+"},
		"H.264 upright, G.711": {[]*timeline.Track{video("h264", plain), audioTrack("a.mjr", "pcmu", 1, 0, 10)},
			"mixed | alice.mp4: h264+ 320x180 aac", "copy | alice.mkv: h264+ 320x180 pcmu+"},
		"H.264 turned, G.711": {[]*timeline.Track{video("h264", turned), audioTrack("a.mjr", "pcma", 1, 0, 10)},
			"mixed | alice.mp4: h264+ 180x320@90 aac", "mixed | alice.mp4: h264+ 180x320@90 aac"},
		"H.264 turning, G.711": {[]*timeline.Track{video("h264", plain, later(4, turned)), audioTrack("a.mjr", "pcma", 1, 0, 10)},
			"encode | alice.mp4: h264 180x320 aac", "mixed | alice.mkv: h264 180x320 pcma+"},
		"H.264 without sound": {[]*timeline.Track{video("h264", turned)},
			"copy | alice.mp4: h264+ 180x320@90", "copy | alice.mp4: h264+ 180x320@90"},
		"H.264 mirrored": {[]*timeline.Track{video("h264", at{degrees: 270, flip: true, width: 320, height: 180})},
			"copy | alice.mp4: h264+ 180x320@270", "copy | alice.mp4: h264+ 180x320@270"},
		"H.265 turned": {[]*timeline.Track{video("h265", at{degrees: 180, width: 320, height: 180}), opus()},
			"copy | alice.mp4: h265+ 320x180@180 opus+", "copy | alice.mp4: h265+ 320x180@180 opus+"},
		"H.265 turning": {[]*timeline.Track{video("h265", plain, later(4, turned)), opus()},
			"mixed | alice.mp4: h264 180x320 opus+", "mixed | alice.mp4: h265 180x320 opus+"},
		"VP8 upright": {[]*timeline.Track{video("vp8", plain), opus()},
			"mixed | alice.mp4: h264 320x180 opus+", "copy | alice.webm: vp8+ 320x180 opus+"},
		"VP8 upright, two sizes": {[]*timeline.Track{video("vp8", plain, at{s: 4, width: 640, height: 360}), opus()},
			"mixed | alice.mp4: h264 640x360 opus+", "mixed | alice.webm: vp8 640x360 opus+"},
		"VP8 upright, G.711": {[]*timeline.Track{video("vp8", plain), audioTrack("a.mjr", "pcmu", 1, 0, 10)},
			"encode | alice.mp4: h264 320x180 aac", "copy | alice.mkv: vp8+ 320x180 pcmu+"},
		"VP8 upright, G.722": {[]*timeline.Track{video("vp8", plain), audioTrack("a.mjr", "g722", 1, 0, 10)},
			"encode | alice.mp4: h264 320x180 aac", "mixed | alice.webm: vp8+ 320x180 opus"},
		"VP8 turned": {[]*timeline.Track{video("vp8", turned), opus()},
			"mixed | alice.mp4: h264 180x320 opus+", "mixed | alice.webm: vp8 180x320 opus+"},
		"VP8 of odd size, turned": {[]*timeline.Track{video("vp8", at{degrees: 90, width: 319, height: 181}), opus()},
			"mixed | alice.mp4: h264 182x320 opus+", "mixed | alice.webm: vp8 182x320 opus+"},
		"VP8 turning": {[]*timeline.Track{video("vp8", plain, later(6, turned)), opus()},
			"mixed | alice.mp4: h264 320x180 opus+", "mixed | alice.webm: vp8 320x180 opus+"},
		"VP9 upright": {[]*timeline.Track{video("vp9", plain), opus()},
			"copy | alice.mp4: vp9+ 320x180 opus+", "copy | alice.webm: vp9+ 320x180 opus+"},
		"VP9 turned": {[]*timeline.Track{video("vp9", turned), opus()},
			"copy | alice.mp4: vp9+ 180x320@90 opus+", "copy | alice.mp4: vp9+ 180x320@90 opus+"},
		"VP9 of two sizes": {[]*timeline.Track{video("vp9", plain, at{s: 4, width: 640, height: 360}), opus()},
			"mixed | alice.mp4: h264 640x360 opus+", "mixed | alice.webm: vp9 640x360 opus+"},
		"AV1 turned": {[]*timeline.Track{video("av1", turned), opus()},
			"copy | alice.mp4: av1+ 180x320@90 opus+", "copy | alice.mp4: av1+ 180x320@90 opus+"},
		"stereo": {[]*timeline.Track{audioTrack("a.mjr", "opus", 2, 0, 10)},
			"copy | alice.m4a: opus+ 2ch", "copy | alice.webm: opus+ 2ch"},
		"G.711 alone": {[]*timeline.Track{audioTrack("a.mjr", "pcmu", 1, 0, 10)},
			"encode | alice.m4a: aac", "copy | alice.mka: pcmu+"},
		"L16 alone": {[]*timeline.Track{audioTrack("a.mjr", "l16", 1, 0, 10)},
			"encode | alice.m4a: aac", "copy | alice.mka: l16+"},
		"G.722 alone": {[]*timeline.Track{audioTrack("a.mjr", "g722", 1, 0, 10)},
			"encode | alice.m4a: aac", "encode | alice.webm: opus"},
		"camera and screen": {[]*timeline.Track{
			videoTrack("r-video-1.mjr", "h264", 0, 10, turned), videoTrack("r-video-2.mjr", "h264", 5, 10, plain), opus()},
			"copy | alice.mp4: h264+ 180x320@90 opus+ | alice-video-2.mp4: h264+ 320x180 opus+",
			"copy | alice.mp4: h264+ 180x320@90 opus+ | alice-video-2.mp4: h264+ 320x180 opus+"},
		"camera and screen of other containers": {[]*timeline.Track{
			videoTrack("r-video-1.mjr", "vp9", 0, 10, turned), videoTrack("r-video-2.mjr", "vp8", 5, 10, plain), opus()},
			"mixed | alice.mp4: vp9+ 180x320@90 opus+ | alice-video-2.mp4: h264 320x180 opus+",
			"copy | alice.mp4: vp9+ 180x320@90 opus+ | alice-video-2.webm: vp8+ 320x180 opus+"},
		"two microphones": {[]*timeline.Track{video("h264", plain), audioTrack("r-audio-0.mjr", "opus", 1, 0, 10), audioTrack("r-audio-3.mjr", "opus", 2, 0, 10)},
			"copy | alice.mp4: h264+ 320x180 opus+ | alice-audio-3.m4a: opus+ 2ch",
			"copy | alice.mp4: h264+ 320x180 opus+ | alice-audio-3.webm: opus+ 2ch"},
		"a camera twice": {[]*timeline.Track{videoTrack("r-video-1.mjr", "vp8", 0, 4, plain), videoTrack("r-video-3.mjr", "vp8", 6, 10, plain), opus()},
			"mixed | alice.mp4: h264 320x180 opus+", "copy | alice.webm: vp8+ 320x180 opus+"},
		"a camera twice, once turned": {[]*timeline.Track{videoTrack("r-video-1.mjr", "vp9", 0, 3, plain), videoTrack("r-video-1.mjr", "vp9", 6, 10, turned), opus()},
			"mixed | alice.mp4: h264 180x320 opus+", "mixed | alice.webm: vp9 180x320 opus+"},
		"a microphone twice": {[]*timeline.Track{video("vp9", plain), audioTrack("r-audio-0.mjr", "opus", 1, 0, 4), audioTrack("r-audio-3.mjr", "opus", 2, 6, 10)},
			"copy | alice.mp4: vp9+ 320x180 opus+ 2ch", "copy | alice.webm: vp9+ 320x180 opus+ 2ch"},
		"a screen with sound of its own": {[]*timeline.Track{video("vp9", plain), called("screen", videoTrack("r-video-2.mjr", "vp9", 2, 5, plain)),
			called("screen", videoTrack("r-video-4.mjr", "vp9", 7, 9, plain)), called("Screen", audioTrack("r-audio-3.mjr", "opus", 2, 2, 9)), opus()},
			"copy | alice.mp4: vp9+ 320x180 opus+ | alice-screen.mp4: vp9+ 320x180 opus+ 2ch",
			"copy | alice.webm: vp9+ 320x180 opus+ | alice-screen.webm: vp9+ 320x180 opus+ 2ch"},
		"messages beside sound": {[]*timeline.Track{opus(), dataTrack("d.mjr", "text", 1, 8)},
			"copy | alice.m4a: opus+ | alice.srt: srt+", "copy | alice.webm: opus+ | alice.srt: srt+"},
		"messages alone": {[]*timeline.Track{dataTrack("d.mjr", "text", 0, 8), dataTrack("r-data-5.mjr", "binary", 1, 2)},
			"copy | alice.srt: srt+ | alice-data-5.bin: bin+", "copy | alice.srt: srt+ | alice-data-5.bin: bin+"},
	} {
		t.Run(name, func(t *testing.T) {
			p, tl := together(c.tracks...)
			for profile, want := range map[string]string{ProfileMP4: c.mp4, ProfileOriginal: c.original, "": c.mp4} {
				plan, err := Decide(p, tl, Profile{Name: profile}, settings())
				require.NoError(t, err, profile)
				require.Equal(t, want, summary(plan), "%s: %s", profile, plan.Reason)
			}
		})
	}
}

func TestAudioSetting(t *testing.T) {
	p, tl := together(videoTrack("v.mjr", "h264", 0, 10, at{width: 320, height: 180}), audioTrack("a.mjr", "opus", 2, 0, 10))
	s := settings()
	for audio, want := range map[options.Audio]string{
		"": "copy | alice.mp4: h264+ 320x180 opus+ 2ch", options.AudioAuto: "copy | alice.mp4: h264+ 320x180 opus+ 2ch",
		options.AudioCopy: "copy | alice.mp4: h264+ 320x180 opus+ 2ch", options.AudioAAC: "mixed | alice.mp4: h264+ 320x180 aac 2ch",
	} {
		s.Audio = audio
		plan, err := Decide(p, tl, Profile{}, s)
		require.NoError(t, err)
		require.Equal(t, want, summary(plan), audio)
	}
	s.Audio = "mp3"
	_, err := Decide(p, tl, Profile{}, s)
	require.ErrorContains(t, err, `audio is "mp3"`)

	p, tl = together(audioTrack("a.mjr", "pcmu", 1, 0, 10))
	s.Audio = options.AudioCopy
	_, err = Decide(p, tl, Profile{}, s)
	require.ErrorContains(t, err, "MP4 does not hold G.711 µ-law, so it cannot be copied")
	s.Audio = options.AudioAAC
	plan, err := Decide(p, tl, Profile{Name: ProfileOriginal}, s)
	require.NoError(t, err)
	require.Equal(t, "encode | alice.m4a: aac", summary(plan))
}

func TestMissingElements(t *testing.T) {
	opus := audioTrack("a.mjr", "opus", 1, 0, 10)
	for name, c := range map[string]struct {
		track   *timeline.Track
		missing []string
		want    string // the error, or the encoders that are used
	}{
		"no x264":         {videoTrack("v.mjr", "vp8", 0, 1, at{width: 2, height: 2}), []string{"x264enc"}, "openh264enc"},
		"no encoder":      {videoTrack("v.mjr", "vp8", 0, 1, at{width: 2, height: 2}), []string{"x264enc", "openh264enc"}, "needs one of the GStreamer elements x264enc or openh264enc to encode H.264: install gstreamer1.0-plugins-ugly"},
		"no decoder":      {videoTrack("v.mjr", "vp8", 0, 1, at{width: 2, height: 2}), []string{"vp8dec", "avdec_vp8"}, "to decode VP8"},
		"no depayloader":  {videoTrack("v.mjr", "av1", 0, 1, at{width: 2, height: 2}), []string{"rtpav1depay", "uprightav1depay"}, "needs one of the GStreamer elements rtpav1depay or uprightav1depay to take AV1 out of RTP packets"},
		"our AV1":         {videoTrack("v.mjr", "av1", 0, 1, at{width: 2, height: 2}), []string{"rtpav1depay"}, ""},
		"no parser":       {videoTrack("v.mjr", "h264", 0, 1, at{width: 2, height: 2}), []string{"h264parse"}, "needs the GStreamer element h264parse to read H.264: install gstreamer1.0-plugins-bad"},
		"no muxer":        {opus, []string{"mp4mux"}, "needs the GStreamer element mp4mux to write MP4"},
		"no AAC":          {audioTrack("a.mjr", "pcmu", 1, 0, 1), []string{"avenc_aac", "fdkaacenc", "voaacenc"}, "to encode AAC"},
		"other AAC":       {audioTrack("a.mjr", "pcmu", 1, 0, 1), []string{"avenc_aac"}, "fdkaacenc"},
		"no sound filter": {audioTrack("a.mjr", "pcmu", 1, 0, 1), []string{"audiorate"}, "needs the GStreamer element audiorate"},
		"not needed":      {opus, []string{"x264enc", "openh264enc", "avenc_aac", "opusdec", "avdec_opus"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, tl := together(c.track)
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
	p, tl := together(videoTrack("v.mjr", "h265", 0, 10, at{width: 320, height: 180}, at{s: 5, degrees: 90, width: 320, height: 180}))
	s := settings()
	s.Elements = without("x265enc")
	_, err := Decide(p, tl, Profile{Name: ProfileOriginal}, s)
	require.ErrorContains(t, err, "needs the GStreamer element x265enc to encode H.265")
}

func TestNothingToConvert(t *testing.T) {
	opus := func() *timeline.Track { return audioTrack("a.mjr", "opus", 1, 0, 10) }
	broken := func(edit func(*timeline.Track)) *timeline.Track {
		v := videoTrack("v.mjr", "vp8", 0, 10, at{width: 320, height: 180})
		edit(v)
		return v
	}
	flagged := broken(func(v *timeline.Track) { v.Encrypted = true })
	garbled := broken(func(v *timeline.Track) { v.Units, v.Unparsed, v.Counts.Undecodable = 0, 100, 500 })
	keyless := broken(func(v *timeline.Track) { v.Units, v.KeyFrames, v.Counts.Undecodable = 0, 0, 500 })
	unreadable := broken(func(v *timeline.Track) { *v = timeline.Track{Path: v.Path, Err: errors.New("byte 10: no header")} })
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
			p, tl := together(c.tracks...)
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
	p, tl := together(audioTrack("a.mjr", "opus", 1, 0, 10))
	_, err := Decide(p, tl, Profile{Name: "mp5"}, settings())
	require.ErrorContains(t, err, `there is no profile "mp5"; there are mp4, original, web`)
}

func TestNamesMustBeUTF8(t *testing.T) {
	p, tl := together(audioTrack("a\xff.mjr", "opus", 1, 0, 10))
	_, err := Decide(p, tl, Profile{}, settings())
	require.ErrorIs(t, err, errNotUTF8)
	p, tl = together(audioTrack("a.mjr", "opus", 1, 0, 10))
	s := settings()
	s.OutputDir = "/out\xff"
	_, err = Decide(p, tl, Profile{}, s)
	require.ErrorIs(t, err, errNotUTF8)
}
