package timeline

import (
	"context"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/recording"
)

// Messages whose own time cannot be are shown when they arrived, and those that go back when the one before was. None
// is lost.
func TestMessageTimes(t *testing.T) {
	const (
		audio = "../testdata/data-text/videoroom-1234-user-1001-1795234933962678-audio-0.mjr"
		data  = "../testdata/data-text/videoroom-1234-user-1001-1795234933963065-data-2.mjr"
	)
	_, good := loadOne(t, data, Options{})
	require.Equal(t, 4, good.Units)
	times := func(path string) (ms []float64) {
		tl, err := Load(context.Background(), read(audio, path), Options{})
		require.NoError(t, err)
		s, err := tl.Open(tl.Tracks[1])
		require.NoError(t, err)
		defer s.Close()
		for _, u := range readAll(t, s) {
			ms = append(ms, u.PTS.Seconds()*1000)
		}
		return ms
	}
	set := func(at func(i int, us uint64) uint64) string {
		return rewrite(t, data, func(i int, rec *mjr.Record) int {
			rec.Payload = append([]byte(nil), rec.Payload...)
			binary.BigEndian.PutUint64(rec.Payload, at(i, binary.BigEndian.Uint64(rec.Payload)))
			return 1
		})
	}
	want := times(data)
	for name, at := range map[string]func(i int, us uint64) uint64{
		"never":      func(i int, us uint64) uint64 { return 0 },
		"first":      func(i int, us uint64) uint64 { return us * uint64(min(i, 1)) },
		"far":        func(i int, us uint64) uint64 { return us | uint64(i&1)<<61 },
		"not a time": func(i int, us uint64) uint64 { return ^us },
		"seconds":    func(i int, us uint64) uint64 { return us / 1e6 },
	} {
		require.InDeltaSlice(t, want, times(set(at)), 2, name)
	}
	back := times(set(func(i int, us uint64) uint64 { return us - uint64(i%2)*500_000 }))
	require.Len(t, back, 4)
	require.IsNonDecreasing(t, back)

	// Without arrival times, nothing says more than the message before.
	h := recording.Info{CreatedUs: testmjr.OriginUs, FirstUs: testmjr.OriginUs + 5}
	require.EqualValues(t, testmjr.OriginUs+9, messageTime(h, &recording.Packet{}, testmjr.OriginUs+9))
	require.EqualValues(t, testmjr.OriginUs+5, messageTime(h, &recording.Packet{}, 0))
	require.EqualValues(t, 7, messageTime(recording.Info{}, &recording.Packet{SentUs: 7}, 0), "nothing to compare it with")
}
