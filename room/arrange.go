package room

import (
	"github.com/upright-media/upright/room/layout"
)

// Seat is somebody who is there.
type Seat struct {
	Person        string
	Name          string // what they are called
	Camera        bool   // else an avatar
	Width, Height int    // of the upright picture; 0: unknown
	Spoke         int    // the greater, the later they had the floor
}

// Scene is what there is at one instant.
type Scene struct {
	Seats   []Seat // in the order of the seats
	Screens []Seat // shared screens, the newest first; who shares one also has a seat
	Floor   string // "": nobody's
}

// Arrange says what is where in a scene. Regions of the same Z do not overlap; each person is in one region at most,
// and in another with their screen.
func Arrange(l Look, s Scene) []Region {
	whole := rect{0, 0, l.Width, l.Height}
	a := arranging{Look: l, scene: s}
	if l.Own != nil {
		a.own()
		return a.regions
	}
	name := l.called(s)
	switch name {
	case "grid":
		a.grid(whole, a.everything(), 0)
	case "side-by-side", "vertical":
		a.row(whole, a.everything(), name == "vertical")
	default:
		main, rest := a.main(name)
		switch name {
		case "single":
			a.put(whole, main, 0)
		case "pip", "float":
			a.put(whole, main, 0)
			a.insets(whole, rest, name == "pip")
		default:
			stage, strip := a.split(name, len(rest))
			a.put(stage, main, 0)
			a.grid(strip, rest, 0)
		}
	}
	return a.regions
}

type arranging struct {
	Look
	scene   Scene
	regions []Region
	most    layout.Grid // columns and rows that a grid may have, 0: any number
	between *int        // what lies between cells, nil: what is usual
}

// split divides the canvas into a stage and a strip for so many others.
func (a *arranging) split(layout string, others int) (stage, strip rect) {
	w, h, g := a.Width, a.Height, a.gap()
	if others == 0 {
		return rect{0, 0, w, h}, rect{}
	}
	part := 0.2
	switch {
	case h > w:
		part = 0.35
	case layout == "presentation" && others > 8, others > 10:
		part = 0.3
	case layout == "presentation":
		part = 0.22
	}
	if layout == "presentation" && w >= h {
		s := even(float64(w) * part)
		return rect{0, 0, w - s - g, h}, rect{w - s, 0, s, h}
	}
	s := even(float64(h) * part)
	if layout == "strip-top" {
		return rect{0, s + g, w, h - s - g}, rect{0, 0, w, s}
	}
	return rect{0, 0, w, h - s - g}, rect{0, h - s, w, s}
}
