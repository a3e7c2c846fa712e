package gstx

/*
#include "gstx.h"
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// What a probe sees.
type ProbeMask int

// Masks.
const (
	ProbeBuffers ProbeMask = C.GST_PAD_PROBE_TYPE_BUFFER | C.GST_PAD_PROBE_TYPE_BUFFER_LIST
	ProbeEvents  ProbeMask = C.GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | C.GST_PAD_PROBE_TYPE_EVENT_FLUSH
)

// Verdict is what becomes of what a probe has seen.
type Verdict int

// Verdicts.
const (
	Pass   Verdict = C.GST_PAD_PROBE_OK
	Drop   Verdict = C.GST_PAD_PROBE_DROP
	Remove Verdict = C.GST_PAD_PROBE_REMOVE // pass, and the probe is not called again
)

// Probe is one call of a probe. It is valid during the call. Probes are for tests: the elements do without.
type Probe struct {
	Pad  PadRef
	info *C.GstPadProbeInfo
}

// Probe calls f for everything of these kinds that passes a pad, in the thread that pushes it. f lives as long as the
// pad and must not keep the pipeline alive. A panic in f lets the data pass.
func (e Element) Probe(pad string, mask ProbeMask, f func(*Probe) Verdict) bool {
	p := C.CString(pad)
	defer C.free(unsafe.Pointer(p))
	return C.upright_probe(C.gpointer(e.ptr), p, C.GstPadProbeType(mask), C.guintptr(cgo.NewHandle(f))) != 0
}

//export uprightGoProbe
func uprightGoProbe(pad *C.GstPad, info *C.GstPadProbeInfo, handle C.guintptr) (verdict C.GstPadProbeReturn) {
	verdict = C.GST_PAD_PROBE_OK
	defer func() {
		if r := recover(); r != nil {
			Element{unsafe.Pointer(C.gst_object_get_parent((*C.GstObject)(unsafe.Pointer(pad))))}.lostProbe(r)
		}
	}()
	return C.GstPadProbeReturn(cgo.Handle(handle).Value().(func(*Probe) Verdict)(&Probe{PadRef{pad}, info}))
}

// lostProbe reports a panic in a probe at the element whose pad it is, and gives the reference to that back.
func (e Element) lostProbe(r any) {
	if e.ptr == nil {
		return
	}
	defer C.gst_object_unref(C.gpointer(e.ptr))
	defer Guard(e.ptr)
	panic(r)
}

//export uprightGoDeleteHandle
func uprightGoDeleteHandle(handle C.guintptr) { cgo.Handle(handle).Delete() }

// Buffer returns the buffer that passes, or the first one of a list.
func (p *Probe) Buffer() (Buffer, bool) {
	switch {
	case p.info._type&C.GST_PAD_PROBE_TYPE_BUFFER != 0:
		return Buffer{C.gst_pad_probe_info_get_buffer(p.info)}, true
	case p.info._type&C.GST_PAD_PROBE_TYPE_BUFFER_LIST != 0:
		return Buffer{C.gst_buffer_list_get(C.gst_pad_probe_info_get_buffer_list(p.info), 0)}, true
	}
	return Buffer{}, false
}

// Buffers returns how many buffers pass at once.
func (p *Probe) Buffers() int {
	if p.info._type&C.GST_PAD_PROBE_TYPE_BUFFER_LIST != 0 {
		return int(C.gst_buffer_list_length(C.gst_pad_probe_info_get_buffer_list(p.info)))
	}
	return 1
}

// BufferAt returns one of the buffers that pass at once.
func (p *Probe) BufferAt(i int) Buffer {
	if p.info._type&C.GST_PAD_PROBE_TYPE_BUFFER_LIST != 0 {
		return Buffer{C.gst_buffer_list_get(C.gst_pad_probe_info_get_buffer_list(p.info), C.guint(i))}
	}
	b, _ := p.Buffer()
	return b
}

// Event returns the event that passes.
func (p *Probe) Event() (Event, bool) {
	if ProbeMask(p.info._type)&ProbeEvents == 0 {
		return Event{}, false
	}
	return Event{C.gst_pad_probe_info_get_event(p.info)}, true
}

// Buffer is a GstBuffer, borrowed.
type Buffer struct{ ptr *C.GstBuffer }

// PTS is the time stamp in ns, -1 if there is none.
func (b Buffer) PTS() int64 { return int64(b.ptr.pts) }

// Duration is the duration in ns, -1 if it is unknown.
func (b Buffer) Duration() int64 { return int64(b.ptr.duration) }

// Discont, Gap, Marker and Delta are flags.
func (b Buffer) Discont() bool { return b.flag(C.GST_BUFFER_FLAG_DISCONT) }
func (b Buffer) Gap() bool     { return b.flag(C.GST_BUFFER_FLAG_GAP) }
func (b Buffer) Marker() bool  { return b.flag(C.GST_BUFFER_FLAG_MARKER) }

func (b Buffer) Delta() bool { return b.flag(C.GST_BUFFER_FLAG_DELTA_UNIT) }

func (b Buffer) flag(f C.guint) bool { return C.guint(b.ptr.mini_object.flags)&f != 0 }

// Bytes returns a copy of the contents.
func (b Buffer) Bytes() []byte {
	n := C.gst_buffer_get_size(b.ptr)
	out := make([]byte, n)
	if n > 0 {
		C.gst_buffer_extract(b.ptr, 0, C.gpointer(unsafe.Pointer(&out[0])), n)
	}
	return out
}
