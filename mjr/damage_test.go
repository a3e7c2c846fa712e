package mjr

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A file that ends anywhere: preamble, payload, between records.
func TestTruncated(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		whole := s.bytes()
		for size := int(s.offset(17)); size < len(whole); size++ {
			n := 17
			for n < 20 && s.offset(n)+int64(len(s.records[n])) <= int64(size) {
				n++
			}
			records, r := readAll(t, whole[:size])
			s.requireRecords(t, records, count(0, n)...)
			require.EqualValues(t, int64(size)-s.offset(n), r.DamagedBytes())
			require.Equal(t, s.offset(n) == int64(size), r.Complete())
		}
	})
}

func TestGarbageBetweenRecords(t *testing.T) {
	for name, garbage := range map[string][]byte{
		"1 byte":           {7},
		"10 bytes":         []byte("0123456789"),
		"4 dashes":         []byte("----"),
		"zeros":            make([]byte, 8192),
		"more than memory": bytes.Repeat([]byte("garbage "), windowSize/4),
		"magics":           bytes.Repeat([]byte("MEET"), 5000),
		"old magics":       bytes.Repeat([]byte("MEETECHO"), 5000),
		"magic at its end": []byte("xxMEETECH"),
		"truncated header": []byte(`MJR00002` + "\x00\x40" + `{"t": "v", "c`),
		"empty file":       []byte("MJR00002"),
		"M":                bytes.Repeat([]byte("M"), 100000),
	} {
		t.Run(name, func(t *testing.T) {
			eachSample(t, func(t *testing.T, s sample) {
				for _, i := range []int{0, 9, 19, 20} {
					whole := s.bytes()
					at := s.offset(i)
					records, r := readAll(t, slices.Concat(whole[:at], garbage, whole[at:]))
					s.requireRecords(t, records, count(0, 20)...)
					require.Equal(t, []Range{{at, at + int64(len(garbage))}}, r.Damage(), "in front of record %d", i)
					require.False(t, r.Complete())
				}
			})
		})
	}
}

// Bytes of a record that were overwritten cost this record only.
func TestOverwritten(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		broken := bytes.Clone(s.records[9])
		copy(broken, "????????") // the magic
		records, r := readAll(t, s.with(9, broken))
		s.requireRecords(t, records, count(0, 20, 9)...)
		require.EqualValues(t, len(broken), r.DamagedBytes())

		broken = bytes.Clone(s.records[9])
		binary.BigEndian.PutUint16(broken[8:], 60000) // claims all that follows
		records, _ = readAll(t, s.with(9, broken))
		s.requireRecords(t, records, count(0, 20, 9)...)
	})
}

// Joined files: the second header is damage, its records are not.
func TestSecondHeader(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		whole := s.bytes()
		records, r := readAll(t, slices.Concat(whole, whole))
		s.requireRecords(t, records, append(count(0, 20), count(0, 20)...)...)
		require.Equal(t, []Range{{int64(len(whole)), int64(len(whole) + len(s.head))}}, r.Damage())
	})
}

func TestSecondHeaderOfAnotherGeneration(t *testing.T) {
	one, two := makeSample(t, headers[1], 20, false), makeSample(t, headers[2], 20, false)

	records, r := readAll(t, slices.Concat(one.bytes(), two.bytes()))
	one.requireRecords(t, records[:20], count(0, 20)...)
	two.requireRecords(t, records[20:], count(0, 20)...)
	require.EqualValues(t, len(two.head), r.DamagedBytes())

	both := slices.Concat(two.bytes(), one.bytes())
	records, r = readAll(t, both)
	two.requireRecords(t, records[:20], count(0, 20)...)
	one.requireRecords(t, records[20:], count(0, 20)...)
	require.EqualValues(t, len(one.head), r.DamagedBytes())

	both = slices.Concat(one.bytes(), two.bytes())
	at := int64(len(one.bytes())) + two.offset(5)
	records = drain(t, NewReaderAt(bytes.NewReader(both), at, one.header), at, int64(len(both)))
	two.requireRecords(t, records, count(5, 20)...)
}

// A hostile file cannot make the list of ranges grow for ever.
func TestManyRanges(t *testing.T) {
	s := makeSample(t, headers[2], 1, true)
	var b bytes.Buffer
	b.Write(s.head)
	for range maxRanges + 100 {
		b.Write(s.records[0])
		b.WriteString("x")
	}
	records, r := readAll(t, b.Bytes())
	require.Len(t, records, maxRanges+100)
	require.Len(t, r.Damage(), maxRanges)
	require.EqualValues(t, maxRanges+100, r.DamagedBytes())
}

// After a loss of power parts of a file are zeroes, wherever they begin and end: what they have cut is no record.
func TestZeroes(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		whole := s.bytes()
		for from := s.offset(9) + preambleSize + 12; from < s.offset(10)-fewZeros; from++ {
			for _, to := range []int64{s.offset(12) + 3, s.offset(14), int64(len(whole))} {
				file := bytes.Clone(whole)
				clear(file[from:to])
				records, r := readAll(t, file)
				want := count(0, 20, 9, 10, 11, 12, 13)
				if to < s.offset(14) {
					want = count(0, 20, 9, 10, 11, 12)
				} else if to == int64(len(whole)) {
					want = count(0, 9)
				}
				s.requireRecords(t, records, want...)
				require.Equal(t, s.offset(9), r.Damage()[0].From)
			}
		}
	})
}
