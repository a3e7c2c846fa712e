package codec

import (
	"errors"
	"fmt"
)

// ErrIncomplete: packets of a temporal unit are missing.
var ErrIncomplete = errors.New("lacks packets")

// maxAV1Unit is more than any temporal unit that a call has, in bytes. A sender that never ends one must not fill
// memory.
const maxAV1Unit = 64 << 20

// AV1Unit is one temporal unit: all OBUs of one time, with all its spatial layers. A decoder makes one picture of it.
type AV1Unit struct {
	// Data is in the low-overhead bitstream format (AV1 specification section 5.2): a temporal delimiter, then the OBUs
	// that were sent, each with its size in it. It is empty if nothing was sent that a decoder wants.
	Data []byte
	Key  bool // decoding can begin here: a new coded video sequence
}

// AV1Depacketizer makes temporal units of the payloads of RTP packets (RTP payload format for AV1, version 1.0, section
// 4 and 5). Payloads come in order, each unit is closed with End: behind the packet with the marker bit, or in front of
// one with another time stamp. The zero value is ready for use. It is not safe for concurrent use.
//
// OBUs of all layers are kept: a decoder chooses by the operating points in the sequence header, and shows the highest
// spatial layer. What receivers have to ignore (temporal delimiters, tile lists) or can do without (padding) is left
// out.
type AV1Depacketizer struct {
	unit     []byte
	fragment []byte // beginning of an OBU that goes on in the next payload
	partial  bool   // there is such a beginning
	begun    bool   // something of the unit has been seen
	broken   error  // why the unit cannot be completed

	newSequence bool // N bit
	sequence    bool // the unit has a sequence header
	keyFrame    bool // and behind it a key frame that is shown
	frame       bool // a frame has begun

	lost bool  // packets are missing between the last complete unit and this one
	base uint8 // spatial layer that the last complete unit began with
	low  uint8 // and that this one begins with
}

// Push adds the payload of the next packet of a unit. A payload of padding only (empty) adds nothing. An error wraps
// [ErrTruncated], [ErrInvalid] or [ErrIncomplete]; it makes the whole unit useless, and all payloads until End return
// it.
func (d *AV1Depacketizer) Push(payload []byte) error {
	if len(payload) == 0 {
		return nil
	}
	d.begun = true
	if d.broken == nil {
		d.broken = d.push(payload)
	}
	return d.broken
}

// Lost says that packets are missing in front of the next payload: of this unit, of those before it, or both.
func (d *AV1Depacketizer) Lost() {
	d.lost = true
	if d.begun && d.broken == nil {
		d.broken = fmt.Errorf("AV1 temporal unit %w in the middle", ErrIncomplete)
	}
}

// End closes the unit. Data is valid until the next call of Push. The error is that of Push, or says that the end is
// missing.
func (d *AV1Depacketizer) End() (AV1Unit, error) {
	err := d.broken
	if err == nil && d.partial {
		err = fmt.Errorf("AV1 temporal unit %w at the end", ErrIncomplete)
	}
	unit := AV1Unit{Data: d.unit, Key: d.newSequence || d.sequence && d.keyFrame}
	if err == nil && d.frame {
		d.base = d.low
	}
	*d = AV1Depacketizer{unit: d.unit[:0], fragment: d.fragment[:0], base: d.base, lost: d.lost &&
		(err != nil || len(unit.Data) == 0)}
	if err != nil {
		return AV1Unit{}, err
	}
	return unit, nil
}

// push takes a payload apart:
//
//	 0 1 2 3 4 5 6 7
//	+-+-+-+-+-+-+-+-+
//	|Z|Y| W |N|-|-|-|  then OBU elements, each with its size in LEB128 in front, but the last one if W is not 0
//	+-+-+-+-+-+-+-+-+
func (d *AV1Depacketizer) push(payload []byte) error {
	head, rest := payload[0], payload[1:]
	continued, continues := head&0x80 != 0, head&0x40 != 0
	count, newSequence := int(head>>4&3), head&0x08 != 0
	switch {
	case len(rest) == 0:
		return fmt.Errorf("AV1 payload %w", ErrTruncated)
	case continued && newSequence:
		return fmt.Errorf("AV1 aggregation header %w", ErrInvalid)
	case continued != d.partial:
		return fmt.Errorf("AV1 temporal unit %w: fragments of an OBU do not meet", ErrIncomplete)
	}
	d.newSequence = d.newSequence || newSequence
	elements := 0
	for len(rest) > 0 {
		element := rest
		if elements++; elements == count {
			rest = nil
		} else {
			size, used, err := leb128(rest)
			if err != nil {
				return fmt.Errorf("AV1 OBU element size %w", err)
			}
			if size > uint64(len(rest)-used) {
				return fmt.Errorf("AV1 OBU element %w", ErrTruncated)
			}
			element, rest = rest[used:used+int(size)], rest[used+int(size):]
		}
		if err := d.element(element, len(rest) == 0 && continues); err != nil {
			return err
		}
	}
	if elements < count {
		return fmt.Errorf("AV1 payload of %d OBU elements %w after %d", count, ErrTruncated, elements)
	}
	return nil
}

// element adds an OBU, or a fragment of one that goes on in the next payload.
func (d *AV1Depacketizer) element(element []byte, continues bool) error {
	if len(d.unit)+len(d.fragment)+len(element) > maxAV1Unit {
		return fmt.Errorf("AV1 temporal unit %w: larger than %d MiB", ErrInvalid, maxAV1Unit>>20)
	}
	if d.partial || continues {
		d.fragment = append(d.fragment, element...)
		element = d.fragment
	}
	if d.partial = continues; continues {
		return nil
	}
	for len(element) > 0 { // one OBU, or several by senders that keep the size fields
		used, err := d.obu(element)
		if err != nil {
			return err
		}
		element = element[used:]
	}
	d.fragment = d.fragment[:0]
	return nil
}
