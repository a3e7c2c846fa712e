package stage

import (
	"cmp"
	"slices"
	"time"

	"github.com/upright-media/upright/room"
)

const (
	shortTalk = 500  // ms: what is shorter gets no border
	talkGap   = 1200 // ms: a border does not go away for less
	ringWidth = 4    // of the border around who speaks, in pixels of 720 lines
	ringLevel = 2    // of one that follows the level, for each level, and to begin with
)

// ring is a border of a width for a time.
type ring struct {
	room.MsSpan
	width int // pixels
}

// rings are the borders around everybody who speaks, in order of time, none of them at the same time.
func rings(s *room.Score) map[string][]ring {
	all := map[string][]ring{}
	if s.Canvas == nil || s.Style.Speaker != "border" && s.Style.Speaker != "level" {
		return all
	}
	width := func(at720 int) int { return max(2, at720*s.Canvas.Height/720&^1) }
	usual := width(ringWidth)
	if s.Style.Speaker == "level" {
		usual = width(ringLevel)
	}
	for _, t := range s.Talks {
		if t.To-t.From < shortTalk {
			continue
		}
		l := all[t.Person]
		if n := len(l); n > 0 && t.From-l[n-1].To < talkGap {
			l[n-1].To = t.To
		} else {
			l = append(l, ring{t.MsSpan, usual})
		}
		all[t.Person] = l
	}
	if s.Style.Speaker == "level" {
		for who, l := range all {
			all[who] = following(l, s.Levels, who, width)
		}
	}
	return all
}

// following are borders that are wider while somebody is louder.
func following(borders []ring, levels []room.ScoreLevels, who string, width func(int) int) (out []ring) {
	const step = float64(room.Step / time.Millisecond)
	add := func(from, to float64, width int) {
		if n := len(out); n > 0 && out[n-1].To == from && out[n-1].width == width {
			out[n-1].To = to
		} else if to > from {
			out = append(out, ring{room.MsSpan{From: from, To: to}, width})
		}
	}
	k := 0
	for _, b := range borders {
		at := b.From
		for ; k < len(levels) && levels[k].From < b.To; k++ {
			l := levels[k]
			if l.Person != who || l.From+step*float64(len(l.Steps)) <= at {
				continue
			}
			add(at, max(at, l.From), b.width)
			for i, digit := range l.Steps {
				from := l.From + step*float64(i)
				add(
					max(at, from),
					min(b.To, from+step),
					width(ringLevel*(1+int(min(max(digit-'0', 0), room.MostLevel)))),
				)
			}
			at = max(at, min(b.To, l.From+step*float64(len(l.Steps))))
		}
		add(at, b.To, b.width)
	}
	return out
}

// rings are the borders around somebody during a span.
func (p *painter) rings(person string, span room.MsSpan) []ring {
	all := p.speech[person]
	from, _ := slices.BinarySearchFunc(all, span.From, func(r ring, t float64) int { return cmp.Compare(r.To, t) })
	to, _ := slices.BinarySearchFunc(all, span.To, func(r ring, t float64) int { return cmp.Compare(r.From, t) })
	return all[from:max(from, to)]
}
