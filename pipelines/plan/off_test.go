package plan

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/internal/tracktest"
	"github.com/upright-media/upright/timeline"
)

// TestCameraOff says from when on black stands while a camera is off.
func TestCameraOff(t *testing.T) {
	const sec = time.Second
	hole := func(from, to time.Duration, kind timeline.HoleKind) timeline.Hole {
		return timeline.Hole{From: from, To: to, Kind: kind}
	}
	silent := func(from, to time.Duration) timeline.Hole { return hole(from, to, timeline.HoleSilent) }
	for name, c := range map[string]struct {
		units int // of 15 a second, in 20 s
		holes []timeline.Hole
		sound float64 // s, where it ends
		want  []time.Duration
	}{
		"always on": {units: 300, sound: 20},
		"off once": {units: 225, holes: []timeline.Hole{silent(5*sec, 10*sec)}, sound: 20,
			want: []time.Duration{5 * sec}},
		"off at the end":   {units: 300, sound: 30, want: []time.Duration{20 * sec}},
		"off for a moment": {units: 290, holes: []timeline.Hole{silent(5*sec, 6*sec)}, sound: 21},
		"paused": {units: 225,
			holes: []timeline.Hole{hole(5*sec, 10*sec, timeline.HoleFrozen)}, sound: 20, want: []time.Duration{5 * sec}},
		"lost": {units: 225, holes: []timeline.Hole{hole(5*sec, 10*sec, timeline.HoleLoss)},
			sound: 20},
		"a shared screen on which little moves": {units: 60, holes: []timeline.Hole{silent(5*sec, 10*sec)}, sound: 30},
	} {
		v, a := tracktest.Video("v.mjr", "h264", 0, 20, tracktest.At{Width: 320, Height: 180}),
			tracktest.Audio("a.mjr", "opus", 1, 0, c.sound)
		v.Units, v.Holes = c.units, c.holes
		s := Settings{Options: options.Options{Gap: options.GapBlack}}
		require.Equal(t, c.want, s.cameraOff(&source{track: v}, &source{track: a}), name)
		s.Gap = options.GapHold
		require.Nil(t, s.cameraOff(&source{track: v}, &source{track: a}), name)
	}
}

// Between two files even what sends little was off.
func TestCameraOffBetweenFiles(t *testing.T) {
	first, second := tracktest.Video("v.mjr", "h264", 0, 8), tracktest.Video("w.mjr", "h264", 12, 20)
	first.Units, second.Units = 10, 10
	_, tl := tracktest.Together(first, second)
	v := tl.Join(first, second)
	s := Settings{Options: options.Options{Gap: options.GapBlack}}
	require.Equal(t, []time.Duration{8 * time.Second}, s.cameraOff(&source{track: v}, nil))
}

// TestGapIsEncoded plans what can be copied as long as nothing has to be black.
func TestGapIsEncoded(t *testing.T) {
	v, a := tracktest.Video("v.mjr", "h264", 0, 20, tracktest.At{Width: 320, Height: 180}),
		tracktest.Audio("a.mjr", "opus", 1, 0, 20)
	v.Units, v.Holes = 225, []timeline.Hole{{From: 5 * time.Second, To: 10 * time.Second, Kind: timeline.HoleSilent}}
	who, tl := tracktest.Together(v, a)
	tl.Master = a
	s := settings()
	p, err := Decide(who, tl, Profile{Name: "mp4"}, s)
	require.NoError(t, err)
	require.Equal(t, "copy", p.Mode)
	s.Gap = options.GapBlack
	p, err = Decide(who, tl, Profile{Name: "mp4"}, s)
	require.NoError(t, err)
	require.Equal(t, "mixed", p.Mode)
	require.Contains(t, p.Pipeline, " empty-from=5000000000 ")
	require.Contains(t, p.Reason, "the camera was off for a while, and black is to stand there")
	v.Holes = nil
	v.Units = 300
	p, err = Decide(who, tl, Profile{Name: "mp4"}, s)
	require.NoError(t, err)
	require.Equal(t, "copy", p.Mode, "nothing has to be black")
}
