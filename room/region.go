package room

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

// rect is a part of the canvas.
type rect struct{ x, y, w, h int }

func even(v float64) int { return int(v) &^ 1 }

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
