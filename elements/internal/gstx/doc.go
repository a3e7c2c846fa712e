// Package gstx is what GStreamer elements written in Go are made with: classes, properties, events, errors, and the
// data path of a source. Pipelines are package pipeline's.
//
// go-gst v1.4.0 registers types, describes properties and initialises GStreamer. It does that well, and what it does
// would be a thousand lines of GObject's C here; it takes 0.7 MB of a program of 75 MB, and none of its code runs while
// data flows. Everything that happens to an instance goes through the C files here instead, because that part of go-gst
// cannot be relied on: its wrappers unreference in finalizers, without keeping the Go value alive until the C call is
// over (go-gst#223), GetProperty copies from such a value, Create writes through a NULL pointer, error messages lose
// their domain and code, the list of URI protocols has no end mark. For the same reasons package pipeline does without
// its pipelines and its bus. So:
//
//   - No finalizer: who holds a reference gives it back at a known point.
//   - One call into Go for many pictures or audio packets ([Source]), and one of C for each ([Output.Submit]); Go
//     values never reach C by reference.
//   - Every function that C calls recovers from panics, since a panic in a callback would take down whatever program
//     has loaded the plugin. The element posts an error instead.
//
// Element, Pad and Event are borrowed: an element's methods use the one they are given and do not keep it beyond the
// life of the element.
package gstx

/*
#cgo pkg-config: gstreamer-1.0 gstreamer-base-1.0 gstreamer-video-1.0
#cgo CFLAGS: -Wall -Wno-deprecated-declarations
#include "gstx.h"
*/
import "C"

import (
	"sync"
	"unsafe"
)

var initOnce sync.Once

// Init prepares GStreamer. It may be called any number of times, and by programs that have done so themselves.
//
// GStreamer's own handler of SIGSEGV stays out: it is there while a plugin is loaded, and ends the program with status
// 255 and an advice to debug. Who waits for a child process is to see the signal that ended it.
func Init() { initOnce.Do(initialize) }

// Deinit ends GStreamer for good, so that its tracers report. It is for tests.
func Deinit() { C.gst_deinit() }

// Version is the version of the GStreamer library that is in use.
func Version() (major, minor, micro uint) {
	var ma, mi, mc, nano C.guint
	C.gst_version(&ma, &mi, &mc, &nano)
	return uint(ma), uint(mi), uint(mc)
}

// HasElement reports whether GStreamer can make an element of this name.
func HasElement(name string) bool {
	Know(name)
	return known(name)
}

// HasProperty reports whether GStreamer can make an element of this name, and it has this property.
func HasProperty(element, property string) bool {
	Know(element)
	e, p := C.CString(element), C.CString(property)
	defer C.free(unsafe.Pointer(e))
	defer C.free(unsafe.Pointer(p))
	return C.upright_has_property(e, p) != 0
}

func gbool(b bool) C.gboolean {
	if b {
		return C.TRUE
	}
	return C.FALSE
}
