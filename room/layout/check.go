package layout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/upright-media/upright/internal/nearest"
)

// Problem is one thing that is wrong with a layout.
type Problem struct {
	Path string // of the option below the layout, as in [0].regions[1].at; "": the layout itself
	Text string // one sentence
	Hint string // what to do about it; "" if Text says that
}

// Error is the problem in one line, without its path.
func (p Problem) Error() string {
	if p.Hint == "" {
		return p.Text
	}
	return p.Text + "; " + p.Hint
}

// Check says what is wrong with a layout. With a canvas (in pixels, else 0) it also looks at what depends on its size.
func (l Layout) Check(width, height int) []Problem {
	c := &checker{width: width, height: height}
	if len(l) == 0 {
		c.report("", "the layout has no rules", "write - regions: below its name")
		return c.problems
	}
	for i, r := range l {
		at := fmt.Sprintf("[%d]", i)
		c.when(at+".when", r.When)
		if len(r.Regions) == 0 {
			c.report(
				at+".regions",
				"the rule has no regions",
				"write regions: with an item such as {at: [0, 0, 100%, 100%]}",
			)
		}
		if len(r.Regions) > MostCells {
			c.report(
				at+".regions",
				fmt.Sprintf("%d regions are too many", len(r.Regions)),
				fmt.Sprintf("%d are possible", MostCells),
			)
			continue
		}
		if n := r.cells(); n > MostCells {
			c.report(
				at+".regions",
				fmt.Sprintf("the grids of the rule have %d cells", n),
				fmt.Sprintf("%d are possible", MostCells),
			)
		}
		whole := len(c.problems)
		for k, g := range r.Regions {
			c.region(fmt.Sprintf("%s.regions[%d]", at, k), g)
		}
		if len(c.problems) == whole {
			c.overlaps(at, r.Regions)
		}
		for k := range i {
			if (l[k].When == nil || !l[k].When.empty()) && l[k].When.covers(r.When) {
				c.report(at, fmt.Sprintf("the rule is never reached: rule %d holds whenever it does", k+1),
					"put the rule with more conditions first")
				break
			}
		}
	}
	if last := len(l) - 1; l[last].When != nil {
		c.report(
			fmt.Sprintf("[%d].when", last),
			"the last rule has a condition: nothing would be shown when no rule holds",
			"add a rule without when: at the end",
		)
	}
	return c.problems
}

// cells are how many there are of a fixed place.
func (r Rule) cells() (n int) {
	for _, g := range r.Regions {
		if !g.Grid.Auto {
			n += max(1, g.Grid.Columns*g.Grid.Rows)
		}
	}
	return n
}

type checker struct {
	width, height int
	problems      []Problem
}

func (c *checker) report(path, text, hint string) {
	c.problems = append(c.problems, Problem{path, text, hint})
}

func (c *checker) word(path, name, value string, words []string) {
	if value == "" || slices.Contains(words, value) {
		return
	}
	hint := "it is one of " + strings.Join(words, ", ")
	if n := nearest.Option(value, words); n != "" {
		hint = "did you mean " + n + "?"
	}
	c.report(path, fmt.Sprintf("%s: %q means nothing", name, value), hint)
}

func (c *checker) patterns(path, name string, p Patterns) {
	if err := p.Check(); err != nil {
		c.report(path, name+": "+err.Error(), "")
	}
}

func (c *checker) when(path string, w *When) {
	if w == nil {
		return
	}
	if w.empty() {
		c.report(path, "when has no condition", "leave it out, or write screen:, people:, who: or speaking:")
	}
	for _, p := range []struct {
		name  string
		value Patterns
	}{{"screen", w.Screen}, {"who", w.Who}, {"speaking", w.Speaking}} {
		c.patterns(path+"."+p.name, p.name, p.value)
		if p.name != "who" && len(p.value) > 1 && (slices.Contains(p.value, Any) || slices.Contains(p.value, None)) {
			c.report(path+"."+p.name, p.name+": any and none stand alone", "write one of them, or a list of patterns")
		}
	}
}

func (w *When) empty() bool {
	return w == nil || len(w.Screen)+len(w.Who)+len(w.Speaking) == 0 && !w.People.Set
}

// covers says whether a condition surely holds whenever another one does.
func (w *When) covers(o *When) bool {
	if w.empty() {
		return true
	}
	if o.empty() {
		return false
	}
	// words compares conditions that may be Any and None. Patterns imply Any.
	words := func(a, b Patterns, all string) bool {
		switch {
		case len(a) == 0:
			return true
		case len(b) == 0:
			return false
		case all != "" && a.Is(all):
			return !b.Is(None)
		}
		return !slices.ContainsFunc(
			b,
			func(p string) bool { return !slices.Contains(a, p) && !slices.Contains(a, "*") },
		) &&
			!(all != "" && b.Is(None) && !a.Is(None))
	}
	people := !w.People.Set || o.People.Set && w.People.From <= o.People.From && o.People.To <= w.People.To
	return people && words(w.Screen, o.Screen, Any) && words(w.Speaking, o.Speaking, Any) && words(w.Who, o.Who, "")
}

func (c *checker) region(path string, g Region) {
	c.place(path, g)
	c.word(path+".take", "take", g.Take, Takes)
	c.word(path+".fit", "fit", g.Fit, Fits)
	c.word(path+".keep", "keep", g.Keep, Keeps)
	c.word(path+".label", "label", g.Label, []string{"name", "none"})
	c.patterns(path+".who", "who", g.Who)
	c.patterns(path+".not", "not", g.Not)
	c.patterns(path+".order", "order", g.Order)
	if len(g.Order) > 1 {
		for _, o := range g.Order {
			if slices.Contains(Orders, o) {
				c.report(path+".order", "order: "+o+" stands alone", "write one word, or a list of people")
			}
		}
	}
	if g.Z < -99 || g.Z > 99 {
		c.report(path+".z", fmt.Sprintf("z: %d is not between -99 and 99", g.Z), "0 is the lowest that is usual")
	}
	if g.Background != "" && !colour().MatchString(g.Background) {
		c.report(path+".background", fmt.Sprintf("background: %q is no colour", g.Background),
			"write it as \"#16181d\", in quotes")
	}
	if _, err := ParseBorder(g.Border); err != nil {
		c.report(path+".border", "border: "+err.Error(), "")
	}
	c.cells(path, g)
}

// place looks at where a region is.
func (c *checker) place(path string, g Region) {
	if len(g.At) != 4 {
		text := fmt.Sprintf("at has %d values", len(g.At))
		if len(g.At) == 0 {
			text = "at is missing: where is the region?"
		}
		c.report(path+".at", text, "write at: [LEFT, TOP, WIDTH, HEIGHT], in pixels or percent of the canvas")
		return
	}
	for i, name := range []string{"wide", "high"} {
		from, long, whole := g.At[i], g.At[i+2], [2]int{c.width, c.height}[i]
		switch {
		case long.Value <= 0:
			c.report(path+".at", fmt.Sprintf("the region is 0 %s", name), "give it a width and a height")
			return
		case from.Percent && long.Percent && from.Value+long.Value > 100+rounding,
			from.Percent && from.Value >= 100, long.Percent && long.Value > 100:
			c.report(
				path+".at",
				fmt.Sprintf("the region ends off the canvas: %s and %s are more than 100%%", from, long),
				"at is left, top, width, height",
			)
			return
		case whole > 0 && from.Of(whole)+long.Of(whole) > float64(whole)+0.001:
			c.report(path+".at", fmt.Sprintf("the region ends off the canvas, which is %d pixels %s: %s and %s",
				whole, name, from, long), "use percent, or a larger --size")
			return
		}
	}
	if c.width > 0 {
		if r := g.In(c.width, c.height); r.X1-r.X0 < 2 || r.Y1-r.Y0 < 2 {
			c.report(path+".at", "the region has no pixels", "make it larger")
		}
	}
}

// cells looks at what a region says of its grid.
func (c *checker) cells(path string, g Region) {
	n := max(1, g.Grid.Columns*g.Grid.Rows)
	if g.Grid.IsZero() || g.Grid.Auto {
		if len(g.Skip) > 0 {
			c.report(path+".skip", "skip means nothing without cells of a fixed place", "write grid: and COLUMNSxROWS")
		}
		if g.Gap.Set && g.Grid.IsZero() {
			c.report(path+".gap", "gap means nothing without a grid", "write grid: and COLUMNSxROWS, or auto")
		}
		if g.Grid.IsZero() && g.Keep == KeepMore {
			c.report(path+".keep", "keep: more needs a second cell", "write grid: and COLUMNSxROWS")
		}
	} else if c.width > 0 && len(g.At) == 4 {
		if g.Grid.Cells(g.In(c.width, c.height), g.GapOn(c.height, 0)) == nil {
			c.report(path+".grid", fmt.Sprintf("grid: the region is too small for %s", g.Grid),
				"take fewer cells, or less gap")
		}
	}
	if g.Take == TakeFloor && !g.Grid.IsZero() {
		c.report(path+".grid", "take: floor is one person, so there is nothing to put into a grid", "leave grid: out")
	}
	left := map[int]bool{}
	for i, s := range g.Skip {
		if (s < 1 || s > n) && !g.Grid.IsZero() && !g.Grid.Auto {
			c.report(fmt.Sprintf("%s.skip[%d]", path, i), fmt.Sprintf("skip: there is no cell %d in %s", s, g.Grid),
				fmt.Sprintf("cells are counted from 1 to %d, line by line", n))
		}
		left[s] = true
	}
	if len(left) >= n && len(g.Skip) > 0 && !g.Grid.Auto && !g.Grid.IsZero() {
		c.report(path+".skip", "skip leaves no cell", "take some out")
	}
}

// overlaps looks for regions of a rule that have the same z and lie over each other.
func (c *checker) overlaps(path string, regions []Region) {
	for i, a := range regions {
		for k, b := range regions[:i] {
			if a.Z == b.Z && c.overlap(a, b) {
				c.report(fmt.Sprintf("%s.regions[%d].at", path, i),
					fmt.Sprintf("regions %d and %d of the rule overlap, and both have z: %d", k+1, i+1, a.Z),
					"give the upper one a larger z:, or move one")
			}
		}
	}
}

// overlap says whether two regions surely have pixels in common: without a canvas, percent and pixels cannot be
// compared.
func (c *checker) overlap(a, b Region) bool {
	if c.width > 0 {
		return a.In(c.width, c.height).Overlaps(b.In(c.width, c.height))
	}
	for i := range 2 {
		percent, pixels := true, true
		for _, v := range []Length{a.At[i], a.At[i+2], b.At[i], b.At[i+2]} {
			percent = percent && (v.Percent || v.Value == 0)
			pixels = pixels && (!v.Percent || v.Value == 0)
		}
		common := min(a.At[i].Value+a.At[i+2].Value, b.At[i].Value+b.At[i+2].Value) - max(a.At[i].Value, b.At[i].Value)
		if !percent && !pixels || common < rounding {
			return false
		}
	}
	return true
}

// rounding is what does not count of percent or pixels.
const rounding = 1e-4
