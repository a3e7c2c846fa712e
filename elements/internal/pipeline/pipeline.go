// Package pipeline makes, runs and watches pipelines that are gst-launch-1.0 lines, and says what GStreamer's registry
// knows of elements. Package gstrun is what to use: it knows how to wait.
//
// No finalizer frees anything here: a pipeline is gone when Close returns, with its file descriptors, whether or not
// the garbage collector has run. That, and messages that keep their domain and code, is why it is C and not go-gst: see
// package gstx.
package pipeline

/*
#cgo pkg-config: gstreamer-1.0
#cgo CFLAGS: -Wall
#include <stdlib.h>
#include "pipeline.h"
*/
import "C"

import (
	"time"
	"unsafe"

	"github.com/upright-media/upright/elements/internal/gstx"
)

// Pipeline is a GstPipeline. Close has to be called.
type Pipeline struct{ ptr unsafe.Pointer }

// ParseError is why a line is not a pipeline.
type ParseError struct {
	Text    string   // GStreamer's own
	Missing []string // elements that do not exist
}

func (e *ParseError) Error() string { return e.Text }

// Parse makes a pipeline of a gst-launch-1.0 line. The error is a *ParseError.
func Parse(line string) (*Pipeline, error) {
	gstx.KnowSome(line)
	p, err := parse(line)
	if err != nil && gstx.KnowAll() {
		return parse(line)
	}
	return p, err
}

func parse(line string) (*Pipeline, error) {
	l := C.CString(line)
	defer C.free(unsafe.Pointer(l))
	var gerr *C.GError
	var missing **C.gchar
	p := C.upright_pipeline_parse(l, &gerr, &missing)
	defer C.g_strfreev(missing)
	if gerr != nil {
		defer C.g_error_free(gerr)
	}
	if p == nil {
		e := &ParseError{Text: "not a pipeline"}
		if gerr != nil {
			e.Text = C.GoString(gerr.message)
		}
		if missing != nil {
			for _, m := range unsafe.Slice(missing, C.g_strv_length(missing)) {
				e.Missing = append(e.Missing, C.GoString(m))
			}
		}
		return nil, e
	}
	return &Pipeline{unsafe.Pointer(p)}, nil
}

// State is a GstState.
type State int

// States.
const (
	Null    State = C.GST_STATE_NULL
	Ready   State = C.GST_STATE_READY
	Paused  State = C.GST_STATE_PAUSED
	Playing State = C.GST_STATE_PLAYING
)

// SetState starts a change of state, and returns false if it failed at once. It may block in an element.
func (p *Pipeline) SetState(s State) bool {
	return C.gst_element_set_state((*C.GstElement)(p.ptr), C.GstState(s)) != C.GST_STATE_CHANGE_FAILURE
}

// WaitState waits for a change of state to end, and reports whether it did well.
func (p *Pipeline) WaitState(limit time.Duration) bool {
	return C.upright_pipeline_wait(C.gpointer(p.ptr), C.GstClockTime(limit)) != 0
}

// Close frees the pipeline, which is in NULL.
func (p *Pipeline) Close() {
	C.gst_object_unref(C.gpointer(p.ptr))
	p.ptr = nil
}

// SendEOS asks the sources to end, so that what follows them can finish.
func (p *Pipeline) SendEOS() bool {
	return C.gst_element_send_event((*C.GstElement)(p.ptr), C.gst_event_new_eos()) != 0
}

// SeekFlags are GstSeekFlags.
type SeekFlags int

// Flags.
const (
	SeekFlush    SeekFlags = C.GST_SEEK_FLAG_FLUSH
	SeekAccurate SeekFlags = C.GST_SEEK_FLAG_ACCURATE
	SeekKeyUnit  SeekFlags = C.GST_SEEK_FLAG_KEY_UNIT
)

// Seek goes to a position, and plays to stop (negative: the end).
func (p *Pipeline) Seek(flags SeekFlags, start, stop time.Duration) bool {
	return C.upright_seek(C.gpointer(p.ptr), C.GstSeekFlags(flags), C.gint64(start), C.gint64(stop)) != 0
}

// Bound ends the stream of each sink after so many buffers.
func (p *Pipeline) Bound(buffers int) { C.upright_pipeline_bound(C.gpointer(p.ptr), C.guint(buffers)) }

// Look says how far the pipeline is: the farthest position of any source or sink (-1: unknown), and a number that
// changes with any movement, in time or in bytes.
func (p *Pipeline) Look() (position time.Duration, activity uint64) {
	var at C.gint64
	activity = uint64(C.upright_pipeline_look(C.gpointer(p.ptr), &at))
	return time.Duration(at), activity
}

// Query asks the pipeline for its own position and duration, -1 where unknown.
func (p *Pipeline) Query() (position, duration time.Duration) {
	var at, of C.gint64 = -1, -1
	C.gst_element_query_position((*C.GstElement)(p.ptr), C.GST_FORMAT_TIME, &at)
	C.gst_element_query_duration((*C.GstElement)(p.ptr), C.GST_FORMAT_TIME, &of)
	return time.Duration(at), time.Duration(of)
}

// Dot draws the pipeline as it is, for Graphviz.
func (p *Pipeline) Dot() string {
	s := C.gst_debug_bin_to_dot_data((*C.GstBin)(p.ptr), C.GST_DEBUG_GRAPH_SHOW_ALL)
	defer C.g_free(C.gpointer(s))
	return C.GoString(s)
}

// Element finds an element of the pipeline by name. It is the pipeline's.
func (p *Pipeline) Element(name string) (gstx.Element, bool) {
	n := C.CString(name)
	defer C.free(unsafe.Pointer(n))
	e := C.gst_bin_get_by_name((*C.GstBin)(p.ptr), n)
	if e == nil {
		return gstx.Element{}, false
	}
	C.gst_object_unref(C.gpointer(e))
	return gstx.ElementAt(unsafe.Pointer(e)), true
}

// MessageType is what a message is about.
type MessageType int

// Types of messages.
const (
	MessageEOS     MessageType = C.GST_MESSAGE_EOS
	MessageError   MessageType = C.GST_MESSAGE_ERROR
	MessageWarning MessageType = C.GST_MESSAGE_WARNING
)

// Message is what came from the bus.
type Message struct {
	Type    MessageType
	Domain  gstx.Domain
	Code    int
	Name    string // domain and code in words: resource/not-found; "" if the domain is not one of GStreamer's
	Element string // name of the element that says it
	Factory string // what kind of element that is, "" if it is none
	Text    string
	Debug   string
}

// Pop waits for the next end of stream, error or warning.
func (p *Pipeline) Pop(limit time.Duration) (m Message, ok bool) {
	msg := C.upright_pipeline_pop(C.gpointer(p.ptr), C.GstClockTime(limit))
	if msg == nil {
		return m, false
	}
	defer C.gst_mini_object_unref((*C.GstMiniObject)(unsafe.Pointer(msg)))
	m.Type = MessageType(C.upright_message_type(msg))
	m.Element = take(C.upright_message_source(msg))
	m.Factory = take(C.upright_message_factory(msg))
	if m.Type != MessageEOS {
		var domain, text, debug, name *C.gchar
		var code C.gint
		C.upright_message_parse(msg, &domain, &code, &name, &text, &debug)
		m.Domain, m.Code, m.Text, m.Debug = gstx.Domain(take(domain)), int(code), take(text), take(debug)
		if nick := take(name); nick != "" {
			m.Name = m.Domain.Short() + "/" + nick
		}
	}
	return m, true
}

func take(s *C.gchar) string {
	defer C.g_free(C.gpointer(s))
	return C.GoString(s)
}
