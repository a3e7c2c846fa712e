package codec

import (
	"encoding/binary"
	"fmt"
)

// obuPadding is an OBU without content (AV1 specification section 6.2.2).
const obuPadding = 15

// Bits of the OBU header (AV1 specification section 5.3.2).
const (
	obuForbidden = 0x80
	obuExtended  = 0x04 // a byte with the layers follows
	obuSized     = 0x02 // the size of the content follows
)

// obu adds the OBU that data begins with to the unit, and returns how much of data it was.
//
//	 0 1 2 3 4 5 6 7   0 1 2 3 4 5 6 7
//	+-+-+-+-+-+-+-+-+ +-+-+-+-+-+-+-+-+
//	|0| type  |X|S|0| | TID | SID |0 0 0|  the second byte if X
//	+-+-+-+-+-+-+-+-+ +-+-+-+-+-+-+-+-+
func (d *AV1Depacketizer) obu(data []byte) (int, error) {
	header, head := 1, data[0]
	if head&obuForbidden != 0 {
		return 0, fmt.Errorf("AV1 OBU header %w", ErrInvalid)
	}
	spatial := uint8(0)
	if head&obuExtended != 0 {
		if len(data) < 2 {
			return 0, fmt.Errorf("AV1 OBU extension %w", ErrTruncated)
		}
		header, spatial = 2, data[1]>>3&3
	}
	body, end := data[header:], len(data)
	if head&obuSized != 0 {
		size, used, err := leb128(body)
		if err != nil {
			return 0, fmt.Errorf("AV1 OBU size %w", err)
		}
		if size > uint64(len(body)-used) {
			return 0, fmt.Errorf("AV1 OBU %w", ErrTruncated)
		}
		body = body[used : used+int(size)]
		end = header + used + int(size)
	}

	kind := head >> 3 & 0x0F
	if kind == obuTemporalDelimiter || kind == obuTileList || kind == obuPadding {
		return end, nil
	}
	if err := d.see(kind, spatial, body); err != nil {
		return 0, err
	}
	if len(d.unit) == 0 {
		d.unit = append(d.unit, obuTemporalDelimiter<<3|obuSized, 0)
	}
	d.unit = append(d.unit, head|obuSized)
	d.unit = append(d.unit, data[1:header]...)
	d.unit = binary.AppendUvarint(d.unit, uint64(len(body))) // the same as LEB128
	d.unit = append(d.unit, body...)
	return end, nil
}

// see learns from an OBU what the unit is, and whether something is missing in front of it.
func (d *AV1Depacketizer) see(kind, spatial uint8, body []byte) error {
	switch kind {
	case obuSequenceHeader:
		d.sequence = true
	case obuFrameHeader, obuFrame:
		// After a loss, a layer above the one that units began with so far may lack those below.
		if !d.frame && d.lost && !d.sequence && spatial > d.base {
			return fmt.Errorf("AV1 temporal unit %w: it begins with spatial layer %d", ErrIncomplete, spatial)
		}
		// show_existing_frame 0, frame_type KEY_FRAME, show_frame 1 (section 5.9.2).
		if len(body) > 0 && body[0]&0xF0 == 0x10 && d.sequence {
			d.keyFrame = true
		}
		if !d.frame {
			d.frame, d.low = true, spatial
		}
	case obuTileGroup, obuRedundantFrameHeader:
		if !d.frame {
			return fmt.Errorf("AV1 temporal unit %w: no frame header in front of the tiles", ErrIncomplete)
		}
	}
	return nil
}
