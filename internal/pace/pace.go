// Package pace estimates how long work will still take from how it went lately.
package pace

import "time"

const (
	window = 20 * time.Second // what counts as lately
	enough = 5 * time.Second  // from how much an estimate is made
	apart  = time.Second / 2  // between what is remembered, at least
)

// Pace remembers how far some work was, and when. The zero value has seen nothing.
type Pace struct{ seen []moment }

type moment struct {
	at   time.Time
	done time.Duration
}

// At notes how far it is.
func (p *Pace) At(now time.Time, done time.Duration) {
	if n := len(p.seen); n > 1 && now.Sub(p.seen[n-2].at) < apart {
		p.seen = p.seen[:n-1] // the last one only says how far it is now
	}
	p.seen = append(p.seen, moment{now, done})
	for len(p.seen) > 2 && now.Sub(p.seen[1].at) >= window {
		p.seen = p.seen[1:]
	}
}

// Left is about how long so much more will take; false if nothing is known of that yet.
func (p *Pace) Left(more time.Duration) (time.Duration, bool) {
	if len(p.seen) < 2 {
		return 0, false
	}
	first, last := p.seen[0], p.seen[len(p.seen)-1]
	took, done := last.at.Sub(first.at), last.done-first.done
	if took < enough || done <= 0 {
		return 0, false
	}
	return time.Duration(float64(max(0, more)) / float64(done) * float64(took)), true
}
