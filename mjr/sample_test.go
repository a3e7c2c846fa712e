package mjr

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

var headers = []Header{
	{Generation: Generation0, Kind: Video, Codec: "vp8"},
	{Generation: Generation1, Kind: Video, Codec: "h264", CreatedUs: 1, FirstUs: 2},
	{Generation: Generation2, Kind: Video, Codec: "h264", CreatedUs: 1, FirstUs: 2},
	{Generation: Generation2, Kind: Data, Codec: "text", CreatedUs: 1, FirstUs: 2},
}

// sample is a recording in its parts: the file header and the records, as bytes.
type sample struct {
	header   Header
	head     []byte
	records  [][]byte
	payloads [][]byte
	times    []uint32
}

// makeSample makes a recording of n packets of various sizes, or of the same size.
func makeSample(t testing.TB, h Header, n int, sameSize bool) sample {
	t.Helper()
	s := sample{header: h}
	random := rand.New(rand.NewPCG(uint64(n), uint64(h.Generation)))
	var b bytes.Buffer
	w, err := NewWriter(&b, h)
	require.NoError(t, err)
	s.head = bytes.Clone(b.Bytes())
	for i := range n {
		size := 172
		if !sameSize {
			size = 20 + random.IntN(300)
		}
		p := make([]byte, size)
		for j := range p {
			p[j] = byte(random.Uint32())
		}
		if h.Kind == Data {
			binary.BigEndian.PutUint64(p, uint64(1700000000000000+i*20000))
		} else {
			p[0], p[1] = 0x80, 96
			binary.BigEndian.PutUint16(p[2:], uint16(i))
		}
		p[size-1] = 0xEE // a record cut by one byte must not be made whole by the next one's magic
		b.Reset()
		ms := uint32(i * 20)
		require.NoError(t, w.WriteRecord(ms, p))
		s.records = append(s.records, bytes.Clone(b.Bytes()))
		s.payloads = append(s.payloads, p)
		s.times = append(s.times, ms)
	}
	return s
}

// with returns the file with record i replaced.
func (s sample) with(i int, record []byte) []byte {
	parts := append([][]byte{s.head}, s.records...)
	parts[i+1] = record
	return bytes.Join(parts, nil)
}

func (s sample) bytes() []byte { return s.with(0, s.records[0]) }

// offset of record i.
func (s sample) offset(i int) int64 {
	n := len(s.head)
	for _, r := range s.records[:i] {
		n += len(r)
	}
	return int64(n)
}

// requireRecords checks that exactly these records of the sample were read.
func (s sample) requireRecords(t *testing.T, got []Record, want ...int) {
	t.Helper()
	var found []int
	for _, rec := range got {
		// Number and not content, so that a failure can be read.
		i := slices.IndexFunc(s.payloads, func(p []byte) bool { return bytes.Equal(p, rec.Payload) })
		found = append(found, i)
		require.Equal(t, s.header.Generation == Generation2, rec.HasReceived)
		if rec.HasReceived && i >= 0 {
			require.Equal(t, s.times[i], rec.ReceivedMs)
		}
	}
	require.Equal(t, want, found)
}

// count returns the numbers from..to-1 without those left out.
func count(from, to int, without ...int) []int {
	var n []int
	for i := from; i < to; i++ {
		if !slices.Contains(without, i) {
			n = append(n, i)
		}
	}
	return n
}

// eachSample runs a test for every generation.
func eachSample(t *testing.T, test func(t *testing.T, s sample)) {
	for _, h := range headers {
		for _, sameSize := range []bool{false, true} {
			t.Run(fmt.Sprintf("generation %d/%s/same size %t", h.Generation, h.Kind, sameSize), func(t *testing.T) {
				test(t, makeSample(t, h, 20, sameSize))
			})
		}
	}
}

func second[A, B any](_ A, b B) B { return b }
