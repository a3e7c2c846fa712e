package gstx

/*
#include "gstx.h"
*/
import "C"

import (
	"time"
	"unsafe"

	"github.com/go-gst/go-glib/glib"
	"github.com/go-gst/go-gst/gst"
)

// Collector is an Object to which any number of streams lead: those of its class's request pads. The methods with a
// stream's number, which is never used again, are called by the thread of that stream, those of several streams at the
// same time.
type Collector interface {
	Object
	// Pad is called when a stream gets a pad, which may be before Open. template is the name of the pad's template, number
	// the one in the pad's name.
	Pad(stream int, template string, number int)
	// Open is called in the change from READY to PAUSED.
	Open(Element) error
	// Caps says what a stream's samples are from now on. An error is posted, and nobody brings such a stream.
	Caps(e Element, stream int, c Caps) error
	// Tag says something about a stream: a tag's name and value.
	Tag(stream int, name, value string)
	// Collect takes samples of a stream, a second or two of them, which lie one behind the other in data. Neither is to be
	// kept.
	Collect(e Element, stream int, samples []Sample, data []byte) error
	// Finish is called when all streams are at their ends. After an error nobody learns of that: the error is posted
	// instead.
	Finish(Element) error
	// Reset is called in the change from PAUSED to READY, when nothing flows any more.
	Reset(Element)
}

// Sample is one buffer of a stream. It lies in memory as C has it.
type Sample struct {
	At       int64 // running time in ns
	Duration int64 // ns, 0 if unknown
	Size     uint32
	Sync     int32 // not 0: decoding can start here
}

// RegisterCollector is RegisterSource for collectors.
func RegisterCollector[T Collector](plugin unsafe.Pointer, class *Class, create func() T) error {
	return register(plugin, class, create, collector{gst.ExtendsElement})
}

type collector struct{ glib.Extendable }

func (e collector) InitClass(klass unsafe.Pointer, s glib.GoObjectSubclass) {
	e.Extendable.InitClass(klass, s)
	C.upright_class_init_object(C.gpointer(klass))
	C.upright_class_init_collect(C.gpointer(klass))
}

// Caps are what a stream is, borrowed for the time of a call.
type Caps struct{ ptr *C.GstStructure }

// Name is the media type.
func (c Caps) Name() string { return take(C.upright_structure_name(c.ptr)) }

// String is the value of a field that is text, "" if it is none.
func (c Caps) String(field string) string {
	f := C.CString(field)
	defer C.free(unsafe.Pointer(f))
	return take(C.upright_structure_string(c.ptr, f))
}

// Int is the value of a field that is a number, 0 if it is none.
func (c Caps) Int(field string) int {
	f := C.CString(field)
	defer C.free(unsafe.Pointer(f))
	var n C.gint
	C.gst_structure_get_int(c.ptr, f, &n)
	return int(n)
}

// Fraction is the value of a field that is one, 0/0 if it is none.
func (c Caps) Fraction(field string) (num, den int) {
	f := C.CString(field)
	defer C.free(unsafe.Pointer(f))
	var n, d C.gint
	C.gst_structure_get_fraction(c.ptr, f, &n, &d)
	return int(n), int(d)
}

// Bytes is the value of a field that is a buffer, or the first one of several, nil if it is none.
func (c Caps) Bytes(field string) []byte {
	f := C.CString(field)
	defer C.free(unsafe.Pointer(f))
	var size C.gsize
	p := C.upright_structure_bytes(c.ptr, f, &size)
	if p == nil {
		return nil
	}
	defer C.g_free(p)
	return C.GoBytes(unsafe.Pointer(p), C.int(size))
}

// Colour is the colorimetry in the numbers of ISO/IEC 23091-2.
func (c Caps) Colour() (primaries, transfer, matrix int, full, ok bool) {
	var p, t, m C.gint
	var f C.gboolean
	ok = C.upright_structure_colour(c.ptr, &p, &t, &m, &f) != 0
	return int(p), int(t), int(m), f != 0, ok
}

// Time is when a sample plays.
func (s Sample) Time() time.Duration { return time.Duration(s.At) }

//export uprightGoCollectPad
func uprightGoCollectPad(p unsafe.Pointer, stream C.guint, template *C.gchar, number C.guint) {
	defer Guard(p)
	find(p).object().(Collector).Pad(int(stream), C.GoString(template), int(number))
}

//export uprightGoOpenCollection
func uprightGoOpenCollection(p unsafe.Pointer) (ok C.gboolean) {
	defer Guard(p)
	e := Element{p}
	return gbool(e.posted(find(p).object().(Collector).Open(e)))
}

//export uprightGoCollectCaps
func uprightGoCollectCaps(p unsafe.Pointer, stream C.guint, s *C.GstStructure) (ok C.gboolean) {
	defer Guard(p)
	e := Element{p}
	return gbool(e.posted(find(p).object().(Collector).Caps(e, int(stream), Caps{s})))
}

//export uprightGoCollectTag
func uprightGoCollectTag(p unsafe.Pointer, stream C.guint, name, value *C.gchar) {
	defer Guard(p)
	find(p).object().(Collector).Tag(int(stream), C.GoString(name), C.GoString(value))
}

//export uprightGoCollect
func uprightGoCollect(p unsafe.Pointer, stream C.guint, samples *C.UprightSample, n C.guint, data *C.guint8,
	size C.gsize) (ok C.gboolean) {
	defer Guard(p)
	e := Element{p}
	err := find(p).object().(Collector).Collect(e, int(stream), unsafe.Slice((*Sample)(unsafe.Pointer(samples)), int(n)),
		unsafe.Slice((*byte)(data), int(size)))
	return gbool(e.posted(err))
}

//export uprightGoFinish
func uprightGoFinish(p unsafe.Pointer) (ok C.gboolean) {
	defer Guard(p)
	e := Element{p}
	return gbool(e.posted(find(p).object().(Collector).Finish(e)))
}
