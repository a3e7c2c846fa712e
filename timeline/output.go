package timeline

import (
	"slices"
	"time"

	"github.com/upright-media/upright/recording"
)

// take makes units of what the feed has put together.
func (s *Stream) take(u *unit) {
	if u.seq < s.skip {
		return
	}
	if s.t.Info.Medium == recording.Audio {
		s.sound(u)
	} else {
		s.picture(u)
	}
}

func (s *Stream) picture(u *unit) {
	v := s.decodability.look(u)
	if !v.show && !v.hide {
		switch {
		case !u.sets || s.decodability.started:
		case s.coder != nil:
			s.coder.learn(u)
		default:
			s.sets = payloads(u)
		}
		return
	}
	out := s.blank()
	if s.coder != nil {
		if out.Data, out.Format = s.coder.picture(out.Data, u, v.packets); out.Format < 0 {
			s.torn = true
			s.free = append(s.free, out)
			return
		}
	}
	pts := s.tl.at(s.t, mark{u.seq, u.ts})
	if s.begun && pts <= s.newest && (s.order.ahead == 0 || u.key) {
		pts = s.newest + time.Millisecond // a clock that leapt by less than is known about it
	}
	if u.seq == s.t.first.seq {
		pts = s.t.Start // may be held from earlier on
	}
	pts = s.order.push(pts)
	if v.hide && pts < s.before { // in front of time 0, which is where the first that is seen stands
		pts = s.before
		s.before++
	} else if !s.begun || pts > s.newest {
		pts = max(pts, s.before)
		s.begun, s.newest = true, pts
	}
	out.PTS, out.Key, out.Discont, out.ts = pts, u.key, v.discont || s.fresh || s.torn, uint32(u.ts)
	out.Hidden = v.hide
	out.Orientation = v.orientation
	out.OrientationChanged = s.fresh || v.orientation != s.shown
	s.shown, s.fresh, s.torn = v.orientation, false, false
	s.ready = append(s.ready, out)
	if s.coder != nil {
		out.Key = u.key || u.recovery == 0 && u.whole() // decoding can begin there, and what is shown is as it was sent
		return
	}
	if u.key && !u.sets {
		for _, set := range s.sets {
			s.packet(out, s.filler.rtp(set), 1)
		}
	}
	s.sets = nil
	for i, p := range u.packets[:v.packets] {
		step := uint16(1)
		if p.broken || i == 0 && !u.head {
			step = 2 // depayloaders must see that something is missing
		}
		s.media(out, p, step)
	}
	s.mark(out, v.frame != nil)
}

// mark sets the marker bit on a picture's last packet, and on no other. Depayloaders end a picture where they see it,
// and that of VP8 only there; but there are senders that never set it, and such that always do.
func (s *Stream) mark(out *outUnit, last bool) {
	last = last || s.t.Info.Codec == "vp8" // and of other codecs those whose sender says so
	for _, b := range out.Packets {
		last = last || b[1]&0x80 != 0
		b[1] &^= 0x80
	}
	if last {
		out.Packets[len(out.Packets)-1][1] |= 0x80
	}
}

func (s *Stream) sound(u *unit) {
	p := u.packets[0]
	if !s.t.playable(p) {
		return
	}
	pts := s.tl.at(s.t, mark{u.seq, u.ts})
	length := s.tl.lasts(s.t, p.length)
	if pts < -length/2 {
		return // trimmed
	}
	pts = max(0, pts)
	if s.begun {
		if pts < s.newest-length/2 {
			return // would be heard twice: a clock that leapt back over what has been played
		}
		pts = max(pts, s.newest)
	}
	out := s.blank()
	out.PTS, out.Duration, out.Key, out.ts = pts, length, true, uint32(u.ts)
	out.Discont = u.missing > 0 || s.fresh
	if s.mixer != nil {
		from := s.mixer.to
		if c, ok := s.t.setup.sounds.types[p.pt]; ok {
			from = c
		}
		payload := s.mixer.convert(from, p.payload(), out.Discont)
		if s.coder != nil {
			out.Data = append(out.Data, payload...)
		} else {
			s.bytes = append(s.bytes[:0], p.raw[:p.payloadStart]...)
			s.packet(out, append(s.bytes, payload...), 1)
		}
	} else if s.coder != nil {
		out.Data = append(out.Data, p.payload()...)
	} else {
		s.media(out, p, 1)
	}
	s.begun, s.fresh, s.newest = true, false, pts+length
	s.ready = append(s.ready, out)
}

func (s *Stream) blank() *outUnit {
	if n := len(s.free); n > 0 {
		u := s.free[n-1]
		s.free = s.free[:n-1]
		packets, steps, data := u.Packets[:0], u.steps[:0], u.Data[:0]
		*u = outUnit{Unit: Unit{Packets: packets, Data: data}, steps: steps}
		return u
	}
	return &outUnit{}
}

// media adds a recorded packet to a unit. step is 1 if it follows the one before.
func (s *Stream) media(out *outUnit, p *packet, step uint16) {
	s.packet(out, p.raw[:p.payloadEnd], step)
}

// packet copies an RTP packet into a unit. Sequence numbers, source and payload type are made those of one unbroken
// sender, so that depayloaders see a hole only where something is missing; padding is gone.
func (s *Stream) packet(out *outUnit, raw []byte, step uint16) {
	n := len(out.Packets)
	if cap(out.Packets) > n {
		out.Packets = out.Packets[:n+1]
	} else {
		out.Packets = append(out.Packets, nil)
	}
	b := append(out.Packets[n][:0], raw...)
	b[0] &^= 0x20 // P bit
	b[1] = b[1]&0x80 | byte(s.whole.Media.PayloadType)&0x7F
	b[4], b[5], b[6], b[7] = byte(out.ts>>24), byte(out.ts>>16), byte(out.ts>>8), byte(out.ts)
	b[8], b[9], b[10], b[11] = 0, 0, 0, 1
	out.Packets[n] = b
	out.steps = append(out.steps, step)
}

// payloads are those of a unit's packets, copied.
func payloads(u *unit) (list [][]byte) {
	for _, p := range u.packets {
		list = append(list, slices.Clone(p.payload()))
	}
	return list
}
