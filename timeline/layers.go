package timeline

import "github.com/upright-media/upright/codec"

// layerFrame is the frame of one spatial layer in a picture of VP9 or AV1.
type layerFrame struct {
	codec.Frame
	spatial, temporal int
	width, height     int
	packets           int  // of the picture, up to the end of this frame
	ended             bool // its last packet is there
	damaged           bool // something of it is missing
}

func (f *layerFrame) whole() bool { return f.ended && !f.damaged }

// lost says whether the frame's beginning is missing, which tells what it is.
func (f *layerFrame) lost() bool { return f.damaged && f.Frame == (codec.Frame{}) }

func (f *layerFrame) layer() layerOfSlot { return layerOfSlot{int8(f.spatial), int8(f.temporal)} }

// addFrame notes which frame the newest packet of a unit belongs to.
func (u *unit) addFrame(p *packet) {
	n := len(u.frames)
	if n == 0 && p.info.Frame == nil && u.head {
		return // headers that cannot be read
	}
	if p.broken || n == 0 && !u.head {
		u.loseFrame()
		n = len(u.frames)
	}
	if p.info.Frame != nil {
		if n > 0 && !u.frames[n-1].ended {
			u.frames[n-1].damaged = true
		}
		u.frames = append(u.frames, layerFrame{Frame: *p.info.Frame, spatial: max(0, p.info.Spatial),
			temporal: max(0, p.info.Temporal),
			width:    p.info.Width, height: p.info.Height})
		n++
	}
	f := &u.frames[n-1]
	f.ended, f.packets = p.ends, len(u.packets)
	f.damaged = f.damaged || p.infoErr != nil
}

// loseFrame notes that the rest of the newest frame is missing, or if that has ended, one behind it.
func (u *unit) loseFrame() {
	n := len(u.frames)
	if n > 0 && !u.frames[n-1].ended {
		u.frames[n-1].damaged = true
		return
	}
	lost := layerFrame{damaged: true}
	if n > 0 {
		lost.spatial, lost.temporal = u.frames[n-1].spatial+1, u.frames[n-1].temporal
		lost.packets = u.frames[n-1].packets
	}
	u.frames = append(u.frames, lost)
}

// endFrames closes the unit's frames.
func (u *unit) endFrames() {
	n := len(u.frames)
	switch {
	case n == 0:
	case !u.tail:
		u.loseFrame()
	case !u.frames[n-1].ended && u.frames[n-1].packets == len(u.packets):
		u.frames[n-1].ended = true // the marker says it, or what follows
	}
	for i := range u.frames { // all layers of a picture are in the same temporal one
		for k := range u.frames {
			if u.frames[i].lost() && !u.frames[k].lost() {
				u.frames[i].temporal = u.frames[k].temporal
			}
		}
	}
}

// slots is what is known of a decoder's reference slots (and of VP9's statistics, the last). The zero value: nothing is
// wrong.
type slots struct {
	wrong uint16 // in these is not what the sender's encoder has there
	owner [9]layerOfSlot
	// astray is set where a frame was lost and no slot was known to belong to its layer: in which it is, nobody can tell.
	astray    layerOfSlot
	hasAstray bool
}

// layerOfSlot is the layer whose frame is in a slot. Senders keep layers in slots of their own.
type layerOfSlot struct{ spatial, temporal int8 }

// lose notes that a frame was lost of which only the lowest layer is known that it can have been in.
func (s *slots) lose(spatial, temporal int) {
	known := false
	for i, o := range s.owner {
		if 1<<i == codec.VP9Statistics {
			s.wrong |= 1 << i
		} else if int(o.spatial) >= spatial && int(o.temporal) >= temporal {
			s.wrong |= 1 << i
			known = true
		}
	}
	if !known {
		s.astray, s.hasAstray = layerOfSlot{int8(spatial), int8(temporal)}, true
	}
}

// refresh notes that a frame was, or should have been, decoded.
func (s *slots) refresh(f *layerFrame, wrong bool) {
	if s.hasAstray && !wrong && f.temporal > 0 && f.layer() == s.astray {
		s.hasAstray = false
	}
	for i := range s.owner {
		if f.Refreshes>>i&1 == 0 {
			continue
		}
		s.owner[i] = f.layer()
		if s.wrong &^= 1 << i; wrong {
			s.wrong |= 1 << i
		}
	}
}

// readable says whether a decoder gets through a frame, and right whether its picture is then as it should be.
//
// A frame's header names slots that it does not use, too: above the temporal base layer its layer's own. Senders
// predict those layers from lower ones only, so that a receiver can switch to them at any time.
func (s *slots) readable(f *layerFrame) (readable, right bool) {
	own, refers := f.layer(), f.Refers
	for i, o := range s.owner {
		if own.temporal > 0 && o == own && 1<<i != codec.VP9Statistics {
			refers &^= 1 << i
		}
	}
	readable, right = s.wrong&f.Needs == 0, s.wrong&(f.Needs|refers) == 0
	if a := s.astray; s.hasAstray && own.spatial >= a.spatial && own.temporal >= a.temporal &&
		(own != a || a.temporal == 0) {
		return false, false
	}
	return readable, right
}

// layers says which layers of a picture to show: all up to the first that is missing or refers to something that is. A
// layer that is missing is no loss if the sender left it out.
func (dec *decodability) layers(u *unit, gap bool, v *verdict) {
	if gap {
		dec.slots.lose(0, dec.lostAbove(u))
	}
	endure := inSpans(dec.endure, u.seq)
	v.packets = 0
	good := true
	for i := range u.frames {
		f := &u.frames[i]
		if f.lost() {
			good = false
			dec.slots.lose(f.spatial, f.temporal)
			continue
		}
		if u.key && i == 0 && f.whole() {
			dec.slots = slots{}
		}
		readable, right := dec.slots.readable(f)
		intact := f.whole() && (right || endure && readable)
		good = good && intact && (dec.started || u.key)
		dec.slots.refresh(f, !good)
		if good {
			v.packets, v.frame = f.packets, f
		}
	}
	v.show = v.packets > 0
	dec.started = dec.started || v.show
	dec.broken = dec.started && !v.show
	if u.base >= 0 && v.show {
		dec.base = u.base
	}
}

// lostAbove is the lowest temporal layer of the pictures that are missing in front of u, as far as is known.
func (dec *decodability) lostAbove(u *unit) int {
	if u.base < 0 || dec.base < 0 || !dec.started {
		return 0
	}
	if ahead := (u.base - dec.base) & 0xFF; u.upper && ahead == 0 || !u.upper && ahead == 1 {
		return 1
	}
	return 0
}
