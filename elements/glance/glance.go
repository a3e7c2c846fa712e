// Package glance is the element uprightglance: a sink that writes each picture in a very small size to a file, for who
// wants to know whether there is anything to be seen in a video.
//
// GStreamer's videoscale and videoconvert do that, too, and more. But they take four milliseconds to begin, a tenth of
// what a copy of a short call costs.
package glance

/*
#cgo pkg-config: gstreamer-1.0 gstreamer-base-1.0 gstreamer-video-1.0
#cgo CFLAGS: -Wall -O2 -I${SRCDIR}/../internal/gstx
#include "glance.h"
*/
import "C"

import (
	"unsafe"

	"github.com/upright-media/upright/elements/internal/gstx"
)

// Register makes the element known, in the process (plugin nil) or as part of a plugin.
func Register(plugin unsafe.Pointer) error {
	gstx.Init()
	if C.upright_glance_register((*C.GstPlugin)(plugin)) == C.FALSE {
		return gstx.Refused("uprightglance")
	}
	return nil
}
