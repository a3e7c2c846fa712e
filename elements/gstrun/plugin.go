package gstrun

import "github.com/upright-media/upright/elements/internal/pipeline"

// PluginFile returns the path of the plugin that an element is in: "" if GStreamer has no such element, or it is
// registered by a program and not from a file.
func PluginFile(element string) string {
	Init()
	return pipeline.PluginFile(element)
}
