package launch

import (
	"regexp"
	"slices"
)

// kind is the name of a kind of element: all other words have an equals sign, a dot, a slash, or are exclamation marks.
var kind = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)

// Elements are the kinds of elements in the line, each once, in the order of the alphabet.
func (l Line) Elements() (list []string) {
	for _, word := range l {
		if kind.MatchString(word) {
			list = append(list, word)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Redirect is the line with another value of a property that has one already: wherever it has exactly that.
func (l Line) Redirect(property, from, to string) Line {
	out := slices.Clone(l)
	for i, word := range out {
		if word == property+"="+escape(from) {
			out[i] = property + "=" + escape(to)
		}
	}
	return out
}
