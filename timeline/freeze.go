package timeline

import "time"

// A loss spoils all pictures up to the next key picture: they are predicted from what is missing. What is not wrong is
// the last picture before it, and it stands until the next one that is right, if that comes within maxFreeze. People
// bear a still picture better than a smeared one, for about as long as it takes a receiver to ask for a key picture and
// to get it.
//
// Browsers send a key picture only when they are asked for one, and a server that only records does not ask. So where
// the next right picture is further away, what the decoder makes of the others is seen after brief: pictures that mend
// as they go, with a smear where something moved. What comes in the meantime is decoded, unseen, so that they are
// predicted from as little as possible that is not there.
//
// Many short breaks are as bad as a long one: where more stands still than moves, for twice as long as one may last,
// pictures are seen as the decoder makes them. That is for H.264 and H.265, which code each picture by itself: only
// what is predicted is wrong. Of the others, each picture is also coded with the statistics of those before it, and
// what is made of them where much was lost is nonsense more often than not.
const (
	maxFreeze = 5 * time.Second
	brief     = time.Second
)

// outage is a time without pictures that are as they were sent.
type outage struct {
	seqSpan                      // show: the first unit that is seen if the outage is a long one
	at, end, shown time.Duration // since the first unit; shown: where that of show begins
	last           bool          // no right picture follows
}

// bear returns the outages in which pictures are seen although they are damaged. They are in order. alone: each picture
// is coded by itself.
func bear(outages []outage, alone bool) (list []seqSpan) {
	dense := make([]bool, len(outages))
	for i, k, frozen := 0, 0, time.Duration(0); k < len(outages); k++ {
		frozen += outages[k].end - outages[k].at
		for outages[k].end-outages[i].at > max(2*maxFreeze, outages[i].end-outages[i].at) {
			frozen -= outages[i].end - outages[i].at
			i++
		}
		if frozen > maxFreeze && k > i {
			for n := i; n <= k; n++ {
				dense[n] = true
			}
		}
	}
	for i, o := range outages {
		switch d := o.end - o.at; {
		case o.from == 0: // nothing stands before the first picture
		case alone && dense[i] && d <= maxFreeze:
			o.show, o.damaged = o.from, d
			list = append(list, o.seqSpan)
		case d > maxFreeze, o.last && d > brief:
			o.still, o.damaged = o.shown-o.at, o.end-o.shown
			list = append(list, o.seqSpan)
		}
	}
	return list
}

// freezes returns for how long pictures stand still for losses, and for how long they are damaged, in all.
func (s *scanner) freezes() (still, damaged time.Duration) {
	for _, o := range s.breaks {
		if o.from != 0 {
			still += o.end - o.at
		}
	}
	for _, e := range s.t.setup.endure {
		var undecodable time.Duration // of it: counted above, as of VP9, which nobody can go on decoding
		for _, o := range s.breaks {
			if e.from <= o.from && o.from <= e.to {
				undecodable += o.end - o.at
			}
		}
		if undecodable > 0 {
			damaged += max(0, e.still+e.damaged-undecodable)
			continue
		}
		still += e.still
		damaged += e.damaged
	}
	return still, damaged
}

// follow notes for how long pictures are not as they were sent. u is nil at the end.
func (s *scanner) follow(u *unit) {
	if u != nil && s.firstSeen.arrival == 0 && s.firstSeen.seq == 0 {
		s.firstSeen = u.moment()
	}
	now := u != nil && (s.decodability.unsound() || !s.decodability.started)
	switch {
	case now && s.broken == nil:
		s.broken = &outage{at: s.between(s.firstSeen, u.moment())}
		if s.decodability.started {
			s.broken.from = u.seq
		}
	case !now && s.broken != nil:
		end := s.prevSeen
		if u != nil {
			end = u.moment()
		}
		s.broken.to, s.broken.end, s.broken.last = end.seq, s.between(s.firstSeen, end), u == nil
		if len(s.breaks) < maxHoles {
			s.breaks = append(s.breaks, *s.broken)
		}
		s.broken = nil
	}
	if u == nil {
		return
	}
	if b := s.broken; b != nil && b.show == 0 && s.between(s.firstSeen, u.moment())-b.at >= brief {
		b.show, b.shown = u.seq, s.between(s.firstSeen, u.moment())
	}
	s.prevSeen = u.moment()
}
