#include "pad.h"
#include "likeness.h"
#include "room.h"

#include <string.h>

GST_DEBUG_CATEGORY_EXTERN (upright_stage_debug);
#define GST_CAT_DEFAULT upright_stage_debug

struct _UprightStagePad
{
  GstAggregatorPad parent;

  gint index;
  GstVideoInfo info;            /* of what comes next */
  UprightTurn turn;
  UprightPicture shown;
  GstBuffer *newer;             /* is nearly the same, and comes when anything else does */
};

G_DEFINE_TYPE (UprightStagePad, upright_stage_pad, GST_TYPE_AGGREGATOR_PAD)

static void
forget (UprightStagePad * pad)
{
  gst_clear_buffer (&pad->shown.buffer);
  gst_clear_buffer (&pad->newer);
}

static void
upright_stage_pad_finalize (GObject * object)
{
  forget (UPRIGHT_STAGE_PAD (object));
  G_OBJECT_CLASS (upright_stage_pad_parent_class)->finalize (object);
}

static void
upright_stage_pad_init (UprightStagePad * pad)
{
  gst_video_info_init (&pad->info);
}

static void
upright_stage_pad_class_init (UprightStagePadClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = upright_stage_pad_finalize;
}

void
upright_stage_pad_numbered (UprightStagePad * pad)
{
  pad->index = upright_pad_number (GST_AGGREGATOR_PAD (pad));
}

gboolean
upright_stage_pad_event (UprightStagePad * pad, GstEvent * event)
{
  GstTagList *tags;
  gchar *nick = NULL;
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    gst_event_parse_caps (event, &caps);
    return gst_video_info_from_caps (&pad->info, caps);
  }
  if (GST_EVENT_TYPE (event) != GST_EVENT_TAG)
    return TRUE;
  gst_event_parse_tag (event, &tags);
  if (gst_tag_list_get_string (tags, GST_TAG_IMAGE_ORIENTATION, &nick)) {
    const gchar *degrees = strrchr (nick, '-');

    pad->turn.flip = g_str_has_prefix (nick, "flip-");
    pad->turn.quarters = degrees ? (gint) (g_ascii_strtoll (degrees + 1, NULL, 10) / 90 % 4) : 0;
    g_free (nick);
  }
  return TRUE;
}

/* How much a picture is like the one that stands already: a shared screen on which nothing moves is sent again and
 * again. */
static UprightLikeness
likeness (UprightStagePad * pad, GstBuffer * buffer)
{
  const UprightPicture *p = &pad->shown;
  UprightLikeness alike;
  GstVideoFrame a, b;

  if (!p->buffer || p->turn.quarters != pad->turn.quarters || p->turn.flip != pad->turn.flip ||
      !gst_video_info_is_equal (&p->info, &pad->info))
    return UPRIGHT_OTHER;
  if (!gst_video_frame_map (&a, &p->info, p->buffer, GST_MAP_READ))
    return UPRIGHT_OTHER;
  if (!gst_video_frame_map (&b, &pad->info, buffer, GST_MAP_READ)) {
    gst_video_frame_unmap (&a);
    return UPRIGHT_OTHER;
  }
  alike = upright_likeness (&a, &b);
  gst_video_frame_unmap (&b);
  gst_video_frame_unmap (&a);
  return alike;
}

static void
show (UprightStage * self, UprightStagePad * pad, GstBuffer * buffer)
{
  gst_buffer_replace (&pad->shown.buffer, buffer);
  pad->shown.info = pad->info;
  pad->shown.turn = pad->turn;
  pad->shown.number = ++self->pictures;
}

/* Takes a picture that begins at a time of the room. */
static void
take (UprightStage * self, UprightStagePad * pad, GstBuffer * buffer, gint64 at)
{
  if (GST_VIDEO_INFO_FORMAT (&pad->info) == GST_VIDEO_FORMAT_UNKNOWN ||
      GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP))
    return;
  switch (likeness (pad, buffer)) {
    case UPRIGHT_SAME:
      gst_clear_buffer (&pad->newer);
      break;
    case UPRIGHT_NEARLY:
      gst_buffer_replace (&pad->newer, buffer);
      break;
    default:
      gst_clear_buffer (&pad->newer);
      show (self, pad, buffer);
  }
  pad->shown.at = at;
  GST_DEBUG_OBJECT (pad, "picture at %" G_GINT64_FORMAT " ms of the room", at / GST_MSECOND);
}

gboolean
upright_stage_take (UprightStage * self, UprightPicture ** pictures, gint64 until)
{
  gboolean more = FALSE;
  GList *l;

  GST_OBJECT_LOCK (self);
  for (l = GST_ELEMENT (self)->sinkpads; l; l = l->next) {
    UprightStagePad *pad = l->data;
    GstAggregatorPad *base = GST_AGGREGATOR_PAD (pad);
    GstBuffer *buffer = gst_aggregator_pad_peek_buffer (base);
    gint64 at = 0;

    if (pad->index >= 0 && pad->index < UPRIGHT_MAX_PADS)
      pictures[pad->index] = &pad->shown;
    if (!buffer)
      continue;                 /* at its end */
    if (GST_BUFFER_PTS_IS_VALID (buffer)) {
      guint64 time;
      gint sign = gst_segment_to_running_time_full (&base->segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer), &time);

      at = sign < 0 ? -(gint64) time : (gint64) time;
    }
    if (at <= until) {
      take (self, pad, buffer, at);
      gst_aggregator_pad_drop_buffer (base);
      more = TRUE;
    }
    gst_buffer_unref (buffer);
  }
  GST_OBJECT_UNLOCK (self);
  return more;
}

gboolean
upright_stage_catch_up (UprightStage * self)
{
  gboolean any = FALSE;
  GList *l;

  GST_OBJECT_LOCK (self);
  for (l = GST_ELEMENT (self)->sinkpads; l; l = l->next) {
    UprightStagePad *pad = l->data;

    if (!pad->newer)
      continue;
    gst_buffer_replace (&pad->shown.buffer, pad->newer);
    gst_clear_buffer (&pad->newer);
    pad->shown.number = ++self->pictures;
    any = TRUE;
  }
  GST_OBJECT_UNLOCK (self);
  return any;
}

void
upright_stage_forget (UprightStage * self)
{
  GList *l;

  GST_OBJECT_LOCK (self);
  for (l = GST_ELEMENT (self)->sinkpads; l; l = l->next)
    forget (UPRIGHT_STAGE_PAD (l->data));
  GST_OBJECT_UNLOCK (self);
}
