package codec

import (
	"encoding/binary"
	"fmt"
)

// vp8 reads the payload descriptor of RFC 7741 section 4.2 and the frame header behind it (RFC 6386 section 9.1).
//
//	     0 1 2 3 4 5 6 7
//	    +-+-+-+-+-+-+-+-+
//	    |X|R|N|S|R| PID |
//	    +-+-+-+-+-+-+-+-+
//	X:  |I|L|T|K| RSV   |
//	    +-+-+-+-+-+-+-+-+
//	I:  |M| PictureID   |  + 8 bits if M
//	    +-+-+-+-+-+-+-+-+
//	L:  |   TL0PICIDX   |
//	    +-+-+-+-+-+-+-+-+
//	T/K:|TID|Y| KEYIDX  |
//	    +-+-+-+-+-+-+-+-+
type vp8 struct{}

const (
	vp8TagSize       = 3  // frame tag, in front of every frame
	vp8KeyHeaderSize = 10 // frame tag, start code, width, height
	vp8StartCode     = 0x9D012A
	vp8SizeMask      = 0x3FFF // the two bits above are a hint for scaling
)

func (vp8) Inspect(payload []byte, info *Info) error {
	info.reset()
	info.StartKnown = true
	rest, err := vp8Descriptor(payload, info)
	if err != nil {
		return fmt.Errorf("VP8 payload descriptor %w", err)
	}
	if !info.Start {
		return nil
	}
	if len(rest) < vp8TagSize {
		return fmt.Errorf("VP8 frame tag %w", ErrTruncated)
	}
	if rest[0]&1 != 0 { // P bit: inter-coded
		return nil
	}
	info.Key = true
	if len(rest) < vp8KeyHeaderSize {
		return fmt.Errorf("VP8 key frame header %w", ErrTruncated)
	}
	if uint32(rest[3])<<16|uint32(rest[4])<<8|uint32(rest[5]) != vp8StartCode {
		return fmt.Errorf("VP8 key frame start code %w", ErrInvalid)
	}
	info.Width = int(binary.LittleEndian.Uint16(rest[6:]) & vp8SizeMask)
	info.Height = int(binary.LittleEndian.Uint16(rest[8:]) & vp8SizeMask)
	if info.Width == 0 || info.Height == 0 {
		return fmt.Errorf("VP8 key frame size %d×%d %w", info.Width, info.Height, ErrInvalid)
	}
	return nil
}

// vp8Descriptor fills in what the descriptor says and returns what follows it.
func vp8Descriptor(p []byte, info *Info) ([]byte, error) {
	next := func() (b byte, ok bool) {
		if len(p) == 0 {
			return 0, false
		}
		b, p = p[0], p[1:]
		return b, true
	}
	first, ok := next()
	if !ok {
		return nil, ErrTruncated
	}
	info.Discardable = first&0x20 != 0
	info.Start = first&0x10 != 0 && first&0x07 == 0
	if first&0x80 == 0 {
		return p, nil
	}
	extended, ok := next()
	if !ok {
		return nil, ErrTruncated
	}
	if extended&0x80 != 0 {
		id, ok := next()
		if !ok {
			return nil, ErrTruncated
		}
		info.PictureID = int(id & 0x7F)
		if id&0x80 != 0 {
			low, ok := next()
			if !ok {
				return nil, ErrTruncated
			}
			info.PictureID = info.PictureID<<8 | int(low)
		}
	}
	if extended&0x40 != 0 {
		index, ok := next()
		if !ok {
			return nil, ErrTruncated
		}
		info.BaseIndex = int(index)
	}
	if extended&0x30 != 0 {
		layer, ok := next()
		if !ok {
			return nil, ErrTruncated
		}
		if extended&0x20 != 0 {
			info.Temporal = int(layer >> 6)
			info.Switch = layer&0x20 != 0
		}
	}
	return p, nil
}
