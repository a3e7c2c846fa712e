package gstx

/*
#include "gstx.h"
*/
import "C"

import (
	"strings"
	"time"
	"unsafe"
)

// Flow is a GstFlowReturn.
type Flow int

// Results of Source.Create.
const (
	FlowOK       Flow = C.GST_FLOW_OK
	FlowFlushing Flow = C.GST_FLOW_FLUSHING
	FlowEOS      Flow = C.GST_FLOW_EOS
	FlowError    Flow = C.GST_FLOW_ERROR
)

// Output is where Source.Create leaves its data.
type Output struct {
	src   unsafe.Pointer
	block block
}

// BufferFlags are properties of the data that Submit takes.
type BufferFlags uint

// Flags.
const (
	Discont BufferFlags = C.UPRIGHT_DISCONT // of the first buffer only
	Gap     BufferFlags = C.UPRIGHT_GAP
	RTP     BufferFlags = C.UPRIGHT_RTP   // each part is an RTP packet
	Delta   BufferFlags = C.UPRIGHT_DELTA // decoding cannot begin here
)

// Element is the source.
func (o *Output) Element() Element { return Element{o.src} }

// String is the flags as words, each with a comma in front.
func (f BufferFlags) String() (text string) {
	for _, w := range []struct {
		flag BufferFlags
		word string
	}{{Discont, ", discont"}, {Gap, ", gap"}, {Delta, ", delta"}} {
		if f&w.flag != 0 {
			text += w.word
		}
	}
	return text
}

// Submit copies parts, which lie one behind the other in data, into one buffer each, all of them with time stamp pts
// and this duration (0: unknown). It returns false if there is nothing to copy, or no memory.
func (o *Output) Submit(data []byte, parts []uint32, pts, duration time.Duration, flags BufferFlags) bool {
	o.flush()
	return len(parts) > 0 && len(data) > 0 && C.upright_submit(C.gpointer(o.src), (*C.guint8)(&data[0]),
		(*C.guint32)(&parts[0]),
		C.guint(len(parts)), C.GstClockTime(pts), clockTime(duration), C.guint(flags)) != 0
}

// SubmitGap says downstream that there is nothing for a while. It must not come before the first buffer.
func (o *Output) SubmitGap(pts, duration time.Duration) {
	o.flush()
	C.upright_submit_gap(C.gpointer(o.src), C.GstClockTime(pts), clockTime(duration))
}

// SubmitTags sends tags in front of the next buffer. They are taken.
func (o *Output) SubmitTags(t *Tags) {
	o.flush()
	C.upright_submit_tags(C.gpointer(o.src), t.ptr)
}

// SubmitEvent sends a custom event in front of the next buffer, and takes it.
func (o *Output) SubmitEvent(e Event) {
	o.flush()
	C.upright_ahead_push(C.gpointer(o.src), C.gpointer(e.ptr))
}

// MediaType is the media type of the caps that are agreed upon.
func (o *Output) MediaType() string { return take(C.upright_media_type(C.gpointer(o.src))) }

// SetCaps says what the source delivers until it is stopped, in the language of GStreamer. Of several forms those
// downstream choose one, the first that they take (Output.MediaType). It returns false if the text is no caps.
func (e Element) SetCaps(forms ...string) bool {
	c := C.CString(strings.Join(forms, "; "))
	defer C.free(unsafe.Pointer(c))
	return C.upright_set_caps_text(C.gpointer(e.ptr), c) != 0
}

// ChangeCaps says, with nothing submitted yet in this call of Create, what the source delivers from now on: caps as
// text. It returns false if they are none, or if nobody downstream takes them.
func (o *Output) ChangeCaps(caps string) bool {
	c := C.CString(caps)
	defer C.free(unsafe.Pointer(c))
	return C.upright_change_caps(C.gpointer(o.src), c) != 0
}

// Accepted says whether those downstream would take caps, as text, now.
func (o *Output) Accepted(caps string) bool {
	c := C.CString(caps)
	defer C.free(unsafe.Pointer(c))
	return C.upright_caps_accepted(C.gpointer(o.src), c) != 0
}

// SetDuration answers the duration query.
func (e Element) SetDuration(d time.Duration) {
	C.upright_set_duration(C.gpointer(e.ptr), C.GstClockTime(d))
}

// SeekFirst makes the element begin with a seek, from Start on, unless somebody has asked for another one. stop 0: to
// the end.
func (e Element) SeekFirst(start, stop time.Duration) {
	C.upright_seek_first(C.gpointer(e.ptr), C.GstClockTime(start), clockTime(stop))
}

// QueueTags sends tags in front of the first buffer. The tags become the element's.
func (e Element) QueueTags(t *Tags) { C.upright_queue_tags(C.gpointer(e.ptr), t.ptr) }

func clockTime(d time.Duration) C.GstClockTime {
	if d <= 0 {
		return C.GST_CLOCK_TIME_NONE
	}
	return C.GstClockTime(d)
}

// Structure is a GstStructure that is being filled. It has to be given to someone who takes it.
type Structure struct{ ptr *C.GstStructure }

// NewStructure makes an empty structure.
func NewStructure(name string) *Structure {
	n := C.CString(name)
	defer C.free(unsafe.Pointer(n))
	return &Structure{C.gst_structure_new_empty(n)}
}

// Set sets a field: a string, int, uint64, float64 or bool.
func (s *Structure) Set(name string, value any) {
	n := C.CString(name)
	defer C.free(unsafe.Pointer(n))
	switch v := value.(type) {
	case string:
		c := C.CString(v)
		C.upright_structure_set_string(s.ptr, n, c)
		C.free(unsafe.Pointer(c))
	case int:
		C.upright_structure_set_int(s.ptr, n, C.gint(v))
	case uint64:
		C.upright_structure_set_uint64(s.ptr, n, C.guint64(v))
	case float64:
		C.upright_structure_set_double(s.ptr, n, C.gdouble(v))
	case bool:
		C.upright_structure_set_boolean(s.ptr, n, gbool(v))
	}
}

// Text is the structure in the language of GStreamer, and takes it.
func (s *Structure) Text() string {
	defer C.gst_structure_free(s.ptr)
	return strings.TrimSuffix(take(C.gst_structure_to_string(s.ptr)), ";")
}

// Fields are the fields that are text or an int, and takes the structure. It is for tests.
func (s *Structure) Fields() map[string]any {
	defer C.gst_structure_free(s.ptr)
	fields := map[string]any{}
	for i := range C.gst_structure_n_fields(s.ptr) {
		name := C.gst_structure_nth_field_name(s.ptr, C.guint(i))
		var n C.gint
		if C.gst_structure_get_int(s.ptr, name, &n) != 0 {
			fields[C.GoString(name)] = int(n)
		} else {
			fields[C.GoString(name)] = C.GoString(C.gst_structure_get_string(s.ptr, name))
		}
	}
	return fields
}

// Tags is a GstTagList that is being filled. It has to be given to someone who takes it.
type Tags struct{ ptr *C.GstTagList }

// The tags used here.
const (
	TagImageOrientation = "image-orientation"
	TagDateTime         = "datetime"
	TagTitle            = "title"
)

// NewTags makes an empty list, of tags of one stream or of the whole medium.
func NewTags(global bool) *Tags {
	t := &Tags{C.gst_tag_list_new_empty()}
	if global {
		C.gst_tag_list_set_scope(t.ptr, C.GST_TAG_SCOPE_GLOBAL)
	}
	return t
}

// AddString adds a tag that is text.
func (t *Tags) AddString(tag, value string) {
	n, v := C.CString(tag), C.CString(value)
	C.upright_tags_add_string(t.ptr, n, v)
	C.free(unsafe.Pointer(n))
	C.free(unsafe.Pointer(v))
}

// AddTime adds a tag that is a time in µs since the Unix epoch.
func (t *Tags) AddTime(tag string, us int64) {
	n := C.CString(tag)
	C.upright_tags_add_time(t.ptr, n, C.gint64(us))
	C.free(unsafe.Pointer(n))
}
