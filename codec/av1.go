package codec

import "fmt"

// av1 reads the RTP payload format for AV1 (version 1.0, section 4.4): the aggregation header and the OBU elements
// behind it, each with its size in LEB128 in front, but the last one if W is not 0.
//
//	 0 1 2 3 4 5 6 7
//	+-+-+-+-+-+-+-+-+
//	|Z|Y| W |N|-|-|-|
//	+-+-+-+-+-+-+-+-+
type av1 struct {
	sequence      AV1Sequence // the newest one
	sequenceKnown bool
	slots         [8]frameSize // of the decoder's reference frames
}

// OBU types (AV1 specification section 6.2.2).
const (
	obuSequenceHeader       = 1
	obuTemporalDelimiter    = 2
	obuFrameHeader          = 3
	obuTileGroup            = 4
	obuFrame                = 6
	obuRedundantFrameHeader = 7
	obuTileList             = 8
)

func (a *av1) Inspect(payload []byte, info *Info) error {
	info.reset()
	info.StartKnown = true
	if len(payload) < 2 {
		return fmt.Errorf("AV1 payload %w", ErrTruncated)
	}
	head := payload[0]
	continued, continues := head&0x80 != 0, head&0x40 != 0
	count, newSequence := int(head>>4&3), head&0x08 != 0
	info.Continues = continues
	if continued && newSequence {
		return fmt.Errorf("AV1 aggregation header %w", ErrInvalid)
	}
	look := av1Look{av1: a, info: info, first: !continued}
	elements := 0
	for rest := payload[1:]; len(rest) > 0; {
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
		if continued && elements == 1 || len(element) == 0 {
			continue
		}
		if err := look.obu(element, len(rest) > 0 || !continues); err != nil {
			return err
		}
	}
	if elements < count {
		return fmt.Errorf("AV1 payload of %d OBU elements %w after %d", count, ErrTruncated, elements)
	}
	// A sender may leave N out; a key frame right behind a sequence header is the same.
	info.Key = newSequence || look.opened && look.keyFrame
	return nil
}

// av1Look goes through the OBUs of one payload.
type av1Look struct {
	*av1
	info     *Info
	first    bool // nothing of a frame has been seen in this payload, nor is any continued from the payload before
	opened   bool // a sequence header has been seen
	keyFrame bool
}

func (l *av1Look) obu(obu []byte, whole bool) error {
	if obu[0]&0x80 != 0 {
		return fmt.Errorf("AV1 OBU header %w", ErrInvalid)
	}
	kind, extended, sized := obu[0]>>3&0x0F, obu[0]&0x04 != 0, obu[0]&0x02 != 0
	body := obu[1:]
	layers := Info{Spatial: -1, Temporal: -1}
	if extended {
		if len(body) == 0 {
			return fmt.Errorf("AV1 OBU extension %w", ErrTruncated)
		}
		layers.Temporal, layers.Spatial = int(body[0]>>5), int(body[0]>>3&3)
		body = body[1:]
	}
	if sized {
		size, used, err := leb128(body)
		if err != nil {
			return fmt.Errorf("AV1 OBU size %w", err)
		}
		body = body[used:]
		if size > uint64(len(body)) && whole {
			return fmt.Errorf("AV1 OBU %w", ErrTruncated)
		}
		body = body[:min(size, uint64(len(body)))]
	}
	switch kind {
	case obuSequenceHeader:
		l.info.Start = l.info.Start || l.first
		l.opened = true
		w, h, err := av1Size(body)
		if err != nil {
			if !whole && err == ErrTruncated {
				return nil // goes on in the next payload
			}
			return fmt.Errorf("AV1 sequence header %w", err)
		}
		l.info.Width, l.info.Height = w, h
		l.sequence, err = parseAV1Sequence(body)
		l.sequenceKnown = err == nil
	case obuTemporalDelimiter:
		l.info.Start = l.info.Start || l.first
	case obuFrameHeader, obuFrame:
		l.info.Start = l.info.Start || l.first
		if l.info.Spatial < 0 {
			l.info.Spatial, l.info.Temporal = layers.Spatial, layers.Temporal
		}
		// show_existing_frame 0, frame_type KEY_FRAME, show_frame 1 (section 5.9.2).
		if len(body) > 0 && body[0]&0xF0 == 0x10 && layers.Spatial <= 0 {
			l.keyFrame = true
		}
		l.frame(body)
		l.first = false
	case obuTileGroup, obuRedundantFrameHeader, obuTileList:
		if l.info.Spatial < 0 {
			l.info.Spatial, l.info.Temporal = layers.Spatial, layers.Temporal
		}
		l.first = false
	}
	return nil
}

// frame reads a frame's header as far as it is needed, and keeps the sizes of the reference frames up to date. That
// there is more than one frame in a payload does not happen in calls.
func (l *av1Look) frame(body []byte) {
	if !l.sequenceKnown || l.info.Frame != nil {
		return
	}
	links, size, err := l.readFrame(body)
	if err != nil {
		return
	}
	l.info.Frame = &links
	if size != (frameSize{}) {
		l.info.Width, l.info.Height = size.width, size.height
	}
}

// leb128 reads an unsigned integer of at most 32 bits in at most 8 bytes (section 4.10.5).
func leb128(p []byte) (v uint64, used int, err error) {
	for i := range 8 {
		if i == len(p) {
			return 0, 0, ErrTruncated
		}
		v |= uint64(p[i]&0x7F) << (7 * i)
		if p[i]&0x80 == 0 {
			if v > 1<<32-1 {
				return 0, 0, ErrInvalid
			}
			return v, i + 1, nil
		}
	}
	return 0, 0, ErrInvalid
}
