package timeline

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/recording"
)

// truth is what testdata/*/truth.json says about a recording's sender. Times are ms on one clock.
type truth struct {
	Client       string      `json:"client"`
	Convertible  *bool       `json:"convertible"`
	T0           float64     `json:"t0_unix_us"`
	Participants []trueParty `json:"participants"`
}

type trueParty struct {
	Local float64 `json:"local_clock_offset_ms"`
	Video *struct {
		File   string  `json:"file"`
		From   float64 `json:"from_ms"`
		To     float64 `json:"to_ms"`
		Frames *int    `json:"frames"`
		Gaps   []struct {
			From float64 `json:"from_ms"`
			To   float64 `json:"to_ms"`
		} `json:"gaps"`
		Orientation []struct {
			T       float64 `json:"t_ms"`
			Degrees int     `json:"degrees"`
			Flip    bool    `json:"flip"`
		} `json:"orientation"`
	} `json:"video"`
	Audio *struct {
		File string  `json:"file"`
		From float64 `json:"from_ms"`
		To   float64 `json:"to_ms"`
		Gaps []struct {
			From float64 `json:"from_ms"`
			To   float64 `json:"to_ms"`
		} `json:"gaps"`
	} `json:"audio"`
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// cases calls f for every participant of every recording in testdata that can be converted.
func cases(t *testing.T, f func(t *testing.T, tr truth, p trueParty, tl *Timeline)) {
	files, err := filepath.Glob("../testdata/*/truth.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		var tr truth
		require.NoError(t, json.Unmarshal(b, &tr))
		if tr.Convertible != nil && !*tr.Convertible {
			continue
		}
		dir := filepath.Dir(file)
		for _, p := range tr.Participants {
			var paths []string
			if p.Video != nil {
				paths = append(paths, filepath.Join(dir, p.Video.File))
			}
			if p.Audio != nil {
				paths = append(paths, filepath.Join(dir, p.Audio.File))
			}
			t.Run(filepath.Base(dir), func(t *testing.T) {
				tl, err := Load(context.Background(), read(paths...), Options{})
				require.NoError(t, err)
				for _, track := range tl.Tracks {
					require.NoError(t, track.Err)
				}
				f(t, tr, p, tl)
			})
		}
	}
}

func (tl *Timeline) kind(k recording.Medium) *Track {
	for _, t := range tl.Tracks {
		if t.Info.Medium == k {
			return t
		}
	}
	return nil
}

func TestRecordingsStart(t *testing.T) {
	cases(t, func(t *testing.T, tr truth, p trueParty, tl *Timeline) {
		v, a := tl.kind(recording.Video), tl.kind(recording.Audio)
		if v != nil {
			require.NotZero(t, v.Units)
			require.Equal(t, v.Counts.Records, v.Counts.sum(), "%+v", v.Counts)
			require.NotZero(t, v.KeyFrames)
		}
		if v != nil && a != nil && p.Local == 0 && tr.Client != "" && tr.T0 > 0 && tr.Client[:8] == "scripted" {
			require.InDelta(t, p.Video.From-p.Audio.From, ms(v.Start-a.Start), 10)
			require.InDelta(t, math.Max(p.Video.To, p.Audio.To)-math.Min(p.Video.From, p.Audio.From), ms(tl.Duration), 80)
		}
		require.Zero(t, min(firstStart(tl), 0))
		require.Less(t, firstStart(tl), time.Millisecond, "something starts at 0")
	})
}

func firstStart(tl *Timeline) time.Duration {
	first := time.Hour
	for _, t := range tl.Tracks {
		first = min(first, t.Start)
	}
	return first
}

func (c Counts) sum() int {
	return c.Used + c.Duplicate + c.Late + c.Padding + c.Foreign + c.NotRTP + c.Malformed + c.Undecodable
}

func TestRecordingsOrientation(t *testing.T) {
	cases(t, func(t *testing.T, tr truth, p trueParty, tl *Timeline) {
		v := tl.kind(recording.Video)
		if v == nil {
			return
		}
		var want []OrientationSpan
		for _, o := range p.Video.Orientation {
			s := OrientationSpan{At: time.Duration((o.T - p.Video.From) * 1e6)}
			s.Orientation.Degrees, s.Orientation.Flip = o.Degrees, o.Flip
			want = append(want, s)
		}
		require.Len(t, v.Orientations, len(want))
		for i := range want {
			require.Equal(t, want[i].Orientation, v.Orientations[i].Orientation)
			if i > 0 { // a browser is told to turn by a timer and does so with one of its next pictures
				require.InDelta(t, ms(want[i].At), ms(v.Orientations[i].At-v.Start), 150)
			}
		}
	})
}

func TestRecordingsHoles(t *testing.T) {
	cases(t, func(t *testing.T, tr truth, p trueParty, tl *Timeline) {
		a := tl.kind(recording.Audio)
		if a == nil || tr.Client[:8] != "scripted" {
			return
		}
		require.Len(t, a.Holes, len(p.Audio.Gaps))
		for i, g := range p.Audio.Gaps {
			require.Equal(t, HoleSilent, a.Holes[i].Kind)
			require.InDelta(t, g.From-p.Audio.From, ms(a.Holes[i].From-a.Start), 21)
			require.InDelta(t, g.To-p.Audio.From, ms(a.Holes[i].To-a.Start), 21)
		}
	})
}

// copyUnit keeps a unit beyond the next call.
func copyUnit(u *Unit) Unit {
	c := *u
	c.Packets = nil
	for _, p := range u.Packets {
		c.Packets = append(c.Packets, append([]byte(nil), p...))
	}
	return c
}

func readAll(t *testing.T, s *Stream) []Unit {
	var units []Unit
	for {
		u, err := s.Next()
		if errors.Is(err, io.EOF) {
			return units
		}
		require.NoError(t, err)
		units = append(units, copyUnit(u))
	}
}

func TestStreams(t *testing.T) {
	cases(t, func(t *testing.T, tr truth, p trueParty, tl *Timeline) {
		for _, track := range tl.Tracks {
			s, err := tl.Open(track)
			require.NoError(t, err)
			units := readAll(t, s)
			require.NoError(t, s.Close())
			own := 0
			end := track.Start
			seq := -1
			for i, u := range units {
				if !u.Gap {
					own++
				}
				if track.Info.Medium == recording.Audio {
					require.InDelta(t, ms(end), ms(u.PTS), 2.5, "audio is one piece, holes filled: unit %d", i)
				} else {
					require.Greater(t, u.Duration, time.Duration(0), "unit %d", i)
				}
				end = u.PTS + u.Duration
				for _, packet := range u.Packets {
					n := int(packet[2])<<8 | int(packet[3])
					if seq >= 0 {
						require.Equal(t, (seq+1)&0xFFFF, n, "nothing is missing in these recordings")
					}
					seq = n
				}
			}
			require.Equal(t, track.Units, own)
			require.Equal(t, track.Start, units[0].PTS)
			require.InDelta(t, ms(track.End), ms(end), 1)
			require.True(t, units[0].Discont && units[0].Key)
		}
	})
}

// After a seek come the same units as without one, from a key unit on.
func TestSeek(t *testing.T) {
	t.Parallel()
	cases(t, func(t *testing.T, tr truth, p trueParty, tl *Timeline) {
		for _, track := range tl.Tracks {
			s, err := tl.Open(track)
			require.NoError(t, err)
			all := readAll(t, s)
			for _, at := range tl.Keys(track) {
				require.NoError(t, s.Seek(at))
				u, err := s.Next()
				require.NoError(t, err)
				require.Equal(t, at, max(at, u.PTS), "a key unit plays at or before the time that is named")
				require.InDelta(t, ms(at), ms(u.PTS), 1)
			}
			for at := -time.Second; at < tl.Duration+2*time.Second; at += 700 * time.Millisecond {
				require.NoError(t, s.Seek(at))
				got := readAll(t, s)
				require.NotEmpty(t, got)
				rest := all[len(all)-len(got):]
				require.True(t, got[0].Key)
				require.True(t, got[0].OrientationChanged == (track.Info.Medium == recording.Video))
				if got[0].PTS > at {
					require.Equal(t, all[0].PTS, got[0].PTS)
				}
				for i := range got {
					require.Equal(t, rest[i].PTS, got[i].PTS, "seek to %v, unit %d", at, i)
					require.Equal(t, rest[i].Duration, got[i].Duration)
					require.Equal(t, rest[i].Orientation, got[i].Orientation)
					require.Equal(t, len(rest[i].Packets), len(got[i].Packets))
				}
				if track.Info.Medium == recording.Video && at > track.Start+time.Second {
					for i := len(all) - len(got) + 1; i < len(all) && all[i].PTS <= at-indexMs*time.Millisecond; i++ {
						require.False(t, all[i].Key, "a later key picture lies before %v", at)
					}
				}
			}
			require.NoError(t, s.Close())
		}
	})
}

func TestLoadBadFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, b, 0o600))
		return path
	}
	good, err := filepath.Glob("../testdata/rot-h264-90/*-video-*.mjr")
	require.NoError(t, err)
	whole, err := os.ReadFile(good[0])
	require.NoError(t, err)
	paths := []string{
		write("zero.mjr", nil),
		write("eight.mjr", []byte("MJR00002")),
		write("text.mjr", []byte("this is no recording at all, is it?")),
		write("cut.mjr", whole[:30]),
		filepath.Join(dir, "missing.mjr"),
		dir,
		good[0],
	}
	tl, err := Load(context.Background(), read(paths...), Options{})
	require.NoError(t, err)
	require.ErrorIs(t, tl.Tracks[0].Err, recording.ErrEmpty)
	require.ErrorIs(t, tl.Tracks[1].Err, recording.ErrEmpty)
	require.ErrorIs(t, tl.Tracks[2].Err, mjr.ErrNotMJR)
	require.ErrorIs(t, tl.Tracks[3].Err, mjr.ErrTruncatedHeader)
	require.ErrorIs(t, tl.Tracks[4].Err, os.ErrNotExist)
	require.ErrorIs(t, tl.Tracks[5].Err, recording.ErrNotRegular)
	require.NoError(t, tl.Tracks[6].Err)
	require.Equal(t, 90, tl.Tracks[6].Units)
	_, err = tl.Open(tl.Tracks[0])
	require.ErrorIs(t, err, recording.ErrEmpty)

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = Load(ctx, read(paths...), Options{})
	require.ErrorIs(t, err, context.Canceled)
}

// FuzzLoad: whatever a file holds, it loads or says why not, every record is accounted for, and time never goes back.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("../testdata/*/*.mjr")
	require.NoError(f, err)
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(b[:min(len(b), 6000)])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "x.mjr")
		require.NoError(t, os.WriteFile(path, b, 0o600))
		tl, err := Load(context.Background(), read(path), Options{})
		require.NoError(t, err)
		track := tl.Tracks[0]
		if track.Err != nil {
			return
		}
		require.Equal(t, track.Counts.Records, track.Counts.sum(), "%+v", track.Counts)
		s, err := tl.Open(track)
		require.NoError(t, err)
		defer s.Close()
		last := time.Duration(math.MinInt64)
		for n := 0; n < 100_000; n++ {
			u, err := s.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil || u.PTS < last || u.Duration < 0 { // without testify, which is slow to be asked so often
				t.Fatalf("unit %d at %v lasts %v, after %v: %v", n, u.PTS, u.Duration, last, err)
			}
			last = u.PTS
		}
	})
}

func TestCurves(t *testing.T) {
	cases(t, func(t *testing.T, tr truth, p trueParty, tl *Timeline) {
		for _, track := range tl.Tracks {
			packets, keys := 0, 0
			end := track.Start
			for _, a := range tl.Activity(track) {
				packets += a.Packets
				keys += a.KeyFrames
				require.GreaterOrEqual(t, a.At, end-time.Millisecond)
				require.Positive(t, a.Bytes)
				end = a.At + a.Length
			}
			require.Equal(t, track.Counts.Used+track.Counts.Undecodable, packets)
			require.Equal(t, track.KeyFrames, keys)
			require.InDelta(t, ms(track.End), ms(end), 1)
			if !track.Info.Arrivals {
				require.Empty(t, tl.Delays(track))
				continue
			}
			require.NotEmpty(t, tl.Delays(track))
			for _, d := range tl.Delays(track) {
				require.GreaterOrEqual(t, d.Least, d.Fit-1e-6, "nothing arrives before it was sent")
			}
		}
	})
}
