/* The sink pad of uprightdemux: finds the file that upstream reads, or keeps what comes in one. */
#include "class.h"
#include "_cgo_export.h"

GST_DEBUG_CATEGORY_EXTERN (upright_demux_debug);
#define GST_CAT_DEFAULT upright_demux_debug

/* Opens the file, which lies there as a whole. */
static gboolean
open_file (UprightDemux * self, const gchar * path)
{
  self->opened = TRUE;
  GST_INFO_OBJECT (self, "play what belongs to %s", path);
  if (!uprightGoDemuxOpen (self->go, self, (gchar *) path))
    return FALSE;
  upright_demux_start_streams (self);
  return TRUE;
}

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

GstPad *
upright_demux_sink_new (GstPadTemplate * template)
{
  GstPad *pad = gst_pad_new_from_template (template, "sink");

  gst_pad_set_activate_function (pad, activate);
  gst_pad_set_activatemode_function (pad, activate_mode);
  gst_pad_set_chain_function (pad, sink_chain);
  gst_pad_set_event_function (pad, sink_event);
  return pad;
}
