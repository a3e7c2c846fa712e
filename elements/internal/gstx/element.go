package gstx

/*
#include "gstx.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"
	"sync/atomic"
	"unsafe"
)

// Element is a GstElement, borrowed.
type Element struct{ ptr unsafe.Pointer }

// ElementAt is the element at an address, borrowed.
func ElementAt(ptr unsafe.Pointer) Element { return Element{ptr} }

// Pointer is the GstElement.
func (e Element) Pointer() unsafe.Pointer { return e.ptr }

// running reports whether the element is above READY or on its way there.
func (e Element) running() bool {
	el := (*C.GstElement)(e.ptr)
	return max(el.current_state, el.next_state, el.pending_state) > C.GST_STATE_READY
}

// Domain is a class of errors, by the name of its GQuark.
type Domain string

// Domains, and the codes in them that are used here.
const (
	ResourceDomain Domain = "gst-resource-error-quark"
	StreamDomain   Domain = "gst-stream-error-quark"
	LibraryDomain  Domain = "gst-library-error-quark"
	CoreDomain     Domain = "gst-core-error-quark"

	ResourceFailed   = C.GST_RESOURCE_ERROR_FAILED
	ResourceNotFound = C.GST_RESOURCE_ERROR_NOT_FOUND
	ResourceOpenRead = C.GST_RESOURCE_ERROR_OPEN_READ
	ResourceRead     = C.GST_RESOURCE_ERROR_READ
	ResourceWrite    = C.GST_RESOURCE_ERROR_WRITE
	ResourceNoSpace  = C.GST_RESOURCE_ERROR_NO_SPACE_LEFT
	ResourceSettings = C.GST_RESOURCE_ERROR_SETTINGS

	StreamFailed        = C.GST_STREAM_ERROR_FAILED
	StreamWrongType     = C.GST_STREAM_ERROR_WRONG_TYPE
	StreamCodecNotFound = C.GST_STREAM_ERROR_CODEC_NOT_FOUND
	StreamDemux         = C.GST_STREAM_ERROR_DEMUX
	StreamDecrypt       = C.GST_STREAM_ERROR_DECRYPT
	StreamDecode        = C.GST_STREAM_ERROR_DECODE
	StreamMux           = C.GST_STREAM_ERROR_MUX

	LibraryFailed   = C.GST_LIBRARY_ERROR_FAILED
	LibrarySettings = C.GST_LIBRARY_ERROR_SETTINGS

	CoreMissingPlugin = C.GST_CORE_ERROR_MISSING_PLUGIN
	CoreStateChange   = C.GST_CORE_ERROR_STATE_CHANGE
)

// Short is the domain in one word: resource, stream, …
func (d Domain) Short() string {
	return strings.TrimSuffix(strings.TrimPrefix(string(d), "gst-"), "-error-quark")
}

// Error is what an element says on the bus when it cannot go on. Text is one sentence for people, Debug the technical
// details.
type Error struct {
	Domain Domain
	Code   int
	Text   string
	Debug  string
}

func (e *Error) Error() string {
	if e.Debug == "" {
		return e.Text
	}
	return e.Text + " (" + e.Debug + ")"
}

// Post puts an error on the bus.
func (e Element) Post(err *Error) {
	domain, text, debug := C.CString(string(err.Domain)), C.CString(err.Text), C.CString(err.Debug)
	defer C.free(unsafe.Pointer(domain))
	defer C.free(unsafe.Pointer(text))
	defer C.free(unsafe.Pointer(debug))
	file, function, line := caller(2)
	defer C.free(unsafe.Pointer(file))
	defer C.free(unsafe.Pointer(function))
	quark := C.g_quark_from_string(domain)
	C.upright_post_error(C.gpointer(e.ptr), quark, C.gint(err.Code), text, debug, file, function, line)
}

// posted puts err on the bus, if there is one, and reports whether there is none.
func (e Element) posted(err error) bool {
	if err == nil {
		return true
	}
	var known *Error
	if !errors.As(err, &known) {
		known = &Error{Domain: StreamDomain, Code: StreamFailed, Text: err.Error()}
	}
	e.Post(known)
	return false
}

// caller is where in the Go source something is said, in the short form that GStreamer's own plugins have. To be freed.
func caller(skip int) (file, function *C.char, line C.gint) {
	pc, f, l, _ := runtime.Caller(skip)
	name := ""
	if fn := runtime.FuncForPC(pc); fn != nil {
		name = path.Base(fn.Name())
	}
	return C.CString(path.Join(path.Base(path.Dir(f)), path.Base(f))), C.CString(name), C.gint(l)
}

// LogLevel is the importance of a line in GStreamer's log.
type LogLevel int

// Levels.
const (
	LogError   LogLevel = C.GST_LEVEL_ERROR
	LogWarning LogLevel = C.GST_LEVEL_WARNING
	LogInfo    LogLevel = C.GST_LEVEL_INFO
	LogDebug   LogLevel = C.GST_LEVEL_DEBUG
)

func newCategory(name, description string) unsafe.Pointer {
	n, d := C.CString(name), C.CString(description)
	defer C.free(unsafe.Pointer(n))
	defer C.free(unsafe.Pointer(d))
	// GStreamer copies neither colour nor name lookups: the category is found again if it exists.
	return unsafe.Pointer(C._gst_debug_category_new(n, 0, d))
}

// Logs reports whether anybody wants lines of this level in the category of the class. It costs next to nothing, so
// that what is said of each unit can be left unsaid cheaply.
func (c *Class) Logs(level LogLevel) bool {
	if c.category == nil {
		return false
	}
	threshold := &(*C.GstDebugCategory)(c.category).threshold // set by other threads at any time
	return level <= LogLevel(atomic.LoadInt32((*int32)(unsafe.Pointer(threshold))))
}

// Logf writes to GStreamer's log, in the category of the element's class, if somebody wants it. What is said of each
// unit stands behind Class.Logs, so that its arguments need not be made.
func (e Element) Logf(level LogLevel, format string, args ...any) {
	class := find(e.ptr).of()
	if !class.Logs(level) {
		return
	}
	file, function, line := caller(2)
	t := C.CString(fmt.Sprintf(format, args...))
	C.upright_log((*C.GstDebugCategory)(class.category), C.GstDebugLevel(level), file, function, line,
		C.gpointer(e.ptr), t)
	C.free(unsafe.Pointer(t))
	C.free(unsafe.Pointer(file))
	C.free(unsafe.Pointer(function))
}

// Make makes a child of a bin, which owns it.
func (e Element) Make(factory, name string) (Element, bool) {
	Know(factory)
	f, n := C.CString(factory), C.CString(name)
	defer C.free(unsafe.Pointer(f))
	defer C.free(unsafe.Pointer(n))
	child := C.upright_bin_make(C.gpointer(e.ptr), f, n)
	return Element{unsafe.Pointer(child)}, child != nil
}

// Link connects an element's pad to a free pad of another.
func (e Element) Link(to Element) bool {
	return C.upright_bin_link(C.gpointer(e.ptr), C.gpointer(to.ptr)) != 0
}

// Expose gives a bin a pad that stands for the pad of this name of a child. Without child (the zero value) it leads
// nowhere.
func (e Element) Expose(child Element, pad string) bool {
	p := C.CString(pad)
	defer C.free(unsafe.Pointer(p))
	return C.upright_bin_ghost(C.gpointer(e.ptr), C.gpointer(child.ptr), p) != 0
}

// ProbeInput makes a bin, which is an InputProbe, see what enters through a sink pad that Expose has made.
func (e Element) ProbeInput(pad string) {
	p := C.CString(pad)
	defer C.free(unsafe.Pointer(p))
	C.upright_bin_probe_input(C.gpointer(e.ptr), p)
}

// SetArg sets a property from its text form, as in a gst-launch-1.0 line.
func (e Element) SetArg(name, value string) {
	n, v := C.CString(name), C.CString(value)
	C.upright_set_arg(C.gpointer(e.ptr), n, v)
	C.free(unsafe.Pointer(n))
	C.free(unsafe.Pointer(v))
}

// Arg returns a property's value in its text form.
func (e Element) Arg(name string) string {
	n := C.CString(name)
	defer C.free(unsafe.Pointer(n))
	return take(C.upright_get_arg(C.gpointer(e.ptr), n))
}

// SetString sets a property of type string to a value that is taken as it is.
func (e Element) SetString(name, value string) {
	n, v := C.CString(name), C.CString(value)
	C.upright_set_string(C.gpointer(e.ptr), n, v)
	C.free(unsafe.Pointer(n))
	C.free(unsafe.Pointer(v))
}

func take(s *C.gchar) string {
	defer C.g_free(C.gpointer(s))
	return C.GoString(s)
}
