package timeline

import "slices"

const (
	// reorderMs is how long a missing packet is waited for, in arrival time. Janus' retransmissions come 100 to 330 ms
	// late, on mobile networks up to a second. So long the first packets are held back, too: those in front of them may
	// be missing, and of a video that is the key picture.
	reorderMs = 2000
	// reorderPackets bounds the same where a file has no arrival times.
	reorderPackets = 400
	// mixedMs and mixedPackets: for how long packets of two sequences come mixed, where one follows the other.
	mixedMs      = 500
	mixedPackets = 64
	// maxStep is the largest step of sequence numbers, in either direction, that is loss or reordering and not a
	// restart (compare RFC 3550 appendix A.1, MAX_DROPOUT).
	maxStep = 3000
	// fewStrays packets of another source in front of a recording are none of it.
	fewStrays = 2
	// window is the number of packets that can be held back at a time: a power of two above maxStep.
	window = 4096
	// seenWindow is how far back a duplicate can be told from a packet that is late: a power of two above maxStep.
	seenWindow = 1 << 14
)

// sequencer puts packets into the order of their sequence numbers, drops duplicates, and decides when a packet that
// has not come will not come. Sequence numbers are extended to 64 bit; where the sender starts anew, they go on.
type sequencer struct {
	pool   *packetPool
	counts *Counts
	emit   func(*packet) // takes the packet over

	started bool
	holding bool // at a start: packets are collected, the first one is not known yet
	ssrc    uint32
	rate    int   // RTP clock in Hz; 0: unknown
	wire    int64 // sequence number of the newest packet, extended from the packets' own 16 bit
	prompt  prompt
	shift   int64 // extended number handed out = wire + shift
	next    int64 // extended number that is due
	newest  int64 // arrival of the newest packet
	since   int64 // arrival of the first packet of a start

	pending int
	lowest  int64 // lower bound of the pending numbers while holding
	ring    [window]*packet
	seen    [seenWindow / 64]uint64
	seenTop int64 // numbers above this are not in seen yet

	head    int64   // place of the newest packet in the file
	leaving *packet // the one that emit is given
	begins  bool    // held ones with which a new sequence begins are being put into it
	before  pastSequences
	tails   []tail       // of these, in order, while the first packet of the new sequence is not known
	back    *resumePoint // until all is there that had been read at that point
	held    []*packet    // do not fit the sequence: a restart once enough are close to each other, else strays
	heldSeq []uint16     // their own sequence numbers
	row     int          // packets held since one of the sequence came
	passed  int          // packets of the sequence since one was held
	restart bool
	jumped  int
	ts      int64
	hasTS   bool
}

// push takes the next packet in order of arrival. seq is the packet's own sequence number.
func (s *sequencer) push(p *packet, seq uint16) {
	if p.arrival != noArrival {
		s.newest = p.arrival
	}
	if s.back != nil {
		s.restore(p, seq)
		return
	}
	s.head = max(s.head, p.offset)
	s.before.count()
	if !s.started {
		s.begin(p, seq)
		return
	}
	delta := int64(int16(seq - uint16(s.wire)))
	if p.ssrc == s.ssrc && delta <= maxStep && delta >= -maxStep {
		if delta > 0 {
			s.goesOn(p)
		}
		s.insert(p, s.wire+delta)
		return
	}
	s.probe(p, seq)
}

// goesOn notes that the sequence goes on as before. What is held may still be of one that begins: the last packets of
// this one came later than its first.
func (s *sequencer) goesOn(p *packet) {
	n := len(s.held)
	if s.row = 0; n == 0 {
		return
	}
	s.passed++
	if s.passed > mixedPackets || p.arrival != noArrival && p.arrival-s.held[n-1].arrival > mixedMs {
		s.dropHeld()
	} else if n > mixedPackets {
		s.drop(n - mixedPackets)
	}
}

// probe decides about a packet that does not follow the sequence. A source that started anew goes on from there, a
// stray does not; another source must show more, because its packets can be mixed in (compare RFC 3550 appendix A.1).
func (s *sequencer) probe(p *packet, seq uint16) {
	if s.before.had(p, seq) {
		s.late(p, seq)
		return
	}
	if n := len(s.held); n > 0 {
		apart := int(int16(seq - s.heldSeq[n-1]))
		switch {
		case s.held[0].ssrc == p.ssrc && slices.Contains(s.heldSeq, seq):
			s.counts.Duplicate++
			s.pool.put(p)
			return
		case s.held[0].ssrc != p.ssrc || apart > mixedPackets || apart < -mixedPackets:
			s.dropHeld()
		}
	}
	s.held, s.heldSeq = append(s.held, p), append(s.heldSeq, seq)
	s.row, s.passed = s.row+1, 0
	if s.enough() {
		s.goOn()
	}
}

// enough says whether what is held shows that a source started anew. That one goes on which has just ended must show
// for longer: packets of its end, too, come in a row when they were sent again.
func (s *sequencer) enough() bool {
	n := len(s.held)
	switch {
	case s.row == 0:
		return false
	case s.before.goesOn(s.held[n-1], s.heldSeq[n-1]):
		if now := s.held[n-1].arrival; now != noArrival {
			return now-s.held[n-s.row].arrival >= mixedMs || s.row >= window/4
		}
		return s.row >= mixedPackets
	case s.held[0].ssrc == s.ssrc:
		return s.row >= 2
	}
	return s.row >= 4
}

// goOn starts a new sequence with the packets that were held.
func (s *sequencer) goOn() {
	held, seqs := slices.Clone(s.held), slices.Clone(s.heldSeq)
	s.held, s.heldSeq = s.held[:0], s.heldSeq[:0]
	first := seqs[0]
	for _, seq := range seqs {
		if int16(seq-first) < 0 {
			first = seq
		}
	}
	skipped := 0
	if held[0].ssrc == s.ssrc {
		skipped = int(first - uint16(s.wire) - 1)
	}
	s.turnOver(held[0])
	s.row = 0
	s.begin(held[0], seqs[0])
	s.restart, s.jumped = true, skipped
	s.begins = true
	for i, p := range held[1:] {
		s.push(p, seqs[i+1])
	}
	s.begins = false
}

// turnOver ends the sequence so far; next is the first packet of the one that follows. A handful of packets of another
// source in front of the recording are strays.
func (s *sequencer) turnOver(next *packet) {
	if s.holding && s.pending <= fewStrays {
		for i := range s.ring {
			if s.ring[i] != nil {
				s.counts.Foreign++
				s.pool.put(s.ring[i])
				s.ring[i] = nil
			}
		}
		s.pending = 0
		return
	}
	s.before.add(s.ssrc, uint16(s.wire), s.newest)
	if s.tails = append(s.tails, s.tail(next)); len(s.tails) > len(s.before) {
		s.endTail(s.tails[0])
		s.tails = slices.Delete(s.tails, 0, 1)
	}
}

// begin starts a sequence with p, its first packet to arrive.
func (s *sequencer) begin(p *packet, seq uint16) {
	top := s.wire + s.shift
	s.ssrc = p.ssrc
	s.wire, s.prompt = int64(seq), prompt{}
	// Room for packets of the sequence before that are newer than what has come of it, and for such of this one that
	// precede its first one to arrive.
	s.shift = top + 2*maxStep + 1 - s.wire
	s.started, s.holding = true, true
	s.restart, s.jumped = false, 0
	s.lowest = s.wire + s.shift
	s.since = p.arrival
	s.insert(p, s.wire)
}

// insert puts a packet with the given wire number in its place and emits what is due.
func (s *sequencer) insert(p *packet, wire int64) {
	if wire >= s.wire {
		s.wire = wire
		s.prompt.add(p, s.rate)
	}
	p.seq, p.shift = wire+s.shift, s.shift
	if !s.holding && p.seq < s.next {
		if s.wasSeen(p.seq) {
			s.counts.Duplicate++
		} else {
			s.counts.Late++
		}
		s.pool.put(p)
		return
	}
	if oldest := s.oldest(); s.pending > 0 && p.seq-oldest >= window {
		s.release(p.seq - window + 1)
	}
	if !s.place(p) {
		return
	}
	if s.holding {
		s.lowest = min(s.lowest, p.seq)
		enough := s.pending >= reorderPackets
		if p.arrival != noArrival {
			enough = p.arrival-s.since >= reorderMs || s.pending >= window/4
		}
		if !enough {
			return
		}
		s.endHold()
	}
	s.advance()
}

// place keeps a packet until it is due, unless there is one with its number.
func (s *sequencer) place(p *packet) bool {
	slot := &s.ring[p.seq&(window-1)]
	if *slot != nil {
		s.counts.Duplicate++
		s.pool.put(p)
		return false
	}
	*slot = p
	s.pending++
	return true
}

// oldest is the lowest extended number that can still be emitted.
func (s *sequencer) oldest() int64 {
	if s.holding {
		return s.lowest
	}
	return s.next
}

func (s *sequencer) endHold() {
	if s.holding {
		s.endTails()
		s.holding = false
		s.next = s.lowest
	}
}

// advance emits what is due, and gives missing packets up that have been waited for long enough.
func (s *sequencer) advance() {
	for s.pending > 0 {
		if p := s.ring[s.next&(window-1)]; p != nil {
			s.out(p)
			continue
		}
		// next is missing.
		first := s.firstPending()
		if first.arrival != noArrival {
			if s.newest-first.arrival < reorderMs {
				return
			}
		} else if s.pending < reorderPackets {
			return
		}
		s.skipTo(first.seq)
	}
}

// firstPending is the pending packet with the lowest number. There is one.
func (s *sequencer) firstPending() *packet {
	for n := s.next; ; n++ {
		if p := s.ring[n&(window-1)]; p != nil {
			return p
		}
	}
}

func (s *sequencer) skipTo(seq int64) {
	s.counts.Lost += int(seq - s.next)
	s.next = seq
}

// release gives up everything that is missing below seq.
func (s *sequencer) release(seq int64) {
	s.endHold()
	for s.pending > 0 && s.next < seq {
		first := s.firstPending()
		if first.seq >= seq {
			break
		}
		if first.seq > s.next {
			s.skipTo(first.seq)
		}
		s.out(first)
	}
	if s.next < seq {
		s.skipTo(seq)
	}
}

func (s *sequencer) out(p *packet) {
	s.ring[p.seq&(window-1)] = nil
	s.pending--
	s.leave(p)
}

// leave emits a packet.
func (s *sequencer) leave(p *packet) {
	s.next = p.seq + 1
	s.markSeen(p.seq)
	if s.hasTS {
		s.ts += int64(int32(uint32(p.ts) - uint32(s.ts)))
	} else {
		s.ts, s.hasTS = p.ts+1<<32, true // positive, also for packets that precede the first one to arrive
	}
	p.ts = s.ts
	p.restart, p.jumped = s.restart, s.jumped
	s.restart, s.jumped = false, 0
	s.leaving = p
	s.emit(p)
	s.leaving = nil
}

// waiting are the packets that have come and are in no unit yet, while emit makes a unit of those before.
func (s *sequencer) waiting() []*packet {
	packets := slices.Clone(s.held)
	if s.leaving != nil {
		packets = append(packets, s.leaving)
	}
	for n, left := s.next, s.pending; left > 0; n++ {
		if p := s.ring[n&(window-1)]; p != nil {
			packets = append(packets, p)
			left--
		}
	}
	return packets
}

// drain emits everything that is held back: the end of the file, or of a sequence.
func (s *sequencer) drain() {
	if s.pending > 0 {
		s.endHold()
	}
	for s.pending > 0 {
		first := s.firstPending()
		if first.seq > s.next {
			s.skipTo(first.seq)
		}
		s.out(first)
	}
}

// flush ends the stream.
func (s *sequencer) flush() {
	s.restored()
	s.drain()
	s.endTails()
	s.dropHeld()
}

func (s *sequencer) dropHeld() { s.drop(len(s.held)) }

// drop gives up the first n packets that are held.
func (s *sequencer) drop(n int) {
	for i, p := range s.held[:n] {
		if s.before.goesOn(p, s.heldSeq[i]) {
			s.late(p, s.heldSeq[i])
		} else {
			s.counts.Foreign++
			s.pool.put(p)
		}
	}
	s.held, s.heldSeq = slices.Delete(s.held, 0, n), slices.Delete(s.heldSeq, 0, n)
	s.row = min(s.row, len(s.held))
}

// late takes a packet of a sequence that has ended.
func (s *sequencer) late(p *packet, seq uint16) {
	if !s.recover(p, seq) {
		s.counts.Late++
		s.pool.put(p)
	}
}

func (s *sequencer) markSeen(seq int64) {
	for s.seenTop < seq {
		s.seenTop++
		if s.seenTop < seq-seenWindow {
			s.seenTop = seq - seenWindow
		}
		s.seen[(s.seenTop&(seenWindow-1))/64] &^= 1 << (s.seenTop & 63)
	}
	s.seen[(seq&(seenWindow-1))/64] |= 1 << (seq & 63)
}

func (s *sequencer) wasSeen(seq int64) bool {
	if seq > s.seenTop || seq <= s.seenTop-seenWindow {
		return false
	}
	return s.seen[(seq&(seenWindow-1))/64]&(1<<(seq&63)) != 0
}
