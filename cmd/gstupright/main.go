// Command gstupright is Upright's elements as a GStreamer plugin, for gst-launch-1.0 and other programs:
//
//	go build -buildmode=c-shared -o libgstupright.so ./cmd/gstupright
//	GST_PLUGIN_PATH=$PWD gst-inspect-1.0 upright
//
// The library must not be loaded into a program that is written in Go itself: two Go runtimes in one process do not get
// on. Such a program calls elements.Register instead.
package main

/*
#cgo pkg-config: gstreamer-1.0
#include <gst/gst.h>
*/
import "C"

import (
	"fmt"
	"os"
	"unsafe"

	"github.com/upright-media/upright/elements"
	"github.com/upright-media/upright/internal/release"
)

//export uprightPluginInit
func uprightPluginInit(plugin unsafe.Pointer) (ok C.gboolean) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintln(os.Stderr, "upright:", r)
		}
	}()
	if err := elements.Register(plugin); err != nil {
		fmt.Fprintln(os.Stderr, "upright:", err)
		return C.FALSE
	}
	return C.TRUE
}

// uprightPluginVersion is what gst-inspect-1.0 shows as the plugin's version. It is never freed.
//
//export uprightPluginVersion
func uprightPluginVersion() *C.char { return C.CString(release.Version()) }

func main() {}
