/* What GStreamer reads of libgstupright.so before it calls anything in it. GST_PLUGIN_DEFINE would do the same, but for
 * the version: that of the build is known to Go only. */
#include <gst/gst.h>

#include "_cgo_export.h"

GST_PLUGIN_EXPORT const GstPluginDesc *gst_plugin_upright_get_desc (void);
GST_PLUGIN_EXPORT void gst_plugin_upright_register (void);

static gboolean
plugin_init (GstPlugin * plugin)
{
  return uprightPluginInit (plugin);
}

const GstPluginDesc *
gst_plugin_upright_get_desc (void)
{
  static gsize ready = 0;
  static GstPluginDesc desc = {
    GST_VERSION_MAJOR, GST_VERSION_MINOR, "upright",
    (gchar *) "Reads Janus recordings (.mjr) and makes upright videos of them",
    plugin_init, NULL, "Apache 2.0", "upright", "Upright",
    "https://github.com/upright-media/upright", NULL, GST_PADDING_INIT
  };

  if (g_once_init_enter (&ready)) {
    desc.version = uprightPluginVersion ();
    g_once_init_leave (&ready, 1);
  }
  return &desc;
}

void
gst_plugin_upright_register (void)
{
  const GstPluginDesc *d = gst_plugin_upright_get_desc ();

  gst_plugin_register_static (d->major_version, d->minor_version, d->name,
      d->description, d->plugin_init, d->version, d->license, d->source,
      d->package, d->origin);
}
