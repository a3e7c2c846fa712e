/* What GStreamer reads of libgstupright.so before it calls anything in it. */
#include <gst/gst.h>

#include "_cgo_export.h"

#define PACKAGE "upright"

#ifndef UPRIGHT_VERSION
#define UPRIGHT_VERSION "0.1.0"
#endif

static gboolean
plugin_init (GstPlugin * plugin)
{
  return uprightPluginInit (plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, upright, "Reads Janus recordings (.mjr) and makes upright videos of them",
    plugin_init, UPRIGHT_VERSION, "Apache 2.0", "Upright", "https://github.com/upright-media/upright")
