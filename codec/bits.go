package codec

import "encoding/binary"

// bits reads big-endian bit fields. After a read beyond the end, err is set and all reads give 0: one check at the end
// of a structure is enough.
type bits struct {
	data []byte
	pos  int // in bits
	err  error
}

// u reads n bits, at most 32: u(n) of the video standards, f(n) of AV1 and VP9.
func (b *bits) u(n int) uint32 {
	if !b.has(n) {
		return 0
	}
	var window [8]byte
	copy(window[:], b.data[b.pos/8:])
	v := binary.BigEndian.Uint64(window[:]) << (b.pos % 8) >> (64 - n)
	b.pos += n
	return uint32(v)
}

func (b *bits) flag() bool { return b.u(1) == 1 }

func (b *bits) skip(n int) {
	if b.has(n) {
		b.pos += n
	}
}

func (b *bits) has(n int) bool {
	if b.err == nil && n > 8*len(b.data)-b.pos {
		b.err = ErrTruncated
	}
	return b.err == nil
}

// ue reads an unsigned Exp-Golomb code (H.264 clause 9.1), at most 2^32-2.
func (b *bits) ue() uint32 {
	zeros := 0
	for !b.flag() {
		if b.err != nil {
			return 0
		}
		if zeros++; zeros > 31 {
			b.err = ErrInvalid
			return 0
		}
	}
	return 1<<zeros - 1 + b.u(zeros)
}

// se reads a signed Exp-Golomb code (H.264 clause 9.1.1).
func (b *bits) se() int64 {
	v := int64(b.ue())
	if v%2 == 1 {
		return (v + 1) / 2
	}
	return -v / 2
}
