package gstx

/*
#include <stdlib.h>
#include "gstx.h"
*/
import "C"

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/go-gst/go-gst/gst"
)

// GStreamer reads what it remembers of all plugins when it is initialised, a megabyte or more, and looks whether their
// files have changed: nine of the ten milliseconds that this takes, a sixth of what a short recording costs. A copy
// needs elements of two or three plugins, which are known (plugins). So a program may begin without that memory; the
// plugins of these elements are loaded by name, and the first other element that is asked for brings all of it.

// plugins are those that elements are in which copies and their verification are made of, as files are named.
var plugins = map[string]string{
	"capsfilter": core, "concat": core, "fakesink": core, "filesink": core,
	"h264parse": parsers, "h265parse": parsers, "vp9parse": parsers, "av1parse": parsers,
	"openh264dec": "openh264",
	"vp8dec":      "vpx", "vp9dec": "vpx",
	"av1dec": "aom", "libde265dec": "de265",
	"videoconvert": "videoconvertscale", "videoscale": "videoconvertscale",
	"opusparse": "opusparse", "opusdec": "opus",
	"webmmux": "matroska", "matroskamux": "matroska",
}

const (
	core    = "coreelements"
	parsers = "videoparsersbad"
)

var registry struct {
	late   atomic.Bool // wanted
	partly atomic.Bool // not all plugins are known
	fill   sync.Once
}

// ReadRegistryLate has Init leave out what GStreamer remembers of its plugins. It is for programs in which everybody
// who looks for an element asks Know first. Where plugins may be elsewhere than beside GStreamer's library, nothing
// changes.
func ReadRegistryLate() { registry.late.Store(true) }

func initialize() {
	if C.gst_is_initialized() != 0 {
		gst.Init(nil)
		return
	}
	C.gst_segtrap_set_enabled(0)
	late := registry.late.Load() && !otherPlugins() && C.upright_registry_off() != 0
	gst.Init(nil)
	if late {
		C.upright_registry_on()
		registry.partly.Store(true)
	}
}

// otherPlugins says whether plugins come from elsewhere, or GStreamer was told what to do with its registry, or needs
// a plugin to be initialised.
func otherPlugins() bool {
	for _, name := range []string{"GST_PLUGIN_PATH", "GST_PLUGIN_PATH_1_0", "GST_PLUGIN_SYSTEM_PATH",
		"GST_PLUGIN_SYSTEM_PATH_1_0", "GST_REGISTRY_DISABLE", "GST_REGISTRY_UPDATE", "GST_TRACERS"} {
		if os.Getenv(name) != "" {
			return true
		}
	}
	data := os.Getenv("XDG_DATA_HOME")
	if data == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return true
		}
		data = filepath.Join(home, ".local", "share")
	}
	_, err := os.Stat(filepath.Join(data, "gstreamer-1.0", "plugins"))
	return err == nil
}

// Know makes sure that GStreamer knows an element of this name, if there is one.
func Know(name string) {
	if !registry.partly.Load() || known(name) {
		return
	}
	if plugin := plugins[name]; plugin != "" {
		c := C.CString(plugin)
		defer C.free(unsafe.Pointer(c))
		if C.upright_plugin_load(c) != 0 && known(name) {
			return
		}
	}
	KnowAll()
}

// KnowSome makes sure that GStreamer knows the elements in a line of gst-launch-1.0 that copies are made of. Others are
// missed when the line is parsed, which is what KnowAll is for.
func KnowSome(line string) {
	for word := range strings.FieldsSeq(line) {
		if isFilter(word) {
			word = "capsfilter" // which it becomes
		}
		if plugins[word] != "" {
			Know(word)
		}
	}
}

// isFilter says whether a word of a line is, or begins, caps. Values of properties, too, may have a slash.
func isFilter(word string) bool {
	mediaType, _, _ := strings.Cut(word, "=")
	return strings.Contains(mediaType, "/")
}

// KnowAll makes sure that GStreamer knows all of its plugins. It returns false if it did already.
func KnowAll() (more bool) {
	registry.fill.Do(func() {
		if more = registry.partly.Load(); more {
			C.upright_registry_fill()
			registry.partly.Store(false)
		}
	})
	return more
}

// known says whether GStreamer knows an element of this name now.
func known(name string) bool {
	c := C.CString(name)
	defer C.free(unsafe.Pointer(c))
	f := C.gst_element_factory_find(c)
	if f == nil {
		return false
	}
	C.gst_object_unref(C.gpointer(f))
	return true
}
