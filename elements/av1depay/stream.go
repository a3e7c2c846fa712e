package av1depay

import "github.com/upright-media/upright/codec"

// packet is what matters of an RTP packet.
type packet struct {
	payload   []byte // none: padding only
	timestamp uint32 // RTP time
	marker    bool
	discont   bool // packets are missing in front of this one
}

// stream finds out where temporal units begin and end.
type stream struct {
	depacketizer codec.AV1Depacketizer
	open         bool   // a unit has begun and has not ended
	timestamp    uint32 // of that unit
	discont      bool   // a unit has been left out since the last one
}

// turns says whether p belongs to another unit than the packets before it, which end has to be called for then. Units
// end without a marker where somebody on the way took the highest spatial layer out (RTP payload format for AV1,
// section 4.2).
func (s *stream) turns(p packet) bool {
	if p.discont {
		s.depacketizer.Lost()
	}
	return s.open && len(p.payload) > 0 && p.timestamp != s.timestamp
}

// add takes the packet, and says whether it is the first of a unit.
func (s *stream) add(p packet) (first bool) {
	if len(p.payload) == 0 {
		return false
	}
	first = !s.open
	s.open, s.timestamp = true, p.timestamp
	_ = s.depacketizer.Push(p.payload) // end returns it
	return first
}

// ends says whether p, which was added, is the last of its unit.
func (s *stream) ends(p packet) bool { return p.marker && len(p.payload) > 0 }

// end closes the unit. Its data is valid until the next call of add; there is none if it is not complete.
func (s *stream) end() (unit codec.AV1Unit, discont bool, err error) {
	s.open = false
	unit, err = s.depacketizer.End()
	if err != nil {
		s.discont = true
	} else if len(unit.Data) > 0 {
		discont, s.discont = s.discont, false
	}
	return unit, discont, err
}

func (s *stream) reset() {
	s.depacketizer.Reset()
	s.open, s.discont = false, false
}
