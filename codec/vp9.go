package codec

import (
	"encoding/binary"
	"fmt"
)

// vp9 reads the payload descriptor of RFC 9628 section 4.2, and at the start of each layer frame the frame header
// behind it, for what the descriptor leaves open: key or only intra-coded, and the size.
//
//	     0 1 2 3 4 5 6 7
//	    +-+-+-+-+-+-+-+-+
//	    |I|P|L|F|B|E|V|Z|
//	    +-+-+-+-+-+-+-+-+
//	I:  |M| PICTURE ID  |  + 8 bits if M
//	    +-+-+-+-+-+-+-+-+
//	L:  | TID |U| SID |D|
//	    +-+-+-+-+-+-+-+-+
//	    |   TL0PICIDX   |  if not F
//	    +-+-+-+-+-+-+-+-+
//	P,F:| P_DIFF      |N|  up to 3 times
//	    +-+-+-+-+-+-+-+-+
//	V:  | scalability structure
type vp9 struct {
	layers      [8]frameSize // of the last scalability structure
	slots       [8]frameSize // of the decoder's reference frames
	frame       vp9Frame     // last frame header
	frameHeader bool         // there is one, and it belongs to the layer frame of
	picture     int          // this picture ID
	layer       int          // and this spatial layer
}

type frameSize struct{ width, height int }

const (
	vp9I, vp9P, vp9L, vp9F = 0x80, 0x40, 0x20, 0x10
	vp9B, vp9E, vp9V       = 0x08, 0x04, 0x02
	vp9MaxReferences       = 3
)

func (v *vp9) Inspect(payload []byte, info *Info) error {
	info.reset()
	info.StartKnown = true
	rest, err := v.descriptor(payload, info)
	if err != nil {
		v.frameHeader = false
		return fmt.Errorf("VP9 payload descriptor %w", err)
	}
	if payload[0]&vp9B != 0 || info.PictureID != v.picture || info.Spatial != v.layer {
		v.frameHeader = false
	}
	if payload[0]&vp9B != 0 {
		if v.frame, err = v.readFrame(rest); err != nil {
			return fmt.Errorf("VP9 frame header %w", err)
		}
		v.frameHeader, v.picture, v.layer = true, info.PictureID, info.Spatial
		links := v.frame.links
		info.Frame = &links
		size := v.frame.size
		if size.width == 0 {
			size = v.layers[max(info.Spatial, 0)]
		}
		info.Width, info.Height = size.width, size.height
	}
	base := info.Spatial <= 0
	info.Start = payload[0]&vp9B != 0 && base
	info.Key = base && payload[0]&vp9P == 0
	if v.frameHeader {
		info.Key = base && v.frame.key // without P the frame may still be only intra-coded
		info.Discardable = v.frame.unreferenced
	}
	if info.End {
		v.frameHeader = false
	}
	return nil
}

// descriptor fills in what the descriptor says and returns what follows it.
func (v *vp9) descriptor(payload []byte, info *Info) ([]byte, error) {
	if len(payload) < 1 {
		return nil, ErrTruncated
	}
	flags, p := payload[0], payload[1:]
	info.End = flags&vp9E != 0
	if flags&vp9I != 0 {
		if len(p) < 1 {
			return nil, ErrTruncated
		}
		size := 1 + int(p[0]>>7)
		if len(p) < size {
			return nil, ErrTruncated
		}
		info.PictureID = int(p[0] & 0x7F)
		if size == 2 {
			info.PictureID = info.PictureID<<8 | int(p[1])
		}
		p = p[size:]
	}
	if flags&vp9L != 0 {
		size := 1
		if flags&vp9F == 0 {
			size = 2
		}
		if len(p) < size {
			return nil, ErrTruncated
		}
		info.Temporal, info.Switch = int(p[0]>>5), p[0]&0x10 != 0
		info.Spatial = int(p[0] >> 1 & 7)
		if size == 2 {
			info.BaseIndex = int(p[1])
		}
		p = p[size:]
	}
	if flags&vp9P != 0 && flags&vp9F != 0 {
		for n := 1; ; n++ {
			if len(p) < 1 {
				return nil, ErrTruncated
			}
			more := p[0]&1 != 0
			p = p[1:]
			if !more {
				break
			}
			if n == vp9MaxReferences {
				return nil, ErrInvalid
			}
		}
	}
	if flags&vp9V != 0 {
		return v.structure(p)
	}
	return p, nil
}

// structure reads the scalability structure (section 4.2.1) and returns what follows it.
//
//	| N_S 3, Y, G, reserved 3 |  Y: (width 16, height 16) × (N_S + 1)
//	G: | N_G | (TID 3, U, R 2, reserved 2, P_DIFF × R) × N_G
func (v *vp9) structure(p []byte) ([]byte, error) {
	if len(p) < 1 {
		return nil, ErrTruncated
	}
	layers, sizes, group := int(p[0]>>5)+1, p[0]&0x10 != 0, p[0]&0x08 != 0
	p = p[1:]
	v.layers = [8]frameSize{}
	if sizes {
		if len(p) < 4*layers {
			return nil, ErrTruncated
		}
		for i := range layers {
			width, height := int(binary.BigEndian.Uint16(p)), int(binary.BigEndian.Uint16(p[2:]))
			if width == 0 || height == 0 {
				return nil, ErrInvalid
			}
			v.layers[i] = frameSize{width, height}
			p = p[4:]
		}
	}
	if !group {
		return p, nil
	}
	if len(p) < 1 {
		return nil, ErrTruncated
	}
	pictures := int(p[0])
	p = p[1:]
	for range pictures {
		if len(p) < 1 {
			return nil, ErrTruncated
		}
		size := 1 + int(p[0]>>2&3)
		if len(p) < size {
			return nil, ErrTruncated
		}
		p = p[size:]
	}
	return p, nil
}
