// Package demux is the element uprightdemux, which plays all that a participant has recorded from the URI of one file,
// and the typefinder that makes programs that play any file take it for a Janus recording (.mjr).
//
// A .mjr holds one stream, so this is not what else is called a demuxer: it is one by the rules of decodebin, which
// looks for an element with a sink pad of these caps and source pads that come later. What it is given is a file's
// content; what it needs is the file's folder, in which the participant's other files lie. So it asks upstream for the
// URI, reads the files by itself, and takes the content only where there is no such file: it then lies in a temporary
// one. For each stream there is an mjrsrc inside, in a thread of its own.
package demux

/*
#cgo pkg-config: gstreamer-1.0 gstreamer-base-1.0
#cgo CFLAGS: -Wall -I${SRCDIR}/../internal/gstx
#include "demux.h"
#include <stdlib.h>
*/
import "C"

import (
	"errors"
	"runtime/cgo"
	"unsafe"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/mjrsrc"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
)

// Register makes the element and the typefinder known, in the process (plugin nil) or as part of a plugin.
func Register(plugin unsafe.Pointer) error {
	gstx.Init()
	video, audio, text := C.CString(mjrsrc.CodedVideo), C.CString(mjrsrc.CodedAudio), C.CString(mjrsrc.Text)
	defer C.free(unsafe.Pointer(video))
	defer C.free(unsafe.Pointer(audio))
	defer C.free(unsafe.Pointer(text))
	if C.upright_demux_register((*C.GstPlugin)(plugin), video, audio, text) == C.FALSE {
		return gstx.Refused("uprightdemux")
	}
	return nil
}

// state is what the Go side keeps for one element.
type state struct{ session *mjrsrc.Session }

// What C calls. Nothing here may panic: it would end the program that has loaded the plugin.

//export uprightGoDemuxNew
func uprightGoDemuxNew() (handle C.guintptr) {
	defer func() { _ = recover() }()
	return C.guintptr(cgo.NewHandle(new(state)))
}

//export uprightGoDemuxFree
func uprightGoDemuxFree(handle C.guintptr) {
	defer func() { _ = recover() }()
	cgo.Handle(handle).Delete()
}

// uprightGoDemuxIsRecording reports whether a file is there and a recording by its header.
//
//export uprightGoDemuxIsRecording
func uprightGoDemuxIsRecording(path *C.gchar) (is C.gboolean) {
	defer func() { _ = recover() }()
	f := janus.ReadFile(C.GoString(path))
	if f.Err == nil || errors.Is(f.Err, recording.ErrHeader) || errors.Is(f.Err, recording.ErrTruncatedHeader) ||
		errors.Is(f.Err, recording.ErrEmpty) {
		is = C.TRUE
	}
	return is
}

// uprightGoDemuxOpen finds the streams and adds them. It posts an error if there are none.
//
//export uprightGoDemuxOpen
func uprightGoDemuxOpen(handle C.guintptr, demux unsafe.Pointer, path *C.gchar) (ok C.gboolean) {
	defer gstx.Guard(demux)
	s := cgo.Handle(handle).Value().(*state)
	session, err := mjrsrc.OpenSession(C.GoString(path))
	if err != nil {
		var known *gstx.Error
		if !errors.As(err, &known) {
			known = &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamFailed, Text: err.Error()}
		}
		gstx.ElementAt(demux).Post(known)
		return C.FALSE
	}
	s.session = session
	C.upright_demux_duration(C.gpointer(demux), C.GstClockTime(session.Duration))
	for _, stream := range session.Streams {
		kind := map[recording.Medium]C.gint{recording.Video: C.UPRIGHT_DEMUX_VIDEO,
			recording.Audio: C.UPRIGHT_DEMUX_AUDIO, recording.Data: C.UPRIGHT_DEMUX_TEXT}[stream.Medium]
		location := C.CString(stream.Path)
		C.upright_demux_add(C.gpointer(demux), kind, location)
		C.free(unsafe.Pointer(location))
	}
	return C.TRUE
}

// uprightGoDemuxClose gives the session up, if there is one.
//
//export uprightGoDemuxClose
func uprightGoDemuxClose(handle C.guintptr) {
	defer func() { _ = recover() }()
	s := cgo.Handle(handle).Value().(*state)
	if s.session != nil {
		s.session.Close()
		s.session = nil
	}
}
