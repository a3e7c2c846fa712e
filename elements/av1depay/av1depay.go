// Package av1depay is the element uprightav1depay: RTP packets of AV1 in, temporal units out.
//
// GStreamer's own rtpav1depay is part of its plugins in Rust, which Debian 12, for one, does not have. Where it is
// installed, its rank is higher.
package av1depay

/*
#cgo pkg-config: gstreamer-1.0 gstreamer-rtp-1.0
#cgo CFLAGS: -Wall -I${SRCDIR}/../internal/gstx
#include "av1depay.h"
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"runtime/cgo"
	"unsafe"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/elements/internal/gstx"
)

// Register makes the element known, in the process (plugin nil) or as part of a plugin.
func Register(plugin unsafe.Pointer) error {
	gstx.Init()
	if C.upright_av1_depay_register((*C.GstPlugin)(plugin)) == C.FALSE {
		return gstx.Refused("uprightav1depay")
	}
	return nil
}

// depay is what the Go side keeps for one element. Its methods run in the thread that pushes, or while none does.
type depay struct {
	stream   stream
	first    C.UprightAV1Packet // of the open unit: its times
	sequence codec.AV1Sequence  // that the caps speak of
}

// What C calls. Nothing here may panic: it would end the program that has loaded the plugin.

//export uprightGoAV1New
func uprightGoAV1New() (handle C.guintptr) {
	defer func() { _ = recover() }() // without a handle, the first packet is an error
	return C.guintptr(cgo.NewHandle(new(depay)))
}

//export uprightGoAV1Free
func uprightGoAV1Free(handle C.guintptr) {
	defer func() { _ = recover() }() // the element is past saying anything
	cgo.Handle(handle).Delete()
}

//export uprightGoAV1Reset
func uprightGoAV1Reset(handle C.guintptr, element unsafe.Pointer) {
	defer gstx.Guard(element)
	d := cgo.Handle(handle).Value().(*depay)
	d.stream.reset()
	d.sequence = codec.AV1Sequence{}
}

//export uprightGoAV1Packet
func uprightGoAV1Packet(handle C.guintptr, element unsafe.Pointer, in *C.UprightAV1Packet, out *C.UprightAV1Result) {
	defer gstx.Guard(element)
	d := cgo.Handle(handle).Value().(*depay)
	p := packet{
		payload:   unsafe.Slice((*byte)(in.payload), in.size),
		timestamp: uint32(in.timestamp), marker: in.marker != 0, discont: in.discont != 0,
	}
	if d.stream.turns(p) {
		out.turned = C.TRUE
		d.end(element, &out.before)
	}
	if d.stream.add(p) {
		d.first = *in
		d.first.payload = nil // not ours to keep
	}
	if d.stream.ends(p) {
		d.end(element, &out.own)
	}
	out.open = gbool(d.stream.open)
}

// end closes the unit, and makes a buffer of it if it is complete.
func (d *depay) end(element unsafe.Pointer, out *C.UprightAV1Unit) {
	unit, discont, err := d.stream.end()
	if err != nil {
		reason := C.CString(err.Error())
		C.upright_av1_depay_damaged(C.gpointer(element), reason, gbool(!errors.Is(err, codec.ErrIncomplete)))
		C.free(unsafe.Pointer(reason))
		return
	}
	if len(unit.Data) == 0 {
		return
	}
	if out.buffer = buffer(unit.Data); out.buffer == nil {
		return
	}
	C.upright_av1_depay_finish(out.buffer, &d.first, gbool(unit.Key), gbool(discont))
	// Caps that change stop a muxer: they do so only if there is no other way.
	if sequence, ok := unit.Sequence(); ok && !sequence.SameFormat(d.sequence) {
		out.codec_data = buffer(sequence.Record())
		d.sequence = sequence
	}
}

func buffer(data []byte) *C.GstBuffer {
	return C.upright_av1_depay_copy(C.gconstpointer(&data[0]), C.gsize(len(data)))
}

func gbool(b bool) C.gboolean {
	if b {
		return C.TRUE
	}
	return C.FALSE
}
