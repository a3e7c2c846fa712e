package mjr

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestHealthy(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		records, r := readAll(t, s.bytes())
		s.requireRecords(t, records, count(0, 20)...)
		require.True(t, r.Complete())
		require.Empty(t, r.Damage())
		for i, rec := range records {
			require.Equal(t, s.offset(i), rec.Offset)
		}

		r, err := NewReader(iotest.OneByteReader(bytes.NewReader(s.bytes())))
		require.NoError(t, err)
		require.False(t, r.Complete(), "not known before the end")
		s.requireRecords(t, drain(t, r, r.HeaderSize(), int64(len(s.bytes()))), count(0, 20)...)
		require.True(t, r.Complete())
	})
}

func TestLargestRecords(t *testing.T) {
	for _, h := range headers {
		var b bytes.Buffer
		w, err := NewWriter(&b, h)
		require.NoError(t, err)
		payload := bytes.Repeat([]byte{0x80}, maxLength)
		for range 20 {
			require.NoError(t, w.WriteRecord(0, payload))
		}
		require.ErrorContains(t, w.WriteRecord(0, append(payload, 0)), "at most 65535 bytes")
		records, r := readAll(t, b.Bytes())
		require.Len(t, records, 20)
		require.True(t, r.Complete())

		require.NoError(t, w.WriteRecord(0, nil))
		records, r = readAll(t, b.Bytes())
		require.Len(t, records, 21)
		require.Empty(t, records[20].Payload)
		require.True(t, r.Complete())
	}
}

// Resuming gives what reading from the beginning gives.
func TestNewReaderAt(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		whole := s.bytes()
		for i := range s.records {
			r := NewReaderAt(bytes.NewReader(whole), s.offset(i), s.header)
			require.Equal(t, s.header, r.Header())
			require.Zero(t, r.HeaderSize())
			s.requireRecords(t, drain(t, r, s.offset(i), int64(len(whole))), count(i, 20)...)
			require.True(t, r.Complete())
		}
		at := s.offset(5) + 3 // inside a record
		r := NewReaderAt(bytes.NewReader(whole), at, s.header)
		s.requireRecords(t, drain(t, r, at, int64(len(whole))), count(6, 20)...)
		require.Equal(t, []Range{{at, s.offset(6)}}, r.Damage())

		r = NewReaderAt(bytes.NewReader(whole), int64(len(whole)), s.header)
		_, err := r.Next()
		require.Equal(t, io.EOF, err)
		require.True(t, r.Complete())
	})
}

// A file that grows between reads: going on at the end of the last record loses nothing.
func TestGrowingFile(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		whole := s.bytes()
		var got []Record
		at := int64(len(s.head))
		for size := at; size <= int64(len(whole)); size = min(size+97, int64(len(whole))) {
			r := NewReaderAt(bytes.NewReader(whole[:size]), at, s.header)
			for {
				rec, err := r.Next()
				if err != nil {
					require.Equal(t, io.EOF, err)
					break
				}
				rec.Payload = bytes.Clone(rec.Payload)
				got = append(got, rec)
				at = rec.End()
			}
			if size == int64(len(whole)) {
				break
			}
		}
		s.requireRecords(t, got, count(0, 20)...)
	})
}

// When the disk fails, whole records in front of the failure are still delivered, and then its error, not the end.
func TestReadError(t *testing.T) {
	broken := errors.New("input/output error")
	eachSample(t, func(t *testing.T, s sample) {
		whole := s.bytes()
		for size := int(s.offset(18)); size < len(whole); size++ {
			r, err := NewReader(&failing{data: whole[:size], err: broken})
			require.NoError(t, err)
			n := 0
			for {
				if _, err = r.Next(); err != nil {
					break
				}
				n++
			}
			require.ErrorIs(t, err, broken)
			require.Equal(t, err, second(r.Next()))
			require.GreaterOrEqual(t, n, 18)
			require.False(t, r.Complete())
			require.Zero(t, r.DamagedBytes(), "what could not be read is not damage")
		}
	})
}

func TestNoAllocationPerRecord(t *testing.T) {
	s := makeSample(t, headers[2], 2000, false)
	r, err := NewReader(bytes.NewReader(s.bytes()))
	require.NoError(t, err)
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}))
}
