/* The class uprightdemux: a bin with an mjrsrc for each stream of a participant. See demux.go for why it is so. */
#include "demux.h"
#include "_cgo_export.h"
#include "page.h"

#include <errno.h>
#include <gst/base/gstflowcombiner.h>

GST_DEBUG_CATEGORY_STATIC (category);
#define GST_CAT_DEFAULT category

#define UPRIGHT_TYPE_DEMUX (upright_demux_get_type ())
G_DECLARE_FINAL_TYPE (UprightDemux, upright_demux, UPRIGHT, DEMUX, GstBin)

/* A stream: mjrsrc ! capsfilter ! ghost pad. */
typedef struct
{
  GstElement *source, *filter;
  GstPad *ghost;
  gint kind;
  gboolean select;              /* the first of its kind: players begin with it */
  gboolean ready;               /* caps are known, and data waits to be pushed, or there is none */
} Stream;

struct _UprightDemux
{
  GstBin parent;

  guintptr go;                  /* the Go side */
  GstPad *sink;
  gchar *path;                  /* file to be read, NULL: what comes is spooled */
  UprightSpool *spool;
  gboolean opened;
  guint group;                  /* of all streams */

  /* Under the object lock. */
  GList *streams;
  guint count[UPRIGHT_DEMUX_KINDS];
  GstClockTime duration;
  guint32 seek;                 /* number of the last one */
  gboolean let;                 /* data flows */
  gboolean over;                /* none will any more */
  GCond changed;
  GstFlowCombiner *flows;
};

G_DEFINE_TYPE (UprightDemux, upright_demux, GST_TYPE_BIN)

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (UPRIGHT_MJR_CAPS));

/* Source pads of each kind; mjrsrc knows the caps. */
static const gchar *names[UPRIGHT_DEMUX_KINDS] = { "video_%u", "audio_%u", "text_%u" };
static gchar *all_caps[UPRIGHT_DEMUX_KINDS];

/* Streams */

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
  GstPadTemplate *template = gst_element_class_get_pad_template (klass, names[kind]);
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
  name = g_strdup_printf (names[kind], self->count[kind]);
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

/* Starts the sources, and adds the pads when each has said what it has. */
static void
start_streams (UprightDemux * self)
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

/* Opens the file, which lies there as a whole. */
static gboolean
open_file (UprightDemux * self, const gchar * path)
{
  self->opened = TRUE;
  GST_INFO_OBJECT (self, "play what belongs to %s", path);
  if (!uprightGoDemuxOpen (self->go, self, (gchar *) path))
    return FALSE;
  start_streams (self);
  return TRUE;
}

/* The sink pad */

static void
loop (gpointer data)
{
  UprightDemux *self = data;

  gst_pad_pause_task (self->sink);
  open_file (self, self->path);
}

static gboolean
activate_mode (GstPad * pad, GstObject * parent, GstPadMode mode, gboolean active)
{
  if (mode == GST_PAD_MODE_PULL)
    return active ? gst_pad_start_task (pad, loop, parent, NULL) : gst_pad_stop_task (pad);
  return mode == GST_PAD_MODE_PUSH;
}

/* The local file that upstream reads, NULL if it is none, or what comes is no longer what is in it. */
static gchar *
local_file (GstPad * pad)
{
  GstQuery *query = gst_query_new_uri ();
  gchar *uri = NULL, *path;

  if (gst_pad_peer_query (pad, query))
    gst_query_parse_uri (query, &uri);
  gst_query_unref (query);
  path = uri ? g_filename_from_uri (uri, NULL, NULL) : NULL;
  g_free (uri);
  if (path && !uprightGoDemuxIsRecording (path))
    g_clear_pointer (&path, g_free);
  return path;
}

static gboolean
activate (GstPad * pad, GstObject * parent)
{
  UprightDemux *self = UPRIGHT_DEMUX (parent);
  GstQuery *query = gst_query_new_scheduling ();
  gboolean pull = gst_pad_peer_query (pad, query) && gst_query_has_scheduling_mode (query, GST_PAD_MODE_PULL);

  gst_query_unref (query);
  g_free (self->path);
  self->path = local_file (pad);
  return gst_pad_activate_mode (pad, pull && self->path ? GST_PAD_MODE_PULL : GST_PAD_MODE_PUSH, TRUE);
}

static gboolean
store (UprightDemux * self, GstBuffer * buffer)
{
  GError *error = NULL;

  if (!self->spool) {
    self->spool = upright_spool_new (&error);
    if (self->spool)
      GST_INFO_OBJECT (self, "no local file comes: what comes is kept in %s", upright_spool_path (self->spool));
  }
  if (self->spool && upright_spool_write (self->spool, buffer, &error))
    return TRUE;
  if (error && g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC))
    GST_ELEMENT_ERROR (self, RESOURCE, NO_SPACE_LEFT, ("There is no space for the recording in the temporary folder."),
        ("%s", error->message));
  else
    GST_ELEMENT_ERROR (self, RESOURCE, WRITE, ("The recording cannot be kept in the temporary folder."),
        ("%s", error ? error->message : "unknown"));
  g_clear_error (&error);
  return FALSE;
}

static GstFlowReturn
sink_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  UprightDemux *self = UPRIGHT_DEMUX (parent);
  GstFlowReturn ret = GST_FLOW_OK;

  if (!self->path)
    ret = store (self, buffer) ? GST_FLOW_OK : GST_FLOW_ERROR;
  else if (self->opened || open_file (self, self->path))
    ret = GST_FLOW_EOS;         /* the file is read from the disk */
  else
    ret = GST_FLOW_ERROR;
  gst_buffer_unref (buffer);
  return ret;
}

static gboolean
sink_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  UprightDemux *self = UPRIGHT_DEMUX (parent);

  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS && !self->opened) {
    if (self->spool)
      open_file (self, upright_spool_path (self->spool));
    else
      GST_ELEMENT_ERROR (self, STREAM, WRONG_TYPE, ("Nothing came that could be a Janus recording (.mjr)."), (NULL));
  }
  gst_event_unref (event);      /* the sources have their own */
  return TRUE;
}

/* The element */

static void
clear (UprightDemux * self)
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
  uprightGoDemuxClose (self->go);
  g_clear_pointer (&self->spool, upright_spool_free);
  g_clear_pointer (&self->path, g_free);
  self->opened = FALSE;
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange change)
{
  UprightDemux *self = UPRIGHT_DEMUX (element);
  GstStateChangeReturn ret;

  if (change == GST_STATE_CHANGE_READY_TO_PAUSED)
    self->group = gst_util_group_id_next ();
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY) {
    GST_OBJECT_LOCK (self);
    self->over = TRUE;          /* nobody is held back any more */
    g_cond_broadcast (&self->changed);
    GST_OBJECT_UNLOCK (self);
  }
  ret = GST_ELEMENT_CLASS (upright_demux_parent_class)->change_state (element, change);
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY)
    clear (self);
  return ret;
}

static void
finalize (GObject * object)
{
  UprightDemux *self = UPRIGHT_DEMUX (object);

  gst_flow_combiner_unref (self->flows);
  g_cond_clear (&self->changed);
  uprightGoDemuxFree (self->go);
  G_OBJECT_CLASS (upright_demux_parent_class)->finalize (object);
}

static void
upright_demux_init (UprightDemux * self)
{
  self->flows = gst_flow_combiner_new ();
  g_cond_init (&self->changed);
  self->duration = GST_CLOCK_TIME_NONE;
  self->go = uprightGoDemuxNew ();
  self->sink = gst_pad_new_from_static_template (&sink_template, "sink");
  gst_pad_set_activate_function (self->sink, activate);
  gst_pad_set_activatemode_function (self->sink, activate_mode);
  gst_pad_set_chain_function (self->sink, sink_chain);
  gst_pad_set_event_function (self->sink, sink_event);
  gst_element_add_pad (GST_ELEMENT (self), self->sink);
}

static void
upright_demux_class_init (UprightDemuxClass * klass)
{
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  gint i;

  GST_DEBUG_CATEGORY_INIT (category, "uprightdemux", 0, "Upright demuxer");
  G_OBJECT_CLASS (klass)->finalize = finalize;
  element->change_state = change_state;
  gst_element_class_add_static_pad_template (element, &sink_template);
  for (i = 0; i < UPRIGHT_DEMUX_KINDS; i++) {
    GstCaps *caps = gst_caps_from_string (all_caps[i]);

    gst_element_class_add_pad_template (element, gst_pad_template_new (names[i], GST_PAD_SRC, GST_PAD_SOMETIMES, caps));
    gst_caps_unref (caps);
  }
  upright_page (element, "Upright demuxer", "Codec/Demuxer",
      "Plays pictures, sound and messages of a participant from one of the files (.mjr) that Janus has recorded, in "
      "sync", "0.1", "gst-launch-1.0 playbin uri=file:///recordings/call-video.mjr video-filter=cvorotate");
}

gboolean
upright_demux_register (GstPlugin * plugin, const gchar * video, const gchar * audio, const gchar * text)
{
  all_caps[UPRIGHT_DEMUX_VIDEO] = g_strdup (video);
  all_caps[UPRIGHT_DEMUX_AUDIO] = g_strdup (audio);
  all_caps[UPRIGHT_DEMUX_TEXT] = g_strdup (text);
  return upright_typefind_register (plugin) &&
      gst_element_register (plugin, "uprightdemux", GST_RANK_PRIMARY, UPRIGHT_TYPE_DEMUX);
}
