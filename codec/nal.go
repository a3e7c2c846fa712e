package codec

import (
	"encoding/binary"
	"iter"
)

// aggregated iterates over the NAL units of an aggregation payload: each a 16-bit size, skip bytes of other fields
// (MTAP: DOND and time stamp offset), and the unit. Empty units are left out. What is wrong with the last one goes to
// err.
func aggregated(p []byte, skip int, err *error) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(p) > 0 {
			if len(p) < 2 {
				*err = ErrTruncated
				return
			}
			size := int(binary.BigEndian.Uint16(p))
			p = p[2:]
			if skip+size > len(p) {
				*err = ErrTruncated
				return
			}
			if size > 0 && !yield(p[skip:skip+size]) {
				return
			}
			p = p[skip+size:]
		}
	}
}

// unescape removes the emulation prevention bytes of a NAL unit (00 00 03 -> 00 00; H.264 clause 7.4.1.1).
func unescape(nal []byte) []byte {
	out := make([]byte, 0, len(nal))
	zeros := 0
	for _, b := range nal {
		if zeros >= 2 && b == 3 {
			zeros = 0
			continue
		}
		if b == 0 {
			zeros++
		} else {
			zeros = 0
		}
		out = append(out, b)
	}
	return out
}

const seiRecoveryPoint = 6 // payloadType, in H.264 and H.265 alike

// recover looks through the messages of an SEI NAL unit, without its header, for a recovery point (H.264 clause
// 7.3.2.3.1, H.265 clause 7.3.5), and notes it.
func (info *Info) recover(sei []byte, signed bool) {
	sei = unescape(sei)
	for len(sei) > 1 { // the last byte is rbsp_trailing_bits
		kind, rest, ok := seiNumber(sei)
		if !ok {
			return
		}
		size, rest, ok := seiNumber(rest)
		if !ok || size > len(rest) {
			return
		}
		if kind == seiRecoveryPoint {
			b := bits{data: rest[:size]}
			count := int64(0)
			if signed {
				count = b.se()
			} else {
				count = int64(b.ue())
			}
			if b.err == nil {
				info.Recovery, info.RecoveryCount = true, int(max(0, min(count, maxRecovery)))
			}
			return
		}
		sei = rest[size:]
	}
}

// maxRecovery is the largest count of pictures that a recovery point can name: MaxFrameNum less one (H.264 clause
// D.2.8), or half of MaxPicOrderCntLsb (H.265 clause D.3.8).
const maxRecovery = 1<<16 - 1

// seiNumber reads a number that is the sum of bytes 0xFF and one other.
func seiNumber(p []byte) (n int, rest []byte, ok bool) {
	for i, b := range p {
		n += int(b)
		if b != 0xFF {
			return n, p[i+1:], true
		}
	}
	return 0, nil, false
}
