package inspectpage

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// point is one of a curve: X in percent of the time axis, Y in the lane's own unit.
type point struct{ X, Y float64 }

// curves are the curves of one lane, over 0 to 100 percent of the time axis. They are paths that are stretched to the
// lane's width, and coloured by their class. Words would be distorted; they are the lane's.
type curves struct {
	low, high float64
	height    int
	paths     []path
	err       error
}

// path is one that is drawn.
type path struct {
	Class string
	Data  string // what it goes through (SVG 1.1, 8.3.1), in pixels from the top left
}

// newCurves makes a lane of the given height in pixels, for values from lowest to highest.
func newCurves(height int, lowest, highest float64) *curves {
	return &curves{height: height, low: lowest, high: highest}
}

// line adds a line through points.
func (c *curves) line(class string, points []point) {
	if len(points) > 1 {
		c.paths = append(c.paths, path{class, c.through(points)})
	}
}

// area adds areas with the given outlines.
func (c *curves) area(class string, rings [][]point) {
	var d strings.Builder
	for _, r := range rings {
		d.WriteString(c.through(r) + "Z")
	}
	if len(rings) > 0 {
		c.paths = append(c.paths, path{class, d.String()})
	}
}

// through is the data of a path through points.
func (c *curves) through(points []point) string {
	var d []byte
	for i, p := range points {
		x, y := p.X/100*columnsPerLane, float64(c.height)*(c.high-p.Y)/(c.high-c.low)
		if math.IsNaN(x+y) || math.IsInf(x+y, 0) {
			c.err = errors.New("a point of a curve is nowhere")
		}
		command := byte('L')
		if i == 0 {
			command = 'M'
		}
		d = append(coordinate(append(d, command), x), ',')
		d = coordinate(d, y)
	}
	return string(d)
}

// coordinate appends a number of pixels, to a thousandth.
func coordinate(d []byte, v float64) []byte {
	return strconv.AppendFloat(d, math.Round(v*1000)/1000+0, 'f', -1, 64) // +0: no "-0"
}

// drawn are all paths.
func (c *curves) drawn() ([]path, error) {
	if c.err != nil {
		return nil, fmt.Errorf("cannot draw: %w", c.err)
	}
	return c.paths, nil
}

// mostLevels is how many marks a lane's scale has at most.
const mostLevels = 3

// levels are marks on the scale of a lane, at least a line of text apart, from its bottom to its top.
func (c *curves) levels(label func(float64) string) []level {
	const textHeight = 13
	if span := c.high - c.low; !(span > 0) || math.IsInf(span, 0) {
		return nil
	}
	step := levelStep(c.low, c.high)
	var list []level
	last := math.Inf(1)
	first := math.Ceil(c.low / step)
	for i := range mostLevels {
		v := (first + float64(i)) * step
		if !(v <= c.high) {
			break
		}
		y := float64(c.height) * (c.high - v) / (c.high - c.low)
		base := math.Min(math.Max(y+4, 10), float64(c.height)-1)
		if last-base >= textHeight {
			last = base
			list = append(list, level{At: number(math.Round(y*10) / 10), Y: int(math.Round(base)), Text: label(v)})
		}
	}
	return list
}

// levelStep is the smallest of the distances 1, 2, 5, 10, 20, … and their tenths that needs no more than mostLevels
// marks from low to high.
func levelStep(low, high float64) float64 {
	for e := int(math.Floor(math.Log10(max((high-low)/mostLevels, 1e-320)))); ; e++ {
		for _, n := range []float64{1, 2, 5} {
			step := n * math.Pow10(e)
			if math.Floor(high/step)-math.Ceil(low/step) < mostLevels {
				return step
			}
		}
	}
}
