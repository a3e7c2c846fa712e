package pipeline

/*
#include <stdlib.h>
#include "pipeline.h"
*/
import "C"

import (
	"unsafe"

	"github.com/upright-media/upright/elements/internal/gstx"
)

// PluginFile returns the file of the plugin that an element is in: "" if there is no such element, or it is not from a
// file.
func PluginFile(element string) string {
	gstx.Know(element)
	c := C.CString(element)
	defer C.free(unsafe.Pointer(c))
	f := C.gst_element_factory_find(c)
	if f == nil {
		return ""
	}
	defer C.gst_object_unref(C.gpointer(f))
	p := C.gst_plugin_feature_get_plugin((*C.GstPluginFeature)(unsafe.Pointer(f)))
	if p == nil {
		return ""
	}
	defer C.gst_object_unref(C.gpointer(p))
	return C.GoString(C.gst_plugin_get_filename(p)) // "" for NULL
}
