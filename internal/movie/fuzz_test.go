package movie

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/mp4box"
)

// Whatever comes, the file can be read, and has as many samples as were written.
func FuzzMovie(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, path := create(t, Options{Reserve: int64(len(b)%7) * 100})
		v, a := m.Track(TrackOptions{Kind: Video}), m.Track(TrackOptions{Kind: Audio,
			Skip: time.Duration(len(b)%3) * 10 * ms})
		require.NoError(t, v.Entry(h264))
		require.NoError(t, a.Entry(opus))
		n := 0
		for ; len(b) >= 3 && n < 1000; b = b[3:] {
			s := Sample{At: time.Duration(int8(b[0])) * time.Duration(b[1]) * ms, Duration: time.Duration(b[1]) * ms,
				Size: int(b[2]) % 50, Sync: b[2]&1 == 0}
			tr := v
			if b[0]&1 == 0 {
				tr = a
			}
			require.NoError(t, tr.Write([]Sample{s}, make([]byte, s.Size)))
			n++
		}
		err := m.Close()
		if n == 0 {
			require.ErrorIs(t, err, ErrEmpty)
			return
		}
		require.NoError(t, err)
		file, err := mp4box.Open(path)
		require.NoError(t, err)
		defer file.Close()
		for i := range file.Tracks {
			s, err := file.Samples(i)
			require.NoError(t, err)
			for {
				if _, err := s.Next(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				n--
			}
		}
		require.Zero(t, n)
	})
}

// Whatever is said about samples, it is refused or the file can be read.
func FuzzEntry(f *testing.F) {
	for _, kind := range []string{"avc1", "hvc1", "vp09", "av01", "Opus", "mp4a", MP3, "alac", "ac-3", "tx3g", "????"} {
		f.Add(kind, opus.Config, 320, 180, 2, 48000, int64(20*ms))
		f.Add(kind, h264.Config, 0, 1<<20, -1, 1<<17, int64(-1))
		f.Add(kind, []byte{1, 2, 3}, 320, 180, 2, 48000, int64(20*ms))
		f.Add(kind, make([]byte, alacConfig), 320, 180, 2, 96000, int64(20*ms))
	}
	f.Fuzz(func(t *testing.T, kind string, config []byte, width, height, channels, rate int, length int64) {
		m, path := create(t, Options{})
		e := Entry{Type: kind, Config: config, Width: width, Height: height, ParNum: height, ParDen: width,
			Channels: channels, Rate: rate, Colour: &Colour{Primaries: uint16(width), Full: width&1 == 0}}
		n := 0
		for _, k := range []Kind{Video, Audio, Text} {
			tr := m.Track(TrackOptions{Kind: k, Skip: time.Duration(length)})
			if tr.Entry(e) != nil {
				continue
			}
			for i := range 2 {
				s := Sample{At: time.Duration(i) * time.Duration(length%int64(time.Hour)),
					Duration: time.Duration(length % int64(time.Hour)), Size: 1}
				require.NoError(t, tr.Write([]Sample{s}, []byte{1}))
			}
			n++
		}
		err := m.Close()
		if n == 0 {
			require.ErrorIs(t, err, ErrEmpty)
		}
		if err != nil {
			return
		}
		file, err := mp4box.Open(path)
		require.NoError(t, err)
		require.NoError(t, file.Close())
	})
}
