package cvorotate

/*
#include <stdlib.h>
#include "cvorotate.h"
*/
import "C"

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
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

// parseTimes reads timestamps in ns with commas between them. Those below 0 count for nothing.
func parseTimes(text string) ([]uint64, error) {
	var times []uint64
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no time in nanoseconds", word)
		}
		if n >= 0 {
			times = append(times, uint64(n))
		}
	}
	slices.Sort(times)
	return times, nil
}
