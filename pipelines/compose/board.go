package compose

import (
	"time"
)

// hand is in whose hands a part is.
type hand int

const (
	open   hand = iota // nobody draws it
	ours               // a process that this one has started does
	theirs             // somebody else does: part.who
	made               // it is complete
)

// board is who draws which part of a video: this process, as many at a time as it may, and others who ask for parts.
// Nobody waits for somebody else as long as a part is open.
type board struct {
	parts   []*part
	refused map[string]bool // who gets no parts, for they have failed, or would come out otherwise
	took    time.Duration   // for what this process has drawn so far
	drawn   time.Duration   // how long that plays
}

// own takes a part for this process: one that is open, or else one that somebody else would have much later. wait says
// that there is none, but may be, because others have not made theirs.
func (b *board) own(now time.Time) (p *part, wait bool) {
	for _, o := range b.parts {
		switch {
		case o.hand == open:
			o.take(ours, "", now)
			return o, false
		case o.hand == theirs && b.late(o, now):
			p = o
		}
		wait = wait || o.hand == theirs
	}
	if p != nil {
		p.take(ours, "", now)
	}
	return p, wait && p == nil
}

// patience is how long somebody else has a part in any case.
const patience = 10 * time.Second

// late says whether somebody else is so slow that this process, if it began the part now, would have it in half of the
// time that they still need.
func (b *board) late(p *part, now time.Time) bool {
	since := now.Sub(p.since)
	if since < patience || b.drawn == 0 {
		return false
	}
	need := b.took.Seconds() / b.drawn.Seconds() * p.length.Seconds()
	if p.reached == 0 {
		return since.Seconds() > 3*need
	}
	left := (p.length - p.reached).Seconds() / p.reached.Seconds() * since.Seconds()
	return left > 2*need
}

// owned is that this process has made a part.
func (b *board) owned(p *part, now time.Time) {
	p.hand, p.who = made, ""
	b.took += now.Sub(p.since)
	b.drawn += p.length
}

// take gives a part to somebody else, nil if there is none for them.
func (b *board) take(who string, now time.Time) *part {
	if b.refused[who] {
		return nil
	}
	for _, p := range b.parts {
		if p.hand == open && p.failed < mostElsewhere {
			p.take(theirs, who, now)
			return p
		}
	}
	return nil
}

// theirs is the part that somebody else draws, nil if it is not theirs. Who began one for a process that died and was
// followed by this one has it as long as nobody else has begun it.
func (b *board) theirs(id, who string, now time.Time) *part {
	for _, p := range b.parts {
		switch {
		case p.id != id:
		case p.hand == theirs && p.who == who:
			return p
		case p.hand == open && p.failed < mostElsewhere && !b.refused[who]:
			p.take(theirs, who, now)
			return p
		}
	}
	return nil
}

// back takes a part from somebody else who does not make it.
func (b *board) back(p *part) { p.hand, p.who = open, "" }

// refuse takes a part from somebody else who gets no more.
func (b *board) refuse(p *part) {
	b.refused[p.who] = true
	b.back(p)
}

// mostElsewhere is on how many hosts a part may fail before it is drawn by nobody else: it may be the reason. Until
// then it may be the host, which would spoil one part after the other.
const mostElsewhere = 2

// failed is that somebody else could not make a part.
func (b *board) failed(p *part) {
	b.refuse(p)
	p.failed++
}

func (p *part) take(h hand, who string, now time.Time) {
	p.hand, p.who, p.since, p.reached = h, who, now, 0
}
