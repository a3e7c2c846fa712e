package timeline

// ended is a sequence of packets that another one has followed. Packets of it can still come: they were sent again, or
// took another way. Several in a row look like one more new sequence.
type ended struct {
	there bool
	ssrc  uint32
	wire  uint16 // its newest number
	at    int64  // arrival of the packet with which it ended
	left  int    // packets until nothing of it can come any more, where there are no arrival times
}

// of says whether a packet can be of the sequence, and by how much it is newer than what had come of it.
func (e *ended) of(p *packet, seq uint16) (newer int, ok bool) {
	inTime := e.left > 0
	if p.arrival != noArrival {
		inTime = p.arrival-e.at < reorderMs
	}
	newer = int(int16(seq - e.wire))
	return newer, e.there && inTime && p.ssrc == e.ssrc && -maxStep <= newer && newer <= maxStep
}

// pastSequences are the last ones that have ended, the newest first. A sender can start anew several times while
// packets are under way.
type pastSequences [3]ended

// add adds the sequence that has just ended.
func (s *pastSequences) add(ssrc uint32, wire uint16, at int64) {
	copy(s[1:], s[:])
	s[0] = ended{there: true, ssrc: ssrc, wire: wire, at: at, left: reorderPackets}
}

// count notes that a packet has come.
func (s *pastSequences) count() {
	for i := range s {
		s[i].left--
	}
}

// had says whether a packet is of one of them and not newer than what had come of it.
func (s *pastSequences) had(p *packet, seq uint16) bool {
	for i := range s {
		if newer, ok := s[i].of(p, seq); ok && newer <= 0 {
			return true
		}
	}
	return false
}

// goesOn says whether with a packet one of them can go on.
func (s *pastSequences) goesOn(p *packet, seq uint16) bool {
	for i := range s {
		if newer, ok := s[i].of(p, seq); ok && newer > 0 {
			return true
		}
	}
	return false
}
