package timeline

import (
	"cmp"
	"math"
	"slices"
)

// What speaks against a piece of clock is counted in seconds for which a queue on the network would have had to last.
const (
	// stillCost is what a clock that stood still speaks against itself: a queue that is shorter than so many seconds is
	// the likelier story. Congestion control empties queues in a few seconds, and when it cannot, calls end.
	stillCost = 8
	// aheadCost is the same of a clock that leapt ahead although nothing was missing. A queue that is there when the
	// recording begins and then drains looks like it, and is much more usual.
	aheadCost = 30
	// flatCost is how many times less likely a second is in which a queue neither grew nor drained. A link's capacity
	// and a sender's bitrate are never the same for long.
	flatCost = 10
	// steepness is by how much less likely a queue is that is twice as long.
	steepness = 0.25
	// leapWork bounds how much is looked at to find leaps: blocks times pairs of places where they could be.
	leapWork = 200_000_000
)

// leaps says for each block whether the sender's clock leapt before it, and how; cutNone: it did not.
//
// The network only ever adds to delay, and what has queued drains sooner or later; so the lower edge of arrival minus
// RTP time is the clock. Where it lies before and after a suspected leap is known, since the whole recording is. The
// leaps are those for which what remains to be explained by queues, plus what leaps cost themselves, is least.
func (c *clockScan) leaps() []cut {
	found := make([]cut, len(c.blocks))
	from := 0
	for i := 1; i <= len(c.blocks); i++ {
		if i < len(c.blocks) && !c.blocks[i].sure {
			continue
		}
		if c.arrival {
			c.leapsWithin(from, i, found)
		}
		if i < len(c.blocks) {
			found[i] = c.blocks[i].why
		}
		from = i
	}
	if c.arrival {
		c.restarts(found)
	}
	return found
}

// leapsWithin finds the leaps between blocks from and to, before which clocks leapt for sure.
func (c *clockScan) leapsWithin(from, to int, found []cut) {
	places := c.suspects(from, to)
	if len(places) == 0 {
		return
	}
	places = append(append([]int{from}, places...), to)
	e := edges{blocks: c.blocks, tolerance: c.tolerance(), step: max(c.step, 1), tick: c.ms(1)}
	// best[k] is the least cost of all before place k, if a piece ends there; back[k] is where that piece begins.
	best, back := make([]float64, len(places)), make([]int, len(places))
	for k := 1; k < len(places); k++ {
		best[k] = math.Inf(1)
		for i := k - 1; i >= 0; i-- {
			own, low := e.cost(places[i], places[k], best[k])
			if own >= best[k] {
				break // longer pieces cost more
			}
			total := own + best[i]
			if i > 0 {
				total += e.leapCost(places[back[i]], places[i], low)
			}
			if total < best[k] {
				best[k], back[k] = total, i
			}
		}
	}
	for k := back[len(places)-1]; k > 0; k = back[k] {
		at := places[k]
		if found[at] = c.blocks[at].why; found[at] == cutRestart {
			continue
		}
		found[at] = cutJump
		if next := at + 1; e.low(at, min(to, next+3)) > e.low(max(places[back[k]], at-3), at) {
			found[at] = cutLate
		}
	}
	for _, at := range places[1 : len(places)-1] {
		if at <= places[back[len(places)-1]] {
			continue // it is about the last piece only
		}
		if found[at] == cutNone && e.low(at, to) > e.low(places[back[len(places)-1]], at)+e.tolerance && c.endsStill(at, to) {
			found[at] = cutLate
			break
		}
	}
}

// tolerance is how far above the edge the least delay of a block may lie for nothing to be wrong.
func (c *clockScan) tolerance() float64 {
	if c.steps == 0 {
		return leapMs
	}
	return min(max(leastLeapMs-5, 4*c.unrest/float64(c.steps)), leapMs)
}

// suspects are the places, in order, at which there may be a leap: the edges on either side, as far as they may
// drift, differ.
func (c *clockScan) suspects(from, to int) []int {
	n := to - from
	behind := make([]float64, n) // the edge that what follows makes
	edge, at := math.Inf(1), 0.0
	for i := n - 1; i >= 0; i-- {
		p := c.blocks[from+i].least
		edge, at = min(p.d, edge+worstDrift*math.Abs(at-p.t)), p.t
		behind[i] = edge
	}
	type suspect struct {
		block int
		leap  float64
	}
	var all []suspect
	edge = math.Inf(1)
	for i := range n {
		p := c.blocks[from+i].least
		edge += worstDrift * math.Abs(p.t-at)
		if b := &c.blocks[from+i]; i > 0 && b.why != cutNone {
			if leap := math.Abs(behind[i] - edge); leap > c.tolerance() {
				all = append(all, suspect{from + i, leap})
			}
		}
		edge, at = min(p.d, edge), p.t
	}
	if limit := max(16, int(math.Sqrt(2*leapWork/float64(n)))); len(all) > limit {
		slices.SortStableFunc(all, func(a, b suspect) int { return cmp.Compare(b.leap, a.leap) })
		all = all[:limit]
	}
	var places []int
	for _, s := range all {
		places = append(places, s.block)
	}
	slices.Sort(places)
	return places
}

// edges weighs what queues would have had to be.
type edges struct {
	blocks    []block
	tolerance float64   // ms
	step      float64   // ms that a unit lasts
	tick      float64   // ms
	edge      []float64 // of the piece that is looked at
}

// cost is what speaks against blocks from to to being one piece of clock, and the lower edge at its beginning. It
// stops where that is more than enough.
func (e *edges) cost(from, to int, enough float64) (cost, low float64) {
	n := to - from
	e.edge = slices.Grow(e.edge[:0], n)[:n]
	edge, at := math.Inf(1), 0.0
	for i := n - 1; i >= 0; i-- {
		p := e.blocks[from+i].least
		edge, at = min(p.d, edge+worstDrift*math.Abs(at-p.t)), p.t
		e.edge[i] = edge
	}
	low = e.edge[0]
	edge = math.Inf(1)
	for i := range n {
		b := &e.blocks[from+i]
		edge = min(b.least.d, edge+worstDrift*math.Abs(b.least.t-at))
		at = b.least.t
		over := b.least.d - min(edge, e.edge[i])
		if over <= e.tolerance {
			continue
		}
		seconds := min((float64(b.units)*e.step)/1000, 1)
		c := seconds * (1 + steepness*math.Log2(over/e.tolerance))
		if e.even(b) || i > 0 && e.level(b, &e.blocks[from+i-1]) || i < n-1 && e.level(b, &e.blocks[from+i+1]) {
			c *= flatCost
		}
		if cost += c; cost > enough {
			return cost, low
		}
	}
	return cost, low
}

// level says whether the delay is the same in two blocks, as far as the network's jitter lets it be told.
func (e *edges) level(a, b *block) bool { return math.Abs(a.least.d-b.least.d) <= e.tolerance/2 }

// even says whether the delay is the same from a block's beginning to its end.
func (e *edges) even(b *block) bool {
	rtp := float64(b.lastTS-b.ts) * e.tick
	return rtp >= burstMs && math.Abs(float64(b.lastArr-b.arrival)-rtp) <= e.tolerance/2
}

// leapCost is what a leap before block at costs, after a piece of clock that begins at block from. low is the edge
// behind it.
func (e *edges) leapCost(from, at int, low float64) float64 {
	before := e.low(max(from, at-10), at)
	if e.blocks[at].why == cutRestart {
		return stillCost
	}
	// Between the units on either side of a leap arrival leads by as much as the edge moves, less or more the network.
	a, b := &e.blocks[at-1], &e.blocks[at]
	lead := float64(b.arrival-a.lastArr) - float64(b.ts-a.lastTS)*e.tick
	odd := min(math.Abs(lead-(low-before))/leapMs, stillCost/2)
	if low < before-e.tolerance {
		return aheadCost + odd
	}
	return stillCost + odd
}

// low is the least delay in blocks.
func (e *edges) low(from, to int) float64 {
	low := math.Inf(1)
	for _, b := range e.blocks[from:to] {
		low = min(low, b.least.d)
	}
	return low
}

// endsStill tells whether the clock stood still before block at although little follows. What a network has held up
// arrives at once; where too little follows to see it, somebody who is away for longer than this does not come back
// to say next to nothing. What was sent again is held up, too, but each packet for another time.
func (c *clockScan) endsStill(at, to int) bool {
	first, last := &c.blocks[at], &c.blocks[to-1]
	if first.why != cutLate {
		return false
	}
	before := &c.blocks[at-1]
	lead := c.lead(before, first.ts, first.arrival)
	rtp := c.ms(last.lastTS - first.ts)
	if rtp < burstMs {
		return lead >= unknowableMs
	}
	units, unrest := 0, 0.0
	for i := at; i < to; i++ {
		b := &c.blocks[i]
		units, unrest = units+int(b.units), unrest+b.unrest
		if i > at {
			unrest += math.Abs(c.lead(&c.blocks[i-1], b.ts, b.arrival))
		}
	}
	const few = 5 // that all of them are late by jitter alone is no accident that happens
	settled := c.ms(before.lastTS-c.blocks[0].ts) >= settledMs
	return settled && units >= few && unrest <= c.tolerance()/2*float64(units-1) && rtp < settledMs &&
		float64(last.lastArr-first.arrival) >= rtp/2
}

// restarts looks more closely at those places at which the sender started anew, where any difference is another
// clock. Of pieces of too few units to have an edge only what is clear counts.
func (c *clockScan) restarts(found []cut) {
	for i := 1; i < len(c.blocks); i++ {
		if c.blocks[i].why != cutRestart || found[i] != cutNone {
			continue
		}
		const baseMs, few = 30_000, 8
		before, after := math.Inf(1), math.Inf(1)
		var units [2]int32
		for k := i - 1; k >= 0; k-- {
			b := &c.blocks[k]
			if c.blocks[i].least.t-b.least.t > baseMs {
				break
			}
			before, units[0] = min(before, b.least.d), units[0]+b.units
			if found[k] != cutNone {
				break
			}
		}
		for k := i; k < len(c.blocks); k++ {
			b := &c.blocks[k]
			if k > i && (found[k] != cutNone || b.why == cutRestart) || b.least.t-c.blocks[i].least.t > baseMs {
				break
			}
			after, units[1] = min(after, b.least.d), units[1]+b.units
		}
		tolerance := float64(restartMs)
		if min(units[0], units[1]) < few {
			tolerance = c.tolerance()
		}
		if math.Abs(after-before) > tolerance {
			found[i] = cutRestart
		}
	}
}
