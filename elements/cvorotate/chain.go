package cvorotate

/*
#cgo pkg-config: gstreamer-1.0 gstreamer-video-1.0
#cgo CFLAGS: -Wall
#include <stdlib.h>
#include "cvorotate.h"
*/
import "C"

import (
	"unsafe"

	"github.com/upright-media/upright/elements/internal/gstx"
)

// Bins that choose their children by the kind of memory that pictures come in.

// aim moves a pad that Expose has made to the pad of this name of another child.
func aim(bin, child gstx.Element, pad string) bool {
	p := C.CString(pad)
	defer C.free(unsafe.Pointer(p))
	return C.upright_bin_aim(C.gpointer(bin.Pointer()), C.gpointer(child.Pointer()), p) != 0
}

// unlink takes back Link.
func unlink(e, from gstx.Element) {
	C.gst_element_unlink((*C.GstElement)(e.Pointer()), (*C.GstElement)(from.Pointer()))
}

// join brings a child that was made late to the state of its bin. The child says itself why it cannot go there.
func join(child gstx.Element) bool { return C.upright_bin_join(C.gpointer(child.Pointer())) != 0 }

// takes makes a sink pad that Expose has made say that it takes what the child head takes, and more besides, for which
// the bin makes other children (caps as text, "" for nothing).
func takes(bin gstx.Element, pad string, head gstx.Element, more string) {
	p, m := C.CString(pad), C.CString(more)
	defer C.free(unsafe.Pointer(p))
	defer C.free(unsafe.Pointer(m))
	C.upright_bin_takes(C.gpointer(bin.Pointer()), p, C.gpointer(head.Pointer()), m)
}

// gives makes a source pad that Expose has made say what its template says for as long as its child can give nothing.
func gives(bin gstx.Element, pad string) {
	p := C.CString(pad)
	defer C.free(unsafe.Pointer(p))
	C.upright_bin_gives(C.gpointer(bin.Pointer()), p)
}

// templateCaps is what a kind of element takes in a kind of memory ("memory:VAMemory"), as text; "" if nothing, or if
// there is no such element.
func templateCaps(factory, memory string) string {
	gstx.Know(factory)
	f, m := C.CString(factory), C.CString(memory)
	defer C.free(unsafe.Pointer(f))
	defer C.free(unsafe.Pointer(m))
	return take(C.upright_template_caps(f, m))
}

// video is what caps say about pictures.
type video struct {
	width, height int
	parN, parD    int    // pixel aspect ratio
	memory        string // as in caps, memory:VAMemory; "" for system memory
}

// videoOf returns what a CAPS event says about pictures.
func videoOf(e gstx.Event) (v video, ok bool) {
	var w, h, n, d C.gint
	var memory *C.gchar
	if C.upright_event_video((*C.GstEvent)(e.Pointer()), &w, &h, &n, &d, &memory) == 0 {
		return v, false
	}
	return video{int(w), int(h), int(n), int(d), take(memory)}, true
}

func take(s *C.gchar) string {
	defer C.g_free(C.gpointer(s))
	return C.GoString(s)
}
