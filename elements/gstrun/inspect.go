package gstrun

import (
	"slices"

	"github.com/upright-media/upright/elements/internal/gstx"
)

// ElementNames are the names of all elements that there are, in the order of the alphabet.
func ElementNames() []string {
	Init()
	names := gstx.ElementNames()
	slices.Sort(names)
	return names
}

// ElementInfo is what is known of a kind of element.
type ElementInfo = gstx.ElementInfo

// Inspect says what an element is. ok is false if there is none of this name. It loads the element's plugin.
func Inspect(element string) (info ElementInfo, ok bool) {
	Init()
	return gstx.Inspect(element)
}

// PropertyState says whether a property can be set to a text.
type PropertyState = gstx.PropertyState

// What it can say.
const (
	PropertyGood   = gstx.PropertyGood
	PropertyNone   = gstx.PropertyNone   // there is none of this name
	PropertyFixed  = gstx.PropertyFixed  // it cannot be set
	PropertyObject = gstx.PropertyObject // it takes objects: other elements, …
	PropertyBad    = gstx.PropertyBad    // the text is none of its values
)

// CheckProperty says whether a property of an element can be set to a text, as a gst-launch-1.0 line does it. span is
// what it can be, in words, with PropertyBad; text says that it takes any text.
func CheckProperty(element, property, value string) (state PropertyState, span string, text bool) {
	Init()
	return gstx.CheckProperty(element, property, value)
}

// PropertyNames are those of an element's properties that can be set.
func PropertyNames(element string) []string {
	Init()
	return gstx.PropertyNames(element)
}

// ValidCaps says whether a text is a filter.
func ValidCaps(text string) bool {
	Init()
	return gstx.ValidCaps(text)
}

// Parse makes a pipeline of a line, which is not run, and says what kinds of elements are in it. The error is a *ParseError.
func Parse(line string) (elements []string, err error) {
	Init()
	p, err := gstx.Parse(line)
	if err != nil {
		return nil, parseError(err)
	}
	defer p.Close()
	return p.Factories(), nil
}
