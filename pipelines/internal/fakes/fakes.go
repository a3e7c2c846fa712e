// Package fakes has encoders of H.264 that are not what they seem, for tests. Nothing but tests imports it.
package fakes

/*
#cgo pkg-config: gstreamer-1.0
#cgo CFLAGS: -Wall
#include "fakes.h"
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"os"
	"strings"
	"unsafe"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/fakedevice"
)

// Variable has the fakes that a process is to register: element=mode, separated by spaces.
const Variable = "UPRIGHT_TEST_FAKES"

// What a fake does.
const (
	Works           = "works"
	NoStart         = "no-start"           // cannot be opened
	Large           = "large"              // fails with pictures from 1280 pixels in width on
	Hangs           = "hangs"              // at the third picture
	Garbage         = "garbage"            // writes noise
	Crashes         = "crashes"            // at the fifth picture
	Slow            = "slow"               // takes a second for a picture
	MidStream       = "mid-stream"         // fails at the sixth picture
	Drops           = "drops"              // leaves out every second picture
	Black           = "black"              // encodes black instead of what it is given
	Exits           = "exits"              // ends the process
	NoStartInJobs   = "no-start-in-jobs"   // works in a probe and cannot be opened elsewhere
	MidStreamInJobs = "mid-stream-in-jobs" // works in a probe and fails at the fortieth picture elsewhere
	HangsInJobs     = "hangs-in-jobs"      // the same, but hangs then
	CrashesInJobs   = "crashes-in-jobs"    // the same, but crashes then
	GarbageInJobs   = "garbage-in-jobs"    // works in a probe and writes noise elsewhere
	DropsInJobs     = "drops-in-jobs"      // works in a probe and leaves out three of four pictures elsewhere
)

var modes = map[string]C.FakeMode{
	Works: C.FAKE_WORKS, NoStart: C.FAKE_NO_START, Large: C.FAKE_LARGE, Hangs: C.FAKE_HANGS, Garbage: C.FAKE_GARBAGE,
	Crashes: C.FAKE_CRASHES,
	Slow:    C.FAKE_SLOW, MidStream: C.FAKE_MID_STREAM, Drops: C.FAKE_DROPS, Black: C.FAKE_BLACK, Exits: C.FAKE_EXITS,
	NoStartInJobs: C.FAKE_NO_START_IN_JOBS, MidStreamInJobs: C.FAKE_MID_STREAM_IN_JOBS,
	HangsInJobs: C.FAKE_HANGS_IN_JOBS, CrashesInJobs: C.FAKE_CRASHES_IN_JOBS, GarbageInJobs: C.FAKE_GARBAGE_IN_JOBS,
	DropsInJobs: C.FAKE_DROPS_IN_JOBS,
}

// Register registers what Variable names. job says that this process is not there to try encoders.
func Register(job bool) error {
	C.fake_in_job = 0
	if job {
		C.fake_in_job = 1
	}
	for _, f := range strings.Fields(os.Getenv(Variable)) {
		element, mode, _ := strings.Cut(f, "=")
		if err := Add(element, mode); err != nil {
			return err
		}
	}
	return nil
}

// addDevice registers an element as of a GPU: KIND/MEMORY/MODE, all as in package fakedevice, with MODE-in-jobs for one
// that works in a probe.
func addDevice(element, spec string) error {
	kinds := map[string]fakedevice.Kind{"decoder": fakedevice.Decoder, "turner": fakedevice.Turner,
		"down": fakedevice.Down, "encoder": fakedevice.Encoder}
	modes := map[string]fakedevice.Mode{Works: fakedevice.Works, NoStart: fakedevice.NoStart,
		MidStream: fakedevice.MidStream, "stubborn": fakedevice.Stubborn}
	parts := strings.Split(spec, "/")
	if len(parts) != 3 {
		return fmt.Errorf("there is no fake that is %q", spec)
	}
	how, jobs := strings.CutSuffix(parts[2], "-in-jobs")
	if jobs && C.fake_in_job == 0 {
		how = Works
	}
	kind, ok := kinds[parts[0]]
	mode, known := modes[how]
	if !ok || !known {
		return fmt.Errorf("there is no fake that is %q", spec)
	}
	return fakedevice.Register(element, kind, "memory:"+parts[1], mode)
}

// Add registers one fake, in place of one of the same name that was added before. There is no way to take it back.
func Add(element, mode string) error {
	gstrun.Init()
	if spec, ok := strings.CutPrefix(mode, "device/"); ok {
		return addDevice(element, spec)
	}
	m, ok := modes[mode]
	if !ok {
		return fmt.Errorf("there is no fake that is %q", mode)
	}
	name := C.CString(element)
	defer C.free(unsafe.Pointer(name))
	if C.fake_register(name, m) == 0 {
		return fmt.Errorf("cannot register the fake %s", element)
	}
	return nil
}
