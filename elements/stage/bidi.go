package stage

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/bidi"
)

// brackets are pairs that belong together (BidiBrackets.txt), those that people write in names.
const brackets = "()[]{}（）［］｛｝〈〉《》「」『』【】〔〕⟨⟩⟪⟫"

// embedding gives each letter of a line the level of the Unicode bidirectional algorithm (UAX #9): letters of an odd one
// are read from right to left. base is the line's own. Explicit marks of direction have none.
//
// That of golang.org/x/text says whether letters are read to the right or to the left, but not at which level, so that
// a number behind a name in Hebrew cannot be put in its place; and it leaves brackets apart that belong together.
func embedding(text []rune) (levels []int, base int) {
	line := bidiLine{}
	line.read(text)
	line.weak()
	line.pairs()
	line.neutrals()
	levels = make([]int, len(text))
	level, at := line.base, 0
	for i := range levels {
		if at < len(line.places) && line.places[at] == i {
			level = line.level(at)
			at++
		}
		levels[i] = level
	}
	for i := len(text) - 1; i >= 0 && text[i] == ' '; i-- { // rule L1
		levels[i] = line.base
	}
	return levels, line.base
}

// inOrder puts what has levels into the order in which it stands from left to right (rule L2).
func inOrder[T any](runs []T, level func(T) int) {
	highest := 0
	for _, r := range runs {
		highest = max(highest, level(r))
	}
	for ; highest > 0; highest-- {
		for from := 0; from < len(runs); from++ {
			to := from
			for to < len(runs) && level(runs[to]) >= highest {
				to++
			}
			slices.Reverse(runs[from:to])
			from = max(from, to)
		}
	}
}

// bidiLine is a line while its levels are found: the classes of its letters, those without one left out (rule X9).
type bidiLine struct {
	base    int
	places  []int // in the text
	letters []rune
	classes []bidi.Class
}

func (l *bidiLine) read(text []rune) {
	known := false
	for i, r := range text {
		p, _ := bidi.LookupRune(r)
		c := p.Class()
		if !known && (c == bidi.L || c == bidi.R || c == bidi.AL) { // rules P2 and P3
			known = true
			if c != bidi.L {
				l.base = 1
			}
		}
		if c >= bidi.Control || c == bidi.BN {
			continue
		}
		l.places, l.letters, l.classes = append(l.places, i), append(l.letters, r), append(l.classes, c)
	}
}

// own is the class of letters that are read in the line's direction.
func (l *bidiLine) own() bidi.Class {
	if l.base == 1 {
		return bidi.R
	}
	return bidi.L
}

// weak are the rules W1 to W7, about numbers and what stands in them.
func (l *bidiLine) weak() {
	c := l.classes
	before, strong := l.own(), l.own()
	for i := range c {
		if c[i] == bidi.NSM {
			c[i] = before
		}
		switch before = c[i]; before {
		case bidi.L, bidi.R, bidi.AL:
			strong = before
		case bidi.EN:
			if strong == bidi.AL {
				c[i] = bidi.AN
			}
		}
	}
	for i := 1; i+1 < len(c); i++ {
		number, between := c[i-1], c[i]
		if number == c[i+1] && (number == bidi.EN || number == bidi.AN && between == bidi.CS) &&
			(between == bidi.ES || between == bidi.CS) {
			c[i] = number
		}
	}
	for i := 0; i < len(c); i++ {
		to := i
		for to < len(c) && c[to] == bidi.ET {
			to++
		}
		if i > 0 && c[i-1] == bidi.EN || to < len(c) && c[to] == bidi.EN {
			for ; i < to; i++ {
				c[i] = bidi.EN
			}
		}
		i = max(i, to)
	}
	strong = l.own()
	for i := range c {
		switch c[i] {
		case bidi.AL:
			c[i], strong = bidi.R, bidi.R
		case bidi.L, bidi.R:
			strong = c[i]
		case bidi.EN:
			if strong == bidi.L {
				c[i] = bidi.L
			}
		case bidi.ES, bidi.ET, bidi.CS:
			c[i] = bidi.ON
		}
	}
}

// strongOf is the direction of a class: numbers count as read to the left. Neutral ones have none.
func strongOf(c bidi.Class) (strong bidi.Class, ok bool) {
	switch c {
	case bidi.L:
		return bidi.L, true
	case bidi.R, bidi.EN, bidi.AN:
		return bidi.R, true
	}
	return c, false
}

// pairs is rule N0: brackets that belong together have the direction of what they are around.
func (l *bidiLine) pairs() {
	type pair struct{ from, to int }
	var open []pair // to: place of the closing one in brackets
	var all []pair
	for i, r := range l.letters {
		at := strings.IndexRune(brackets, r)
		if at < 0 || l.classes[i] != bidi.ON {
			continue
		}
		if n := len([]rune(brackets[:at])); n%2 == 0 {
			open = append(open, pair{i, n + 1})
			continue
		} else if k := lastIndex(open, func(p pair) bool { return p.to == n }); k >= 0 {
			all = append(all, pair{open[k].from, i})
			open = open[:k]
		}
	}
	slices.SortFunc(all, func(a, b pair) int { return a.from - b.from })
	for _, p := range all {
		own, inside := l.own(), bidi.ON
		for _, c := range l.classes[p.from+1 : p.to] {
			if strong, ok := strongOf(c); ok && inside != own {
				inside = strong
			}
		}
		if inside != own && inside != bidi.ON && l.strongBefore(p.from) == own {
			inside = own
		}
		if inside != bidi.ON {
			l.classes[p.from], l.classes[p.to] = inside, inside
		}
	}
}

func lastIndex[T any](list []T, is func(T) bool) int {
	for i := len(list) - 1; i >= 0; i-- {
		if is(list[i]) {
			return i
		}
	}
	return -1
}

// strongBefore is the direction of what stands in front of a place.
func (l *bidiLine) strongBefore(at int) bidi.Class {
	for i := at - 1; i >= 0; i-- {
		if strong, ok := strongOf(l.classes[i]); ok {
			return strong
		}
	}
	return l.own()
}

// neutrals are the rules N1 and N2: what stands between two of the same direction has that one, else the line's.
func (l *bidiLine) neutrals() {
	for from := 0; from < len(l.classes); from++ {
		to := from
		for to < len(l.classes) {
			if _, strong := strongOf(l.classes[to]); strong {
				break
			}
			to++
		}
		between := l.own()
		if to < len(l.classes) {
			between, _ = strongOf(l.classes[to])
		}
		if l.strongBefore(from) != between {
			between = l.own()
		}
		for ; from < to; from++ {
			l.classes[from] = between
		}
	}
}

// level are the rules I1 and I2.
func (l *bidiLine) level(at int) int {
	switch c := l.classes[at]; {
	case c == l.own():
		return l.base
	case c == bidi.L || c == bidi.R || l.base == 1:
		return l.base + 1
	}
	return l.base + 2
}
