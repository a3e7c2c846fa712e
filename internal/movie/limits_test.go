package movie

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/mp4box"
)

// wide is a file of which the beginning is kept only, so that it may be as large as it likes.
type wide struct{ head [1 << 16]byte }

func (w *wide) WriteAt(b []byte, at int64) (int, error) {
	if at < int64(len(w.head)) {
		copy(w.head[at:], b)
	}
	return len(b), nil
}

func (f *full) WriteAt(b []byte, at int64) (int, error) {
	if at+int64(len(b)) > f.room {
		n, _ := f.File.WriteAt(b[:max(0, f.room-at)], at)
		return n, errFull
	}
	return f.File.WriteAt(b, at)
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
