package inspectpage

import (
	"math"
	"slices"
	"time"

	"github.com/upright-media/upright/timeline"
)

// stepMs is by how much the fitted line must leave its slope to be a step.
const stepMs = 1

// run is a piece of a track's clock without a step.
type run struct {
	points []timeline.Delay // y as drawn
	step   float64          // ms by which it begins above where the one before would have gone on
	shown  float64          // … as drawn
	at     time.Duration    // when
	kind   timeline.HoleKind
}

// clockRuns cuts a track's delays at the steps of its fitted line; nil where there are none to draw.
func clockRuns(t *Track) []run {
	points := slices.DeleteFunc(slices.Clone(t.Delays), func(p timeline.Delay) bool {
		return !finite(p.Least) || !finite(p.Fit)
	})
	if len(points) < 2 {
		return nil
	}
	slope := 0.0 // of the line, in ms per ms
	if t.DriftKnown {
		slope = -t.DriftPPM / (1e6 + t.DriftPPM)
	}
	var runs []run
	holes := leaps{t.Holes}
	for i, p := range points {
		if i > 0 {
			before := points[i-1]
			step := p.Fit - before.Fit - slope*milliseconds(p.At-before.At)
			if math.Abs(step) > stepMs {
				runs = append(runs, run{step: step, at: p.At, kind: holes.between(before.At, p.At)})
			}
		}
		if len(runs) == 0 {
			runs = append(runs, run{})
		}
		r := &runs[len(runs)-1]
		r.points = append(r.points, p)
	}
	return runs
}

// leaps finds the holes at which a clock was not itself, asked in order of time.
type leaps struct{ holes []timeline.Hole }

// between is the kind of the hole between two times, "" if there is none.
func (l *leaps) between(from, to time.Duration) timeline.HoleKind {
	for len(l.holes) > 0 && l.holes[0].To < from {
		l.holes = l.holes[1:]
	}
	for i := 0; i < len(l.holes) && l.holes[i].From <= to; i++ {
		if k := l.holes[i].Kind; k == timeline.HoleFrozen || k == timeline.HoleJump {
			return k
		}
	}
	return ""
}

// mostSteps is how many steps are drawn. A clock with more is none.
const mostSteps = 300

// smooth leaves the steps out if there are too many, and returns how many.
func smooth(runs []run) (smoothed []run, n int) {
	if len(runs)-1 <= mostSteps {
		return runs, 0
	}
	all := run{}
	lift := 0.0
	for _, r := range runs {
		lift += r.step
		for _, p := range r.points {
			all.points = append(all.points, timeline.Delay{At: p.At, Least: p.Least - lift, Fit: p.Fit - lift})
		}
	}
	return []run{all}, len(runs) - 1
}

// fit makes steps smaller that would leave nothing to be seen of all else, and reports whether it left them as they
// are.
func fit(runs []run) (toScale bool) {
	spread := float64(smallestSpan)
	largest := 0.0
	for _, r := range runs {
		low, high := math.Inf(1), math.Inf(-1)
		for _, p := range r.points {
			low, high = min(low, p.Least, p.Fit), max(high, p.Least, p.Fit)
		}
		spread = max(spread, high-low)
		largest = max(largest, math.Abs(r.step))
	}
	toScale = largest <= 4*spread
	most := spread * min(1.5, 4/float64(len(runs)))
	lift := 0.0 // how far a run is drawn above where it is
	for i := range runs {
		r := &runs[i]
		r.shown = r.step
		if !toScale {
			r.shown = max(-most, min(r.step, most))
		}
		lift += r.shown - r.step
		for k := range r.points {
			r.points[k].Least += lift
			r.points[k].Fit += lift
		}
	}
	return toScale
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// finite says whether a number can be drawn.
func finite(v float64) bool { return !math.IsNaN(v) && math.Abs(v) < 1e15 }
