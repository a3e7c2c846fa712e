/* Whole pipelines: parse, run, watch. */
#include "pipeline.h"

/* The line of a gst-launch-1.0 command. Nothing but a complete pipeline is good enough: a property that does not exist
 * is an error, not a warning. missing gets the names of unknown elements, to be freed. The caller owns the pipeline. */
gpointer
upright_pipeline_parse (const gchar * line, GError ** error, gchar *** missing)
{
  GstParseContext *context = gst_parse_context_new ();
  GstElement *e = gst_parse_launch_full (line, context, GST_PARSE_FLAG_FATAL_ERRORS, error);

  /* The context also lists elements that exist but refuse a property. */
  if (g_error_matches (*error, GST_PARSE_ERROR, GST_PARSE_ERROR_NO_SUCH_ELEMENT))
    *missing = gst_parse_context_get_missing_elements (context);
  gst_parse_context_free (context);
  if (e && *error) {
    gst_object_ref_sink (e);
    gst_object_unref (e);
    return NULL;
  }
  if (e && !GST_IS_PIPELINE (e)) {
    GstElement *pipeline = gst_pipeline_new (NULL);

    gst_bin_add (GST_BIN (pipeline), e);
    e = pipeline;
  }
  return e ? gst_object_ref_sink (e) : NULL;
}

GstMessage *
upright_pipeline_pop (gpointer pipeline, GstClockTime timeout)
{
  GstBus *bus = gst_element_get_bus (pipeline);
  GstMessage *m = gst_bus_timed_pop_filtered (bus, timeout, GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);

  gst_object_unref (bus);
  return m;
}

typedef struct
{
  guint64 sum;
  gint64 position;
} Progress;

static void
look (const GValue * item, gpointer data)
{
  static const GstFormat formats[] = { GST_FORMAT_TIME, GST_FORMAT_BYTES };
  GstElement *e = g_value_get_object (item);
  Progress *p = data;
  gint64 at;
  guint i;

  if (GST_IS_BIN (e) || !(GST_OBJECT_FLAG_IS_SET (e, GST_ELEMENT_FLAG_SOURCE)
          || GST_OBJECT_FLAG_IS_SET (e, GST_ELEMENT_FLAG_SINK)))
    return;
  for (i = 0; i < G_N_ELEMENTS (formats); i++) {
    if (!gst_element_query_position (e, formats[i], &at) || at < 0)
      continue;
    p->sum = p->sum * 31 + at;
    if (formats[i] == GST_FORMAT_TIME && at > p->position)
      p->position = at;
  }
}

/* Returns a number that changes whenever any source or sink has moved on, in time or in bytes. position is where the
 * source or sink is that is farthest, -1 if none of them knows. The pipeline itself cannot be asked: a file sink behind
 * a muxer has a position in bytes only. */
guint64
upright_pipeline_look (gpointer pipeline, gint64 * position)
{
  Progress p = { 0, -1 };
  GstIterator *it = gst_bin_iterate_recurse (pipeline);

  while (gst_iterator_foreach (it, look, &p) == GST_ITERATOR_RESYNC) {
    p.sum = 0;
    gst_iterator_resync (it);
  }
  gst_iterator_free (it);
  *position = p.position;
  return p.sum;
}

/* The code in words, NULL if the domain is not one of GStreamer's. */
static gchar *
code_name (GError * error)
{
  GType type = error->domain == GST_CORE_ERROR ? GST_TYPE_CORE_ERROR :
      error->domain == GST_LIBRARY_ERROR ? GST_TYPE_LIBRARY_ERROR :
      error->domain == GST_RESOURCE_ERROR ? GST_TYPE_RESOURCE_ERROR :
      error->domain == GST_STREAM_ERROR ? GST_TYPE_STREAM_ERROR : G_TYPE_INVALID;
  GEnumClass *klass;
  GEnumValue *value;
  gchar *name;

  if (type == G_TYPE_INVALID)
    return NULL;
  klass = g_type_class_ref (type);
  value = g_enum_get_value (klass, error->code);
  name = value ? g_strdup (value->value_nick) : NULL;
  g_type_class_unref (klass);
  return name;
}

/* What an error or warning says. The strings are to be freed. */
void
upright_message_parse (GstMessage * message, gchar ** domain, gint * code, gchar ** name, gchar ** text, gchar ** debug)
{
  GError *error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, debug);
  else
    gst_message_parse_warning (message, &error, debug);
  *domain = g_strdup (g_quark_to_string (error->domain));
  *code = error->code;
  *name = code_name (error);
  *text = g_strdup (error->message);
  g_error_free (error);
}

gchar *
upright_message_source (GstMessage * message)
{
  return message->src ? gst_object_get_name (message->src) : NULL;
}

gchar *
upright_message_factory (GstMessage * message)
{
  GstElementFactory *f = GST_IS_ELEMENT (message->src) ? gst_element_get_factory (GST_ELEMENT (message->src)) : NULL;

  return f ? g_strdup (GST_OBJECT_NAME (f)) : NULL;
}

GstMessageType
upright_message_type (GstMessage * message)
{
  return GST_MESSAGE_TYPE (message);
}

/* Waits for a change of state to end, and returns whether it did well. gst_element_get_state takes any wake-up for the
 * end, also one by a signal, such as those with which Go's scheduler interrupts threads. */
gboolean
upright_pipeline_wait (gpointer pipeline, GstClockTime timeout)
{
  GstClockTime end = gst_util_get_timestamp () + timeout;
  GstStateChangeReturn ret;
  gboolean failed;

  do {
    GstClockTime now = gst_util_get_timestamp ();

    ret = gst_element_get_state (pipeline, NULL, NULL, now < end ? end - now : 0);
    GST_OBJECT_LOCK (pipeline);
    failed = GST_STATE_RETURN (pipeline) == GST_STATE_CHANGE_FAILURE;
    GST_OBJECT_UNLOCK (pipeline);
  } while (ret == GST_STATE_CHANGE_FAILURE && !failed);
  return ret == GST_STATE_CHANGE_SUCCESS;
}

gboolean
upright_seek (gpointer pipeline, GstSeekFlags flags, gint64 start, gint64 stop)
{
  return gst_element_seek (pipeline, 1.0, GST_FORMAT_TIME, flags, GST_SEEK_TYPE_SET, start,
      stop < 0 ? GST_SEEK_TYPE_NONE : GST_SEEK_TYPE_SET, stop);
}

/* How many more buffers a sink is to get. */
typedef struct
{
  guint left;
} Enough;

static GstPadProbeReturn
count (GstPad * pad, GstPadProbeInfo * info, gpointer data)
{
  Enough *e = data;

  if (e->left) {
    e->left--;
    return GST_PAD_PROBE_OK;
  }
  /* This is the thread that pushes: it has the lock that events on their way down wait for. What it pushes from now on
   * is refused, since the pad has seen the end. */
  gst_pad_send_event (pad, gst_event_new_eos ());
  return GST_PAD_PROBE_DROP;
}

static void
bound (const GValue * item, gpointer data)
{
  GstPad *pad = gst_element_get_static_pad (g_value_get_object (item), "sink");
  Enough *e;

  if (!pad)
    return;
  e = g_new (Enough, 1);
  e->left = GPOINTER_TO_UINT (data);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, count, e, g_free);
  gst_object_unref (pad);
}

/* Lets each sink see its end after so many buffers, whatever its source does. */
void
upright_pipeline_bound (gpointer pipeline, guint buffers)
{
  GstIterator *it = gst_bin_iterate_sinks (pipeline);

  gst_iterator_foreach (it, bound, GUINT_TO_POINTER (buffers));
  gst_iterator_free (it);
}
