/* An element that collects streams: as many request pads as are wanted, each with a thread that brings its buffers. It
 * is no aggregator, which would hand every buffer from thread to thread: each thread gathers about a second of its
 * stream and gives that to Go in one call (see ahead.c for why).
 *
 * So that streams lie near each other in what Go makes of them, a thread that is far ahead waits for the others, but
 * never for long: one that does not move at all may be behind the same thread. What waits for is nearness, not order,
 * so it can be done without. */
#include "collect.h"
#include "_cgo_export.h"

#define GATHER GST_SECOND /* of a stream that is given to Go at a time */
#define GATHER_BYTES (256 << 10)
#define AHEAD (2 * GST_SECOND) /* of another stream that a stream may be */
#define PATIENCE (200 * G_TIME_SPAN_MILLISECOND) /* with a stream that does not move */

/* The stream that t has to wait for, with the lock held. */
static Track *
behind (Collection * c, Track * t)
{
  GList *l;

  for (l = c->tracks; l; l = l->next) {
    Track *u = l->data;

    if (u != t && !u->ended && !u->idle && !u->sparse && u->position + (gint64) AHEAD < t->position)
      return u;
  }
  return NULL;
}

/* Notes how far a stream is, and waits for others. FALSE: it is to stop. */
static gboolean
turn (Collection * c, Track * t, gint64 position)
{
  gboolean go;
  Track *u;

  g_mutex_lock (&c->lock);
  t->position = MAX (t->position, position);
  t->idle = FALSE;
  g_cond_broadcast (&c->moved);
  while (c->open && !t->flushing && (u = behind (c, t))) {
    gint64 at = u->position;

    if (!g_cond_wait_until (&c->moved, &c->lock, g_get_monotonic_time () + PATIENCE) && g_list_find (c->tracks, u)
        && u->position == at)
      u->idle = TRUE;
  }
  go = c->open && !t->flushing;
  g_mutex_unlock (&c->lock);
  return go;
}

/* Whether a stream may go on. */
GstFlowReturn
upright_collect_way (Collection * c, Track * t)
{
  GstFlowReturn flow = GST_FLOW_OK;

  g_mutex_lock (&c->lock);
  if (t->flushing || !c->open)
    flow = GST_FLOW_FLUSHING;
  else if (t->ended)
    flow = GST_FLOW_EOS;
  else if (c->failed)
    flow = GST_FLOW_ERROR;
  g_mutex_unlock (&c->lock);
  return flow;
}

static void
fail (Collection * c)
{
  g_mutex_lock (&c->lock);
  c->failed = TRUE;
  g_mutex_unlock (&c->lock);
}

/* Gives samples to Go. */
static GstFlowReturn
hand (GstElement * element, Track * t, const UprightSample * samples, guint n, const guint8 * data, gsize size)
{
  if (uprightGoCollect (element, t->index, (UprightSample *) samples, n, (guint8 *) data, size))
    return GST_FLOW_OK;
  fail (upright_collection (element));
  return GST_FLOW_ERROR;
}

/* Gives Go what was gathered. */
GstFlowReturn
upright_collect_give (GstElement * element, Track * t)
{
  GstFlowReturn flow;

  if (!t->samples->len)
    return GST_FLOW_OK;
  flow = hand (element, t, (UprightSample *) t->samples->data, t->samples->len, t->data->data, t->data->len);
  g_array_set_size (t->samples, 0);
  g_byte_array_set_size (t->data, 0);
  return flow;
}

static gint64
running_time (Track * t, GstClockTime at)
{
  guint64 time;
  gint sign;

  if (!GST_CLOCK_TIME_IS_VALID (at))
    return -1;
  if (t->segment.format != GST_FORMAT_TIME)
    return at;
  sign = gst_segment_to_running_time_full (&t->segment, GST_FORMAT_TIME, at, &time);
  return sign > 0 ? (gint64) time : 0;
}

/* A block of samples: what would have to be gathered otherwise. */
static GstFlowReturn
take_block (GstElement * element, Track * t, const GstMapInfo * map, const UprightSample * units, guint n)
{
  GstFlowReturn flow = upright_collect_give (element, t);
  UprightSample *sample;
  guint i;

  g_array_append_vals (t->samples, units, n);
  for (i = 0; i < n; i++) {
    sample = &g_array_index (t->samples, UprightSample, i);
    sample->at = running_time (t, sample->at);
    t->last = MAX (t->last, sample->at);
  }
  if (flow == GST_FLOW_OK)
    flow = turn (upright_collection (element), t, t->last) ? GST_FLOW_OK : GST_FLOW_FLUSHING;
  if (flow == GST_FLOW_OK)
    flow = hand (element, t, (UprightSample *) t->samples->data, n, map->data, map->size);
  g_array_set_size (t->samples, 0);
  return flow;
}

GstFlowReturn
upright_collect_chain (GstPad * pad, GstObject * parent, GstBuffer * buffer)
{
  GstElement *element = GST_ELEMENT (parent);
  Collection *c = upright_collection (element);
  Track *t = upright_collect_track (pad);
  UprightSample sample;
  const UprightSample *units;
  guint n;
  GstMapInfo map;
  GstFlowReturn flow = upright_collect_way (c, t);

  if (flow != GST_FLOW_OK) {
    gst_buffer_unref (buffer);
    return flow;
  }
  /* Headers of streams are in the caps, too. */
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_HEADER)
      && GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT) && !GST_BUFFER_PTS_IS_VALID (buffer)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_OK;
  }
  if (!gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_ERROR;
  }
  if ((units = upright_units_of (buffer, &n))) {
    flow = take_block (element, t, &map, units, n);
    gst_buffer_unmap (buffer, &map);
    gst_buffer_unref (buffer);
    return flow;
  }
  sample.at = running_time (t, GST_BUFFER_PTS_IS_VALID (buffer) ? GST_BUFFER_PTS (buffer) : GST_BUFFER_DTS (buffer));
  if (sample.at < 0)
    sample.at = MAX (t->last, 0);
  sample.duration = GST_BUFFER_DURATION_IS_VALID (buffer) ? (gint64) GST_BUFFER_DURATION (buffer) : 0;
  sample.sync = !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  sample.size = map.size;
  if (t->samples->len) {
    UprightSample *first = &g_array_index (t->samples, UprightSample, 0);

    if (sample.at - first->at >= (gint64) GATHER || t->data->len + map.size > GATHER_BYTES
        || sample.at < first->at - (gint64) GATHER)
      flow = turn (c, t, t->last) ? upright_collect_give (element, t) : GST_FLOW_FLUSHING;
  }
  if (flow == GST_FLOW_OK) {
    g_byte_array_append (t->data, map.data, map.size);
    g_array_append_val (t->samples, sample);
    t->last = MAX (t->last, sample.at);
  }
  gst_buffer_unmap (buffer, &map);
  gst_buffer_unref (buffer);
  return flow;
}

/* Notes that a stream is at its end. TRUE: it was the last one, and what there is can be finished. */
gboolean
upright_collect_ended (Collection * c, Track * t)
{
  gboolean all = TRUE;
  GList *l;

  g_mutex_lock (&c->lock);
  t->ended = TRUE;
  for (l = c->tracks; l; l = l->next)
    all = all && ((Track *) l->data)->ended;
  all = all && c->tracks && !c->finished && !c->failed && c->open;
  if (all)
    c->finished = TRUE;
  g_cond_broadcast (&c->moved);
  g_mutex_unlock (&c->lock);
  return all;
}

void
upright_collect_finish (GstElement * element, guint32 seqnum)
{
  GstMessage *m;

  if (!uprightGoFinish (element))
    return;
  m = gst_message_new_eos (GST_OBJECT (element));
  gst_message_set_seqnum (m, seqnum);
  gst_element_post_message (element, m);
}

static gboolean
take_caps (GstElement * element, Track * t, GstEvent * event)
{
  GstCaps *caps;

  gst_event_parse_caps (event, &caps);
  if (upright_collect_give (element, t) != GST_FLOW_OK)
    return FALSE;
  if (uprightGoCollectCaps (element, t->index, gst_caps_get_structure (caps, 0)))
    return TRUE;
  fail (upright_collection (element));
  return FALSE;
}

/* What Go learns of a stream's tags: those that are text and that it knows what to do with. */
static void
take_tags (GstElement * element, Track * t, GstEvent * event)
{
  static const gchar *const names[] = { GST_TAG_IMAGE_ORIENTATION, GST_TAG_LANGUAGE_CODE, GST_TAG_TITLE, GST_TAG_ARTIST,
    GST_TAG_ALBUM, GST_TAG_COMPOSER, GST_TAG_GENRE, GST_TAG_COMMENT, GST_TAG_DESCRIPTION, GST_TAG_COPYRIGHT,
    GST_TAG_KEYWORDS
  };
  GstTagList *tags;
  gchar *value;
  guint i;

  gst_event_parse_tag (event, &tags);
  for (i = 0; i < G_N_ELEMENTS (names); i++) {
    const GValue *first = gst_tag_list_get_value_index (tags, names[i], 0);

    /* taginject of GStreamer 1.22 takes text in quotation marks for a set of flags, unless its type stands there. */
    if (!first || !G_VALUE_HOLDS_STRING (first) || !gst_tag_list_get_string (tags, names[i], &value))
      continue;
    uprightGoCollectTag (element, t->index, (gchar *) names[i], value);
    g_free (value);
  }
}

gboolean
upright_collect_event (GstPad * pad, GstObject * parent, GstEvent * event)
{
  GstElement *element = GST_ELEMENT (parent);
  Collection *c = upright_collection (element);
  Track *t = upright_collect_track (pad);
  gboolean ok = TRUE;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_CAPS:
      ok = take_caps (element, t, event);
      break;
    case GST_EVENT_SEGMENT:
      gst_event_copy_segment (event, &t->segment);
      break;
    case GST_EVENT_GAP:{
      GstClockTime at, duration;

      gst_event_parse_gap (event, &at, &duration);
      if (GST_CLOCK_TIME_IS_VALID (duration))
        at += duration;
      if (upright_collect_give (element, t) == GST_FLOW_OK)
        turn (c, t, running_time (t, at));
      break;
    }
    case GST_EVENT_TAG:
      take_tags (element, t, event);
      break;
    case GST_EVENT_FLUSH_START:
      g_mutex_lock (&c->lock);
      t->flushing = TRUE;
      g_cond_broadcast (&c->moved);
      g_mutex_unlock (&c->lock);
      break;
    case GST_EVENT_FLUSH_STOP:
      g_mutex_lock (&c->lock);
      t->flushing = FALSE;
      g_mutex_unlock (&c->lock);
      break;
    case GST_EVENT_EOS:
      upright_collect_give (element, t);
      if (upright_collect_ended (c, t))
        upright_collect_finish (element, gst_event_get_seqnum (event));
      break;
    default:
      break;
  }
  gst_event_unref (event);
  return ok;
}
