// Package scene reads what the pictures and the sound of the test recordings show, so that tests can look at outputs
// instead of trusting them.
//
// Every picture has four coloured corner squares, which tell which way is up, a binary frame counter, which tells which
// picture it is, and a white flash in the middle once a second. At the same instant there is a beep, whose pitch tells
// the second. testdata/README.md describes the recordings.
package scene

import "github.com/upright-media/upright/cvo"

// Picture is what one picture shows.
type Picture struct {
	Known   bool            // the scene was recognised; else the rest means nothing
	Turn    cvo.Orientation // what is still to be done to see it upright
	Counter int             // number of the picture
	Flash   bool
	Area    Rect // of the scene: less than the picture if there are bars around it
}

// Rect is a rectangle in pixels; X1 and Y1 are outside of it.
type Rect struct{ X0, Y0, X1, Y1 int }

// rgb is a picture of 8 bits per colour, packed.
type rgb struct {
	pix           []byte
	width, height int
}

// Read looks at a picture in RGB of 3 bytes per pixel.
func Read(pix []byte, width, height int) Picture {
	m := rgb{pix, width, height}
	p := Picture{Area: m.area()}
	seen := m.corners(p.Area)
	for _, flip := range []bool{false, true} {
		for degrees := 0; degrees < 360; degrees += 90 {
			if o := (cvo.Orientation{Degrees: degrees, Flip: flip}); turned(seen, o) == [4]byte{'R', 'G', 'B', 'W'} {
				p.Known, p.Turn = true, o
				m.read(&p)
				return p
			}
		}
	}
	return p
}

// turned does to four corners (top left, top right, bottom left, bottom right) what o says.
func turned(c [4]byte, o cvo.Orientation) [4]byte {
	if o.Flip {
		c = [4]byte{c[1], c[0], c[3], c[2]}
	}
	for range o.Degrees / 90 {
		c = [4]byte{c[2], c[0], c[3], c[1]}
	}
	return c
}

// area is the picture without black bars around it. No edge of the scene is black all along: each has two corner
// squares.
func (m rgb) area() Rect {
	black := func(x0, y0, x1, y1 int) bool {
		bright := 0
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				if m.luma(x, y) > 50 {
					bright++
				}
			}
		}
		return bright*12 <= (x1-x0)*(y1-y0)
	}
	r := Rect{0, 0, m.width, m.height}
	for r.X0 < r.X1 && black(r.X0, 0, r.X0+1, m.height) {
		r.X0++
	}
	for r.X1 > r.X0 && black(r.X1-1, 0, r.X1, m.height) {
		r.X1--
	}
	for r.Y0 < r.Y1 && black(r.X0, r.Y0, r.X1, r.Y0+1) {
		r.Y0++
	}
	for r.Y1 > r.Y0 && black(r.X0, r.Y1-1, r.X1, r.Y1) {
		r.Y1--
	}
	return r
}

// corners are the colours near the corners: R, G, B, W or ? each.
func (m rgb) corners(a Rect) (c [4]byte) {
	q := min(a.X1-a.X0, a.Y1-a.Y0) / 10 // the middle of a square
	for i, at := range [4][2]int{{a.X0 + q, a.Y0 + q}, {a.X1 - 1 - q, a.Y0 + q}, {a.X0 + q, a.Y1 - 1 - q},
		{a.X1 - 1 - q, a.Y1 - 1 - q}} {
		c[i] = m.colour(at[0], at[1])
	}
	return c
}

func (m rgb) colour(x, y int) byte {
	if x < 0 || y < 0 || x >= m.width || y >= m.height {
		return '?'
	}
	var v [3]int
	for i := range v {
		v[i] = int(m.pix[3*(y*m.width+x)+i])
	}
	if min(v[0], v[1], v[2]) > 140 {
		return 'W'
	}
	for i, name := range []byte("RGB") {
		a, b := v[(i+1)%3], v[(i+2)%3]
		if v[i] > 80 && 2*v[i] > 3*max(a, b) {
			return name
		}
	}
	return '?'
}

func (m rgb) luma(x, y int) int {
	p := m.pix[3*(y*m.width+x):]
	return (299*int(p[0]) + 587*int(p[1]) + 114*int(p[2])) / 1000
}

// read reads counter and flash of a picture whose orientation is known.
func (m rgb) read(p *Picture) {
	w, h := float64(p.Area.X1-p.Area.X0), float64(p.Area.Y1-p.Area.Y0)
	if p.Turn.Degrees%180 != 0 {
		w, h = h, w
	}
	bright := func(x, y float64) bool {
		px, py := m.place(p, x, y, w, h)
		return m.luma(px, py) > 127
	}
	// The counter: two rows of eight cells in the middle half of the top edge, the most significant bit first.
	row := max(min(w, h)/14, min(4, min(w, h)/9))
	for i := range 16 {
		x := w/4 + (float64(i%8)+.5)*w/16
		y := row * (0.48 + 0.95*float64(i/8))
		p.Counter <<= 1
		if bright(x, y) {
			p.Counter |= 1
		}
	}
	p.Flash = bright(w*.4, h*.45) && bright(w*.6, h*.55) && bright(w*.5, h*.4)
}

// place is where a point of the upright scene, of w by h, lies in the picture.
func (m rgb) place(p *Picture, x, y, w, h float64) (int, int) {
	for range p.Turn.Degrees / 90 { // undo one turn: what was (q, p) is now (h-p, q)
		x, y, w, h = y, w-x, h, w
	}
	if p.Turn.Flip {
		x = w - x
	}
	px, py := p.Area.X0+int(x), p.Area.Y0+int(y)
	return min(max(px, p.Area.X0), p.Area.X1-1), min(max(py, p.Area.Y0), p.Area.Y1-1)
}
