/* Elements: what they say (errors, log), children of bins, probes. */
#include "gstx.h"
#include "_cgo_export.h"

void
upright_post_error (gpointer element, GQuark domain, gint code, const gchar * text, const gchar * debug,
    const gchar * file, const gchar * function, gint line)
{
  gst_element_message_full (element, GST_MESSAGE_ERROR, domain, code, g_strdup (text), *debug ? g_strdup (debug) : NULL,
      file, function, line);
}

void
upright_log (GstDebugCategory * category, GstDebugLevel level, const gchar * file, const gchar * function, gint line,
    gpointer object, const gchar * text)
{
  if (level <= gst_debug_category_get_threshold (category))
    gst_debug_log (category, level, file, function, line, object, "%s", text);
}

/* Makes a child and adds it; the bin owns it. NULL if there is no such element. */
gpointer
upright_bin_make (gpointer bin, const gchar * factory, const gchar * name)
{
  GstElement *e = gst_element_factory_make (factory, name);

  if (e && !gst_bin_add (bin, e))
    return NULL;
  return e;
}

gboolean
upright_bin_link (gpointer from, gpointer to)
{
  return gst_element_link (from, to);
}

/* What enters through an input probe is shown to the bin before its children see it. */

static gboolean
probe_event (GstPad * pad, GstObject * bin, GstEvent * event)
{
  event = uprightGoEnterEvent (bin, pad, event);
  return event ? gst_pad_event_default (pad, bin, event) : TRUE;
}

static GstFlowReturn
probe_chain (GstPad * pad, GstObject * bin, GstBuffer * buffer)
{
  if (!uprightGoEnterData (bin, pad, GST_BUFFER_PTS (buffer))) {
    gst_buffer_unref (buffer);
    return GST_FLOW_OK;
  }
  return gst_proxy_pad_chain_default (pad, bin, buffer);
}

static GstFlowReturn
probe_chain_list (GstPad * pad, GstObject * bin, GstBufferList * list)
{
  GstClockTime pts = GST_CLOCK_TIME_NONE;

  if (gst_buffer_list_length (list))
    pts = GST_BUFFER_PTS (gst_buffer_list_get (list, 0));
  if (!uprightGoEnterData (bin, pad, pts)) {
    gst_buffer_list_unref (list);
    return GST_FLOW_OK;
  }
  return gst_proxy_pad_chain_list_default (pad, bin, list);
}

void
upright_bin_probe_input (gpointer bin, const gchar * name)
{
  GstPad *pad = gst_element_get_static_pad (bin, name);

  gst_pad_set_event_function (pad, probe_event);
  gst_pad_set_chain_function (pad, probe_chain);
  gst_pad_set_chain_list_function (pad, probe_chain_list);
  gst_object_unref (pad);
}

gboolean
upright_pad_forward (GstPad * pad, GstEvent * event)
{
  GstObject *bin = gst_object_get_parent (GST_OBJECT (pad));
  gboolean ret = gst_pad_event_default (pad, bin, event);

  gst_object_unref (bin);
  return ret;
}

/* A pad of the bin, named like the child's and like the template of the bin's class. */
gboolean
upright_bin_ghost (gpointer bin, gpointer child, const gchar * name)
{
  GstPad *target = child ? gst_element_get_static_pad (child, name) : NULL;
  GstPadTemplate *template = gst_element_class_get_pad_template (GST_ELEMENT_GET_CLASS (bin), name);
  GstPad *ghost;

  if (target) {
    ghost = gst_ghost_pad_new_from_template (name, target, template);
    gst_object_unref (target);
  } else {
    ghost = gst_ghost_pad_new_no_target_from_template (name, template);
  }
  return gst_element_add_pad (bin, ghost);
}

void
upright_set_arg (gpointer object, const gchar * name, const gchar * value)
{
  gst_util_set_object_arg (object, name, value);
}

void
upright_set_string (gpointer object, const gchar * name, const gchar * value)
{
  g_object_set (object, name, value, NULL);
}

/* The value of a property as text, to be freed. */
gchar *
upright_get_arg (gpointer object, const gchar * name)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (object), name);
  GValue value = G_VALUE_INIT;
  gchar *text;

  if (!spec)
    return NULL;
  g_value_init (&value, spec->value_type);
  g_object_get_property (object, name, &value);
  text = gst_value_serialize (&value);
  g_value_unset (&value);
  return text;
}

static GstPadProbeReturn
probed (GstPad * pad, GstPadProbeInfo * info, gpointer handle)
{
  return uprightGoProbe (pad, info, (guintptr) handle);
}

static void
forget (gpointer handle)
{
  uprightGoDeleteHandle ((guintptr) handle);
}

/* Returns 0 if the element has no such pad. The handle lives as long as the probe. */
gulong
upright_probe (gpointer element, const gchar * name, GstPadProbeType mask, guintptr handle)
{
  GstPad *pad = gst_element_get_static_pad (element, name);
  gulong id;

  if (!pad) {
    uprightGoDeleteHandle (handle);
    return 0;
  }
  id = gst_pad_add_probe (pad, mask, probed, (gpointer) handle, forget);
  gst_object_unref (pad);
  return id;
}

/* The first value of a tag in a TAG event, NULL if there is none. To be freed. */
gchar *
upright_event_tag_string (GstEvent * event, const gchar * tag)
{
  GstTagList *tags;
  gchar *value = NULL;

  if (GST_EVENT_TYPE (event) != GST_EVENT_TAG)
    return NULL;
  gst_event_parse_tag (event, &tags);
  gst_tag_list_get_string (tags, tag, &value);
  return value;
}

/* The same TAG event with one tag changed. */
GstEvent *
upright_event_with_tag_string (GstEvent * event, const gchar * tag, const gchar * value)
{
  GstTagList *tags;
  GstEvent *changed;

  gst_event_parse_tag (event, &tags);
  tags = gst_tag_list_copy (tags);
  gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, tag, value, NULL);
  changed = gst_event_new_tag (tags);
  gst_event_set_seqnum (changed, gst_event_get_seqnum (event));
  return changed;
}

/* What the event says, as text; of a CAPS event only the caps. To be freed. */
gchar *
upright_event_string (GstEvent * event)
{
  const GstStructure *s = gst_event_get_structure (event);
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    gst_event_parse_caps (event, &caps);
    return gst_caps_to_string (caps);
  }
  return s ? gst_structure_to_string (s) : g_strdup ("");
}

/* Needs the element's plugin loaded, not an element. */
gboolean
upright_has_property (const gchar * element, const gchar * property)
{
  GstElementFactory *found = gst_element_factory_find (element);
  GstPluginFeature *loaded = found ? gst_plugin_feature_load (GST_PLUGIN_FEATURE (found)) : NULL;
  gboolean has = FALSE;

  if (loaded) {
    GObjectClass *klass = g_type_class_ref (gst_element_factory_get_element_type (GST_ELEMENT_FACTORY (loaded)));

    has = g_object_class_find_property (klass, property) != NULL;
    g_type_class_unref (klass);
    gst_object_unref (loaded);
  }
  if (found)
    gst_object_unref (found);
  return has;
}
