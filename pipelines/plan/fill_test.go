package plan

import (
	"cmp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/internal/tracktest"
	"github.com/upright-media/upright/timeline"
)

// TestContainerOfLateVideo says what original takes where WebM would need a picture that nobody can make.
func TestContainerOfLateVideo(t *testing.T) {
	for name, c := range map[string]struct {
		codec string
		start float64 // s, of the pictures
		head  options.Head
		want  string
	}{
		"AV1 late":          {"av1", 0.3, "", "mp4"},
		"AV1 at once":       {"av1", 0.03, "", "webm"},
		"AV1 late and held": {"av1", 0.3, options.HeadHold, "webm"},
		"VP9 late":          {"vp9", 0.3, "", "webm"},
		"VP8 late":          {"vp8", 0.3, "", "webm"},
	} {
		v := tracktest.Video("v.mjr", c.codec, c.start, 10, tracktest.At{Width: 320, Height: 180})
		who, tl := tracktest.Together(v, tracktest.Audio("a.mjr", "opus", 1, 0, 10))
		s := settings()
		s.Head = c.head
		p, err := Decide(who, tl, Profile{Name: "original"}, s)
		require.NoError(t, err)
		require.Equal(t, c.want, p.Outputs[0].Container, name)
		require.Equal(t, "copy", p.Mode, name)
	}
}

// TestHeadOfWebM says what stands in front of pictures that begin later than the sound, which WebM has to have.
func TestHeadOfWebM(t *testing.T) {
	for _, c := range []struct {
		name, codec, profile, fmtp string
		missing                    string
		late                       float64 // s, 3 unless it is given
		mode, head                 string  // head: black (one picture in front of a copy), empty-from (encoded), hold, ""
	}{
		{name: "VP8", codec: "vp8", profile: "webm", mode: "copy", head: "black"},
		{name: "VP9", codec: "vp9", profile: "webm", mode: "copy", head: "black"},
		{name: "VP9 of 10 bits", codec: "vp9", profile: "webm", fmtp: "2", mode: "copy", head: "hold"},
		{name: "AV1", codec: "av1", profile: "webm", mode: "copy", head: "hold"},
		{name: "no encoder", codec: "vp8", profile: "webm", missing: "vp8enc", mode: "copy", head: "hold"},
		{name: "encoded", codec: "h264", profile: "webm", mode: "mixed", head: "empty-from"},
		{name: "VP8, 11 µs late", codec: "vp8", profile: "webm", late: 11e-6, mode: "copy", head: "hold"},
		{name: "encoded, 11 µs late", codec: "h264", profile: "webm", late: 11e-6, mode: "mixed", head: "hold"},
		{name: "encoded, half a picture late", codec: "h264", profile: "webm", late: 0.02, mode: "mixed", head: "hold"},
		{name: "VP9 in MP4", codec: "vp9", profile: "mp4", mode: "copy"},
		{name: "H.264 in Matroska", codec: "h264", profile: "mkv", mode: "copy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := tracktest.Video("v.mjr", c.codec, cmp.Or(c.late, 3), 10, tracktest.At{Width: 320, Height: 180})
			v.Media.Fmtp = map[string]string{"profile-id": c.fmtp}
			a := tracktest.Audio("a.mjr", "opus", 1, 0, 10)
			s := settings()
			s.Elements = without(c.missing, "fdkaacenc", "svtav1enc", "dav1ddec")
			who, tl := tracktest.Together(v, a)
			tl.Master = a
			var head options.Head
			p, err := Resolve(who, Profile{Name: c.profile}, s, func(s Settings) (*timeline.Timeline, error) {
				head = s.Head
				return tl, nil
			})
			require.NoError(t, err)
			require.Equal(t, c.mode, p.Mode, p.Reason)
			is := ""
			switch {
			case head == options.HeadHold:
				is = "hold"
			case p.Outputs[0].Tracks[0].Copied && head == options.HeadBlack:
				is = "black"
				require.Contains(t, p.Pipeline, "concat name=parts0 ", p.Pipeline)
			case head == options.HeadBlack:
				is = "empty-from"
				require.Contains(t, p.Pipeline, "empty-from=0")
			}
			require.Equal(t, c.head, is, p.Pipeline)
			if is == "black" {
				require.Equal(t, 3*time.Second, p.Outputs[0].BlackHead)
				require.Contains(t, p.Pipeline, "videotestsrc num-buffers=1 pattern=black ! "+
					"video/x-raw,format=I420,width=320,height=180,")
			}
		})
	}
}

// A picture that stood for less than a millisecond would have the time of the next one in Matroska.
func TestBriefHead(t *testing.T) {
	for late, want := range map[float64]time.Duration{11e-6: 0, 0.005: 5 * time.Millisecond, 2: 2 * time.Second} {
		v := tracktest.Video("v.mjr", "h264", late, 10, tracktest.At{Width: 320, Height: 180})
		a := tracktest.Audio("a.mjr", "opus", 1, 0, 10)
		s := settings()
		s.Head = options.HeadBlack
		require.Equal(t, want, s.blackHead(&source{track: v}, &source{track: a}))
	}
}
