package gstx

/*
#include "gstx.h"
*/
import "C"

import (
	"math"
	"strings"
	"time"
	"unsafe"
)

// BlockFeature is the feature of caps of buffers that hold many units each, see units.c.
const BlockFeature = "meta:UprightUnits"

// Blocks makes caps, as text, those of many units in one buffer.
func Blocks(caps string) string {
	types := strings.Split(caps, "; ")
	for i, t := range types {
		name, fields, more := strings.Cut(t, ",")
		if types[i] = name + "(" + BlockFeature + ")"; more {
			types[i] += "," + fields
		}
	}
	return strings.Join(types, "; ")
}

// firstBlock is how many bytes there is room for in a block at first, unless more are expected.
const firstBlock = 8 << 10

// noStop is farther than any recording.
const noStop = time.Duration(math.MaxInt64)

// block is what becomes one buffer. Its bytes lie in memory of C, so that they need not be copied once more.
type block struct {
	memory    unsafe.Pointer
	data      []byte // in memory
	samples   []Sample
	stop      time.Duration // where what was asked for ends: so does the block
	allocated int           // bytes of memory
	expected  int           // bytes that there may be
}

// OfferBlocks makes a source deliver many units in one buffer where it is linked to a collector. It is called before
// SetCaps, and units are given to Output.SubmitUnit then, whenever Output.Blocks says so.
func (e Element) OfferBlocks() { C.upright_offer_blocks(C.gpointer(e.ptr)) }

// Blocks says that those downstream take many units in one buffer. expected is how many bytes there may be in this call
// of Create.
func (o *Output) Blocks(expected int) bool {
	o.block = block{expected: expected, stop: noStop}
	if stop := C.upright_stop_time(C.gpointer(o.src)); stop < C.GstClockTime(noStop) {
		o.block.stop = time.Duration(stop)
	}
	return C.upright_takes_blocks(C.gpointer(o.src)) != 0
}

// SubmitUnit copies a unit into the block that is being filled. What is submitted otherwise, and the end of Create, end
// the block, and so does the unit at which the source stops: the base class looks for it behind each buffer.
func (o *Output) SubmitUnit(data []byte, pts, duration time.Duration, sync bool) {
	b := &o.block
	b.reserve(len(data))
	b.data = append(b.data, data...)
	s := Sample{At: int64(pts), Duration: int64(max(duration, 0)), Size: uint32(len(data))}
	if sync {
		s.Sync = 1
	}
	b.samples = append(b.samples, s)
	if pts+duration >= b.stop {
		o.flush()
	}
}

// reserve makes room for n bytes more.
func (b *block) reserve(n int) {
	need := len(b.data) + n
	if need <= b.allocated && b.memory != nil {
		return
	}
	b.allocated = max(need, 2*b.allocated, b.expected, firstBlock)
	// g_realloc ends the process where there is no memory, as all of GLib does.
	b.memory = unsafe.Pointer(C.g_realloc(C.gpointer(b.memory), C.gsize(b.allocated)))
	b.data = unsafe.Slice((*byte)(b.memory), b.allocated)[:len(b.data)]
}

// flush pushes the block.
func (o *Output) flush() {
	b := &o.block
	if len(b.samples) > 0 {
		C.upright_submit_units(C.gpointer(o.src), C.gpointer(b.memory), C.gsize(b.allocated), C.gsize(len(b.data)),
			(*C.UprightSample)(unsafe.Pointer(&b.samples[0])), C.guint(len(b.samples)))
	}
	*b = block{samples: b.samples[:0], expected: b.expected, stop: b.stop}
}
