package timeline

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/mjr"
)

// rewrite copies a recording, asking of every record how often to write it.
func rewrite(t *testing.T, path string, times func(i int, rec *mjr.Record) int) string {
	in, err := os.Open(path)
	require.NoError(t, err)
	defer in.Close()
	r, err := mjr.NewReader(in)
	require.NoError(t, err)
	out, err := os.Create(filepath.Join(t.TempDir(), filepath.Base(path)))
	require.NoError(t, err)
	defer out.Close()
	w, err := mjr.NewWriter(out, r.Header())
	require.NoError(t, err)
	for i := 0; ; i++ {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out.Name()
		}
		require.NoError(t, err)
		for range times(i, &rec) {
			require.NoError(t, w.WriteRecord(rec.ReceivedMs, rec.Payload))
		}
	}
}

// rewriteTimes copies a recording with other arrival times.
func rewriteTimes(t *testing.T, path string, at func(uint32) uint32) string {
	return rewrite(t, path, func(_ int, rec *mjr.Record) int {
		rec.ReceivedMs = at(rec.ReceivedMs)
		return 1
	})
}

func loadOne(t *testing.T, path string, o Options) (*Timeline, *Track) {
	tl, err := Load(context.Background(), read(path), o)
	require.NoError(t, err)
	require.NoError(t, tl.Tracks[0].Err)
	return tl, tl.Tracks[0]
}

func units(t *testing.T, tl *Timeline) []Unit {
	s, err := tl.Open(tl.Tracks[0])
	require.NoError(t, err)
	defer s.Close()
	return readAll(t, s)
}

// What redundancy repeats is not lost: with every third packet missing the output is the same.
func TestREDRecovers(t *testing.T) {
	const path = "../testdata/chromium-red-echotest/echotest-alice-audio.mjr"
	tl, track := loadOne(t, path, Options{})
	whole := units(t, tl)
	require.Zero(t, track.Counts.Lost)

	lossy := rewrite(t, path, func(i int, _ *mjr.Record) int {
		if i > 10 && i%3 == 0 {
			return 0
		}
		return 1
	})
	tl2, track2 := loadOne(t, lossy, Options{})
	got := units(t, tl2)
	require.Greater(t, track2.Counts.Lost, 50)
	require.Equal(t, track2.Counts.Lost, track2.Counts.Recovered)
	require.Equal(t, track2.Counts.Records, track2.Counts.sum())
	require.Len(t, got, track2.Units)
	for i, u := range got {
		require.Equal(t, whole[i].PTS, u.PTS)
		require.False(t, u.Gap)
		require.Equal(t, payloadOf(whole[i].Packets[0]), payloadOf(u.Packets[0]), "packet %d", i)
	}
}

func payloadOf(packet []byte) []byte {
	n := 12
	if packet[0]&0x10 != 0 {
		n += 4 + 4*(int(packet[14])<<8|int(packet[15]))
	}
	return packet[n:]
}

func TestSplitRED(t *testing.T) {
	blocks, err := splitRED(nil, []byte{0x80 | 111, 960 >> 6, (960 & 0x3F) << 2, 2, 111, 'a', 'b', 'c'})
	require.NoError(t, err)
	require.Equal(t, []redBlock{{960, 111, []byte("ab")}, {0, 111, []byte("c")}}, blocks)
	for _, bad := range [][]byte{nil, {0x80}, {0x80, 0, 0, 0}, {0x80, 0, 0, 9, 0}} {
		_, err := splitRED(nil, bad)
		require.ErrorIs(t, err, errRED)
	}
}

func FuzzSplitRED(f *testing.F) {
	f.Add([]byte{0x80 | 111, 15, 0, 2, 111, 'a', 'b', 'c'})
	f.Fuzz(func(t *testing.T, b []byte) {
		blocks, err := splitRED(nil, b)
		if err != nil {
			return
		}
		sum := 0
		for _, x := range blocks {
			sum += len(x.data)
		}
		require.Equal(t, len(b), sum+4*(len(blocks)-1)+1)
	})
}
