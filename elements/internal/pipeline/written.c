/* How far in time the data is that reaches the sinks of a pipeline. A file sink behind a muxer has no position in time
 * that it could be asked for. */
#include "written.h"

static GQuark
quark (void)
{
  return g_quark_from_static_string ("upright-written");
}

static void
see (GstPad * pad, GstBuffer * buffer, gint64 * farthest)
{
  GstClockTime at = GST_BUFFER_PTS (buffer);
  GstEvent *event;

  if (!GST_CLOCK_TIME_IS_VALID (at))
    return;
  /* Behind muxers segments are in bytes. Encoders shift theirs, by 1000 hours even. */
  if ((event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0))) {
    const GstSegment *segment;

    gst_event_parse_segment (event, &segment);
    if (segment->format == GST_FORMAT_TIME)
      at = gst_segment_to_running_time (segment, GST_FORMAT_TIME, at);
    gst_event_unref (event);
  }
  /* Sinks push from several threads, but a step back now and then does no harm: the next buffer is farther. */
  if (GST_CLOCK_TIME_IS_VALID (at) && (gint64) at > *farthest)
    *farthest = at;
}

static GstPadProbeReturn
probe (GstPad * pad, GstPadProbeInfo * info, gpointer farthest)
{
  guint i, n;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    GstBufferList *list = gst_pad_probe_info_get_buffer_list (info);

    n = gst_buffer_list_length (list);
    for (i = 0; i < n; i++)
      see (pad, gst_buffer_list_get (list, i), farthest);
  } else
    see (pad, gst_pad_probe_info_get_buffer (info), farthest);
  return GST_PAD_PROBE_OK;
}

static void
watch (const GValue * item, gpointer farthest)
{
  GstElement *e = g_value_get_object (item);
  GstPad *pad;

  if (GST_IS_BIN (e) || !GST_OBJECT_FLAG_IS_SET (e, GST_ELEMENT_FLAG_SINK)
      || !(pad = gst_element_get_static_pad (e, "sink")))
    return;
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, probe,
      g_atomic_rc_box_acquire (farthest), (GDestroyNotify) g_atomic_rc_box_release);
  gst_object_unref (pad);
}

void
upright_written_watch (gpointer pipeline)
{
  gint64 *farthest = g_atomic_rc_box_new (gint64);
  GstIterator *it = gst_bin_iterate_recurse (pipeline);

  *farthest = -1;
  gst_iterator_foreach (it, watch, farthest);
  gst_iterator_free (it);
  g_object_set_qdata_full (pipeline, quark (), farthest, (GDestroyNotify) g_atomic_rc_box_release);
}

gint64
upright_written (gpointer pipeline)
{
  gint64 *farthest = g_object_get_qdata (pipeline, quark ());

  return farthest ? *farthest : -1;
}
