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

// Probe is one call of a probe. It is valid during the call.
type Probe struct {
	Pad  PadRef
	info *C.GstPadProbeInfo
}

// PadRef is a GstPad, borrowed.
type PadRef struct{ ptr *C.GstPad }

// Probe calls f for everything of these kinds that passes a pad, in the thread that pushes it. f lives as long as the pad and
// must not refer to the bin that the element is in. A panic in f lets the data pass.
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
	defer guard(e.ptr)
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
	if p.info._type&ProbeMaskEvents == 0 {
		return Event{}, false
	}
	return Event{C.gst_pad_probe_info_get_event(p.info)}, true
}

// ProbeMaskEvents is ProbeEvents as C sees it.
const ProbeMaskEvents = C.GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM | C.GST_PAD_PROBE_TYPE_EVENT_FLUSH

// Replace makes another event pass instead of this one, and takes it.
func (p *Probe) Replace(e Event) { C.upright_probe_replace_event(p.info, e.ptr) }

// Event is a GstEvent, borrowed unless something else is said.
type Event struct{ ptr *C.GstEvent }

// EventType is a GstEventType.
type EventType int

// Types of events.
const (
	EventFlushStart  EventType = C.GST_EVENT_FLUSH_START
	EventFlushStop   EventType = C.GST_EVENT_FLUSH_STOP
	EventStreamStart EventType = C.GST_EVENT_STREAM_START
	EventCaps        EventType = C.GST_EVENT_CAPS
	EventSegment     EventType = C.GST_EVENT_SEGMENT
	EventTag         EventType = C.GST_EVENT_TAG
	EventGap         EventType = C.GST_EVENT_GAP
	EventEOS         EventType = C.GST_EVENT_EOS
)

// Type says what the event is.
func (e Event) Type() EventType { return EventType(e.ptr._type) }

// Serialized reports whether the event keeps its place among the buffers.
func (e Event) Serialized() bool { return e.ptr._type&C.GST_EVENT_TYPE_SERIALIZED != 0 }

// Sticky reports whether the pad remembers the event, so that a flush does not make it void (segment and EOS excepted).
func (e Event) Sticky() bool { return e.ptr._type&C.GST_EVENT_TYPE_STICKY != 0 }

// Ref returns a reference that Send or Unref has to take.
func (e Event) Ref() Event {
	return Event{(*C.GstEvent)(unsafe.Pointer(C.gst_mini_object_ref((*C.GstMiniObject)(unsafe.Pointer(e.ptr)))))}
}

// Unref gives a reference back.
func (e Event) Unref() { C.gst_mini_object_unref((*C.GstMiniObject)(unsafe.Pointer(e.ptr))) }

// Tag returns the first value of a tag that is text, in a TAG event.
func (e Event) Tag(tag string) (string, bool) {
	t := C.CString(tag)
	defer C.free(unsafe.Pointer(t))
	v := C.upright_event_tag_string(e.ptr, t)
	if v == nil {
		return "", false
	}
	defer C.g_free(C.gpointer(v))
	return C.GoString(v), true
}

// WithTag returns a TAG event like this one with one tag changed: a reference that someone has to take.
func (e Event) WithTag(tag, value string) Event {
	t, v := C.CString(tag), C.CString(value)
	defer C.free(unsafe.Pointer(t))
	defer C.free(unsafe.Pointer(v))
	return Event{C.upright_event_with_tag_string(e.ptr, t, v)}
}

// TagEvent makes a TAG event of one stream: a reference that someone has to take.
func TagEvent(tag, value string) Event {
	t := NewTags(false)
	t.AddString(tag, value)
	return Event{C.gst_event_new_tag(t.ptr)}
}

// Caps returns the caps of a CAPS event as text.
func (e Event) Caps() string {
	s := C.upright_event_caps(e.ptr)
	defer C.g_free(C.gpointer(s))
	return C.GoString(s)
}

// Send gives an event to a sink pad as if it came from upstream, and takes it.
func (p PadRef) Send(e Event) bool { return C.gst_pad_send_event(p.ptr, e.ptr) != 0 }

// Push sends an event out of a source pad, or up out of a sink pad, and takes it.
func (p PadRef) Push(e Event) bool { return C.gst_pad_push_event(p.ptr, e.ptr) != 0 }

// ReconfigureEvent asks those upstream to negotiate again.
func ReconfigureEvent() Event { return Event{C.gst_event_new_reconfigure()} }

// Buffer is a GstBuffer, borrowed.
type Buffer struct{ ptr *C.GstBuffer }

// PTS is the time stamp in ns, -1 if there is none.
func (b Buffer) PTS() int64 { return int64(b.ptr.pts) }

// Duration is the duration in ns, -1 if it is unknown.
func (b Buffer) Duration() int64 { return int64(b.ptr.duration) }

// Discont, Gap and Marker are flags.
func (b Buffer) Discont() bool { return b.flag(C.GST_BUFFER_FLAG_DISCONT) }
func (b Buffer) Gap() bool     { return b.flag(C.GST_BUFFER_FLAG_GAP) }
func (b Buffer) Marker() bool  { return b.flag(C.GST_BUFFER_FLAG_MARKER) }

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
