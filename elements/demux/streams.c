/* The streams of uprightdemux: a source each, whose pads begin together and are sought together. */
#include "class.h"

GST_DEBUG_CATEGORY_EXTERN (upright_demux_debug);
#define GST_CAT_DEFAULT upright_demux_debug

/* A stream: mjrsrc ! capsfilter ! ghost pad. */
typedef struct
{
  GstElement *source, *filter;
  GstPad *ghost;
  gint kind;
  gboolean select;              /* the first of its kind: players begin with it */
  gboolean ready;               /* caps are known, and data waits to be pushed, or there is none */
} Stream;

/* The stream that a ghost pad is of, with the object lock held. */
static Stream *
stream_of (UprightDemux * self, GstPad * ghost)
{
  GList *l;

  for (l = self->streams; l; l = l->next) {
    if (((Stream *) l->data)->ghost == ghost)
      return l->data;
  }
  return NULL;
}

/* The sources know nothing of each other. Here their streams become those of one medium. */
static GstEvent *
begin (UprightDemux * self, GstPad * ghost, GstEvent * event)
{
  GstStreamFlags flags = GST_STREAM_FLAG_NONE;
  Stream *s;

  GST_OBJECT_LOCK (self);
  s = stream_of (self, ghost);
  if (s && s->select)
    flags |= GST_STREAM_FLAG_SELECT;
  if (s && s->kind == UPRIGHT_DEMUX_TEXT)
    flags |= GST_STREAM_FLAG_SPARSE;
  GST_OBJECT_UNLOCK (self);
  event = gst_event_make_writable (event);
  gst_event_set_group_id (event, self->group);
  gst_event_set_stream_flags (event, flags);
  return event;
}

/* Holds a stream back in front of its first data until all have come so far and their pads have been added: who
 * chooses what follows on a demuxer wants to know all streams with their caps. FALSE: there is nobody any more. */
static gboolean
wait (UprightDemux * self, GstPad * ghost)
{
  Stream *s;
  gboolean over;

  GST_OBJECT_LOCK (self);
  if (!self->let && (s = stream_of (self, ghost)) && !s->ready) {
    s->ready = TRUE;
    g_cond_broadcast (&self->changed);
  }
  while (!self->let && !self->over)
    g_cond_wait (&self->changed, GST_OBJECT_GET_LOCK (self));
  over = self->over;
  GST_OBJECT_UNLOCK (self);
  return !over;
}

static gboolean
inner_event (GstPad * pad, GstObject * ghost, GstEvent * event)
{
  UprightDemux *self = gst_pad_get_element_private (pad);

  if (GST_EVENT_TYPE (event) == GST_EVENT_STREAM_START)
    event = begin (self, GST_PAD (ghost), event);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    wait (self, GST_PAD (ghost));
  return gst_pad_event_default (pad, ghost, event);
}

/* That nobody wants a stream is no error as long as somebody wants another one. */
static GstFlowReturn
combine (UprightDemux * self, GstObject * ghost, GstFlowReturn flow)
{
  GstFlowReturn all;

  GST_OBJECT_LOCK (self);
  all = gst_flow_combiner_update_pad_flow (self->flows, GST_PAD (ghost), flow);
  GST_OBJECT_UNLOCK (self);
  return flow == GST_FLOW_NOT_LINKED ? all : flow;
}

static GstFlowReturn
inner_chain (GstPad * pad, GstObject * ghost, GstBuffer * buffer)
{
  UprightDemux *self = gst_pad_get_element_private (pad);

  GST_DEBUG_OBJECT (ghost, "%" GST_PTR_FORMAT, buffer);
  if (!wait (self, GST_PAD (ghost))) {
    gst_buffer_unref (buffer);
    return GST_FLOW_FLUSHING;
  }
  return combine (self, ghost, gst_proxy_pad_chain_default (pad, ghost, buffer));
}

static GstFlowReturn
inner_chain_list (GstPad * pad, GstObject * ghost, GstBufferList * list)
{
  UprightDemux *self = gst_pad_get_element_private (pad);

  GST_DEBUG_OBJECT (ghost, "%u buffers at once", gst_buffer_list_length (list));
  if (!wait (self, GST_PAD (ghost))) {
    gst_buffer_list_unref (list);
    return GST_FLOW_FLUSHING;
  }
  return combine (self, ghost, gst_proxy_pad_chain_list_default (pad, ghost, list));
}

/* A seek goes to all sources, whichever stream it comes by, and once, although it may come by all of them. */
static gboolean
seek (UprightDemux * self, GstEvent * event)
{
  guint32 number = gst_event_get_seqnum (event);
  GList *sources = NULL, *l;
  gboolean ok = TRUE;

  GST_OBJECT_LOCK (self);
  if (number != self->seek) {
    self->seek = number;
    for (l = self->streams; l; l = l->next)
      sources = g_list_prepend (sources, gst_object_ref (((Stream *) l->data)->source));
  }
  GST_OBJECT_UNLOCK (self);
  if (sources)
    GST_INFO_OBJECT (self, "%" GST_PTR_FORMAT, event);
  for (l = sources; l; l = l->next)
    ok &= gst_element_send_event (l->data, gst_event_ref (event));
  g_list_free_full (sources, gst_object_unref);
  gst_event_unref (event);
  return ok;
}

static gboolean
src_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_SEEK)
    return seek (UPRIGHT_DEMUX (parent), event);
  return gst_pad_event_default (pad, parent, event);
}

static gboolean
src_query (GstPad * pad, GstObject * parent, GstQuery * query)
{
  UprightDemux *self = UPRIGHT_DEMUX (parent);
  GstFormat format;

  if (GST_QUERY_TYPE (query) == GST_QUERY_DURATION) {
    gst_query_parse_duration (query, &format, NULL);
    if (format == GST_FORMAT_TIME) {
      GST_OBJECT_LOCK (self);
      gst_query_set_duration (query, format, self->duration);
      GST_OBJECT_UNLOCK (self);
      return TRUE;
    }
  }
  return gst_pad_query_default (pad, parent, query);
}

void
upright_demux_duration (gpointer demux, GstClockTime duration)
{
  GST_OBJECT_LOCK (demux);
  UPRIGHT_DEMUX (demux)->duration = duration;
  GST_OBJECT_UNLOCK (demux);
}

void
upright_demux_add (gpointer demux, gint kind, const gchar * location)
{
  UprightDemux *self = demux;
  GstElementClass *klass = GST_ELEMENT_GET_CLASS (self);
  GstPadTemplate *template = gst_element_class_get_pad_template (klass, upright_demux_names[kind]);
  GstCaps *caps = gst_pad_template_get_caps (template);
  Stream *s = g_new0 (Stream, 1);
  GstPad *target, *inner;
  gchar *name;

  s->kind = kind;
  s->source = gst_element_factory_make ("mjrsrc", NULL);
  s->filter = gst_element_factory_make ("capsfilter", NULL);
  if (!s->source || !s->filter) {
    GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN,
        ("GStreamer's element capsfilter is not installed: install the package gstreamer (core elements)."), (NULL));
    gst_clear_object (&s->source);
    gst_clear_object (&s->filter);
    g_free (s);
    gst_caps_unref (caps);
    return;
  }
  g_object_set (s->source, "location", location, NULL);
  g_object_set (s->filter, "caps", caps, NULL);
  gst_caps_unref (caps);
  gst_bin_add_many (GST_BIN (self), s->source, s->filter, NULL);
  gst_element_link (s->source, s->filter);

  GST_OBJECT_LOCK (self);
  name = g_strdup_printf (upright_demux_names[kind], self->count[kind]);
  s->select = self->count[kind]++ == 0;
  GST_OBJECT_UNLOCK (self);
  target = gst_element_get_static_pad (s->filter, "src");
  s->ghost = gst_ghost_pad_new_from_template (name, target, template);
  gst_object_unref (target);
  inner = GST_PAD (gst_proxy_pad_get_internal (GST_PROXY_PAD (s->ghost)));
  gst_pad_set_element_private (inner, self);
  gst_pad_set_event_function (inner, inner_event);
  gst_pad_set_chain_function (inner, inner_chain);
  gst_pad_set_chain_list_function (inner, inner_chain_list);
  gst_object_unref (inner);
  gst_pad_set_event_function (s->ghost, src_event);
  gst_pad_set_query_function (s->ghost, src_query);
  gst_pad_set_active (s->ghost, TRUE);

  GST_INFO_OBJECT (self, "%s plays %s", name, location);
  g_free (name);
  GST_OBJECT_LOCK (self);
  self->streams = g_list_append (self->streams, s);
  gst_flow_combiner_add_pad (self->flows, s->ghost);
  GST_OBJECT_UNLOCK (self);
}

/* The streams that there are, as an array that Stream pointers stay valid in: they go only when nothing flows. */
static GPtrArray *
list_streams (UprightDemux * self)
{
  GPtrArray *list = g_ptr_array_new ();
  GList *l;

  GST_OBJECT_LOCK (self);
  for (l = self->streams; l; l = l->next)
    g_ptr_array_add (list, l->data);
  GST_OBJECT_UNLOCK (self);
  return list;
}

void
upright_demux_start_streams (UprightDemux * self)
{
  GPtrArray *list = list_streams (self);
  guint i;

  for (i = 0; i < list->len; i++) {
    Stream *s = g_ptr_array_index (list, i);
    gboolean ok = gst_element_sync_state_with_parent (s->filter) && gst_element_sync_state_with_parent (s->source);

    if (!ok) {                  /* it has said why */
      GST_OBJECT_LOCK (self);
      s->ready = TRUE;
      GST_OBJECT_UNLOCK (self);
    }
  }
  GST_OBJECT_LOCK (self);
  for (i = 0; i < list->len; i++) {
    while (!self->over && !((Stream *) g_ptr_array_index (list, i))->ready)
      g_cond_wait (&self->changed, GST_OBJECT_GET_LOCK (self));
  }
  GST_OBJECT_UNLOCK (self);
  for (i = 0; i < list->len; i++)
    gst_element_add_pad (GST_ELEMENT (self), gst_object_ref (((Stream *) g_ptr_array_index (list, i))->ghost));
  g_ptr_array_unref (list);
  gst_element_no_more_pads (GST_ELEMENT (self));
  GST_OBJECT_LOCK (self);
  self->let = TRUE;
  g_cond_broadcast (&self->changed);
  GST_OBJECT_UNLOCK (self);
}

void
upright_demux_clear_streams (UprightDemux * self)
{
  GList *streams, *l;

  GST_OBJECT_LOCK (self);
  streams = self->streams;
  self->streams = NULL;
  memset (self->count, 0, sizeof (self->count));
  self->duration = GST_CLOCK_TIME_NONE;
  self->seek = GST_SEQNUM_INVALID;
  self->let = self->over = FALSE;
  gst_flow_combiner_clear (self->flows);
  GST_OBJECT_UNLOCK (self);
  for (l = streams; l; l = l->next) {
    Stream *s = l->data;

    gst_element_set_state (s->source, GST_STATE_NULL);
    gst_element_set_state (s->filter, GST_STATE_NULL);
    gst_pad_set_active (s->ghost, FALSE);
    if (GST_OBJECT_PARENT (s->ghost) == GST_OBJECT (self))
      gst_element_remove_pad (GST_ELEMENT (self), s->ghost);
    gst_object_unref (s->ghost);
    gst_bin_remove_many (GST_BIN (self), s->source, s->filter, NULL);
  }
  g_list_free_full (streams, g_free);
}
