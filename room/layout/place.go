package layout

import "math"

// Rect is a part of the canvas in pixels, the ends exclusive. All its edges are even.
type Rect struct{ X0, Y0, X1, Y1 int }

// Overlaps says whether two rectangles have pixels in common.
func (r Rect) Overlaps(o Rect) bool { return r.X0 < o.X1 && o.X0 < r.X1 && r.Y0 < o.Y1 && o.Y0 < r.Y1 }

// edge is a position in pixels, even. What is calculated in two ways gives the same.
func edge(v float64) int { return int(math.Round(math.Round(v*1000)/2000)) * 2 }

// In is where a region is on a canvas. Regions that share an edge do after rounding, too.
func (g Region) In(width, height int) Rect {
	span := func(from, length Length, whole int) (int, int) {
		a := from.Of(whole)
		return min(edge(a), whole), min(edge(a+length.Of(whole)), whole)
	}
	var r Rect
	r.X0, r.X1 = span(g.At[0], g.At[2], width)
	r.Y0, r.Y1 = span(g.At[1], g.At[3], height)
	return r
}

// Cells are those of a fixed grid in a rectangle, all of the same size, even, line by line.
func (g Grid) Cells(in Rect, gap int) []Rect {
	c, r := max(1, g.Columns), max(1, g.Rows)
	gap &^= 1
	w, h := ((in.X1-in.X0-(c-1)*gap)/c)&^1, ((in.Y1-in.Y0-(r-1)*gap)/r)&^1
	if w < 2 || h < 2 {
		return nil
	}
	left := in.X0 + ((in.X1-in.X0-c*w-(c-1)*gap)/2)&^1
	top := in.Y0 + ((in.Y1-in.Y0-r*h-(r-1)*gap)/2)&^1
	var cells []Rect
	for y := range r {
		for x := range c {
			at := Rect{left + x*(w+gap), top + y*(h+gap), 0, 0}
			at.X1, at.Y1 = at.X0+w, at.Y0+h
			cells = append(cells, at)
		}
	}
	return cells
}

// GapOn is what lies between the cells of a region, in pixels, even; usual is what does where the region does not say.
func (g Region) GapOn(height, usual int) int {
	if g.Gap.IsZero() {
		return usual
	}
	return edge(g.Gap.Of(height))
}
