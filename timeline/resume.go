package timeline

import "slices"

// resumePoint is a place in a file from which a stream can be read on: with a unit, and with what the sequencer knew
// when that unit was made. By then it had read on, up to head. Packets from offset to there are of the unit, are to
// come after it, or were used before; from head on, all are new.
type resumePoint struct {
	offset       int64 // byte offset of the record to start at
	arrival      int64 // extended arrival time of that record
	firstArrival uint32
	seq          int64 // extended sequence number of the unit's first packet
	shift        int64
	ts           int64 // extended RTP time of the unit, as it was sent
	clocks       clockState
	ssrc         uint32

	head   int64 // byte offset of the newest record
	wire   int64 // newest sequence number, extended from the packets' own 16 bit
	prompt prompt
	newest int64   // newest arrival
	held   []int64 // byte offsets of packets that did not fit the sequence
	row    int     // as that of the sequencer
	passed int
	before pastSequences
}

// resumeAt is the point for a unit that is made now. clocks is where its feed's retimers stood in front of the unit.
// There is none while a new sequence begins, nor for the last unit of one: it is made when the next has begun.
func (s *sequencer) resumeAt(u *unit, clocks clockState, firstArrival uint32) (at resumePoint, ok bool) {
	first := u.packets[0]
	if s.begins || s.holding || first.shift != s.shift || first.ssrc != s.ssrc {
		return at, false
	}
	at = resumePoint{offset: first.offset, arrival: first.arrival, firstArrival: firstArrival, seq: u.seq,
		shift: first.shift, ts: u.sent, clocks: clocks, ssrc: first.ssrc,
		head: s.head, wire: s.wire, prompt: s.prompt, newest: s.newest,
		row: s.row, passed: s.passed, before: s.before}
	if u.padding.there && u.padding.offset < at.offset {
		at.offset, at.arrival = u.padding.offset, u.padding.arrival
	}
	for _, p := range append(s.waiting(), u.packets...) {
		if p.offset < at.offset { // it overtook
			at.offset, at.arrival = p.offset, p.arrival
		}
	}
	for _, p := range s.held {
		at.held = append(at.held, p.offset)
	}
	return at, true
}

// resume makes the sequencer go on in the middle of a stream.
func (s *sequencer) resume(at resumePoint) {
	s.started = true
	s.ssrc = at.ssrc
	s.wire, s.prompt = at.wire, at.prompt
	s.shift = at.shift
	s.next = at.seq
	s.seenTop = at.seq - 1
	s.ts, s.hasTS = at.ts, true
	s.newest = at.arrival
	s.before = at.before
	s.back = &at
}

// restore takes a packet again that had come before the resume point. Nothing is given up meanwhile: it had been there.
func (s *sequencer) restore(p *packet, seq uint16) {
	last := p.offset >= s.back.head
	delta := int64(int16(seq - uint16(s.wire)))
	p.seq, p.shift = s.wire+delta+s.shift, s.shift
	switch {
	case slices.Contains(s.back.held, p.offset):
		s.held, s.heldSeq = append(s.held, p), append(s.heldSeq, seq)
	case p.ssrc == s.ssrc && -maxStep <= delta && delta <= 0 && p.seq >= s.next:
		if s.pending > 0 && p.seq-s.next >= window {
			s.release(p.seq - window + 1)
		}
		s.place(p)
	default: // it is in a unit before, or was dropped
		s.pool.put(p)
	}
	if last {
		s.restored()
	}
}

// restored goes on after what had been read at the resume point.
func (s *sequencer) restored() {
	if s.back == nil {
		return
	}
	s.newest, s.row, s.passed, s.back = s.back.newest, s.back.row, s.back.passed, nil
	if s.enough() {
		s.goOn()
	} else {
		s.advance()
	}
}
