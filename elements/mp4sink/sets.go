package mp4sink

import (
	"encoding/binary"

	"github.com/upright-media/upright/elements/internal/gstx"
)

// parameterSets returns the parameter sets in a configuration record of H.264 (ISO/IEC 14496-15 clause 5.3.3.1) or
// H.265 (clause 8.3.3.1) as they would lie in a sample: each behind its length. nil: there are none, or the record
// makes no sense.
func parameterSets(kind string, record []byte) (sets []byte) {
	var size int
	take := func(count int, p []byte) ([]byte, bool) {
		for range count {
			if len(p) < 2 || len(p)-2 < int(binary.BigEndian.Uint16(p)) {
				return nil, false
			}
			n := int(binary.BigEndian.Uint16(p))
			var length [4]byte
			binary.BigEndian.PutUint32(length[:], uint32(n))
			sets = append(append(sets, length[4-size:]...), p[2:2+n]...)
			p = p[2+n:]
		}
		return p, true
	}
	switch {
	case kind == "avc1" && len(record) > 6:
		size = int(record[4]&3) + 1
		rest, ok := take(int(record[5]&0x1F), record[6:])
		if ok && len(rest) > 0 {
			_, ok = take(int(rest[0]), rest[1:])
		}
		if ok {
			return sets
		}
	case kind == "hvc1" && len(record) > 22:
		size = int(record[21]&3) + 1
		rest, ok := record[23:], true
		for range record[22] {
			if len(rest) < 3 {
				return nil
			}
			if rest, ok = take(int(binary.BigEndian.Uint16(rest[1:])), rest[3:]); !ok {
				return nil
			}
		}
		return sets
	}
	return nil
}

// withSets puts parameter sets in front of each key picture. Browsers do not look at sample entries behind the first:
// they decode pictures of the others only if the sets are among them, too.
func withSets(sets []byte, samples []gstx.Sample, data []byte) ([]gstx.Sample, []byte) {
	if len(sets) == 0 {
		return samples, data
	}
	list, all := make([]gstx.Sample, len(samples)), make([]byte, 0, len(data)+len(sets))
	for i, s := range samples {
		list[i] = s
		if s.Sync != 0 {
			all = append(all, sets...)
			list[i].Size += uint32(len(sets))
		}
		all = append(all, data[:s.Size]...)
		data = data[s.Size:]
	}
	return list, all
}
