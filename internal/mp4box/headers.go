package mp4box

import (
	"fmt"
	"io"
	"time"

	"github.com/Eyevinn/mp4ff/bits"
)

// epoch is what times in an MP4 file count from, in seconds (ISO/IEC 14496-12 clause 8.2.2).
var epoch = time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC)

// fullHeader is what mvhd, tkhd and mdhd have in common, and what tkhd has besides.
type fullHeader struct {
	flags         uint32
	created       time.Time
	number        uint32 // units per second; in tkhd the number of the track
	duration      uint64
	matrix        Matrix // tkhd
	width, height int    // tkhd, in pixels
}

// readHeader reads an mvhd, tkhd or mdhd box. Version 1 has 64-bit times and durations, version 0 32-bit ones.
func readHeader(r io.ReaderAt, b box) (*fullHeader, error) {
	p, err := body(r, b, 128) // the largest of them has 112 bytes
	if err != nil {
		return nil, err
	}
	s := bits.NewFixedSliceReader(p)
	version := s.ReadUint8()
	h := &fullHeader{flags: s.ReadUint24()}
	if version > 1 {
		return nil, fmt.Errorf("%w: box %q at byte %d has the unknown version %d", ErrDamaged, b.Type, b.Start, version)
	}
	long := func() uint64 {
		if version == 1 {
			return s.ReadUint64()
		}
		return uint64(s.ReadUint32())
	}
	h.created = fromEpoch(long())
	long() // when it was changed
	h.number = s.ReadUint32()
	if b.Type == "tkhd" {
		s.SkipBytes(4)
	}
	h.duration = long()
	if b.Type == "tkhd" {
		s.SkipBytes(16) // reserved, layer, group, volume
		for i := range h.matrix {
			h.matrix[i] = s.ReadInt32()
		}
		h.width, h.height = pixels(s.ReadUint32()), pixels(s.ReadUint32())
	}
	if s.AccError() != nil {
		return nil, tooShort(b)
	}
	return h, nil
}

// pixels rounds an unsigned 16.16 fixed point number.
func pixels(n uint32) int { return (int(n) + 0x8000) >> 16 }

// fromEpoch turns seconds since 1904 into a time. 0 stands for unknown, as do values beyond the year 9999.
func fromEpoch(s uint64) time.Time {
	if s == 0 || s > 255_000_000_000 {
		return time.Time{}
	}
	return time.Unix(epoch.Unix()+int64(s), 0).UTC()
}

// ticks turns n units of a clock into a duration without overflow; what does not fit becomes the largest duration.
func ticks(n uint64, scale uint32) time.Duration {
	if scale == 0 {
		return 0
	}
	s, rest := n/uint64(scale), n%uint64(scale)
	if s > uint64(1<<63-1)/uint64(time.Second)-1 {
		return 1<<63 - 1
	}
	return time.Duration(s)*time.Second + time.Duration(rest*uint64(time.Second)/uint64(scale))
}
