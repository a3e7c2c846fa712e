package room

import (
	"slices"
	"time"
)

// Turn is a stretch of time in which a person has the floor.
type Turn struct {
	Person string
	Span
}

const (
	lookAhead = 25 // steps in which somebody has to speak …
	enough    = 15 // … so many, while who has the floor does not
	aloneBy   = 6  // dB: as if alone
	atLeast   = 20 // steps for which the floor is somebody's
)

// Floor says whose turn it is, from the first word to end: at most one person's at a time. It passes at the beginning
// of a talk of somebody who goes on to speak, while who has it does not, or much more softly; what is short changes
// nothing. When nobody speaks it stays, as long as the person does: present are everybody's presences.
func Floor(talks []Talk, present map[string][]Span, end time.Duration) []Turn {
	steps := int((end + Step - 1) / Step)
	people := make([]string, 0, len(present))
	speaks := map[string][]float64{} // level per step, 0 where silent
	for _, t := range talks {
		if speaks[t.Person] == nil {
			speaks[t.Person] = make([]float64, steps+lookAhead)
			people = append(people, t.Person)
		}
		for i := int(t.From / Step); i < min(steps, int(t.To/Step)); i++ {
			speaks[t.Person][i] = min(t.Level, -0.1)
		}
	}
	slices.Sort(people)
	here := func(p string, i int) bool {
		t := time.Duration(i) * Step
		return slices.ContainsFunc(present[p], func(s Span) bool { return t >= s.From-Step && t < s.To })
	}
	var turns []Turn
	holder, since := "", 0
	pass := func(p string, i int) {
		if holder != "" {
			turns = append(turns, Turn{holder, Span{time.Duration(since) * Step, time.Duration(i) * Step}})
		}
		holder, since = p, i
	}
	for i := range steps {
		if holder != "" && !here(holder, i) {
			pass("", i)
		}
		if holder != "" && i-since < atLeast {
			continue
		}
		best, most := "", 0
		for _, p := range people {
			if p == holder || speaks[p][i] == 0 || holder != "" && speaks[holder][i] != 0 &&
				speaks[p][i] < speaks[holder][i]+aloneBy {
				continue
			}
			n := 0
			for k := i; k < i+lookAhead; k++ {
				if v := speaks[p][k]; v != 0 && (holder == "" || speaks[holder][k] == 0 || v >= speaks[holder][k]+aloneBy) {
					n++
				}
			}
			if n > most {
				best, most = p, n
			}
		}
		if most >= enough {
			pass(best, i)
		}
	}
	pass("", steps)
	if n := len(turns); n > 0 {
		turns[n-1].To = min(turns[n-1].To, end)
	}
	return turns
}
