package timeline

import "slices"

// tail is the end of a sequence that another one has followed. What is missing of it is waited for as long as for the
// beginning of the new one: in the file the last packets of the old can come behind the first of the new.
type tail struct {
	packets []*packet // that have come, in order
	ssrc    uint32
	wire    int64 // newest number when it ended, extended from the packets' own 16 bit
	shift   int64
	next    int64 // extended number that is due
	open    bool  // … as far as is known: the first one of the sequence may be missing
	restart bool
	jumped  int

	timed bool // the next two are known
	ts    uint32
	ticks int64 // by how much later, in RTP time, what is of it can be than ts
}

// prompt is the packet of the last two seconds that was under way for the shortest time.
type prompt struct {
	there bool
	ts    uint32
	at    int64 // ms
}

func (x *prompt) add(p *packet, rate int) {
	if p.arrival == noArrival {
		return
	}
	ticks := int64(int32(uint32(p.ts) - x.ts))
	old := ticks > 2*int64(rate) || ticks < -2*int64(rate)
	if !x.there || old || (p.arrival-x.at)*int64(rate) <= ticks*1000 {
		*x = prompt{true, uint32(p.ts), p.arrival}
	}
}

// tail makes what waits a tail. next is the first packet to arrive of the sequence that follows.
func (s *sequencer) tail(next *packet) tail {
	t := tail{ssrc: s.ssrc, wire: s.wire, shift: s.shift, next: s.next, open: s.holding, restart: s.restart,
		jumped: s.jumped}
	if s.holding {
		t.next = s.lowest
	}
	for n := t.next; s.pending > 0; n++ {
		if slot := &s.ring[n&(window-1)]; *slot != nil {
			t.packets = append(t.packets, *slot)
			*slot = nil
			s.pending--
		}
	}
	if s.rate > 0 && s.prompt.there && next.arrival != noArrival {
		t.timed, t.ts = true, s.prompt.ts
		t.ticks = (next.arrival - s.prompt.at + leapMs) * int64(s.rate) / 1000
	}
	return t
}

// takes says whether a packet is of the sequence, and its extended number.
//
// Where the source changes, a recorder may count on and write the time of arrival instead of the sender's (Janus does):
// such a packet is later than what followed it, and has no place here.
func (t *tail) takes(p *packet, seq uint16) (number int64, ok bool) {
	newer := int64(int16(seq - uint16(t.wire)))
	number = t.wire + newer + t.shift
	switch {
	case p.ssrc != t.ssrc || newer > maxStep || newer < -maxStep:
		return 0, false
	case number < t.next && !t.open:
		return 0, false
	}
	return number, !t.timed || int64(int32(uint32(p.ts)-t.ts)) <= t.ticks
}

// recover puts a packet of a sequence that has ended in its place, if there still is one.
func (s *sequencer) recover(p *packet, seq uint16) bool {
	for i := range s.tails {
		t := &s.tails[i]
		number, ok := t.takes(p, seq)
		if !ok {
			continue
		}
		at, there := slices.BinarySearchFunc(t.packets, number, func(p *packet, n int64) int { return int(p.seq - n) })
		if there {
			s.counts.Duplicate++
			s.pool.put(p)
			return true
		}
		p.seq, p.shift = number, t.shift
		t.packets = slices.Insert(t.packets, at, p)
		t.next = min(t.next, number)
		return true
	}
	return false
}

// endTails emits what is left of the sequences before.
func (s *sequencer) endTails() {
	if len(s.tails) == 0 {
		return
	}
	s.recoverHeld()
	restart, jumped := s.restart, s.jumped
	for _, t := range s.tails {
		s.endTail(t)
	}
	s.tails, s.restart, s.jumped = s.tails[:0], restart, jumped
}

// recoverHeld ends the doubt about held packets with which a sequence before would have gone on: this one did.
func (s *sequencer) recoverHeld() {
	held, seqs := s.held, s.heldSeq
	s.held, s.heldSeq = s.held[:0], s.heldSeq[:0]
	for i, p := range held {
		if !s.before.goesOn(p, seqs[i]) || !s.recover(p, seqs[i]) {
			s.held, s.heldSeq = append(s.held, p), append(s.heldSeq, seqs[i])
		}
	}
	s.row = min(s.row, len(s.held))
}

func (s *sequencer) endTail(t tail) {
	s.next, s.restart, s.jumped = t.next, t.restart, t.jumped
	for _, p := range t.packets {
		if p.seq > s.next {
			s.skipTo(p.seq)
		}
		s.leave(p)
	}
}
