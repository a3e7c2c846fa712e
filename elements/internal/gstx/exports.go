package gstx

/*
#include "gstx.h"
*/
import "C"

import (
	"fmt"
	"runtime/debug"
	"time"
	"unsafe"

	"github.com/go-gst/go-glib/glib"
)

// What C calls. Nothing here may panic: it would end the program that has loaded the plugin.

func find(p unsafe.Pointer) instance { return glib.FromObjectUnsafePrivate(p).(instance) }

// Fault is what users read where Upright is at fault.
const Fault = "Upright has a fault: please report it at https://github.com/upright-media/upright/issues."

// Guard turns a panic into an error message of the element p, an instance of GstElement. A function that C calls defers
// it: what is not recovered would end the program that has loaded the plugin.
func Guard(p unsafe.Pointer) {
	if r := recover(); r != nil {
		Element{p}.Post(&Error{Domain: LibraryDomain, Code: LibraryFailed, Text: Fault,
			Debug: fmt.Sprintf("%v\n%s", r, debug.Stack())})
	}
}

//export uprightGoConstructed
func uprightGoConstructed(p unsafe.Pointer) {
	defer Guard(p)
	find(p).object().Constructed(Element{p})
}

//export uprightGoSetProperty
func uprightGoSetProperty(p unsafe.Pointer, id C.guint, value *C.GValue, _ *C.GParamSpec) {
	defer Guard(p)
	i := find(p)
	property := &i.of().Properties[id-1]
	if e := (Element{p}); e.running() {
		e.Logf(LogWarning, "%s cannot be changed while the element is PAUSED or PLAYING, and keeps its value",
			property.Name)
		return
	}
	i.object().SetProperty(property.Name, property.get(value))
}

//export uprightGoGetProperty
func uprightGoGetProperty(p unsafe.Pointer, id C.guint, value *C.GValue, _ *C.GParamSpec) {
	defer Guard(p)
	i := find(p)
	property := &i.of().Properties[id-1]
	property.set(value, i.object().Property(property.Name))
}

// uprightGoExpected returns caps as text, NULL if nothing is known.
//
//export uprightGoExpected
func uprightGoExpected(p unsafe.Pointer) (caps *C.gchar) {
	defer Guard(p)
	s, ok := find(p).object().(Expecter)
	if !ok {
		return nil
	}
	if text := s.Expected(); text != "" {
		caps = C.CString(text)
	}
	return caps
}

//export uprightGoStart
func uprightGoStart(p unsafe.Pointer) (ok C.gboolean) {
	defer Guard(p)
	e := Element{p}
	return gbool(e.posted(find(p).object().(Source).Start(e)))
}

//export uprightGoStop
func uprightGoStop(p unsafe.Pointer) {
	defer Guard(p)
	find(p).object().(Source).Stop(Element{p})
}

//export uprightGoCreate
func uprightGoCreate(p unsafe.Pointer) (flow C.GstFlowReturn) {
	flow = C.GST_FLOW_ERROR
	defer Guard(p)
	e := Element{p}
	out := Output{src: p}
	defer out.flush()
	f, err := find(p).object().(Source).Create(&out)
	if !e.posted(err) {
		return
	}
	return C.GstFlowReturn(f)
}

//export uprightGoSeek
func uprightGoSeek(p unsafe.Pointer, at C.GstClockTime) (ok C.gboolean) {
	defer Guard(p)
	e := Element{p}
	return gbool(e.posted(find(p).object().(Source).Seek(e, time.Duration(at))))
}

//export uprightGoOpen
func uprightGoOpen(p unsafe.Pointer) (ok C.gboolean) {
	defer Guard(p)
	e := Element{p}
	return gbool(e.posted(find(p).object().(Bin).Open(e)))
}

//export uprightGoReset
func uprightGoReset(p unsafe.Pointer) {
	defer Guard(p)
	find(p).object().(interface{ Reset(Element) }).Reset(Element{p})
}

//export uprightGoEOS
func uprightGoEOS(p unsafe.Pointer) (ok C.gboolean) {
	defer Guard(p)
	e := Element{p}
	return gbool(e.posted(find(p).object().(Bin).EOS(e)))
}

//export uprightGoGetURI
func uprightGoGetURI(p unsafe.Pointer) (uri *C.gchar) {
	defer Guard(p)
	if s := find(p).object().(URIHandler).URI(); s != "" {
		uri = C.CString(s)
	}
	return uri
}

// uprightGoSetURI returns the reason why the URI is refused, nil if it is not.
//
//export uprightGoSetURI
func uprightGoSetURI(p unsafe.Pointer, uri *C.gchar) (reason *C.gchar) {
	defer Guard(p)
	if (Element{p}).running() {
		return C.CString("the URI cannot be changed while the element is PAUSED or PLAYING")
	}
	if err := find(p).object().(URIHandler).SetURI(C.GoString(uri)); err != nil {
		reason = C.CString(err.Error())
	}
	return reason
}

// uprightGoEnterEvent takes the event, and returns what goes on in its place, or nil.
//
//export uprightGoEnterEvent
func uprightGoEnterEvent(p unsafe.Pointer, pad *C.GstPad, event *C.GstEvent) (on *C.GstEvent) {
	on = event
	defer Guard(p)
	return find(p).object().(InputProbe).EnterEvent(Element{p}, PadRef{pad}, Event{event}).ptr
}

// uprightGoEnterData says whether the data goes on.
//
//export uprightGoEnterData
func uprightGoEnterData(p unsafe.Pointer, pad *C.GstPad, pts C.GstClockTime) (on C.gboolean) {
	on = 1
	defer Guard(p)
	if !find(p).object().(InputProbe).EnterData(Element{p}, PadRef{pad}, time.Duration(pts)) {
		on = 0
	}
	return on
}
