package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/recording"
)

// What a column of a room's axis shows.
const (
	axisBoth   = '█'
	axisScreen = '▓'
	axisSeen   = '▀'
	axisHeard  = '▄'
	axisNobody = ' '
)

const axisLegend = "█ picture and sound  ▓ two pictures  ▀ picture  ▄ sound"

// longestPerson is how many bytes of a name stand in front of an axis.
const longestPerson = 24

// axisPerson is what was recorded of somebody, however often they came: µs since the Unix epoch.
type axisPerson struct {
	name         string
	seen, heard  []axisSpan
	first, until int64
}

type axisSpan struct{ from, to int64 }

// roomLines show all people of a recording below each other, by the server's clock. There are none where fewer than two
// people have media, or where it is not known when.
func roomLines(facts []participantFacts, zone *time.Location) []string {
	people := axisPeople(facts)
	if len(people) < 2 {
		return nil
	}
	from, to, longest := people[0].first, people[0].until, len("person")
	for _, p := range people {
		from, to = min(from, p.first), max(to, p.until)
		longest = max(longest, utf8.RuneCountInString(p.name))
	}
	if to <= from {
		return nil
	}
	name := facts[0].Recording
	if facts[0].Title != "" {
		name = facts[0].Title
	}
	length := human.ClockMs(float64(to-from) / 1000)
	lines := []string{spread(fmt.Sprintf("%s: %d people", name, len(people)),
		time.UnixMicro(from).In(zone).Format("2006-01-02 15:04:05.000 MST")+", "+length, tableWidth)}
	width := tableWidth - longest - 4
	lines = append(lines, "  "+pad("person", longest)+"  "+spread(human.ClockMs(0), length, width))
	for _, p := range people {
		var axis strings.Builder
		for i := range int64(width) {
			axis.WriteRune(p.at(from+(to-from)*i/int64(width), from+(to-from)*(i+1)/int64(width)))
		}
		lines = append(lines, strings.TrimRight("  "+pad(p.name, longest)+"  "+axis.String(), " "))
	}
	return append(lines, "  "+pad("", longest)+"  "+axisLegend)
}

// axisPeople are the people of a recording, those first who came first.
func axisPeople(facts []participantFacts) (people []*axisPerson) {
	by := map[string]*axisPerson{}
	for _, f := range facts {
		for _, in := range f.Inputs {
			if in.Used == 0 || f.StartUs == 0 {
				continue
			}
			p := by[f.person]
			at := func(ms float64) int64 { return f.StartUs + int64(ms*1000) }
			span := axisSpan{at(in.OffsetMs), at(in.OffsetMs + in.DurationMs)}
			if p == nil {
				p = &axisPerson{name: human.Head(human.Line(f.person), longestPerson), first: span.from, until: span.to}
				by[f.person], people = p, append(people, p)
			}
			p.first, p.until = min(p.first, span.from), max(p.until, span.to)
			var on []axisSpan
			for _, h := range in.Holes {
				if from := at(h.FromMs); from > span.from {
					on = append(on, axisSpan{span.from, from})
				}
				span.from = max(span.from, at(h.ToMs))
			}
			if span.to > span.from {
				on = append(on, span)
			}
			switch f.media[in.File] {
			case recording.Video:
				p.seen = append(p.seen, on...)
			case recording.Audio:
				p.heard = append(p.heard, on...)
			}
		}
	}
	slices.SortStableFunc(people, func(a, b *axisPerson) int { return cmp.Compare(a.first, b.first) })
	return people
}

// at is what there is of somebody in a part of the axis: anything that is there for a moment is to be seen.
func (p *axisPerson) at(from, to int64) rune {
	count := func(list []axisSpan) (n int) {
		for _, s := range list {
			if s.from < to && s.to > from {
				n++
			}
		}
		return n
	}
	two := false // files that follow each other within a column are not two at a time
	for i, a := range p.seen {
		for _, b := range p.seen[:i] {
			two = two || max(a.from, b.from, from) < min(a.to, b.to, to)
		}
	}
	seen, heard := count(p.seen), count(p.heard)
	switch {
	case two:
		return axisScreen
	case seen > 0 && heard > 0:
		return axisBoth
	case seen > 0:
		return axisSeen
	case heard > 0:
		return axisHeard
	}
	return axisNobody
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// spread puts one text at the left and one at the right.
func spread(left, right string, width int) string {
	return left + strings.Repeat(" ", max(3, width-utf8.RuneCountInString(left)-utf8.RuneCountInString(right))) + right
}
