package inspectpage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/internal/human"
)

// everybodyView is a recording's own axis, by the server's clock, with a lane for each of its people.
type everybodyView struct {
	ID       string
	When     string
	StartUs  int64
	LengthNs int64
	Length   string
	People   string
	Ticks    []tick
	Lanes    []lane
}

// Rows of a person's lane.
const (
	rowHeight = 11
	rowGap    = 3
)

// shortestHole is what is left out of a lane of the recording's axis, as a part of it.
const shortestHole = 0.002

// onAir is a stretch in which there is media of a kind.
type onAir struct {
	kind     string
	from, to time.Duration
}

// somebody is all that was recorded of a person.
type somebody struct {
	name  string
	on    []onAir
	first time.Duration
}

// everybody draws all people of a recording below each other, those first who came first; nil where fewer than two have
// media, or where it is not known when.
func (r *Recording) everybody(id string) *everybodyView {
	var start, end time.Time
	for _, p := range r.Participants {
		if p.Start.IsZero() {
			continue
		}
		for _, t := range p.Tracks {
			from, to := p.Start.Add(t.Start), p.Start.Add(t.End)
			if !t.live() {
				continue
			}
			if start.IsZero() || from.Before(start) {
				start = from
			}
			if to.After(end) {
				end = to
			}
		}
	}
	if start.IsZero() || !end.After(start) {
		return nil
	}
	people := r.people(start)
	if len(people) < 2 {
		return nil
	}
	a := axis{max(shortestAxis, end.Sub(start))}
	v := &everybodyView{ID: id, When: instant(start), StartUs: start.UnixMicro(), LengthNs: int64(a.length),
		Length: human.Clock(a.length), People: fmt.Sprintf("%d people", len(people)), Ticks: a.ticks()}
	for _, p := range people {
		l := p.lane(a)
		l.Ticks = v.Ticks
		v.Lanes = append(v.Lanes, l)
	}
	return v
}

// people are those of a recording, on an axis that begins at start.
func (r *Recording) people(start time.Time) (list []*somebody) {
	by := map[string]*somebody{}
	for i := range r.Participants {
		p := &r.Participants[i]
		if p.Start.IsZero() {
			continue
		}
		begin := p.Start.Sub(start)
		for k := range p.Tracks {
			t := &p.Tracks[k]
			if !t.live() {
				continue
			}
			key := cmp.Or(p.Person, p.Name)
			who := by[key]
			if who == nil {
				who = &somebody{name: human.Line(key), first: begin + t.Start}
				by[key], list = who, append(list, who)
			}
			who.first = min(who.first, begin+t.Start)
			who.on = append(who.on, t.onAir(begin)...)
		}
	}
	slices.SortStableFunc(list, func(a, b *somebody) int { return cmp.Compare(a.first, b.first) })
	return list
}

// live says whether there is something to be seen or heard in a track.
func (t *Track) live() bool { return t.Units > 0 && t.Kind != Data }

// onAir is where a track has media.
func (t *Track) onAir(begin time.Duration) (on []onAir) {
	from := t.Start
	add := func(to time.Duration) {
		if to > from {
			on = append(on, onAir{t.Kind, begin + from, begin + to})
		}
	}
	for _, h := range t.Holes {
		if h.To-h.From > 0 && h.From >= from {
			add(h.From)
			from = h.To
		}
	}
	add(t.End)
	return on
}

// rows puts stretches into as few rows as they need: those of one row do not overlap. Stretches that are closer than
// gap become one.
func rows(list []onAir, gap time.Duration) (rows [][]onAir) {
	list = slices.SortedStableFunc(slices.Values(list), func(a, b onAir) int { return cmp.Compare(a.from, b.from) })
next:
	for _, s := range list {
		for i := range rows {
			last := &rows[i][len(rows[i])-1]
			if s.from >= last.to && s.from-last.to < gap {
				last.to = max(last.to, s.to)
				continue next
			}
		}
		for i := range rows {
			if s.from >= rows[i][len(rows[i])-1].to {
				rows[i] = append(rows[i], s)
				continue next
			}
		}
		rows = append(rows, []onAir{s})
	}
	return rows
}

// lane draws somebody: pictures above, a second row for a second picture at the same time, sound below.
func (p *somebody) lane(a axis) lane {
	l := lane{Class: "person", Label: p.name, Title: "Media of " + p.name, Height: rowGap}
	gap := time.Duration(shortestHole * float64(a.length))
	var said []string
	for _, kind := range []struct{ name, what string }{{Video, "picture"}, {Audio, "sound"}} {
		var of []onAir
		for _, s := range p.on {
			if s.kind == kind.name {
				of = append(of, s)
			}
		}
		for i, row := range rows(of, gap) {
			what := kind.what
			if i > 0 {
				what = "second " + what
			}
			for _, s := range row {
				title := fmt.Sprintf("%s from %s to %s", what, human.Clock(s.from), human.Clock(s.to))
				l.Rects = append(
					l.Rects,
					stretch{a.at(s.from), a.at(s.to)}.rect(l.Height, rowHeight, "media "+kind.name, title),
				)
				said = append(said, title)
			}
			l.Height += rowHeight + rowGap
		}
	}
	const most = 12
	if len(said) > most {
		said = append(said[:most], fmt.Sprintf("and %d more", len(said)-most))
	}
	l.Desc = strings.Join(said, "; ") + "."
	return l
}
