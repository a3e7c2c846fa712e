package room

import (
	"fmt"
	"slices"
	"strings"

	"github.com/upright-media/upright/room/layout"
)

// Layouts are the built-in arrangements.
var Layouts = layout.Builtin

// Fits are the ways to put a picture into a region of another shape.
var Fits = layout.Fits

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

// follows says whether a look shows who has the floor.
func (l Look) follows() bool {
	if l.Own != nil {
		return l.Own.Floor()
	}
	return slices.Contains([]string{"speaker", "single", "strip-top", "pip", "float"}, l.Layout)
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
