package movie

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/mp4box"
)

const ms = time.Millisecond

var (
	h264 = Entry{Type: "avc1", Config: []byte{1, 66, 0, 30, 0xFF, 0xE0, 0}, Width: 320, Height: 180}
	opus = Entry{Type: "Opus", Config: append([]byte("OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00"), 0)}
)

// create makes a movie in a file.
func create(t testing.TB, o Options) (*Movie, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.mp4")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return New(f, o), path
}

// fill gives n bytes that can be told from others.
func fill(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = seed + byte(i)
	}
	return b
}

// seen is a sample as another reader of the file sees it.
type seen struct {
	at   time.Duration
	data byte // the first
	size int64
	sync bool
}

func read(t testing.TB, path string) (*mp4box.File, [][]seen) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	f, err := mp4box.NewFile(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	require.True(t, f.FastStart)
	var all [][]seen
	for i := range f.Tracks {
		s, err := f.Samples(i)
		require.NoError(t, err)
		var list []seen
		for {
			x, err := s.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			list = append(list, seen{f.Tracks[i].Time(x.Show).Round(ms), content[x.At], x.Size, x.Sync})
		}
		all = append(all, list)
	}
	return f, all
}

// write adds one sample as one chunk.
func write(t testing.TB, tr *Track, at, length time.Duration, size int, sync bool) {
	t.Helper()
	require.NoError(t, tr.Write([]Sample{{at, length, size, sync}}, fill(size, byte(at/ms))))
}

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

// wide is a file of which the beginning is kept only, so that it may be as large as it likes.
type wide struct{ head [1 << 16]byte }

func (w *wide) WriteAt(b []byte, at int64) (int, error) {
	if at < int64(len(w.head)) {
		copy(w.head[at:], b)
	}
	return len(b), nil
}

func (w *wide) ReadAt(b []byte, at int64) (int, error) { return len(b), nil }

func TestLargeFile(t *testing.T) {
	w := &wide{}
	m := New(w, Options{Reserve: 60000})
	v := m.Track(TrackOptions{Kind: Video})
	require.NoError(t, v.Entry(h264))
	data := make([]byte, 1<<26)
	for i := range 80 { // 5 GiB
		require.NoError(t, v.Write([]Sample{{time.Duration(i) * 20 * time.Minute, 0, len(data), true}}, data))
	}
	require.NoError(t, m.Close())
	f, err := mp4box.NewFile(bytes.NewReader(w.head[:]), 6<<30)
	require.NoError(t, err)
	s, err := f.Samples(0)
	require.NoError(t, err)
	var last mp4box.Sample
	n := 0
	for ; err == nil; n++ {
		var x mp4box.Sample
		if x, err = s.Next(); err == nil {
			last = x
		}
	}
	require.Equal(t, 81, n)
	require.Greater(t, last.At, int64(5<<30-1<<27))
	require.Equal(t, 79*20*time.Minute, f.Tracks[0].Time(last.Show), "more than a day")
}

// Sixteen tracks from sixteen threads.
func TestManyAtOnce(t *testing.T) {
	m, path := create(t, Options{Reserve: 100})
	var group sync.WaitGroup
	for i := range 16 {
		tr := m.Track(TrackOptions{Kind: Audio})
		require.NoError(t, tr.Entry(opus))
		group.Go(func() {
			for n := range 200 {
				size := 1 + rand.IntN(100)
				if err := tr.Write([]Sample{{time.Duration(n) * 20 * ms, 20 * ms, size, true}},
					bytes.Repeat([]byte{byte(i)}, size)); err != nil {
					panic(err)
				}
			}
		})
	}
	group.Wait()
	require.NoError(t, m.Close())
	_, all := read(t, path)
	require.Len(t, all, 16)
	for i, list := range all {
		require.Len(t, list, 200)
		for _, s := range list {
			require.Equal(t, byte(i), s.data)
		}
	}
}

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

// A day and more of sound, whose clock then counts beyond 32 bits, with an hour in which there is none.
func TestDaysOfSound(t *testing.T) {
	m, path := create(t, Options{Reserve: 1 << 20})
	a := m.Track(TrackOptions{Kind: Audio})
	require.NoError(t, a.Entry(opus))
	const length, each, hours = 120 * ms, 500, 27
	data := make([]byte, 3*each)
	at, n := time.Duration(0), 0
	for at < hours*time.Hour {
		samples := make([]Sample, each)
		for i := range samples {
			samples[i] = Sample{at + time.Duration(i)*length, length, 3, true}
		}
		require.NoError(t, a.Write(samples, data))
		if at, n = at+each*length, n+each; at == 20*time.Hour {
			at += time.Hour
		}
	}
	require.NoError(t, m.Close())
	f, err := mp4box.Open(path)
	require.NoError(t, err)
	defer f.Close()
	require.Equal(t, n, f.Tracks[0].Samples)
	require.InDelta(t, hours*time.Hour, f.Tracks[0].End(), float64(ms))
	s, err := f.Samples(0)
	require.NoError(t, err)
	for i := range n {
		x, err := s.Next()
		require.NoError(t, err)
		if i == n-1 {
			require.Equal(t, at-length, f.Tracks[0].Time(x.Show))
		}
	}
}

// full is a disk on which there is only so much room.
type full struct {
	*os.File
	room int64
}

var errFull = errors.New("no space left on device")

func (f *full) WriteAt(b []byte, at int64) (int, error) {
	if at+int64(len(b)) > f.room {
		n, _ := f.File.WriteAt(b[:max(0, f.room-at)], at)
		return n, errFull
	}
	return f.File.WriteAt(b, at)
}

// Wherever the disk is full, that is said: nothing that lacks something passes for complete.
func TestFullDisk(t *testing.T) {
	attempt := func(room int64) (int64, error) {
		file, err := os.Create(filepath.Join(t.TempDir(), "a.mp4"))
		require.NoError(t, err)
		defer file.Close()
		m := New(&full{file, room}, Options{Reserve: 64}) // not enough: the media is moved
		v, a := m.Track(TrackOptions{Kind: Video}), m.Track(TrackOptions{Kind: Audio})
		require.NoError(t, v.Entry(h264))
		require.NoError(t, a.Entry(opus))
		for i := range time.Duration(10) {
			err = errors.Join(err, v.Write([]Sample{{i * 40 * ms, 0, 100, i == 0}}, fill(100, byte(i))),
				a.Write([]Sample{{i * 20 * ms, 20 * ms, 10, true}}, fill(10, byte(i))))
		}
		err = errors.Join(err, m.Close())
		st, statErr := file.Stat()
		require.NoError(t, statErr)
		return st.Size(), err
	}
	size, err := attempt(1 << 20)
	require.NoError(t, err)
	for room := range size {
		_, err := attempt(room)
		require.ErrorIs(t, err, errFull, "room for %d of %d bytes", room, size)
	}
	_, err = attempt(size)
	require.NoError(t, err)
}

// Whatever is said about samples, it is refused or the file can be read.
func FuzzEntry(f *testing.F) {
	for _, kind := range []string{"avc1", "hvc1", "vp09", "av01", "Opus", "mp4a", "tx3g", "????"} {
		f.Add(kind, opus.Config, 320, 180, 2, 48000, int64(20*ms))
		f.Add(kind, h264.Config, 0, 1<<20, -1, 1<<17, int64(-1))
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
