// Package mix is the element uprightmix: it mixes the sound of a room on one clock, and says how loud everybody was.
//
// GStreamer's audiomixer counts samples, and jumps when a clock has run too far from its own. Here each buffer is
// placed by its time: the samples between two of them are interpolated, so that a clock that runs 150 ppm too fast is
// neither heard nor seen.
package mix

/*
#cgo pkg-config: gstreamer-1.0 gstreamer-base-1.0 gstreamer-audio-1.0
#cgo CFLAGS: -Wall -O2 -I${SRCDIR}/../internal/gstx
#cgo LDFLAGS: -lm
#include "mix.h"
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"os"
	"unsafe"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/room"
)

// Register makes the element known, in the process (plugin nil) or as part of a plugin.
func Register(plugin unsafe.Pointer) error {
	gstx.Init()
	if C.upright_mix_register((*C.GstPlugin)(plugin)) == C.FALSE {
		return gstx.Refused("uprightmix")
	}
	return nil
}

// What C calls. Nothing here may panic: it would end the program that has loaded the plugin.

// uprightGoMixOpen reads the score. It returns why that cannot be played, nil if it can.
//
//export uprightGoMixOpen
func uprightGoMixOpen(mix unsafe.Pointer, path *C.gchar) (reason *C.gchar) {
	defer func() {
		if r := recover(); r != nil {
			reason = C.CString(fmt.Sprintf("%s %v", gstx.Fault, r))
		}
	}()
	if err := open(mix, C.GoString(path)); err != nil {
		return C.CString(err.Error())
	}
	return nil
}

func open(mix unsafe.Pointer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	s, err := room.ReadScore(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, p := range s.Timeline {
		C.upright_mix_piece(C.gpointer(mix), C.gdouble(p.From), C.gdouble(p.To), C.gdouble(p.RoomMs))
	}
	for _, v := range s.Voices {
		C.upright_mix_voice(C.gpointer(mix), C.gdouble(v.Gain), C.gdouble(v.Pan), C.gdouble(v.SkipMs))
	}
	return nil
}
