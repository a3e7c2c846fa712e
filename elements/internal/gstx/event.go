package gstx

/*
#include "gstx.h"
*/
import "C"

import "unsafe"

// Event is a GstEvent, borrowed unless something else is said.
type Event struct{ ptr *C.GstEvent }

// Pointer is the GstEvent.
func (e Event) Pointer() unsafe.Pointer { return unsafe.Pointer(e.ptr) }

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
	EventCustom      EventType = C.GST_EVENT_CUSTOM_DOWNSTREAM
)

// Type says what the event is.
func (e Event) Type() EventType { return EventType(e.ptr._type) }

// Serialized reports whether the event keeps its place among the buffers.
func (e Event) Serialized() bool { return e.ptr._type&C.GST_EVENT_TYPE_SERIALIZED != 0 }

// Sticky reports whether the pad remembers the event, so that a flush does not make it void (segment and EOS excepted).
func (e Event) Sticky() bool { return e.ptr._type&C.GST_EVENT_TYPE_STICKY != 0 }

// Named reports whether the event has a structure of this name, as custom events have.
func (e Event) Named(name string) bool {
	n := C.CString(name)
	defer C.free(unsafe.Pointer(n))
	return C.gst_event_has_name(e.ptr, n) != 0
}

// CustomEvent makes a custom event without fields that keeps its place among the buffers: a reference that someone has
// to take.
func CustomEvent(name string) Event {
	n := C.CString(name)
	defer C.free(unsafe.Pointer(n))
	return Event{C.gst_event_new_custom(C.GST_EVENT_CUSTOM_DOWNSTREAM, C.gst_structure_new_empty(n))}
}

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

// String is what the event says; of a CAPS event it is the caps.
func (e Event) String() string {
	s := C.upright_event_string(e.ptr)
	defer C.g_free(C.gpointer(s))
	return C.GoString(s)
}

// PadRef is a GstPad, borrowed.
type PadRef struct{ ptr *C.GstPad }

// Forward lets an event that entered a bin go on to its children, and takes it.
func (p PadRef) Forward(e Event) bool { return C.upright_pad_forward(p.ptr, e.ptr) != 0 }

// Push sends an event out of a source pad, or up out of a sink pad, and takes it.
func (p PadRef) Push(e Event) bool { return C.gst_pad_push_event(p.ptr, e.ptr) != 0 }

// ReconfigureEvent asks those upstream to negotiate again.
func ReconfigureEvent() Event { return Event{C.gst_event_new_reconfigure()} }
