package codec

import (
	"encoding/binary"
	"fmt"
)

// NALDepacketizer makes access units of the payloads of H.264 (RFC 6184 section 5) and H.265 (RFC 7798 section 4.4):
// see [NewDepacketizer]. A NAL unit of which a part is missing is left out.
type NALDepacketizer struct {
	// Sets are the parameter sets that have come so far. Those that were negotiated can be added in front.
	Sets ParameterSets

	unit []byte
	open int  // where in unit the NAL unit begins that comes in fragments
	part bool // there is such a one
}

// lengthSize is the number of bytes of the length in front of a NAL unit.
const lengthSize = 4

// Push implements Depacketizer.
func (d *NALDepacketizer) Push(payload []byte) error {
	if d.Sets.h265 {
		return d.push265(payload)
	}
	return d.push264(payload)
}

// Lost implements Depacketizer.
func (d *NALDepacketizer) Lost() { d.drop() }

// drop leaves out a NAL unit whose fragments do not go on.
func (d *NALDepacketizer) drop() {
	if d.part {
		d.unit, d.part = d.unit[:d.open], false
	}
}

// End implements Depacketizer.
func (d *NALDepacketizer) End(buffer []byte) []byte {
	d.drop()
	buffer, d.unit = appendUnit(buffer, d.unit)
	return buffer
}

func (d *NALDepacketizer) push264(payload []byte) error {
	if len(payload) == 0 {
		return nil
	}
	kind, body := payload[0]&0x1F, payload[1:]
	skip := 0
	switch kind {
	case h264FUA, h264FUB:
		return d.fragment264(payload)
	case h264STAPA:
	case h264STAPB, h264MTAP16, h264MTAP24:
		if len(body) < donSize {
			return fmt.Errorf("H.264 aggregation packet %w", ErrTruncated)
		}
		body, skip = body[donSize:], map[byte]int{h264STAPB: 0, h264MTAP16: 3, h264MTAP24: 4}[kind]
	default:
		d.whole(payload)
		return nil
	}
	return d.aggregate(body, skip)
}

// aggregate adds the NAL units of an aggregation packet.
func (d *NALDepacketizer) aggregate(body []byte, skip int) (err error) {
	for nal := range aggregated(body, skip, &err) {
		d.whole(nal)
	}
	return err
}

// whole adds a whole NAL unit.
func (d *NALDepacketizer) whole(nal []byte) {
	d.drop()
	if d.Sets.Take(nal) {
		return
	}
	d.unit = binary.BigEndian.AppendUint32(d.unit, uint32(len(nal)))
	d.unit = append(d.unit, nal...)
}

func (d *NALDepacketizer) fragment264(payload []byte) error {
	head := 2
	if payload[0]&0x1F == h264FUB {
		head += donSize
	}
	if len(payload) < head {
		d.drop()
		return fmt.Errorf("H.264 fragmentation unit %w", ErrTruncated)
	}
	d.fragment(payload[1]&0x80 != 0, payload[1]&0x40 != 0, payload[head:], payload[0]&0xE0|payload[1]&0x1F)
	return nil
}

// fragment adds a part of a NAL unit, whose header the first one brings along.
func (d *NALDepacketizer) fragment(first, last bool, body []byte, header ...byte) {
	switch {
	case first:
		d.drop()
		d.open, d.part = len(d.unit), true
		d.unit = append(append(d.unit, 0, 0, 0, 0), header...)
	case !d.part:
		return // its beginning is missing
	}
	d.unit = append(d.unit, body...)
	if !last {
		return
	}
	d.part = false
	nal := d.unit[d.open+lengthSize:]
	if d.Sets.Take(nal) {
		d.unit = d.unit[:d.open]
		return
	}
	binary.BigEndian.PutUint32(d.unit[d.open:], uint32(len(nal)))
}

func (d *NALDepacketizer) push265(payload []byte) error {
	if len(payload) < h265HeaderSize {
		return nil
	}
	body := payload[h265HeaderSize:]
	switch h265Type(payload) {
	case h265FU:
		if len(body) < 1 {
			d.drop()
			return fmt.Errorf("H.265 fragmentation unit %w", ErrTruncated)
		}
		d.fragment(body[0]&0x80 != 0, body[0]&0x40 != 0, body[1:], payload[0]&0x81|body[0]&0x3F<<1, payload[1])
		return nil
	case h265AP:
		return d.aggregate(body, 0)
	case h265PACI:
		return d.carried265(payload)
	}
	d.whole(payload)
	return nil
}

// carried265 takes a payload out of a PACI packet, whose extensions are none of a decoder's business (RFC 7798 section
// 4.4.4).
func (d *NALDepacketizer) carried265(payload []byte) error {
	body := payload[h265HeaderSize:]
	if len(body) < 2 {
		return fmt.Errorf("H.265 PACI packet %w", ErrTruncated)
	}
	kind, extension := body[0]>>1&0x3F, int(body[0]&1)<<4|int(body[1]>>4)
	if kind >= h265PACI || 2+extension > len(body) {
		return fmt.Errorf("H.265 PACI packet %w", ErrInvalid)
	}
	inner := append([]byte{payload[0]&0x81 | kind<<1, payload[1]}, body[2+extension:]...)
	return d.push265(inner)
}
