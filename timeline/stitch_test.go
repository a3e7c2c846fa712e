package timeline

import (
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
)

// toggled is a camera that is on for 2 s, three times, beside sound in two pieces.
func toggled(t *testing.T) *Timeline {
	later := func(track testmjr.Track, at time.Duration) testmjr.Track {
		track.Start = at
		return track
	}
	camera := func(at time.Duration) testmjr.Track { return later(testmjr.Video("vp8", 30, 15, pictures()), at) }
	return load(t, Options{}, camera(0), later(testmjr.Audio(100), 6*time.Second), camera(9*time.Second),
		camera(4*time.Second), testmjr.Audio(150))
}

func rest(t *testing.T, s *Stream) (list []Unit) {
	t.Helper()
	for {
		u, err := s.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		require.NoError(t, err)
		kept := *u
		kept.Packets = nil
		for _, p := range u.Packets {
			kept.Packets = append(kept.Packets, slices.Clone(p))
		}
		list = append(list, kept)
	}
}

func TestStitchedPictures(t *testing.T) {
	tl := toggled(t)
	tracks := tl.Stitch(tl.Tracks)
	require.Len(t, tracks, 2)
	camera := tracks[0]
	require.Equal(t, []*Track{tl.Tracks[0], tl.Tracks[3], tl.Tracks[2]}, camera.Files())
	require.Equal(t, 90, camera.Units)
	require.Equal(t, 90, camera.Counts.Used)
	require.InDelta(t, 11*time.Second, camera.End, 1e7)
	require.Len(t, camera.Holes, 2)
	require.Len(t, camera.Sizes, 1)
	require.Len(t, camera.Orientations, 1)
	s, err := tl.Open(camera)
	require.NoError(t, err)
	defer s.Close()
	all := rest(t, s)
	require.Equal(t, 90, len(all))
	for i, u := range all {
		require.Equal(t, i == 89, u.Last)
		require.Equal(t, i%30 == 0, u.Discont, i)
		if i > 0 {
			require.Equal(t, all[i-1].PTS+all[i-1].Duration, u.PTS, "each picture stands until the next")
		}
	}
	for i, at := range []time.Duration{0, 4 * time.Second, 9 * time.Second} {
		require.InDelta(t, at, all[30*i].PTS, 1e7)
	}
	// From the second piece on, and on to the third.
	require.NoError(t, s.Seek(5*time.Second))
	all = rest(t, s)
	require.InDelta(t, 4*time.Second, all[0].PTS, 1.1e9)
	require.GreaterOrEqual(t, all[0].PTS, 4*time.Second-10*time.Millisecond)
	require.True(t, all[len(all)-1].Last)
	require.InDelta(t, 11*time.Second, all[len(all)-1].PTS, 1e8)
}

// A picture that is shown last before the camera is off stands until it is on again, whenever it was sent.
func TestStitchedBFrames(t *testing.T) {
	videos := make([]testmjr.Track, 2)
	for i := range videos {
		v := testmjr.Video("h264", 1+3*10, 15, testmjr.H264(1000, nil))
		v.Order = sentIn(bFrames["two B"])
		v.Start = time.Duration(i) * 5 * time.Second
		videos[i] = v
	}
	tl := load(t, Options{}, videos...)
	camera := tl.Stitch(tl.Tracks)[0]
	require.Len(t, camera.Files(), 2)
	s, err := tl.Open(camera)
	require.NoError(t, err)
	defer s.Close()
	all := rest(t, s)
	require.Len(t, all, 62)
	slices.SortFunc(all, func(a, b Unit) int { return int(a.PTS - b.PTS) })
	for i, u := range all {
		require.Equal(t, i == 61, u.Last, i)
		if i > 0 {
			require.InDelta(t, all[i-1].PTS+all[i-1].Duration, u.PTS, 1e6, "picture %d stands until the next", i-1)
		}
	}
}

func TestStitchedSound(t *testing.T) {
	tl := toggled(t)
	sound := tl.Stitch(tl.Tracks)[1]
	require.Equal(t, []*Track{tl.Tracks[4], tl.Tracks[1]}, sound.Files())
	s, err := tl.Open(sound)
	require.NoError(t, err)
	defer s.Close()
	end := sound.Start
	gaps := time.Duration(0)
	var sequence uint16
	for i, u := range rest(t, s) {
		require.Equal(t, end, u.PTS, "no hole, and nothing twice")
		end = u.PTS + u.Duration
		if u.Gap {
			gaps += u.Duration
		}
		n := uint16(u.Packets[0][2])<<8 | uint16(u.Packets[0][3])
		require.True(t, i == 0 || n == sequence+1)
		sequence = n
	}
	require.InDelta(t, 8*time.Second, end, 1e7)
	require.InDelta(t, 3*time.Second, gaps, 3e7)
}

// What the old camera still sends while the new one is on already is left out.
func TestStitchedOverlap(t *testing.T) {
	new := testmjr.Video("vp8", 60, 15, pictures())
	new.Start = 1800 * time.Millisecond
	tl := load(t, Options{}, testmjr.Video("vp8", 30, 15, pictures()), new)
	s, err := tl.Open(tl.Stitch(tl.Tracks)[0])
	require.NoError(t, err)
	defer s.Close()
	all := rest(t, s)
	require.Equal(t, 27+60, len(all))
	for i := 1; i < len(all); i++ {
		require.Greater(t, all[i].PTS, all[i-1].PTS)
	}
}
