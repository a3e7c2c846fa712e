package inspectpage

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// axis is a participant's time axis: all its tracks are drawn on it.
type axis struct{ length time.Duration }

// shortestAxis keeps a recording of one packet from being drawn on nothing.
const shortestAxis = 100 * time.Millisecond

// newAxis makes an axis that everything of a participant is on.
func newAxis(p *Participant) axis {
	a := axis{max(shortestAxis, p.Duration)}
	for i := range p.Tracks {
		t := &p.Tracks[i]
		a.length = max(a.length, t.End)
		for _, x := range t.Activity {
			a.length = max(a.length, x.At) // a track of which nothing can be shown has no End
		}
	}
	return a
}

// at is where a time is on the axis, in percent of its width. What is outside is drawn at the edge.
func (a axis) at(t time.Duration) float64 {
	return 100 * float64(min(max(t, 0), a.length)) / float64(a.length)
}

// tick is a mark on the time axis.
type tick struct {
	X      string
	Label  string
	Anchor string // where the label stands to its mark, as in SVG's text-anchor
}

// steps are the distances between ticks that people can count in.
var steps = []time.Duration{
	20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
}

// mostTicks fit beside each other on a small screen.
const mostTicks = 10

// step is the distance between ticks.
func (a axis) step() time.Duration {
	for _, s := range steps {
		if a.length/s < mostTicks {
			return s
		}
	}
	s := 24 * time.Hour
	for a.length/s >= mostTicks {
		s *= 2
	}
	return s
}

// ticks are the marks on the axis. The last is left out where the end of the axis is too close for its label.
func (a axis) ticks() []tick {
	step := a.step()
	var list []tick
	for i := range a.length/step + 1 {
		t := i * step
		x := a.at(t)
		anchor := "middle"
		switch {
		case i == 0:
			anchor = "start"
		case x > 97:
			anchor = "end"
		}
		list = append(list, tick{X: percent(x), Label: tickLabel(t, step), Anchor: anchor})
	}
	return list
}

// tickLabel writes a time as exactly as the step between ticks needs.
func tickLabel(t, step time.Duration) string {
	seconds := int64(t / time.Second)
	h, m, s := seconds/3600, seconds/60%60, seconds%60
	switch {
	case t == 0:
		return "0"
	case step < time.Second:
		return number(t.Seconds()) + " s"
	case h > 0:
		return fmt.Sprintf("%d:%02d:%02d", h, m, s)
	case step < 10*time.Second && seconds < 60:
		return fmt.Sprintf("%d s", s)
	}
	return fmt.Sprintf("%d:%02d", m, s)
}

// percent writes a share of the axis for an attribute, to a thousandth of a percent: seven seconds in a day.
func percent(x float64) string {
	s := strconv.FormatFloat(x, 'f', 3, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + "%"
}
