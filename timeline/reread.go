package timeline

import (
	"slices"
	"time"
)

// reconsider reports whether the file must be read again, differently.
func (s *scanner) reconsider(with *setup) bool {
	again := false
	if with.arrivals && s.arrivalsLie() {
		with.arrivals, again = false, true // third-party writers fill the field with garbage
	}
	if other := s.otherPayloads(); len(other) > 0 && with.refuse == nil {
		with.refuse, again = other, true
	}
	if len(s.endure) > 0 && with.endure == nil {
		with.endure, again = s.endure, true
	}
	return again
}

// otherPayloads are the payload types in an audio track that are not its sound: telephone events (RFC 4733) and the
// like, which senders mix in with the same source.
func (s *scanner) otherPayloads() []uint8 {
	if !s.audio {
		return nil
	}
	main := uint8(s.t.Media.PayloadType)
	var other []uint8
	for pt, n := range s.payloads {
		// A sender may change its payload type in mid-call, but hardly for less than a tenth of what it sends.
		if pt != main && n*10 < s.payloads[main] {
			other = append(other, pt)
		}
	}
	slices.Sort(other)
	return other
}

// maxFreeze is how long a picture may stand because what follows a loss cannot be decoded as it was meant. Beyond it,
// pictures are shown that mend as they go: browsers send a key picture only when they are asked for one, a server that
// only records does not ask, and a smear where something moved is better than missing seconds of what was shown.
const maxFreeze = time.Second

// follow notes for how long pictures cannot be decoded. u is nil at the end.
func (s *scanner) follow(broken bool, u *unit) {
	switch {
	case u != nil && !broken && s.judge.broken:
		at := *u
		at.packets, at.frames = nil, nil
		s.brokenAt = &at
	case broken && (u == nil || !s.judge.broken):
		end := &s.prevSeen
		if u != nil {
			end = u
		}
		if s.brokenAt != nil && s.between(s.brokenAt, end) > maxFreeze {
			s.endure = append(s.endure, seqSpan{s.brokenAt.seq, end.seq})
		}
		s.brokenAt = nil
	}
	if u != nil {
		s.prevSeen = *u
		s.prevSeen.packets, s.prevSeen.frames = nil, nil
	}
}

// between is the time from one unit to another.
func (s *scanner) between(a, b *unit) time.Duration {
	if s.clock.arrival {
		return time.Duration(b.arrival-a.arrival) * time.Millisecond
	}
	return time.Duration(float64(b.ts-a.ts) / float64(s.clock.rate) * 1e9)
}
