package cvorotate

/*
#include <stdlib.h>
#include "cvorotate.h"
*/
import "C"

import (
	"unsafe"

	"github.com/upright-media/upright/elements/internal/gstx"
)

// canvas is a video filter that puts pictures of any size on a canvas of one size; see canvas.c.
type canvas struct{ gstx.Element }

// makeCanvas makes a canvas as a child of a bin.
func makeCanvas(bin gstx.Element, name string) canvas {
	n := C.CString(name)
	defer C.free(unsafe.Pointer(n))
	return canvas{gstx.ElementAt(unsafe.Pointer(C.upright_canvas_make(C.gpointer(bin.Pointer()), n)))}
}

// set gives the size of the canvas in pixels (0: that of the first picture) and the colour of the bars as ARGB, and
// forgets the first picture.
func (c canvas) set(width, height int, background uint32) {
	C.upright_canvas_set(C.gpointer(c.Pointer()), C.gint(width), C.gint(height), C.guint32(background))
}

// emptyFrom gives the timestamps in ns, rising, from which on the canvas stands empty until the next picture.
func (c canvas) emptyFrom(times []uint64) {
	C.upright_canvas_empty_from(C.gpointer(c.Pointer()), (*C.guint64)(unsafe.SliceData(times)), C.guint(len(times)))
}
