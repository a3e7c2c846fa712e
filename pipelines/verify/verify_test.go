package verify

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/internal/tracktest"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/timeline"
)

// right is what a file holds when all went well: a video that begins 0.5 s after the audio.
func right() (*Verifier, *seen) {
	turn := cvo.Orientation{Degrees: 90}
	v := &Verifier{
		Output: &plan.Output{Path: "/out/alice.mp4", Container: "mp4", Orientation: turn, Start: tracktest.Sec(1),
			Duration: tracktest.Sec(10),
			Tracks: []report.Track{{Kind: "video", Codec: "h264", Copied: true},
				{Kind: "audio", Codec: "opus", Copied: true}}},
		Tracks: []*timeline.Track{tracktest.Video("v.mjr", "h264", 1.5, 11), tracktest.Audio("a.mjr", "opus", 1, 1, 11)},
	}
	return v, &seen{duration: tracktest.Sec(10), fastStart: true, tracks: []seenTrack{
		{kind: "audio", codec: "opus", end: tracktest.Sec(10), samples: 500, key: true, channels: 1},
		{kind: "video", codec: "h264", start: tracktest.Sec(.5), end: tracktest.Sec(10), samples: 100, key: true, width: 180,
			height: 320, orientation: turn},
	}}
}

func TestCompare(t *testing.T) {
	v, s := right()
	r := &report.Output{File: "alice.mp4"}
	warnings, err := v.compare(s, r)
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Equal(t, &report.Output{File: "alice.mp4", DurationMs: 10000, Tracks: []report.Track{
		{Kind: "video", Codec: "h264", DurationMs: 9500, Width: 180, Height: 320, Rotation: 90, Copied: true},
		{Kind: "audio", Codec: "opus", DurationMs: 10000, Channels: 1, Copied: true}}}, r)

	for name, c := range map[string]struct {
		spoil func(*Verifier, *seen)
		want  string
	}{
		"no video":          {func(_ *Verifier, s *seen) { s.tracks = s.tracks[:1] }, "it has 1 tracks, not 2"},
		"no index in front": {func(_ *Verifier, s *seen) { s.fastStart = false }, "its index is not in front of the media"},
		"two audio tracks":  {func(_ *Verifier, s *seen) { s.tracks[1].kind = "audio" }, "it has no video"},
		"other codec":       {func(_ *Verifier, s *seen) { s.tracks[1].codec = "vp9" }, "its video is vp9, not h264"},
		"empty":             {func(_ *Verifier, s *seen) { s.tracks[0].samples = 0 }, "its audio is empty"},
		"no key frame":      {func(_ *Verifier, s *seen) { s.tracks[1].key = false }, "does not begin with a key frame"},
		"not turned": {func(_ *Verifier, s *seen) { s.tracks[1].orientation = cvo.Orientation{} },
			"its display matrix says rotate-0, not rotate-90"},
		"few pictures": {func(_ *Verifier, s *seen) { s.tracks[1].samples = 40 }, "only 40 of 100 pictures"},
		"cut short": {func(_ *Verifier, s *seen) { s.tracks[1].end = tracktest.Sec(6) },
			"its video ends at 6.000 s, not at 10.000 s"},
		"late": {func(_ *Verifier, s *seen) { s.tracks[0].start = tracktest.Sec(4) },
			"its audio begins at 4.000 s, not at 0.000 s"},
	} {
		v, s := right()
		c.spoil(v, s)
		_, err := v.compare(s, &report.Output{File: "alice.mp4"})
		require.ErrorIs(t, err, ErrWrong, name)
		require.ErrorContains(t, err, "alice.mp4: ", name)
		require.ErrorContains(t, err, c.want, name)
	}

	for samples, want := range map[int]string{40: "", 5: "only 5 of 100 pictures"} {
		v, s := right()
		v.Tracks[0].Damaged = tracktest.Sec(8) // decoders give up some of what a loss has damaged
		s.tracks[1].samples = samples
		_, err := v.compare(s, &report.Output{File: "alice.mp4"})
		require.Equal(t, want != "", err != nil)
		if want != "" {
			require.ErrorContains(t, err, want)
		}
	}

	v, s = right()
	s.tracks[1].end = tracktest.Sec(9.5)
	warnings, err = v.compare(s, &report.Output{File: "alice.mp4"})
	require.NoError(t, err)
	require.Equal(t, []report.Warning{{Code: report.DurationMismatch,
		Text: "alice.mp4: its video ends at 9.500 s, the recording's at 10.000 s"}}, warnings)
}

// film writes a video of 8 s with a key frame every second.
func film(t *testing.T) *Verifier { return filmOf(t, "smpte") }

// filmOf shows a pattern of videotestsrc.
func filmOf(t *testing.T, pattern string) *Verifier {
	t.Helper()
	require.NoError(t, pipelines.Register())
	path := filepath.Join(t.TempDir(), "film.mp4")
	require.NoError(t, gstrun.Run(t.Context(), launch.Line{}.Add("videotestsrc num-buffers=80 pattern="+pattern).To("video/x-raw,format=I420,width=64,height=48,framerate=10/1").
		To("x264enc bframes=0 key-int-max=10").To("h264parse").To("mp4mux").To("filesink").Set("location", path).String(),
		gstrun.Options{}))
	return &Verifier{Partial: path, Has: gstrun.HasElement, found: []seenTrack{{kind: "video", end: tracktest.Sec(8)}},
		Output: &plan.Output{Path: path, Container: "mp4", Tracks: []report.Track{{Kind: "video", Codec: "h264"}}}}
}

func TestDecode(t *testing.T) {
	v := film(t)
	require.NoError(t, v.decode(t.Context()))
	entries, err := os.ReadDir(filepath.Dir(v.Partial))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no thumbnails are left")

	good, err := os.ReadFile(v.Partial)
	require.NoError(t, err)
	media := bytes.Index(good, []byte("mdat")) + 4
	index := bytes.Index(good, []byte("moov")) - 4
	spoil := func(from, to int) {
		b := bytes.Clone(good)
		for i := from; i < to; i++ {
			b[i] = byte(i * 37)
		}
		require.NoError(t, os.WriteFile(v.Partial, b, 0o600))
	}
	spoil(media, index)
	require.ErrorIs(t, v.decode(t.Context()), ErrNoPicture, "as when it is encrypted")
	spoil((media+index)/2, index)
	err = v.decode(t.Context())
	require.ErrorIs(t, err, ErrWrong)
	require.NotErrorIs(t, err, ErrNoPicture)
	require.ErrorContains(t, err, "end")

	// Of a camera that was switched on again only the second part, in the middle of the file, cannot be decoded.
	spoil(media+(index-media)*3/8, media+(index-media)*5/8)
	require.NoError(t, v.decode(t.Context()), "nobody looks there")
	camera := tracktest.Video("v.mjr", "h264", 0, 8)
	v.Output.Tracks[0].Copied = true
	camera.Parts = []*timeline.Track{{}, {Start: 4 * time.Second}}
	v.Tracks = []*timeline.Track{camera}
	err = v.decode(t.Context())
	require.ErrorIs(t, err, ErrWrong)
	require.ErrorContains(t, err, "from 4.")
	v.Tracks, v.Output.Tracks[0].Copied = nil, false

	v.Has = func(string) bool { return false }
	require.NoError(t, v.decode(t.Context()), "without decoders nothing can be said")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v.Has = gstrun.HasElement
	require.ErrorIs(t, v.decode(ctx), context.Canceled)
}

func TestComplete(t *testing.T) {
	show := func(c ...byte) (all [][]byte) {
		for _, c := range c {
			all = append(all, bytes.Repeat([]byte{c}, 100))
		}
		return all
	}
	require.True(t, complete(show(1, 1, 2, 2), 2, 2))
	require.True(t, complete(show(1, 2, 1), 3, 1))
	require.False(t, complete(show(1, 1, 2), 2, 2), "one is missing")
	require.False(t, complete(show(1, 2, 2, 3), 2, 2), "the second place may show a picture of the first")
	require.False(t, complete(nil, 2, 2))
}

func TestDigest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	content := bytes.Repeat([]byte("0123456789abcdef"), 200_000) // more than one piece
	require.NoError(t, os.WriteFile(path, content, 0o600))
	n, sum, err := Digest(t.Context(), path)
	require.NoError(t, err)
	require.EqualValues(t, len(content), n)
	if tool, err := exec.LookPath("sha256sum"); err == nil {
		out, err := exec.Command(tool, path).Output()
		require.NoError(t, err)
		require.Equal(t, string(out[:64]), sum)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	_, _, err = Digest(ctx, path)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestBlackVideo(t *testing.T) {
	v := film(t)
	require.NoError(t, v.decode(t.Context()))
	require.False(t, v.black)
	v = filmOf(t, "black")
	require.NoError(t, v.decode(t.Context()))
	require.True(t, v.black)

	v.Has = func(string) bool { return false }
	v.black = false
	require.NoError(t, v.decode(t.Context()))
	require.False(t, v.black, "what cannot be looked at is not called black")
}

// A camera may take a moment to see: that its first picture is black says nothing of those behind it.
func TestBlackFirst(t *testing.T) {
	require.NoError(t, pipelines.Register())
	path := filepath.Join(t.TempDir(), "film.mp4")
	l := launch.Line{}.Add("concat name=all").To("x264enc bframes=0 key-int-max=30").To("mp4mux").To("filesink").
		Set("location", path)
	for _, part := range []string{"num-buffers=2 pattern=black", "num-buffers=8 pattern=smpte"} {
		l = append(l, launch.Line{}.Add("videotestsrc "+part).
			To("video/x-raw,format=I420,width=64,height=48,framerate=10/1").To("all.")...)
	}
	require.NoError(t, gstrun.Run(t.Context(), l.String(), gstrun.Options{}))
	camera := tracktest.Video("v.mjr", "h264", 0, 1)
	camera.KeyFrames = 1
	v := &Verifier{Partial: path, Has: gstrun.HasElement, Tracks: []*timeline.Track{camera},
		found: []seenTrack{{kind: "video", end: tracktest.Sec(1)}}, Output: &plan.Output{Path: path, Container: "mp4",
			Tracks: []report.Track{{Kind: "video", Codec: "h264", Copied: true}}}}
	require.NoError(t, v.decode(t.Context()))
	require.False(t, v.black)
}

// Black at both ends, as before a presentation and behind it, is not black.
func TestBlackAtBothEnds(t *testing.T) {
	require.NoError(t, pipelines.Register())
	path := filepath.Join(t.TempDir(), "film.mp4")
	part := func(name, pattern string) launch.Line {
		return launch.Line{}.Add("videotestsrc num-buffers=40 pattern=" +
			pattern).To("video/x-raw,format=I420,width=64,height=48,framerate=10/1").To(name)
	}
	l := launch.Line{}.Add("concat name=all").To("x264enc bframes=0 key-int-max=10").To("h264parse").To("mp4mux").To("filesink").Set("location", path)
	for _, pattern := range []string{"black", "smpte", "black"} {
		l = append(l, part("all.", pattern)...)
	}
	require.NoError(t, gstrun.Run(t.Context(), l.String(), gstrun.Options{}))
	v := &Verifier{Partial: path, Has: gstrun.HasElement, WantPoster: true,
		found:  []seenTrack{{kind: "video", end: tracktest.Sec(12), width: 64, height: 48}},
		Output: &plan.Output{Path: path, Container: "mp4", Tracks: []report.Track{{Kind: "video", Codec: "h264"}}}}
	require.NoError(t, v.decode(t.Context()))
	require.False(t, v.black)
	shown, err := jpeg.Decode(bytes.NewReader(v.poster))
	require.NoError(t, err)
	require.Equal(t, image.Pt(160, 120), shown.Bounds().Size())
	brightest := uint32(0)
	for x := range 160 {
		r, g, b, _ := shown.At(x, 40).RGBA()
		brightest = max(brightest, r, g, b)
	}
	require.Greater(t, brightest>>8, uint32(150), "its poster is not black either")
}
