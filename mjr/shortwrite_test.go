package mjr

import (
	"bytes"
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A writer that failed inside a record, at any byte, and went on with the next one: no other record is lost.
func TestShortWrite(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		for _, i := range []int{0, 7, 18, 19} {
			for size := 1; size < len(s.records[i]); size++ {
				records, r := readAll(t, s.with(i, s.records[i][:size]))
				s.requireRecords(t, records, count(0, 20, i)...)
				require.Equal(t, []Range{{s.offset(i), s.offset(i) + int64(size)}}, r.Damage(), "cut after %d bytes", size)
			}
		}
	})
}

// A disk that stays full for a while: several records in a row are cut.
func TestShortWritesInARow(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		random := rand.New(rand.NewPCG(1, 2))
		for range 500 {
			file := bytes.Clone(s.head)
			var lost []int
			starts, ends := map[int]bool{}, map[int]bool{}
			for i, rec := range s.records {
				starts[len(file)] = true
				if i >= 5 && i < 12 && random.IntN(3) > 0 {
					ends[len(file)+len(rec)] = true
					rec = rec[:random.IntN(len(rec))]
					lost = append(lost, i)
				}
				file = append(file, rec...)
			}
			if slices.ContainsFunc(slices.Collect(maps.Keys(ends)), func(end int) bool { return starts[end] }) {
				continue // by chance a cut record ends where another begins: not to be told from a whole one
			}
			records, _ := readAll(t, file)
			// A cut record may pass for a whole one if another cut one follows; but no whole one is lost.
			whole := slices.DeleteFunc(slices.Clone(records), func(rec Record) bool {
				return !slices.ContainsFunc(s.payloads, func(p []byte) bool { return bytes.Equal(p, rec.Payload) })
			})
			require.LessOrEqual(t, len(records)-len(whole), len(lost))
			s.requireRecords(t, whole, count(0, 20, lost...)...)
		}
	})
}

// A cut record that claims so much that the file seems to end in it.
func TestShortWriteOfLargeRecordNearTheEnd(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		cut := bytes.Clone(s.records[15][:40])
		binary.BigEndian.PutUint16(cut[8:], 65535)
		records, r := readAll(t, s.with(15, cut))
		s.requireRecords(t, records, count(0, 20, 15)...)
		require.EqualValues(t, 40, r.DamagedBytes())
	})
}

// A reader that trusts a file takes records as they come, and goes on as others where there is none after all.
func TestTrust(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		trust := func(file []byte) ([]Record, *Reader) {
			r, err := NewReader(bytes.NewReader(file))
			require.NoError(t, err)
			r.Trust()
			return drain(t, r, r.HeaderSize(), int64(len(file))), r
		}
		file := s.with(0, s.records[0])
		want, _ := readAll(t, file)
		got, r := trust(file)
		require.Equal(t, want, got)
		require.True(t, r.Complete())

		for _, size := range []int{1, 12, len(s.records[7]) - 1} { // since then, a record has lost its end
			got, r = trust(s.with(7, s.records[7][:size]))
			whole := slices.DeleteFunc(got, func(rec Record) bool {
				return !slices.ContainsFunc(s.payloads, func(p []byte) bool { return bytes.Equal(p, rec.Payload) })
			})
			require.GreaterOrEqual(t, len(whole), 18, "of 20: one is cut, and its end may be taken out of others")
			require.Equal(t, want[19].Payload, whole[len(whole)-1].Payload)
			require.False(t, r.Complete())
		}
		got, r = trust(file[:len(file)-1])
		require.Equal(t, want[:len(want)-1], got)
		require.False(t, r.Complete())
	})
}

// A payload may contain anything, also records: in a healthy file they count only if they end where it ends.
func TestMagicInsidePayload(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		inner := slices.Concat(s.payloads[9][:12], s.records[10], s.records[11], s.records[12], []byte("."))
		var b bytes.Buffer
		w, err := NewWriter(&b, s.header)
		require.NoError(t, err)
		b.Reset()
		require.NoError(t, w.WriteRecord(s.times[9], inner))
		s.payloads[9], s.records[9] = inner, bytes.Clone(b.Bytes())
		records, r := readAll(t, s.bytes())
		s.requireRecords(t, records, count(0, 20)...)
		require.True(t, r.Complete())
	})
}

// Text that looks like a record at first sight must not cost the record around it, even next to damage.
func TestTextInsidePayloadNextToDamage(t *testing.T) {
	eachSample(t, func(t *testing.T, s sample) {
		for _, text := range []string{"MEET", "MEETING AT FIVE, BRING A FRIEND", "MEETECHO",
			"MEETECHO IS AN ITALIAN COMPANY, MJR00002 ITS FORMAT"} {
			s := s
			s.payloads, s.records = slices.Clone(s.payloads), slices.Clone(s.records)
			s.payloads[9] = slices.Concat(s.payloads[9][:12], []byte(text), s.payloads[9][12:])
			rec := slices.Concat(s.records[9][:preambleSize], s.payloads[9])
			binary.BigEndian.PutUint16(rec[8:], uint16(len(s.payloads[9])))
			s.records[9] = rec

			records, r := readAll(t, s.with(9, append(bytes.Clone(rec), "garbage"...)))
			s.requireRecords(t, records, count(0, 20)...)
			require.EqualValues(t, len("garbage"), r.DamagedBytes())
		}
	})
}

// Other writers store nonsense as arrival; then packets must be found by what they look like.
func TestNonsenseArrivals(t *testing.T) {
	s := makeSample(t, headers[2], 20, false)
	random := rand.New(rand.NewPCG(3, 4))
	for i, rec := range s.records {
		s.times[i] = random.Uint32()
		binary.BigEndian.PutUint32(rec[4:], s.times[i])
	}
	for size := 1; size < len(s.records[9]); size++ {
		records, _ := readAll(t, s.with(9, s.records[9][:size]))
		s.requireRecords(t, records, count(0, 20, 9)...)
	}
}

// Damage among records of the largest size needs the most of the window.
func TestDamageAmongLargestRecords(t *testing.T) {
	for _, h := range headers {
		s := makeSample(t, h, 20, true)
		for i := range s.records {
			p := append(s.payloads[i], make([]byte, maxLength-len(s.payloads[i]))...)
			s.payloads[i] = p
			s.records[i] = append(s.records[i][:preambleSize:preambleSize], p...)
			binary.BigEndian.PutUint16(s.records[i][8:], maxLength)
		}
		random := rand.New(rand.NewPCG(5, 6))
		for range 25 {
			file := bytes.Clone(s.head)
			var lost []int
			for i, rec := range s.records {
				switch random.IntN(6) {
				case 0:
					rec = rec[:1+random.IntN(len(rec)-1)]
					lost = append(lost, i)
				case 1:
					file = append(file, bytes.Repeat([]byte("MEET----"), random.IntN(3*windowSize/8))...)
				}
				file = append(file, rec...)
			}
			records, _ := readAll(t, file)
			found := map[int]bool{}
			for _, rec := range records {
				found[slices.IndexFunc(s.payloads, func(p []byte) bool { return bytes.Equal(p, rec.Payload) })] = true
			}
			for i := range s.records {
				require.True(t, slices.Contains(lost, i) || found[i], "record %d of %s in generation %d, cut: %v", i, h.Kind,
					h.Generation, lost)
			}
		}
	}
}
