package inspectpage

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/timeline"
)

func kindsOf(p Participant) []string {
	var list []string
	for _, t := range p.Tracks {
		list = append(list, t.Kind+" "+t.Codec+" "+t.State)
	}
	return list
}

// Real recordings become what was sent.
func TestRecordings(t *testing.T) {
	p := read(t, testmjr.TestData("chromium-vp8-rot-change"))
	require.Equal(t, []string{"video vp8 complete", "audio opus complete"}, kindsOf(p))
	require.False(t, p.Start.IsZero())
	v := p.Tracks[0]
	var turns []int
	for _, o := range v.Orientations {
		turns = append(turns, o.Orientation.Degrees)
	}
	require.Equal(t, []int{0, 90, 180, 270, 0}, turns)
	root := drawn(t, one(p))
	require.Len(t, elements(root, "svg", "figure"), 5)
	require.Len(t, elements(root, "svg", "delay"), 2)
	for _, tr := range p.Tracks {
		c := tr.Counts
		require.Positive(t, c.Used)
		require.Equal(t, c.Records, c.Used+c.Duplicate+c.Late+c.Padding+c.Foreign+c.NotRTP+c.Malformed+c.Undecodable)
		bytes := 0
		for _, a := range tr.Activity {
			bytes += a.Bytes
		}
		require.Positive(t, bytes)
		require.Less(t, int64(bytes), tr.Bytes)
	}

	p = read(t, testmjr.TestData("audio-mute-gap"))
	require.Len(t, p.Tracks[1].Holes, 1)
	bar := elements(drawn(t, one(p)), "svg", "bar")[1]
	require.Len(t, elements(bar, "rect", "hole", "silent"), 1)

	p = read(t, testmjr.TestData("empty-both"))
	require.Equal(t, []string{"video  no media", "audio  no media"}, kindsOf(p))
	require.True(t, p.Start.IsZero())
	require.False(t, p.Created.IsZero())

	p = read(t, testmjr.TestData("e2ee-flagged"))
	require.Equal(t, []string{"video vp8 encrypted", "audio opus encrypted"}, kindsOf(p))
}

// A microphone that was taken away: a frozen clock is a hole in the bar, a step in the line, and no part of the
// bitrate.
func TestFrozenClock(t *testing.T) {
	dir := t.TempDir()
	a := testmjr.Audio(2000) // 40 s
	a.Breaks = []testmjr.Break{{Unit: 530, Pause: 10 * time.Second, Frozen: true}}
	a.Write(t, dir, "videoroom-1-user-2-1700000000000000-audio-0.mjr")
	p := read(t, dir)
	require.Equal(t, []timeline.Hole{{From: 10600 * time.Millisecond, To: 20600 * time.Millisecond,
		Kind: timeline.HoleFrozen}}, p.Tracks[0].Holes)

	root := drawn(t, one(p))
	bar := elements(root, "svg", "bar")[0]
	hole := elements(bar, "rect", "hole", "frozen")
	require.Equal(t, []string{"21.2%"}, values(hole, "x"))
	require.Equal(t, []string{"20%"}, values(hole, "width"))
	steps := elements(root, "line", "step")
	require.Len(t, steps, 1)
	require.Equal(t, "clock stood still 10.00 s at 20.60 s", text(steps[0]))
	require.Equal(t, []string{"41.2%"}, values(steps, "x1"))
	for _, b := range seconds(&p.Tracks[0]) {
		require.True(t, b.to <= 10600*time.Millisecond || b.from >= 20600*time.Millisecond, "%v to %v", b.from, b.to)
	}
}

// A clock that is slow: the fitted line goes up, and its slope is the drift.
func TestDrift(t *testing.T) {
	dir := t.TempDir()
	a := testmjr.Audio(6000) // two minutes
	a.ClockPPM = -200
	a.Network = testmjr.Network{Seed: 1, Jitter: 20 * time.Millisecond}
	a.Write(t, dir, "videoroom-1-user-2-1700000000000000-audio-0.mjr")
	p := read(t, dir)
	tr := p.Tracks[0]
	require.InDelta(t, -200, tr.DriftPPM, 5)
	require.Len(t, clockRuns(&tr), 1, "drift is no step")
	first, last := tr.Delays[0], tr.Delays[len(tr.Delays)-1]
	require.InDelta(t, 200e-6, (last.Fit-first.Fit)/milliseconds(last.At-first.At), 5e-6)
	for _, d := range tr.Delays {
		require.GreaterOrEqual(t, d.Least-d.Fit, -0.5)
		require.LessOrEqual(t, d.Least-d.Fit, 21.0)
	}
}

// A picture that is mirrored and turned is told so.
func TestMirrored(t *testing.T) {
	dir := t.TempDir()
	v := testmjr.Video("vp8", 150, 15, testmjr.VP8(480, 640, 30, 2))
	v.Orientation = &testmjr.Orientation{ID: 4, Value: testmjr.Turned(0, 1, 75, 5)}
	v.Write(t, dir, "videoroom-1-user-2-1700000000000000-video-1.mjr")
	p := read(t, filepath.Join(dir))
	require.Equal(t, []cvo.Orientation{{Degrees: 90}, {Degrees: 90, Flip: true}},
		[]cvo.Orientation{p.Tracks[0].Orientations[0].Orientation, p.Tracks[0].Orientations[1].Orientation})
	figures := elements(drawn(t, one(p)), "svg", "figure")
	require.Len(t, figures, 2)
	require.Equal(t, "50%", attr(figures[1], "x"))
	frame := elements(figures[0], "rect", "frame")[0]
	require.Equal(t, []string{"27", "36"}, []string{attr(frame, "width"), attr(frame, "height")},
		"as upright as the picture is stored")
	require.Contains(t, text(figures[1]), "mirrored, then 90° clockwise")
}
