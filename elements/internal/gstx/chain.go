package gstx

/*
#include "gstx.h"
*/
import "C"

import "unsafe"

// Aim moves a pad that Expose has made to the pad of this name of another child.
func (e Element) Aim(child Element, pad string) bool {
	p := C.CString(pad)
	defer C.free(unsafe.Pointer(p))
	return C.upright_bin_aim(C.gpointer(e.ptr), C.gpointer(child.ptr), p) != 0
}

// Unlink takes back Link.
func (e Element) Unlink(from Element) {
	C.gst_element_unlink((*C.GstElement)(e.ptr), (*C.GstElement)(from.ptr))
}

// Join brings a child that was made late to the state of its bin. The child says itself why it cannot go there.
func (e Element) Join() bool { return C.upright_bin_join(C.gpointer(e.ptr)) != 0 }

// Takes makes a sink pad that Expose has made say that it takes what the child head takes, and more besides, for which
// the bin makes other children (caps as text, "" for nothing).
func (e Element) Takes(pad string, head Element, more string) {
	p, m := C.CString(pad), C.CString(more)
	defer C.free(unsafe.Pointer(p))
	defer C.free(unsafe.Pointer(m))
	C.upright_bin_takes(C.gpointer(e.ptr), p, C.gpointer(head.ptr), m)
}

// Gives makes a source pad that Expose has made say what its template says for as long as its child can give nothing.
func (e Element) Gives(pad string) {
	p := C.CString(pad)
	defer C.free(unsafe.Pointer(p))
	C.upright_bin_gives(C.gpointer(e.ptr), p)
}

// TemplateCaps is what a kind of element takes in a kind of memory ("memory:VAMemory"), as text; "" if nothing, or if there is no
// such element.
func TemplateCaps(factory, memory string) string {
	f, m := C.CString(factory), C.CString(memory)
	defer C.free(unsafe.Pointer(f))
	defer C.free(unsafe.Pointer(m))
	return take(C.upright_template_caps(f, m))
}

// Video is what caps say about pictures.
type Video struct {
	Width, Height int
	ParN, ParD    int    // pixel aspect ratio
	Memory        string // as in caps, memory:VAMemory; "" for system memory
}

// Video returns what a CAPS event says about pictures.
func (e Event) Video() (v Video, ok bool) {
	var w, h, n, d C.gint
	var memory *C.gchar
	if C.upright_event_video(e.ptr, &w, &h, &n, &d, &memory) == 0 {
		return v, false
	}
	return Video{int(w), int(h), int(n), int(d), take(memory)}, true
}
