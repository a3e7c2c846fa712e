package layout

import (
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/upright-media/upright/internal/lazy"
)

// Length is pixels, or a part of the canvas: of its width for what lies side by side, else of its height.
type Length struct {
	Value   float64
	Percent bool
	Set     bool // it was said, if only as 0
}

// Percent is a part of the canvas, 100 the whole.
func Percent(v float64) Length { return Length{v, true, true} }

// Px is a number of pixels.
func Px(v float64) Length { return Length{v, false, true} }

// Of is the length on a canvas of so many pixels.
func (l Length) Of(canvas int) float64 {
	if l.Percent {
		return l.Value / 100 * float64(canvas)
	}
	return l.Value
}

var length = lazy.Regexp(`^([0-9]+(?:\.[0-9]+)?)(%|px|)$`)

// UnmarshalText reads 320, 320px or 25%.
func (l *Length) UnmarshalText(text []byte) error {
	m := length().FindStringSubmatch(string(text))
	if m == nil {
		if strings.HasPrefix(string(text), "-") {
			return fmt.Errorf("%q is negative; a region begins on the canvas", text)
		}
		return fmt.Errorf("%q is no length; write it as 320 (pixels) or 25%%", text)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil || v > 1e5 {
		return fmt.Errorf("%q is out of range", text)
	}
	*l = Length{v, m[2] == "%", true}
	return nil
}

// MarshalText is what UnmarshalText reads.
func (l Length) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

func (l Length) String() string {
	if !l.Set {
		return ""
	}
	s := strconv.FormatFloat(l.Value, 'f', -1, 64)
	if l.Percent {
		s += "%"
	}
	return s
}

// IsZero says whether it was not said.
func (l Length) IsZero() bool { return !l.Set }

// Grid is how a region is divided.
type Grid struct {
	Auto          bool // as many cells as people, as large as they can be
	Columns, Rows int  // 0: none
}

var grid = lazy.Regexp(`^([0-9]{1,3})x([0-9]{1,3})$`)

// UnmarshalText reads auto, or columns and rows as in 3x2.
func (g *Grid) UnmarshalText(text []byte) error {
	if string(text) == "auto" {
		*g = Grid{Auto: true}
		return nil
	}
	m := grid().FindStringSubmatch(string(text))
	if m == nil {
		return fmt.Errorf("%q is no grid; write auto, or columns and rows as in 3x2", text)
	}
	columns, _ := strconv.Atoi(m[1])
	rows, _ := strconv.Atoi(m[2])
	if columns < 1 || rows < 1 || columns*rows > MostCells {
		return fmt.Errorf("%q has %d cells; 1 to %d are possible", text, columns*rows, MostCells)
	}
	*g = Grid{Columns: columns, Rows: rows}
	return nil
}

// MarshalText is what UnmarshalText reads.
func (g Grid) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

func (g Grid) String() string {
	switch {
	case g.Auto:
		return "auto"
	case g.IsZero():
		return ""
	}
	return fmt.Sprintf("%dx%d", g.Columns, g.Rows)
}

// IsZero says whether there is none.
func (g Grid) IsZero() bool { return g == Grid{} }

// Range is how many people there are, the ends included.
type Range struct {
	From, To int
	Set      bool
}

// many is more people than there can be.
const many = math.MaxInt32

var numbers = lazy.Regexp(`^([0-9]{0,5})(\.\.)?([0-9]{0,5})$`)

// UnmarshalText reads 3, 2..4, 5.. or ..4.
func (r *Range) UnmarshalText(text []byte) error {
	m := numbers().FindStringSubmatch(string(text))
	if m == nil || m[1] == "" && m[3] == "" {
		return fmt.Errorf("%q is no number of people; write it as 3, 2..4, 5.. or ..4", text)
	}
	*r = Range{To: many, Set: true}
	if m[1] != "" {
		r.From, _ = strconv.Atoi(m[1])
	}
	switch {
	case m[2] == "":
		r.To = r.From
	case m[3] != "":
		r.To, _ = strconv.Atoi(m[3])
	}
	if r.To < r.From {
		return fmt.Errorf("%q is empty: the smaller number comes first", text)
	}
	return nil
}

// MarshalText is what UnmarshalText reads.
func (r Range) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

func (r Range) String() string {
	switch {
	case !r.Set:
		return ""
	case r.From == r.To:
		return strconv.Itoa(r.From)
	case r.To == many:
		return strconv.Itoa(r.From) + ".."
	}
	return fmt.Sprintf("%d..%d", r.From, r.To)
}

// IsZero says whether any number will do.
func (r Range) IsZero() bool { return !r.Set }

// Holds says whether a number is in the range.
func (r Range) Holds(n int) bool { return !r.Set || n >= r.From && n <= r.To }

// Patterns say who is meant, by id or name, with * for any letters; or one of the words that their option has.
type Patterns []string

// Is says whether there is nothing but a word.
func (p Patterns) Is(word string) bool { return len(p) == 1 && p[0] == word }

// Match says whether somebody is meant who is called by any of the names.
func (p Patterns) Match(names ...string) bool { return p.index(names) < len(p) }

// index is which of the patterns matches, their number if none does.
func (p Patterns) index(names []string) int {
	for i, pattern := range p {
		if slices.ContainsFunc(names, func(n string) bool { return n != "" && Matches(pattern, n) }) {
			return i
		}
	}
	return len(p)
}

// Place is which of the patterns means somebody who is called by any of the names: the first is 0.
func (p Patterns) Place(names ...string) int { return p.index(names) }

// Check says what is wrong with the patterns.
func (p Patterns) Check() error {
	for _, pattern := range p {
		if pattern == "" {
			return errors.New("an empty pattern matches no one: give an id or a name; * matches any letters")
		}
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("%q: %w: close each [ with a ]", pattern, err)
		}
	}
	return nil
}

// Matches is path.Match for texts in which a slash is a letter like others.
func Matches(pattern, s string) bool {
	const slash = "\x00"
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", slash), strings.ReplaceAll(s, "/", slash))
	return ok && err == nil
}

// Ring is a border around cells.
type Ring struct {
	Pixels int
	Colour string // #rrggbb, "": none
}

var (
	colour = lazy.Regexp(`^#[0-9a-fA-F]{6}$`)
	border = lazy.Regexp(`^(?:([0-9]{1,3})(?:px)? +)?(#[0-9a-fA-F]{6})$`)
)

// ParseBorder reads #rrggbb, or a width in pixels in front of it.
func ParseBorder(text string) (Ring, error) {
	if text == "" {
		return Ring{}, nil
	}
	m := border().FindStringSubmatch(text)
	if m == nil {
		return Ring{}, fmt.Errorf(
			"%q is no border; write a colour such as \"#ffffff\", or \"4 #ffffff\" for 4 pixels",
			text,
		)
	}
	r := Ring{2, m[2]}
	if m[1] != "" {
		r.Pixels, _ = strconv.Atoi(m[1])
	}
	if r.Pixels < 1 || r.Pixels > 100 {
		return Ring{}, fmt.Errorf("%q: a border has 1 to 100 pixels", text)
	}
	return r, nil
}
