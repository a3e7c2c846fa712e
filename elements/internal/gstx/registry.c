/* GStreamer without its registry: see registry.go. */
#define _GNU_SOURCE
#include "gstx.h"

#include <dlfcn.h>

/* What GStreamer's own plugin scanner sets, so as to do without. It is in no header. */
extern gboolean _gst_disable_registry_cache __attribute__ ((weak));

#define UPDATE "GST_REGISTRY_UPDATE"

gboolean
upright_registry_off (void)
{
  if (!&_gst_disable_registry_cache)
    return FALSE;
  _gst_disable_registry_cache = TRUE;
  g_setenv (UPDATE, "no", TRUE);
  return TRUE;
}

void
upright_registry_on (void)
{
  _gst_disable_registry_cache = FALSE;
  g_unsetenv (UPDATE);
}

/* Reads the registry. Elements of the program itself stay what they are, though a plugin may have some of these names:
 * libgstupright.so does. */
void
upright_registry_fill (void)
{
  GstRegistry *registry = gst_registry_get ();
  GList *own = gst_registry_get_feature_list (registry, GST_TYPE_ELEMENT_FACTORY), *l;

  gst_update_registry ();
  for (l = own; l; l = l->next) {
    GstPluginFeature *feature = l->data;
    GstPlugin *plugin = gst_plugin_feature_get_plugin (feature);
    GstPluginFeature *now = gst_registry_lookup_feature (registry, GST_OBJECT_NAME (feature));

    if (!plugin && now != feature)
      gst_registry_add_feature (registry, gst_object_ref (feature));
    gst_clear_object (&now);
    gst_clear_object (&plugin);
  }
  gst_plugin_feature_list_free (own);
}

/* Loads a plugin of those that lie beside the library. FALSE: there is none, or it does not load. */
gboolean
upright_plugin_load (const gchar * name)
{
  gchar *path, *dir, *file, *at;
  GstPlugin *plugin = NULL;
  Dl_info library;

  if (!dladdr (gst_init, &library) || !(path = realpath (library.dli_fname, NULL)))
    return FALSE;
  dir = g_path_get_dirname (path);
  file = g_strdup_printf ("libgst%s.so", name);
  at = g_build_filename (dir, "gstreamer-1.0", file, NULL);
  if (g_file_test (at, G_FILE_TEST_EXISTS))
    plugin = gst_plugin_load_file (at, NULL);
  g_free (at);
  g_free (file);
  g_free (dir);
  free (path);
  if (!plugin)
    return FALSE;
  gst_object_unref (plugin);
  return TRUE;
}
