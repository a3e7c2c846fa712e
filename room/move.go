package room

import (
	"math"
	"slices"
	"time"
)

// Moved is what is to be seen at a moment of the output, and until when: the regions of a span, or, in the last moments
// of one, those on their way to where the next span has them. They arrive when that begins, since it is known before.
// animate is how long they take, step how long a picture stands. It goes by the span's index.
func (s *Score) Moved(span int, at, animate, step time.Duration) (regions []Region, until time.Duration) {
	a := &s.Spans[span]
	end := time.Duration(math.Round(a.To * 1e6))
	// What was cut out is a jump anyway.
	if animate <= 0 || span+1 == len(s.Spans) || slices.ContainsFunc(s.Timeline, func(p Piece) bool {
		return math.Abs(p.From-a.To) < 1 && p.From > 0
	}) {
		return a.Regions, end
	}
	begin := max(end-animate, time.Duration(a.From*1e6))
	if at < begin {
		return a.Regions, begin
	}
	part := float64(at-begin) / float64(end-begin)
	return moving(a.Regions, s.Spans[span+1].Regions, part*part*(3-2*part)), min(at+step, end)
}

// smallest is a region that is still drawn, in pixels.
const smallest = 16

// moving are the regions of a that are on their way to where b has them, part of it from 0 to 1. Who is not there any
// more shrinks away; who is not there yet comes when b begins.
func moving(a, b []Region, part float64) []Region {
	var out []Region
	for _, r := range a {
		to := r
		i := slices.IndexFunc(b, func(o Region) bool { return r.becomes(o) })
		switch {
		case i >= 0:
			to.X, to.Y, to.W, to.H = b[i].X, b[i].Y, b[i].W, b[i].H
		case r.Source == Fill || r.Source == More: // nobody whom the eye would follow
			continue
		default:
			to.X, to.Y, to.W, to.H = r.X+r.W/2, r.Y+r.H/2, 0, 0
		}
		// Edges go, not sizes: what lies side by side goes on doing so.
		edge := func(from, to int) int {
			return int(math.Round((float64(from)+(float64(to)-float64(from))*part)/2)) * 2
		}
		x0, y0 := edge(r.X, to.X), edge(r.Y, to.Y)
		x1, y1 := edge(r.X+r.W, to.X+to.W), edge(r.Y+r.H, to.Y+to.H)
		if x1-x0 < smallest || y1-y0 < smallest {
			continue
		}
		m := r
		m.X, m.Y, m.W, m.H = x0, y0, x1-x0, y1-y0
		half := min(m.W, m.H) / 2
		m.Round, m.Border = min(m.Round, half)&^1, min(m.Border, half)
		out = append(out, m)
	}
	return out
}

// becomes says whether a region shows in the next span what another one shows in this.
func (r Region) becomes(o Region) bool {
	switch r.Source {
	case Fill: // these do not move
		return o.Source == Fill && o.X == r.X && o.Y == r.Y && o.W == r.W && o.H == r.H && o.Dress == r.Dress
	case More:
		return o.Source == More
	case Screen:
		return o.Source == Screen && o.Person == r.Person
	case Camera, Avatar:
	}
	return (o.Source == Camera || o.Source == Avatar) && o.Person == r.Person
}
