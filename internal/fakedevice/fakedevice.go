// Package fakedevice has elements as of a GPU, for tests: a decoder of H.264, a turner, a way down to system memory, an
// encoder of H.264. Their pictures are in system memory, but their caps say something else, so that negotiation is what
// it is with a device. Nothing but tests imports it.
package fakedevice

/*
#cgo pkg-config: gstreamer-1.0 gstreamer-base-1.0 gstreamer-video-1.0
#cgo CFLAGS: -Wall
#include "fakedevice.h"
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/upright-media/upright/elements/gstrun"
)

// Kind is what an element does.
type Kind int

// Kinds.
const (
	Decoder Kind = C.FAKE_DECODER // has its pictures in the device's memory or in the system's
	Turner  Kind = C.FAKE_TURNER  // turns, scales and makes bars; one whose name begins with va also brings pictures down
	Down    Kind = C.FAKE_DOWN
	Up      Kind = C.FAKE_UP
	Encoder Kind = C.FAKE_ENCODER // takes the device's memory and the system's, NV12
)

// Mode is how an element fails.
type Mode int

// Modes.
const (
	Works     Mode = C.FAKE_WORKS
	NoStart   Mode = C.FAKE_NO_START   // cannot be opened
	MidStream Mode = C.FAKE_MID_STREAM // fails at the twentieth buffer
	Stubborn  Mode = C.FAKE_STUBBORN   // a turner that takes back what it was told
)

// Register makes an element known, in place of one of the same name that was registered before. memory is a caps
// feature.
func Register(element string, kind Kind, memory string, mode Mode) error {
	gstrun.Init()
	e, m := C.CString(element), C.CString(memory)
	defer C.free(unsafe.Pointer(e))
	defer C.free(unsafe.Pointer(m))
	if C.fakedevice_register(e, C.FakeKind(kind), m, C.FakeMode(mode)) == 0 {
		return fmt.Errorf("cannot register the fake %s", element)
	}
	return nil
}
