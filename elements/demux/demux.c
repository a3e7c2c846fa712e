/* The class uprightdemux: a bin with an mjrsrc for each stream of a participant. See demux.go for why it is so. */
#include "class.h"
#include "_cgo_export.h"
#include "page.h"

GST_DEBUG_CATEGORY (upright_demux_debug);
#define GST_CAT_DEFAULT upright_demux_debug

G_DEFINE_TYPE (UprightDemux, upright_demux, GST_TYPE_BIN)

static GstStaticPadTemplate sink_template =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS (UPRIGHT_MJR_CAPS));

const gchar *const upright_demux_names[UPRIGHT_DEMUX_KINDS] = { "video_%u", "audio_%u", "text_%u" };
static gchar *all_caps[UPRIGHT_DEMUX_KINDS];    /* mjrsrc knows them */

static void
clear (UprightDemux * self)
{
  upright_demux_clear_streams (self);
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
  self->sink = upright_demux_sink_new (gst_element_class_get_pad_template (GST_ELEMENT_GET_CLASS (self), "sink"));
  gst_element_add_pad (GST_ELEMENT (self), self->sink);
}

static void
upright_demux_class_init (UprightDemuxClass * klass)
{
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  gint i;

  GST_DEBUG_CATEGORY_INIT (upright_demux_debug, "uprightdemux", 0, "Upright demuxer");
  G_OBJECT_CLASS (klass)->finalize = finalize;
  element->change_state = change_state;
  gst_element_class_add_static_pad_template (element, &sink_template);
  for (i = 0; i < UPRIGHT_DEMUX_KINDS; i++) {
    GstCaps *caps = gst_caps_from_string (all_caps[i]);

    gst_element_class_add_pad_template (element,
        gst_pad_template_new (upright_demux_names[i], GST_PAD_SRC, GST_PAD_SOMETIMES, caps));
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
