package mp4box

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// epoch is what times in an MP4 file count from, in seconds (ISO/IEC 14496-12 clause 8.2.2).
var epoch = time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC)

// fullHeader is the common beginning of mvhd, tkhd and mdhd, with where its fields lie in the contents of the box.
// Version 1 has 64-bit times and durations, version 0 32-bit ones.
type fullHeader struct {
	box
	version  byte
	contents []byte
	created  field
	scale    field // mvhd, mdhd
	duration field
	matrix   int // offset, mvhd and tkhd
	size     int // offset of width and height, tkhd
}

// field is an unsigned number in the contents of a box.
type field struct{ at, len int }

func (f field) get(p []byte) uint64 {
	if f.len == 8 {
		return binary.BigEndian.Uint64(p[f.at:])
	}
	return uint64(binary.BigEndian.Uint32(p[f.at:]))
}

// readHeader reads an mvhd, tkhd or mdhd box.
func readHeader(r io.ReaderAt, b box) (*fullHeader, error) {
	p, err := body(r, b, 128) // the largest of them has 112 bytes
	if err != nil {
		return nil, err
	}
	if len(p) < 4 {
		return nil, tooShort(b)
	}
	h := &fullHeader{box: b, version: p[0], contents: p}
	if h.version > 1 {
		return nil, fmt.Errorf("%w: box %q at byte %d has the unknown version %d", ErrDamaged, b.Type, b.Start, h.version)
	}
	wide := 4
	if h.version == 1 {
		wide = 8
	}
	h.created = field{4, wide}
	next := 4 + 2*wide                 // behind creation and modification time
	h.scale = field{next, 4}           // the track id in tkhd
	need, after := 0, next+4+wide      // behind the duration
	h.duration = field{next + 4, wide} //
	switch b.Type {
	case "mvhd": // rate, volume, 10 reserved bytes
		h.matrix = after + 16
		need = h.matrix + matrixLen
	case "tkhd": // 4 reserved bytes in front of the duration; 8 reserved, layer, group, volume, 2 reserved behind
		h.duration.at += 4
		h.matrix = after + 4 + 16
		h.size = h.matrix + matrixLen
		need = h.size + 8
	default:
		need = after
	}
	if len(p) < need {
		return nil, tooShort(b)
	}
	return h, nil
}

func (h *fullHeader) createdTime() time.Time { return fromEpoch(h.created.get(h.contents)) }

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
