package inspectpage

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/timeline"
)

const (
	rateHeight = 48
	lossHeight = 26
)

// rateLane draws the bitrate of the payload; nil where nothing came.
func rateLane(a axis, t *Track) (*lane, error) {
	var list []sample
	bits, time := 0.0, 0.0
	for _, b := range seconds(t) {
		if s := (b.to - b.from).Seconds(); s > 0 {
			v := float64(max(0, b.sum.Bytes)) * 8 / s
			list = append(list, sample{b.from, b.to, v, v})
			bits, time = bits+v*s, time+s
		}
	}
	if bits == 0 {
		return nil, nil
	}
	top := highest(list)
	mean, peak := rateText(bits/time), rateText(top)
	l := &lane{Class: "rate", Label: "bitrate", Height: rateHeight, Title: "Bitrate of " + human.Line(t.File),
		Notes: []string{"mean " + mean}, Desc: fmt.Sprintf("%s on average while there is media, %s in the busiest second.",
			mean, peak)}
	c := newCurves(rateHeight, 0, top*1.05)
	reduced := reduce(a, list, columnsPerLane)
	if len(reduced) < len(list) {
		c.area("peak "+kindClass(t.Kind), outline(a, reduced, func(s sample) float64 { return s.peak }))
	}
	c.area("mean "+kindClass(t.Kind), outline(a, reduced, func(s sample) float64 { return s.mean }))
	var err error
	l.Scale = c.levels(rateText)
	l.Curves, err = c.drawn()
	return l, err
}

// rateText writes a bitrate.
func rateText(v float64) string {
	n, unit := scaled(v, "bit/s", "kbit/s", "Mbit/s", "Gbit/s")
	switch {
	case v == 0:
		return "0"
	case n < 10:
		return number(float64(int(n*10+0.5))/10) + " " + unit
	}
	return fmt.Sprintf("%.0f %s", n, unit)
}

// lossLane draws which share of the packets never came, second by second; nil where all did.
func lossLane(a axis, t *Track) (*lane, error) {
	list := losses(t)
	top := highest(list)
	if top == 0 {
		return nil, nil
	}
	l := &lane{Class: "loss", Label: "loss", Height: lossHeight, Title: "Losses of " + human.Line(t.File),
		Desc: fmt.Sprintf("%s lost of %s, at most %.1f %% within a second.", count(t.Counts.Lost, "packet"),
			count(t.Counts.Used+t.Counts.Lost, "packet"), top)}
	l.Notes = append(l.Notes, human.Share(t.Counts.Lost, t.Counts.Used+t.Counts.Lost))
	c := newCurves(lossHeight, 0, top*1.05)
	// Of a column, the worst second counts: the mean over a column of a long recording would hide an outage.
	c.area("lost", outline(a, reduce(a, list, columnsPerLane), func(s sample) float64 { return s.peak }))
	var err error
	l.Scale = c.levels(func(v float64) string { return number(v) + " %" })
	l.Curves, err = c.drawn()
	return l, err
}

// losses are the shares of packets that never came, in percent.
func losses(t *Track) []sample {
	var list []sample
	outages := outages(t)
	for _, b := range seconds(t) {
		missing := max(0, b.sum.Missing)
		for len(outages) > 0 && outages[0].To < b.to {
			h := outages[0]
			missing = max(0, missing-h.Packets) // that they are missing is seen, and counted, when the next packet comes
			list = append(list, sample{h.From, h.To, 100, 100})
			outages = outages[1:]
		}
		if all := max(0, b.sum.Packets) + missing; all > 0 {
			v := 100 * float64(missing) / float64(all)
			list = append(list, sample{b.from, b.to, v, v})
		}
	}
	slices.SortStableFunc(list, func(x, y sample) int { return cmp.Compare(x.from, y.from) })
	return list
}

// outages are the times in which nearly all was lost, in order.
func outages(t *Track) []timeline.Hole {
	var list []timeline.Hole
	for i := range t.Holes {
		h := &t.Holes[i]
		if t.outage(h) && (len(list) == 0 || h.From >= list[len(list)-1].To) {
			list = append(list, *h)
		}
	}
	return list
}

// outline is the area under samples, as steps: one ring for each piece without a break.
func outline(a axis, list []sample, value func(sample) float64) [][]point {
	var rings [][]point
	var ring []point
	end := time.Duration(-1)
	finish := func() {
		if len(ring) > 0 {
			rings = append(rings, append(ring, point{X: a.at(end), Y: 0}))
		}
		ring = nil
	}
	for _, s := range list {
		if s.from != end {
			// A rounded gap between neighbours is not a break.
			if a.at(s.from)-a.at(end) > finest/10 || end < 0 {
				finish()
				ring = []point{{X: a.at(s.from), Y: 0}}
			}
		}
		v := value(s)
		ring = append(ring, point{X: a.at(s.from), Y: v}, point{X: a.at(s.to), Y: v})
		end = s.to
	}
	finish()
	return rings
}
