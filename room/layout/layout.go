// Package layout is layouts of a user's own: rules, each with a condition and regions of the canvas, of which the first
// whose condition holds says what is where. Package room arranges people by them.
package layout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/upright-media/upright/internal/lazy"
	"github.com/upright-media/upright/internal/nearest"
)

// Builtin are the names of the layouts that are there without a configuration.
var Builtin = []string{"auto", "grid", "speaker", "single", "presentation", "strip-top", "pip", "side-by-side",
	"vertical", "float"}

// Fits are the ways to put a picture into a region of another shape.
var Fits = []string{"auto", "contain", "cover", "blur", "stretch"}

// Layout is rules: the first one that holds counts. The last one has no condition.
type Layout []Rule

// Rule is what is where while a condition holds.
type Rule struct {
	When    *When    `yaml:"when" json:"when,omitempty"` // nil: always
	Regions []Region `yaml:"regions" json:"regions"`     // in the order in which they are filled
}

// When is a condition: all that it says has to hold. What is empty does not matter.
type When struct {
	// who shares a screen: Any, None, or patterns
	Screen Patterns `yaml:"screen" json:"screen,omitempty"`
	// how many people are there
	People Range `yaml:"people" json:"people,omitzero"`
	// somebody of these is there
	Who Patterns `yaml:"who" json:"who,omitempty"`
	// who has the floor: Any, None, or patterns
	Speaking Patterns `yaml:"speaking" json:"speaking,omitempty"`
}

// What When.Screen and When.Speaking may say instead of patterns.
const (
	Any  = "any"
	None = "none"
)

// Region is a rectangle of the canvas and who is in it.
type Region struct {
	At  []Length `yaml:"at" json:"at"` // left, top, width, height
	Z   int      `yaml:"z" json:"z,omitempty"`
	Fit string   `yaml:"fit" json:"fit,omitempty"` // one of Fits; "": what is chosen for the video

	Take  string   `yaml:"take" json:"take,omitempty"` // one of Takes
	Who   Patterns `yaml:"who" json:"who,omitempty"`
	Not   Patterns `yaml:"not" json:"not,omitempty"`
	Order Patterns `yaml:"order" json:"order,omitempty"` // one of Orders, or patterns: those first that match the first

	Grid Grid   `yaml:"grid" json:"grid,omitzero"`
	Skip []int  `yaml:"skip" json:"skip,omitempty"` // cells that stay empty, from 1, line by line
	Keep string `yaml:"keep" json:"keep,omitempty"` // one of Keeps
	Gap  Length `yaml:"gap" json:"gap,omitzero"`    // between cells

	Round      Length `yaml:"round" json:"round,omitzero"`            // radius of the corners of each cell
	Border     string `yaml:"border" json:"border,omitempty"`         // "#rrggbb", or a width in pixels in front of it
	Background string `yaml:"background" json:"background,omitempty"` // "#rrggbb"
	Label      string `yaml:"label" json:"label,omitempty"`           // name (""), none
	Empty      string `yaml:"empty" json:"empty,omitempty"`           // EmptyClose (""), EmptyBackground, or a path
}

// Takes are what a region can show: people, shared screens, both, or who has the floor.
var Takes = []string{TakeCamera, TakeScreen, TakeAny, TakeFloor}

// What Region.Take may be. The default is TakeCamera.
const (
	TakeCamera = "camera"
	TakeScreen = "screen"
	TakeAny    = "any"
	TakeFloor  = "floor"
)

// Orders are those in which people take their cells. The default is OrderJoined, of screens OrderNewest.
var Orders = []string{OrderJoined, OrderTalked, OrderNewest, OrderName}

// What Region.Order may be, besides patterns.
const (
	OrderJoined = "joined"
	OrderTalked = "talked" // who had the floor last is first
	OrderNewest = "newest"
	OrderName   = "name"
)

// Keeps are who has a cell if there are more people than cells.
var Keeps = []string{KeepMore, KeepLongest, KeepNewest}

// What Region.Keep may be. The default is KeepMore, in a region without a grid KeepLongest.
const (
	KeepMore    = "more"    // those who are first by the order; the last cell says how many others there are
	KeepLongest = "longest" // who have been there longest
	KeepNewest  = "newest"  // who came last
)

// What Region.Empty may be, besides a picture's path.
const (
	EmptyClose      = "close"      // there are only as many cells as people
	EmptyBackground = "background" // cells without anybody show the background
)

// MostCells is how many cells a grid can have, and regions there can be.
const MostCells = 49

// identifier is a name for a layout.
var identifier = lazy.Regexp(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// CheckName says what is wrong with the name of a layout of one's own.
func CheckName(name string) *Problem {
	switch {
	case slices.Contains(Builtin, name):
		return &Problem{Text: "the layout " + name + " is built in", Hint: "take another name"}
	case !identifier().MatchString(name):
		return &Problem{Text: fmt.Sprintf("%q is no name for a layout", name), Hint: "take letters, digits, - and _"}
	}
	return nil
}

// Find is a layout of own by its name, nil for one that is built in.
func Find(name string, own map[string]Layout) (Layout, error) {
	if l, ok := own[name]; ok {
		return l, nil
	}
	if slices.Contains(Builtin, name) {
		return nil, nil
	}
	names := slices.Clone(Builtin)
	for n := range own {
		names = append(names, n)
	}
	slices.Sort(names[len(Builtin):])
	hint := ""
	if n := nearest.Option(name, names); n != "" {
		hint = "; did you mean " + n + "?"
	}
	return nil, fmt.Errorf("layout is %q, but must be one of %s%s", name, strings.Join(names, ", "), hint)
}

// Floor says whether the layout depends on who has the floor, or had it.
func (l Layout) Floor() bool {
	return slices.ContainsFunc(l, func(r Rule) bool {
		return r.When != nil && len(r.When.Speaking) > 0 || slices.ContainsFunc(r.Regions, func(g Region) bool {
			return g.Take == TakeFloor || g.Order.Is(OrderTalked)
		})
	})
}

// Pictures are the files that regions show where nobody is.
func (l Layout) Pictures() (paths []string) {
	for _, r := range l {
		for i := range r.Regions {
			if p := r.Regions[i].Picture(); p != nil {
				paths = append(paths, *p)
			}
		}
	}
	return paths
}

// Picture is the path of the file that a region shows where nobody is, nil if it shows none.
func (g *Region) Picture() *string {
	if g.Empty == "" || g.Empty == EmptyClose || g.Empty == EmptyBackground {
		return nil
	}
	return &g.Empty
}
