/* What a source has made in one call into Go and not pushed yet: buffers, lists of buffers, and the events between
 * them.
 *
 * Coming into Go from a thread of C is dear where it is done for every picture and every packet of sound: Go's
 * scheduler takes the processor from a thread that is in C, wakes another thread to watch over that, and wakes more
 * when it gives it back. So Go makes several units in one call, and they wait here. All of it happens in the streaming
 * thread, or while that stands still. */
#include "gstx.h"

UPRIGHT_QUARK (ahead_quark, "upright-ahead")

static void
drop (gpointer queue)
{
  g_queue_free_full (queue, (GDestroyNotify) gst_mini_object_unref);
}

static GQueue *
ahead (gpointer src)
{
  GQueue *queue = g_object_get_qdata (src, ahead_quark ());

  if (!queue) {
    queue = g_queue_new ();
    g_object_set_qdata_full (src, ahead_quark (), queue, drop);
  }
  return queue;
}

/* Takes a GstBuffer, a GstBufferList, GstTagList, GAP or custom event. */
void
upright_ahead_push (gpointer src, gpointer object)
{
  g_queue_push_tail (ahead (src), object);
}

void
upright_ahead_clear (gpointer src)
{
  g_object_set_qdata (src, ahead_quark (), NULL);
}

/* The base class keeps the event until right in front of the next buffer, behind caps and segment.
 * gst_element_send_event would do the same but takes the state lock, which whoever is stopping the element holds while
 * waiting for this thread. */
static void
upright_queue_event (gpointer src, GstEvent * event)
{
  GstElementClass *base = g_type_class_peek (GST_TYPE_BASE_SRC);

  base->send_event (src, event);
}

void
upright_queue_tags (gpointer src, GstTagList * tags)
{
  upright_queue_event (src, gst_event_new_tag (tags));
}

/* Sends the events that come next and then one buffer or list, as create has to give it to the base class: a buffer in
 * *out, a list submitted. GST_FLOW_CUSTOM_SUCCESS: there is none. */
GstFlowReturn
upright_ahead_pop (gpointer src, GstBuffer ** out)
{
  GQueue *queue = ahead (src);
  gpointer object;

  while ((object = g_queue_pop_head (queue))) {
    if (GST_IS_BUFFER (object)) {
      *out = object;
      return GST_FLOW_OK;
    }
    if (GST_IS_BUFFER_LIST (object)) {
      gst_base_src_submit_buffer_list (src, object);
      return GST_FLOW_OK;
    }
    if (GST_IS_TAG_LIST (object))
      upright_queue_event (src, gst_event_new_tag (object));
    else if (GST_EVENT_TYPE (object) == GST_EVENT_CUSTOM_DOWNSTREAM)
      upright_queue_event (src, object);
    else if (!gst_pad_push_event (GST_BASE_SRC_PAD (src), object))
      return GST_FLOW_FLUSHING;
  }
  return GST_FLOW_CUSTOM_SUCCESS;
}
