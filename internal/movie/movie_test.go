package movie

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/mp4box"
)

func TestTitles(t *testing.T) {
	m, path := create(t, Options{})
	titles := []string{"", "Zoë", strings.Repeat("x", 300), "a\x00b"}
	for i, title := range titles {
		a := m.Track(TrackOptions{Kind: Audio, Number: i, Title: title, Off: i > 0})
		require.NoError(t, a.Entry(opus))
		write(t, a, 0, 20*ms, 50+i, true)
	}
	require.NoError(t, m.Close())
	f, all := read(t, path)
	require.Len(t, f.Tracks, len(titles))
	for i, title := range titles {
		require.Equal(t, strings.ReplaceAll(title, "\x00", ""), f.Tracks[i].Title)
		require.Equal(t, i > 0, f.Tracks[i].Off)
		require.EqualValues(t, 50+i, all[i][0].size)
	}
}

func TestPicturesAndSound(t *testing.T) {
	for _, reserve := range []int64{0, 10, 1 << 12, 1 << 16} {
		created := time.Date(2026, 11, 21, 7, 42, 3, 0, time.UTC)
		m, path := create(t, Options{Reserve: reserve, Created: created,
			Chapters: []Chapter{{0, "one"}, {time.Second, "two"}}})
		a := m.Track(TrackOptions{Kind: Audio, Language: "deu", Skip: 6500 * time.Microsecond})
		// Behind the sound, and in front of it in the file.
		v := m.Track(TrackOptions{Kind: Video, Orientation: cvo.Orientation{Degrees: 90}})
		m.Track(TrackOptions{Kind: Text}) // stays empty
		require.ErrorIs(t, v.Write([]Sample{{}}, nil), errNoEntry)
		require.NoError(t, v.Entry(h264))
		require.NoError(t, a.Entry(opus))
		for i := range 100 {
			write(t, a, time.Duration(i)*20*ms, 20*ms, 50, true)
			if i%5 == 0 && i >= 25 && i < 75 {
				write(t, v, time.Duration(i)*20*ms, 0, 200+i, i%25 == 0)
			}
		}
		require.NoError(t, m.Close())
		require.ErrorIs(t, m.Close(), ErrClosed)
		require.ErrorIs(t, a.Write([]Sample{{Size: 1}}, []byte{1}), ErrClosed)

		f, all := read(t, path)
		require.Equal(t, created, f.Created)
		require.Len(t, f.Tracks, 2)
		video, audio := f.Tracks[0], f.Tracks[1]
		require.Equal(t, cvo.Orientation{Degrees: 90}, video.Orientation)
		require.Equal(t, []int{320, 180, 180, 320}, []int{video.Width, video.Height, video.DisplayWidth, video.DisplayHeight})
		require.Equal(t, 500*ms, video.Start)
		require.InDelta(t, 2*time.Second, video.End(), float64(10*ms), "the last picture stands to the end of the sound")
		require.Equal(t, 6500*time.Microsecond, audio.Skip)
		require.Len(t, all[0], 10)
		for i, s := range all[0] {
			at := time.Duration(500+100*i) * ms
			require.Equal(t, seen{at, byte(at / ms), int64(225 + 5*i), i%5 == 0}, s)
		}
		require.Len(t, all[1], 100)
		for i, s := range all[1] {
			require.InDelta(t, time.Duration(i)*20*ms-6500*time.Microsecond, s.at, float64(ms))
			require.Equal(t, byte(i*20), s.data)
		}
	}
}

func TestTwoKinds(t *testing.T) {
	m, path := create(t, Options{Reserve: 4096})
	v := m.Track(TrackOptions{Kind: Video})
	second := h264
	second.Config = []byte{1, 66, 0, 31, 0xFF, 0xE0, 0}
	for i, e := range []Entry{h264, h264, second, h264} {
		require.NoError(t, v.Entry(e))
		write(t, v, time.Duration(i)*time.Second, 0, 10, true)
	}
	require.NoError(t, m.Close())
	f, _ := read(t, path)
	require.Equal(t, 2, f.Tracks[0].Entries)
	s, err := f.Samples(0)
	require.NoError(t, err)
	for _, want := range []int{1, 1, 2, 1} {
		x, err := s.Next()
		require.NoError(t, err)
		require.Equal(t, want, x.Entry)
	}
}

// Pictures that are decoded in another order than they are shown in.
func TestReordered(t *testing.T) {
	m, path := create(t, Options{Reserve: 4096})
	v := m.Track(TrackOptions{Kind: Video})
	require.NoError(t, v.Entry(h264))
	order := []int{0, 3, 1, 2, 6, 4, 5}
	for _, i := range order {
		write(t, v, time.Duration(i)*100*ms, 0, 10, i == 0)
	}
	require.NoError(t, m.Close())
	f, all := read(t, path)
	for i, s := range all[0] {
		require.Equal(t, time.Duration(order[i])*100*ms, s.at)
	}
	require.Equal(t, 100*ms, f.Tracks[0].Skip, "pictures are decoded before they are shown")
	s, err := f.Samples(0)
	require.NoError(t, err)
	for before := int64(-1); ; {
		x, err := s.Next()
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			break
		}
		require.Greater(t, x.Decode, before)
		require.GreaterOrEqual(t, x.Show, x.Decode)
		before = x.Decode
	}
}

// A clock that goes back by more than pictures are out of order is not followed.
func TestClockBack(t *testing.T) {
	m, path := create(t, Options{})
	v := m.Track(TrackOptions{Kind: Video})
	require.NoError(t, v.Entry(h264))
	for _, at := range []time.Duration{10 * time.Second, 11 * time.Second, time.Second, 2 * time.Second,
		12 * time.Second} {
		write(t, v, at, 0, 10, true)
	}
	require.NoError(t, m.Close())
	_, all := read(t, path)
	require.Equal(t, 2*time.Second, all[0][4].at, "the movie begins with the first picture")
	for i := 1; i < 5; i++ {
		require.GreaterOrEqual(t, all[0][i].at, all[0][i-1].at)
	}
}

// Text that comes before the first picture begins with it.
func TestBeginsWithMedia(t *testing.T) {
	m, path := create(t, Options{})
	v, x := m.Track(TrackOptions{Kind: Video}), m.Track(TrackOptions{Kind: Text})
	require.NoError(t, v.Entry(h264))
	require.NoError(t, x.Entry(Entry{Type: "tx3g"}))
	write(t, v, 5*time.Second, time.Second, 10, true)
	require.NoError(t, x.Write([]Sample{{7 * time.Second, time.Second, 5, true}}, []byte("hello")))
	require.NoError(t, m.Close())
	f, all := read(t, path)
	require.Zero(t, all[0][0].at)
	require.Equal(t, 2*time.Second, all[1][1].at)
	require.Equal(t, 3*time.Second, f.Duration)
}

func TestHoles(t *testing.T) {
	m, path := create(t, Options{})
	a := m.Track(TrackOptions{Kind: Audio})
	require.NoError(t, a.Entry(opus))
	for _, at := range []time.Duration{0, 20 * ms, 45 * ms, 62 * ms, time.Hour, time.Hour + 20*ms} {
		write(t, a, at, 20*ms, 10, true)
	}
	require.NoError(t, m.Close())
	_, all := read(t, path)
	for i, want := range []time.Duration{0, 20 * ms, 40 * ms, 60 * ms, time.Hour, time.Hour + 20*ms} {
		require.Equal(t, want, all[0][i].at, "jitter is none, a hole is one")
	}
}

func TestText(t *testing.T) {
	m, path := create(t, Options{})
	a := m.Track(TrackOptions{Kind: Text})
	require.NoError(t, a.Entry(Entry{Type: "tx3g"}))
	require.NoError(t, a.Write([]Sample{{time.Second, time.Second, 5, true}, {5 * time.Second, time.Second, 3, true}},
		[]byte("helloyou")))
	require.NoError(t, m.Close())
	f, all := read(t, path)
	require.Equal(t, mp4box.Text, f.Tracks[0].Kind)
	require.Equal(t, []seen{{0, 0, 2, true}, {time.Second, 0, 7, true}, {2 * time.Second, 0, 2, true},
		{5 * time.Second, 0, 5, true}}, all[0])
	require.Equal(t, 6*time.Second, f.Tracks[0].End())
}

// The last text ends where it is to end, whatever lasts longer than it.
func TestTextEnds(t *testing.T) {
	m, path := create(t, Options{})
	a, x := m.Track(TrackOptions{Kind: Audio}), m.Track(TrackOptions{Kind: Text})
	require.NoError(t, a.Entry(opus))
	write(t, a, 0, 5*time.Second, 10, true)
	require.NoError(t, x.Entry(Entry{Type: "tx3g"}))
	require.NoError(t, x.Write([]Sample{{time.Second, time.Second, 3, true}}, []byte("you")))
	require.NoError(t, m.Close())
	f, all := read(t, path)
	require.Equal(t, []seen{{0, 0, 2, true}, {time.Second, 0, 5, true}, {2 * time.Second, 0, 2, true}}, all[1])
	require.Equal(t, 5*time.Second, f.Tracks[1].End())
}

// What is short beside the rest is long enough in the file that no player takes it for a still picture in front, and
// plays no longer.
func TestShortTracks(t *testing.T) {
	m, path := create(t, Options{})
	v, a := m.Track(TrackOptions{Kind: Video}), m.Track(TrackOptions{Kind: Audio})
	require.NoError(t, v.Entry(h264))
	require.NoError(t, a.Entry(opus))
	for i := range 1000 {
		write(t, a, time.Duration(i)*20*ms, 20*ms, 10, true)
	}
	write(t, v, 19*time.Second, 0, 10, true)
	write(t, v, 19500*ms, 0, 10, false)
	require.NoError(t, m.Close())
	f, all := read(t, path)
	require.Equal(t, 19*time.Second, all[0][0].at)
	require.GreaterOrEqual(t, f.Tracks[0].Duration, 4*time.Second)
	require.Equal(t, 20*time.Second, f.Tracks[0].End())
	require.Equal(t, 20*time.Second, f.Duration)
}

func TestRefused(t *testing.T) {
	m, _ := create(t, Options{})
	v, a := m.Track(TrackOptions{Kind: Video}), m.Track(TrackOptions{Kind: Audio})
	for _, e := range []Entry{{}, {Type: "avc1"}, {Type: "avc1", Config: h264.Config},
		{Type: "avc1", Config: h264.Config, Width: 1 << 16, Height: 1}, opus, {Type: "vp08"}} {
		require.Error(t, v.Entry(e))
	}
	for _, e := range []Entry{{Type: "Opus"}, {Type: "mp4a"}, h264,
		{Type: "Opus", Config: append(bytes.Clone(opus.Config[:18]), 1)}} {
		require.Error(t, a.Entry(e))
	}
	require.NoError(t, v.Entry(h264))
	require.ErrorIs(t, v.Write([]Sample{{Size: 3}}, []byte{1, 2}), errSizes)
	require.ErrorIs(t, v.Write([]Sample{{Size: 1}}, []byte{1, 2}), errSizes)
	require.ErrorIs(t, m.Close(), ErrEmpty)
}
