package room

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/upright-media/upright/room/layout"
)

// Layouts are the built-in arrangements.
var Layouts = layout.Builtin

// Fits are the ways to put a picture into a region of another shape.
var Fits = layout.Fits

// follows says whether a look shows who has the floor.
func (l Look) follows() bool {
	if l.Own != nil {
		return l.Own.Floor()
	}
	return slices.Contains([]string{"speaker", "single", "strip-top", "pip", "float"}, l.Layout)
}

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

// Region is a rectangle of the canvas, in pixels, and what is in it.
type Region struct {
	Person string     `json:"person"`
	Source SourceKind `json:"source"`
	File   string     `json:"file"` // the one that is shown first
	X      int        `json:"x"`
	Y      int        `json:"y"`
	W      int        `json:"w"`
	H      int        `json:"h"`
	Z      int        `json:"z"`
	Fit    string     `json:"fit"`
	Count  int        `json:"count,omitempty"` // more: how many people
	Pads   []int      `json:"pads,omitempty"`  // indices of Score.Sources, of which the newest picture is shown
	Dress
}

// Dress is what a layout of one's own says of how a region looks. Lengths are pixels.
type Dress struct {
	Label      string `json:"label,omitempty"`      // none: no name, whatever Style.Labels says
	Round      int    `json:"round,omitempty"`      // radius of the corners, even
	Border     int    `json:"border,omitempty"`     // width
	Colour     string `json:"colour,omitempty"`     // of the border, #rrggbb
	Background string `json:"background,omitempty"` // of what the picture leaves free, #rrggbb
	Picture    string `json:"picture,omitempty"`    // fill: path of what fills it
}

// Look is how scenes are arranged.
type Look struct {
	Layout        string        // one of Layouts, or the name of Own
	Own           layout.Layout // nil: Layout is built in
	Width, Height int           // of the canvas, in pixels, even
	Fit           string        // one of Fits
	Max           int           // how many people have a region, 0: 25
}

const (
	defaultMax = 25
	// MostCells is how many regions there can be.
	MostCells = layout.MostCells
	minCanvas = 64
	maxWidth  = 3840
	maxHeight = 2160
)

// Check says what is wrong with a look.
func (l Look) Check() error {
	switch {
	case l.Fit != "" && !slices.Contains(Fits, l.Fit):
		return fmt.Errorf("fit is %q, but must be one of %s", l.Fit, strings.Join(Fits, ", "))
	case l.Width%2 != 0 || l.Height%2 != 0:
		return fmt.Errorf("a canvas of %dx%d: both have to be even", l.Width, l.Height)
	case min(l.Width, l.Height) < minCanvas || max(l.Width, l.Height) > maxWidth || min(l.Width, l.Height) > maxHeight:
		return fmt.Errorf("a canvas of %dx%d: it can have %dx%d to %dx%d pixels", l.Width, l.Height, minCanvas, minCanvas,
			maxWidth, maxHeight)
	case l.Max < 0 || l.Max > MostCells:
		return fmt.Errorf("at most %d people can have a region each, not %d", MostCells, l.Max)
	case l.Own == nil:
		_, err := layout.Find(l.Layout, nil)
		return err
	}
	for _, p := range l.Own.Check(l.Width, l.Height) {
		return fmt.Errorf("layout %s%s: %w", l.Layout, p.Path, p)
	}
	return nil
}

// rect is a part of the canvas.
type rect struct{ x, y, w, h int }

func even(v float64) int { return int(v) &^ 1 }

// gap is what lies between cells: half a percent of the canvas.
func (a *arranging) gap() int {
	if a.between != nil {
		return *a.between
	}
	return max(2, even(float64(max(a.Width, a.Height))/200))
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

// called is the layout that a scene has: auto stands for others.
func (l Look) called(s Scene) string {
	if l.Own != nil || l.Layout != "auto" && l.Layout != "presentation" {
		return l.Layout
	}
	if len(s.Screens) > 0 {
		return "presentation"
	}
	return "grid"
}

// tile is one that is to be put somewhere.
type tile struct {
	Seat
	kind  SourceKind
	count int
}

// tile is somebody, to be seen as they are.
func (s Seat) tile() tile {
	if s.Camera {
		return tile{Seat: s, kind: Camera}
	}
	return tile{Seat: s, kind: Avatar}
}

type arranging struct {
	Look
	scene   Scene
	regions []Region
	most    layout.Grid // columns and rows that a grid may have, 0: any number
	between *int        // what lies between cells, nil: what is usual
}

// people are the tiles of everybody but one, as many as there may be.
func (a *arranging) people(but string) []tile {
	most := cmp.Or(a.Max, defaultMax)
	seats := slices.DeleteFunc(slices.Clone(a.scene.Seats), func(s Seat) bool { return s.Person == but })
	if but != "" {
		most = max(1, most-1)
	}
	var kept map[string]bool
	if len(seats) > most {
		order := slices.Clone(seats)
		shares := func(s Seat) int {
			if slices.ContainsFunc(a.scene.Screens, func(o Seat) bool { return o.Person == s.Person }) {
				return 0
			}
			return 1
		}
		slices.SortStableFunc(order, func(x, y Seat) int {
			return cmp.Or(cmp.Compare(shares(x), shares(y)), cmp.Compare(y.Spoke, x.Spoke))
		})
		kept = map[string]bool{}
		for _, s := range order[:most-1] {
			kept[s.Person] = true
		}
	}
	var tiles []tile
	for _, s := range seats {
		if kept != nil && !kept[s.Person] {
			continue
		}
		tiles = append(tiles, s.tile())
	}
	if kept != nil {
		tiles = append(tiles, tile{kind: More, count: len(seats) - len(kept)})
	}
	return tiles
}

// everything are the tiles of everybody, and behind them, so that nobody loses a seat, those of shared screens.
func (a *arranging) everything() []tile {
	tiles := a.people("")
	for _, s := range a.scene.Screens {
		if len(tiles) < MostCells {
			tiles = append(tiles, tile{Seat: s, kind: Screen})
		}
	}
	return tiles
}

// main is who is shown large, and the others.
func (a *arranging) main(layout string) (main []tile, rest []tile) {
	if len(a.scene.Screens) > 0 {
		s := a.scene.Screens[0]
		rest = a.people("")
		if i := slices.IndexFunc(rest, func(t tile) bool { return t.Person == s.Person }); i > 0 && layout != "presentation" {
			first := rest[i]
			rest = slices.Insert(slices.Delete(rest, i, i+1), 0, first)
		}
		return []tile{{Seat: s, kind: Screen}}, rest
	}
	i := max(0, slices.IndexFunc(a.scene.Seats, func(s Seat) bool { return s.Person == a.scene.Floor }))
	if len(a.scene.Seats) == 0 {
		return nil, nil
	}
	s := a.scene.Seats[i]
	return []tile{s.tile()}, a.people(s.Person)
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

// put places tiles, of which there is one or none, in a rectangle.
func (a *arranging) put(r rect, tiles []tile, z int) {
	for _, t := range tiles {
		fit := a.fit(t, r)
		a.regions = append(a.regions, Region{Person: t.Person, Source: t.kind, X: r.x, Y: r.y, W: r.w, H: r.h, Z: z, Fit: fit,
			Count: t.count})
	}
}

// fit says how a picture is put into a rectangle: cameras fill it if less than a quarter of them is cut off.
func (a *arranging) fit(t tile, r rect) string {
	switch {
	case t.kind == Avatar || t.kind == More:
		return "contain"
	case a.Fit != "" && a.Fit != "auto":
		return a.Fit
	case t.kind == Screen || t.Width <= 0 || t.Height <= 0:
		return "contain"
	}
	cut := float64(t.Width*r.h) / float64(t.Height*r.w)
	if min(cut, 1/cut) > 0.75 {
		return "cover"
	}
	return "blur"
}

// grid places tiles in cells of 16:9, as large as they can be, the last row in the middle.
func (a *arranging) grid(r rect, tiles []tile, z int) {
	n := len(tiles)
	if n == 0 {
		return
	}
	if n == 1 && r.w == a.Width && r.h == a.Height {
		a.put(r, tiles, z)
		return
	}
	columns, cw, ch, g := a.cells(r, tiles)
	rows := (n + columns - 1) / columns
	top := r.y + even(float64(r.h-rows*ch-(rows-1)*g)/2)
	for row := range rows {
		in := tiles[row*columns : min(n, (row+1)*columns)]
		left := r.x + even(float64(r.w-len(in)*cw-(len(in)-1)*g)/2)
		for i := range in {
			a.put(rect{left + i*(cw+g), top + row*(ch+g), cw, ch}, in[i:i+1], z)
		}
	}
}

// cells are how many columns there are, the size of the cells, and what is between them.
func (a *arranging) cells(r rect, tiles []tile) (columns, w, h, gap int) {
	n, g := len(tiles), a.gap()
	if n > 16 && a.between == nil {
		g = max(2, even(float64(g)/2))
	}
	for c := 1; c <= n; c++ {
		rows := (n + c - 1) / c
		if a.most.Columns > 0 && (c > a.most.Columns || rows > a.most.Rows) {
			continue
		}
		cw := math.Min(float64(r.w-(c-1)*g)/float64(c), float64(r.h-(rows-1)*g)/float64(rows)*16/9)
		if x, y := even(cw), even(cw*9/16); x > w {
			columns, w, h = c, x, y
		}
	}
	columns, w, h = max(1, columns), max(2, w), max(2, h)
	// Pictures that need not be scaled, or by a half, cost less and look better: the gap is given for that.
	rows := (n + columns - 1) / columns
	sw, sh := commonSize(tiles)
	for _, part := range [][2]int{{1, 1}, {2, 3}, {1, 2}, {1, 3}, {1, 4}} {
		x, y := sw*part[0]/part[1], sh*part[0]/part[1]
		if sw*part[0]%part[1] != 0 || sh*part[0]%part[1] != 0 || x%2 != 0 || y%2 != 0 || x*9 != y*16 {
			continue
		}
		if x*columns <= r.w && y*rows <= r.h && float64(x*y) >= 0.97*float64(w*h) {
			w, h = x, y
			for g > 0 && (x*columns+g*(columns-1) > r.w || y*rows+g*(rows-1) > r.h) {
				g -= 2
			}
			break
		}
	}
	return columns, w, h, max(0, g)
}

// commonSize is the size that most pictures have.
func commonSize(tiles []tile) (w, h int) {
	count := map[[2]int]int{}
	most := 0
	for _, t := range tiles {
		k := [2]int{t.Width, t.Height}
		if t.kind != Camera || t.Width <= 0 {
			continue
		}
		if count[k]++; count[k] > most {
			most, w, h = count[k], t.Width, t.Height
		}
	}
	return w, h
}

// row places tiles beside each other, or below each other, each as large as it can be. Where that makes slivers, it is
// a grid.
func (a *arranging) row(r rect, tiles []tile, down bool) {
	n, g := len(tiles), a.gap()
	if n == 0 {
		return
	}
	w, h := even(float64(r.w-(n-1)*g)/float64(n)), r.h
	if down {
		w, h = r.w, even(float64(r.h-(n-1)*g)/float64(n))
	}
	if w*2 < h || h*5 < w || w < minCanvas/2 || h < minCanvas/2 {
		a.grid(r, tiles, 0)
		return
	}
	for i := range tiles {
		at := rect{r.x + i*(w+g), r.y, w, h}
		if down {
			at = rect{r.x, r.y + i*(h+g), w, h}
		}
		a.put(at, tiles[i:i+1], 0)
	}
}

// insets places tiles over the picture: at its right side, or at the bottom.
func (a *arranging) insets(r rect, tiles []tile, right bool) {
	if len(tiles) == 0 {
		return
	}
	m := 2 * a.gap()
	part := 0.22
	if len(tiles) > 4 {
		part = 0.18
	}
	w, h := even(float64(r.w)*part), even(float64(r.h)*part)
	in := rect{m, r.h - h - m, r.w - 2*m, h}
	if right {
		n := len(tiles)
		in = rect{r.w - w - m, m, w, r.h - 2*m}
		if tall := n*even(float64(w)*9/16) + (n-1)*a.gap(); tall < in.h {
			in.y, in.h = in.y+in.h-tall&^1, tall&^1 // from the bottom
		}
	}
	in.x, in.y = in.x&^1, in.y&^1
	a.grid(in, tiles, 1)
}
