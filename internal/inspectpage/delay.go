package inspectpage

import (
	"fmt"
	"strings"
	"time"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/timeline"
)

const delayHeight = 84

const (
	// smallestSpan is the least that a lane of delays is high, in ms. Arrival times are whole milliseconds.
	smallestSpan = 10
	// gapBetween is the longest time between two points that belong together, and gapShare the same as a part of the axis.
	gapBetween = 3 * time.Second
	gapShare   = 250
)

// delayLane draws arrival minus RTP time and the line fitted below it; nil where there are no arrival times.
func delayLane(a axis, t *Track) (*lane, error) {
	runs := clockRuns(t)
	if len(runs) == 0 {
		return nil, nil
	}
	runs, left := smooth(runs)
	toScale := fit(runs)
	low, high := 0.0, 0.0
	worst := 0.0
	for _, r := range runs {
		for _, p := range r.points {
			low, high = min(low, p.Least, p.Fit), max(high, p.Least, p.Fit)
			worst = max(worst, p.Least-p.Fit)
		}
	}
	high = max(high, low+smallestSpan)
	margin := (high - low) * 0.06
	c := newCurves(delayHeight, low-margin, high+margin)

	l := &lane{Class: "delay", Label: "arrival − RTP time", Height: delayHeight, Title: "Arrival minus RTP time of " +
		human.Line(t.File)}
	l.Notes = []string{driftNote(t)}
	if !toScale {
		l.Notes = append(l.Notes, "steps not to scale")
	}
	if left > 0 {
		l.Notes = append(l.Notes, count(left, "step")+" left out")
	}
	l.Desc = strings.Join(append(stepTexts(runs), fmt.Sprintf("up to %.0f ms above the fitted line", worst), driftNote(t)),
		"; ") + "."
	var distance [][]point
	var least [][]point
	var fitted []point
	for i := range runs {
		r := &runs[i]
		for _, part := range unbroken(r.points, max(gapBetween, a.length/gapShare)) {
			line := extremes(a, part, columnsPerLane)
			least = append(least, line)
			distance = append(distance, between(a, line, part))
		}
		fitted = append(fitted, corner(a, fitted, r)...)
	}
	c.area("distance", distance)
	for _, line := range least {
		c.line("least "+kindClass(t.Kind), line)
	}
	c.line("fit", fitted)
	l.Lines, l.Words = stepMarks(a, runs)
	var err error
	l.Scale = c.levels(func(v float64) string { return number(v) + " ms" })
	l.Curves, err = c.drawn()
	return l, err
}

// driftNote says what is known about the drift.
func driftNote(t *Track) string {
	if !t.DriftKnown {
		return "drift unknown (too short)"
	}
	return "drift " + drift(t)
}

// unbroken cuts points where nothing came for longer than gap.
func unbroken(points []timeline.Delay, gap time.Duration) [][]timeline.Delay {
	var parts [][]timeline.Delay
	from := 0
	for i := 1; i <= len(points); i++ {
		if i == len(points) || points[i].At-points[i-1].At > gap {
			parts = append(parts, points[from:i])
			from = i
		}
	}
	return parts
}

// extremes are the lowest and the highest of each of n columns of the axis, in their order.
func extremes(a axis, points []timeline.Delay, n int) []point {
	var out []point
	for i := 0; i < len(points); {
		column := int(a.at(points[i].At) / 100 * float64(n))
		low, high := i, i
		k := i
		for ; k < len(points) && int(a.at(points[k].At)/100*float64(n)) == column; k++ {
			if points[k].Least < points[low].Least {
				low = k
			}
			if points[k].Least > points[high].Least {
				high = k
			}
		}
		for _, at := range []int{min(low, high), max(low, high)} {
			xy := point{X: a.at(points[at].At), Y: points[at].Least}
			if len(out) == 0 || out[len(out)-1] != xy {
				out = append(out, xy)
			}
		}
		i = k
	}
	return out
}

// between is the area between a line and the fitted one below it.
func between(a axis, line []point, points []timeline.Delay) []point {
	first, last := points[0], points[len(points)-1]
	return append(append([]point{}, line...),
		point{X: a.at(last.At), Y: last.Fit}, point{X: a.at(first.At), Y: first.Fit})
}

// corner is how the fitted line goes on into a run: straight on until it begins, then up or down.
func corner(a axis, before []point, r *run) []point {
	first, last := r.points[0], r.points[len(r.points)-1]
	var line []point
	if len(before) > 0 {
		line = append(line, point{X: a.at(first.At), Y: first.Fit - r.shown})
	}
	return append(line, point{X: a.at(first.At), Y: first.Fit}, point{X: a.at(last.At), Y: last.Fit})
}
