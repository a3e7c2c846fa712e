// Package room decides what the video of a whole room shows, when, and where: who was there (Cast), who speaks (Talks),
// whose turn it is (Floor), where everybody is seen (Arrange), and all of it over time (Compose), which gives a Score.
// An element plays the score.
//
// Everything here is a function from values to values. Times are on the server's clock, from the moment at which the
// first recorder of the room began; only a Score also has times of the output, from which parts may have been cut out.
// The whole meeting is known before the first picture is drawn: so the floor changes when somebody begins to speak,
// somebody who will be back in a moment keeps the seat, and what happens within a second is one change.
package room

import "time"

// Span is a stretch of time, the end exclusive.
type Span struct{ From, To time.Duration }

// Len is how long the span lasts.
func (s Span) Len() time.Duration { return max(0, s.To-s.From) }

// Holds says whether a moment lies in the span.
func (s Span) Holds(t time.Duration) bool { return t >= s.From && t < s.To }

// Joined puts spans, in any order, together where less than gap lies between them.
func Joined(spans []Span, gap time.Duration) []Span {
	var out []Span
	for _, s := range sortedSpans(spans) {
		if n := len(out); n > 0 && (s.From <= out[n-1].To || s.From-out[n-1].To < gap) {
			out[n-1].To = max(out[n-1].To, s.To)
		} else if s.To > s.From {
			out = append(out, s)
		}
	}
	return out
}

// without takes the spans in cut out of those in spans. Both are in order.
func without(spans, cut []Span) []Span {
	var out []Span
	for _, s := range spans {
		for _, c := range cut {
			if c.To <= s.From || c.From >= s.To {
				continue
			}
			if c.From > s.From {
				out = append(out, Span{s.From, c.From})
			}
			s.From = c.To
		}
		if s.To > s.From {
			out = append(out, s)
		}
	}
	return out
}
