package pipeline

/*
#include <stdlib.h>
#include "inspect.h"
*/
import "C"

import (
	"unsafe"

	"github.com/upright-media/upright/elements/internal/gstx"
)

// ElementNames are the names of all elements that GStreamer can make, in no order.
func ElementNames() []string {
	gstx.KnowAll()
	return takeList(C.upright_element_names())
}

// ElementInfo is what is known of a kind of element.
type ElementInfo struct {
	Klass    string // as gst-inspect-1.0 shows it: Codec/Encoder/Video
	Sinks    bool   // it has, or can have, pads that take data
	Sources  bool   // and pads that give some
	Children bool   // it has properties of pads or elements inside it: sink_0::xpos
}

// Inspect says what an element is. ok is false if there is none of this name that can be loaded.
func Inspect(element string) (info ElementInfo, ok bool) {
	gstx.Know(element)
	e := C.CString(element)
	defer C.free(unsafe.Pointer(e))
	var klass *C.gchar
	var sinks, sources, children C.gboolean
	if C.upright_inspect(e, &klass, &sinks, &sources, &children) == 0 {
		return info, false
	}
	return ElementInfo{Klass: take(klass), Sinks: sinks != 0, Sources: sources != 0, Children: children != 0}, true
}

// PropertyState says whether a property can be set to a text.
type PropertyState int

// What it can say.
const (
	PropertyGood   PropertyState = C.UPRIGHT_PROPERTY_GOOD
	PropertyNone   PropertyState = C.UPRIGHT_PROPERTY_NONE   // there is none of this name
	PropertyFixed  PropertyState = C.UPRIGHT_PROPERTY_FIXED  // it cannot be set
	PropertyObject PropertyState = C.UPRIGHT_PROPERTY_OBJECT // it takes objects: elements, …
	PropertyBad    PropertyState = C.UPRIGHT_PROPERTY_BAD    // the text is none of its values
)

// CheckProperty says whether a property of an element can be set to a text. span is what it can be, in words, with
// PropertyBad; text says that it can be any text.
func CheckProperty(element, property, value string) (state PropertyState, span string, text bool) {
	gstx.Know(element)
	e, p, v := C.CString(element), C.CString(property), C.CString(value)
	defer C.free(unsafe.Pointer(e))
	defer C.free(unsafe.Pointer(p))
	defer C.free(unsafe.Pointer(v))
	var r *C.gchar
	var isText C.gboolean
	state = PropertyState(C.upright_check_property(e, p, v, &r, &isText))
	return state, take(r), isText != 0
}

// PropertyNames are those of an element's properties that can be set.
func PropertyNames(element string) []string {
	gstx.Know(element)
	e := C.CString(element)
	defer C.free(unsafe.Pointer(e))
	return takeList(C.upright_property_names(e))
}

// ValidCaps says whether a text is a filter.
func ValidCaps(text string) bool {
	t := C.CString(text)
	defer C.free(unsafe.Pointer(t))
	return C.upright_caps_valid(t) != 0
}

// Factories are the kinds of elements in a pipeline, without those inside other elements.
func (p *Pipeline) Factories() []string { return takeList(C.upright_factories(C.gpointer(p.ptr))) }

// takeList copies a list of strings that ends with NULL, and frees it.
func takeList(list **C.gchar) []string {
	defer C.g_strfreev(list)
	var names []string
	for _, s := range unsafe.Slice(list, C.g_strv_length(list)) {
		names = append(names, C.GoString(s))
	}
	return names
}
