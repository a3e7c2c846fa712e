package gstrun

import (
	"slices"

	"github.com/upright-media/upright/elements/internal/pipeline"
)

// ElementNames are the names of all elements that there are, in the order of the alphabet.
func ElementNames() []string {
	Init()
	names := pipeline.ElementNames()
	slices.Sort(names)
	return names
}

// ElementInfo is what is known of a kind of element.
type ElementInfo = pipeline.ElementInfo

// Inspect says what an element is. ok is false if there is none of this name. It loads the element's plugin.
func Inspect(element string) (info ElementInfo, ok bool) {
	Init()
	return pipeline.Inspect(element)
}

// PropertyState says whether a property can be set to a text.
type PropertyState = pipeline.PropertyState

// What it can say.
const (
	PropertyGood   = pipeline.PropertyGood
	PropertyNone   = pipeline.PropertyNone   // there is none of this name
	PropertyFixed  = pipeline.PropertyFixed  // it cannot be set
	PropertyObject = pipeline.PropertyObject // it takes objects: other elements, …
	PropertyBad    = pipeline.PropertyBad    // the text is none of its values
)

// CheckProperty says whether a property of an element can be set to a text, as a gst-launch-1.0 line does it. span is
// what it can be, in words, with PropertyBad; text says that it takes any text.
func CheckProperty(element, property, value string) (state PropertyState, span string, text bool) {
	Init()
	return pipeline.CheckProperty(element, property, value)
}

// PropertyNames are those of an element's properties that can be set.
func PropertyNames(element string) []string {
	Init()
	return pipeline.PropertyNames(element)
}

// ValidCaps says whether a text is a filter.
func ValidCaps(text string) bool {
	Init()
	return pipeline.ValidCaps(text)
}

// Parse makes a pipeline of a line, which is not run, and says what kinds of elements are in it. The error is a
// *ParseError.
func Parse(line string) (elements []string, err error) {
	Init()
	p, err := pipeline.Parse(line)
	if err != nil {
		return nil, parseError(err)
	}
	defer p.Close()
	return p.Factories(), nil
}
