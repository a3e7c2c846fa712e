package movie

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// part writes a file with pictures and sound, which begin at 0 in it.
func part(t *testing.T, entry Entry, pictures, sounds, seed int) string {
	t.Helper()
	m, path := create(t, Options{})
	v, a := m.Track(TrackOptions{Kind: Video}), m.Track(TrackOptions{Kind: Audio, Skip: 20 * ms})
	require.NoError(t, v.Entry(entry))
	require.NoError(t, a.Entry(Entry{Type: "mp4a", Config: []byte{0x11, 0x90}, Channels: 2, Rate: 48000}))
	for i := range max(pictures, sounds) {
		if i < pictures {
			write(t, v, time.Duration(i)*40*ms, 40*ms, 100+seed+i, i%25 == 0)
		}
		if i < sounds {
			write(t, a, time.Duration(i)*20*ms, 20*ms, 30+i%3, true)
		}
	}
	require.NoError(t, m.Close())
	return path
}

func TestCopyParts(t *testing.T) {
	other := h264
	other.Colour = &Colour{Primaries: 6, Transfer: 6, Matrix: 6}
	one, two := part(t, h264, 60, 200, 0), part(t, other, 30, 0, 7)
	m, path := create(t, Options{})
	v, a := m.Track(TrackOptions{Kind: Video}), m.Track(TrackOptions{Kind: Audio, Skip: 20 * ms})
	later := func(at time.Duration) (time.Duration, error) { return at + 2400*ms, nil }
	require.NoError(t, CopyAll(Copy(v, Part{Path: one}, Part{Path: two, Time: later}), Copy(a, Part{Path: one, Track: 1})))
	require.NoError(t, m.Close())
	f, all := read(t, path)
	_, first := read(t, one)
	_, second := read(t, two)
	want := first[0]
	for _, s := range second[0] {
		s.at += 2400 * ms
		want = append(want, s)
	}
	require.Equal(t, want, all[0])
	require.Equal(t, first[1], all[1], "the priming is still left out")
	require.Equal(t, 20*ms, f.Tracks[1].Skip)
	entries, err := f.Entries(0)
	require.NoError(t, err)
	require.Len(t, entries, 2)
	require.Nil(t, entries[0].Colour)
	require.Equal(t, other.Colour, entries[1].Colour)

	// What plays in one second lies beside each other.
	samples, err := f.Samples(1)
	require.NoError(t, err)
	pictures, err := f.Samples(0)
	require.NoError(t, err)
	var picture int64
	for range 26 {
		p, err := pictures.Next()
		require.NoError(t, err)
		picture = p.At
	}
	before := 0
	for {
		s, err := samples.Next()
		if err != nil {
			break
		}
		if s.At < picture {
			before++
		}
	}
	require.InDelta(t, 50, before, 1)
}

func TestCopyWhatIsWrong(t *testing.T) {
	copying := func(p ...Part) error {
		m, _ := create(t, Options{})
		return CopyAll(Copy(m.Track(TrackOptions{Kind: Video}), p...))
	}
	good := part(t, h264, 60, 0, 0)
	no := errors.New("no")
	require.ErrorIs(t, copying(Part{Path: good, Time: func(time.Duration) (time.Duration, error) { return 0, no }}), no)
	require.Error(t, copying(Part{Path: good}, Part{Path: good + ".gone"}))
	require.ErrorContains(t, copying(Part{Path: good, Track: 1}), "none of number 1")
	require.NoError(t, os.Truncate(good, 4000))
	require.ErrorContains(t, copying(Part{Path: good}), good)
}
