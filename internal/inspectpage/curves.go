package inspectpage

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"image/color"
	"io"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// curves are the curves of one lane, drawn by gonum.org/v1/plot over 0 to 100 percent of the time axis. Of what it
// draws, the paths are kept: they are stretched to the lane's width, and coloured by their class. Words would be
// distorted; they are the lane's.
type curves struct {
	plot    *plot.Plot // its axes
	drawers []plot.Plotter
	height  int
	classes []string
	err     error
}

// newCurves makes a lane of the given height in pixels, for values from lowest to highest.
func newCurves(height int, lowest, highest float64) *curves {
	p := plot.New()
	p.X.Min, p.X.Max = 0, 100
	p.Y.Min, p.Y.Max = lowest, highest
	return &curves{plot: p, height: height}
}

// colour is one that stands for a class until the paths are written.
func (c *curves) colour(class string) color.Color {
	c.classes = append(c.classes, class)
	n := len(c.classes)
	return color.RGBA{uint8(n >> 8), uint8(n), 1, 255}
}

// line adds a line through points.
func (c *curves) line(class string, points plotter.XYs) {
	if len(points) < 2 || c.err != nil {
		return
	}
	l, err := plotter.NewLine(points)
	if err != nil {
		c.err = err
		return
	}
	l.Color = c.colour(class)
	c.drawers = append(c.drawers, l)
}

// area adds areas with the given outlines.
func (c *curves) area(class string, rings []plotter.XYs) {
	if len(rings) == 0 || c.err != nil {
		return
	}
	var outlines []plotter.XYer
	for _, r := range rings {
		outlines = append(outlines, r)
	}
	p, err := plotter.NewPolygon(outlines...)
	if err != nil {
		c.err = err
		return
	}
	p.Color, p.LineStyle.Width = c.colour(class), 0
	c.drawers = append(c.drawers, p)
}

// svg draws everything.
func (c *curves) svg() (template.HTML, error) {
	if c.err != nil {
		return "", fmt.Errorf("cannot draw: %w", c.err)
	}
	if len(c.classes) == 0 {
		return "", nil
	}
	canvas := vgsvg.New(columnsPerLane, vg.Length(c.height))
	area := draw.New(canvas) // all of it: the plot's own Draw leaves room for axes
	for _, d := range c.drawers {
		d.Plot(area, c.plot)
	}
	var drawn bytes.Buffer
	if _, err := canvas.WriteTo(&drawn); err != nil {
		return "", fmt.Errorf("cannot draw: %w", err)
	}
	return c.recolour(&drawn)
}

// recolour keeps the paths of a drawing, with classes instead of colours.
func (c *curves) recolour(drawn io.Reader) (template.HTML, error) {
	var out strings.Builder
	fmt.Fprintf(&out, `<svg class="curves" viewBox="0 0 %d %d" preserveAspectRatio="none" width="100%%" height="%d">`,
		columnsPerLane, c.height, c.height)
	fmt.Fprintf(&out, `<g transform="scale(1,-1) translate(0,-%d)">`, c.height)
	d := xml.NewDecoder(drawn)
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", fmt.Errorf("cannot draw: %w", err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "path" {
			class, err := c.classOf(attribute(e, "style"))
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&out, `<path class="%s" d="%s"/>`, template.HTMLEscapeString(class),
				template.HTMLEscapeString(attribute(e, "d")))
		}
	}
	out.WriteString("</g></svg>")
	return template.HTML(out.String()), nil
}

// classOf finds the class whose colour a style has.
func (c *curves) classOf(style string) (string, error) {
	for part := range strings.SplitSeq(style, ";") {
		var n, rest int
		if _, value, ok := strings.Cut(part, ":#"); ok {
			if _, err := fmt.Sscanf(value, "%04x%02x", &n, &rest); err == nil && n >= 1 && n <= len(c.classes) {
				return c.classes[n-1], nil
			}
		}
	}
	return "", fmt.Errorf("cannot draw: a path has the style %q, which nobody asked for", style)
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// levels are marks on the scale of a lane, at least a line of text apart, from its bottom to its top.
func (c *curves) levels(label func(float64) string) []level {
	const textHeight = 13
	low, high := c.plot.Y.Min, c.plot.Y.Max
	if !(low < high) {
		return nil
	}
	var list []level
	last := math.Inf(1)
	for _, t := range (plot.DefaultTicks{}).Ticks(low, high) {
		if t.IsMinor() || t.Value < low || t.Value > high {
			continue
		}
		y := float64(c.height) * (high - t.Value) / (high - low)
		base := math.Min(math.Max(y+4, 10), float64(c.height)-1)
		if last-base >= textHeight {
			last = base
			list = append(list, level{At: number(math.Round(y*10) / 10), Y: int(math.Round(base)), Text: label(t.Value)})
		}
	}
	return list
}
