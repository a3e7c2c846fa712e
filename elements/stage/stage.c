/* The class uprightstage. GStreamer's aggregator sees to threads, flushing and negotiation; what the score says is the
 * Go side's business, once for each span. Here the canvas is drawn and pushed. */
#include "class.h"
#include "_cgo_export.h"
#include "pad.h"
#include "page.h"
#include "room.h"

GST_DEBUG_CATEGORY (upright_stage_debug);
#define GST_CAT_DEFAULT upright_stage_debug

/* Encoders of GStreamer (seen in 1.22) that are asked for a key frame before they have given their first picture never
 * make one on request again. So they are not asked before they have got more pictures than they hold. */
#define MOST_HELD 32
#define STILL (GST_SECOND)      /* a canvas that does not change is shown again after so long */

static void child_proxy_init (gpointer iface, gpointer data);
G_DEFINE_TYPE_WITH_CODE (UprightStage, upright_stage, GST_TYPE_AGGREGATOR,
    G_IMPLEMENT_INTERFACE (GST_TYPE_CHILD_PROXY, child_proxy_init))

enum
{
  PROP_0,
  PROP_SCORE,
  PROP_SKIP_STILL,
  PROP_FROM,
  PROP_TO
};

#define FORMATS "{ I420, YV12, Y42B, Y444, NV12 }"

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink_%u", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE (FORMATS)));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE ("I420") ", pixel-aspect-ratio=(fraction)1/1, "
        "interlace-mode=(string)progressive, colorimetry=(string)bt601"));

/* Time */

static GstClockTime
frame_time (UprightStage * self, guint64 n)
{
  return gst_util_uint64_scale (n, (guint64) self->fps_d * GST_SECOND, self->fps_n);
}

static gint64
room_time (UprightStage * self, GstClockTime at)
{
  guint i;

  for (i = 0; i < self->pieces->len; i++) {
    const UprightPiece *p = &g_array_index (self->pieces, UprightPiece, i);

    if (at < p->to || i + 1 == self->pieces->len)
      return (gint64) (at - p->from) + p->room;
  }
  return (gint64) at;
}

/* Whether the next picture depends on none before it. */
static gboolean
is_border (UprightStage * self)
{
  const guint64 *borders = (const guint64 *) self->borders->data;
  guint n = self->borders->len;

  while (self->next_border < n && borders[self->next_border] < self->frame)
    self->next_border++;
  return self->frame == self->first || (self->next_border < n && borders[self->next_border] == self->frame);
}

/* Asks the encoder for a key frame. The first picture is one anyway. */
static void
ask_for_key (UprightStage * self, GstClockTime at)
{
  if (self->given >= MOST_HELD)
    gst_pad_push_event (GST_AGGREGATOR (self)->srcpad,
        gst_video_event_new_downstream_force_key_unit (at, at, at, FALSE, 0));
}

/* Pushes the canvas. */
static GstFlowReturn
push (UprightStage * self, GstClockTime at, GstClockTime next)
{
  UprightCanvas *canvas = &self->canvas;
  GstBuffer *buffer = NULL;
  GstFlowReturn ret = gst_buffer_pool_acquire_buffer (self->pool, &buffer, NULL);
  GstVideoInfo info;
  GstVideoFrame frame;
  gint i;

  if (ret != GST_FLOW_OK)
    return ret;
  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_I420, canvas->width, canvas->height);
  if (!gst_video_frame_map (&frame, &info, buffer, GST_MAP_WRITE)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_ERROR;
  }
  for (i = 0; i < 3; i++) {
    const UprightPlane *from = &canvas->planes[i];
    UprightPlane to = { GST_VIDEO_FRAME_PLANE_DATA (&frame, i), from->width, from->height,
      GST_VIDEO_FRAME_PLANE_STRIDE (&frame, i)
    };

    upright_copy (from, &to);
  }
  gst_video_frame_unmap (&frame);
  GST_BUFFER_PTS (buffer) = at;
  GST_BUFFER_DURATION (buffer) = next - at;
  self->pushed = at;
  self->given++;
  canvas->changed = FALSE;
  GST_DEBUG_OBJECT (self, "canvas at %" GST_TIME_FORMAT, GST_TIME_ARGS (at));
  return gst_aggregator_finish_buffer (GST_AGGREGATOR (self), buffer);
}

static GstFlowReturn
aggregate (GstAggregator * agg, gboolean timeout)
{
  UprightStage *self = UPRIGHT_STAGE (agg);
  UprightPicture *pictures[UPRIGHT_MAX_PADS] = { NULL, };
  GstClockTime at = frame_time (self, self->frame), next = frame_time (self, self->frame + 1);
  GstClockTime begin = frame_time (self, self->first);
  gboolean border, due;         /* due: a picture is pushed, whether anything has changed or not */
  gint64 room;

  if (at >= self->duration || self->frame >= self->end)
    return GST_FLOW_EOS;
  room = room_time (self, at + (next - at) / 2);
  if (upright_stage_take (self, pictures, room))
    return GST_AGGREGATOR_FLOW_NEED_DATA;
  border = is_border (self);
  if (at >= self->until || border) {    /* at a border, all is drawn anew */
    if (!uprightGoStageSpan (self->go, self, at))
      return GST_FLOW_ERROR;
    GST_INFO_OBJECT (self, "%u cells from %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT, self->canvas.cells->len,
        GST_TIME_ARGS (at), GST_TIME_ARGS (self->until));
  }
  if ((gint64) (at / GST_SECOND) != self->clock) {
    self->clock = at / GST_SECOND;
    if (!uprightGoStageSecond (self->go, self, at))
      return GST_FLOW_ERROR;
  }
  GST_OBJECT_LOCK (self);
  /* The last picture is always there: it says how long the video is. */
  due = border || !self->skip_still || next >= self->duration || next - begin - self->pushed > STILL;
  GST_OBJECT_UNLOCK (self);
  if (due)
    upright_stage_catch_up (self);
  upright_canvas_draw (&self->canvas, pictures, at, room);
  if (border)
    ask_for_key (self, at - begin);
  self->frame++;
  if (!due && !self->canvas.changed)
    return GST_AGGREGATOR_FLOW_NEED_DATA;
  if (!due && upright_stage_catch_up (self))
    upright_canvas_draw (&self->canvas, pictures, at, room);
  return push (self, at - begin, next - begin);
}

static gboolean
sink_event (GstAggregator * agg, GstAggregatorPad * base, GstEvent * event)
{
  if (!upright_stage_pad_event (UPRIGHT_STAGE_PAD (base), event)) {
    gst_event_unref (event);
    return FALSE;
  }
  return GST_AGGREGATOR_CLASS (upright_stage_parent_class)->sink_event (agg, base, event);
}

static GstFlowReturn
update_src_caps (GstAggregator * agg, GstCaps * caps, GstCaps ** ret)
{
  UprightStage *self = UPRIGHT_STAGE (agg);
  GstCaps *own = gst_static_pad_template_get_caps (&src_template);

  own = gst_caps_make_writable (own);
  gst_caps_set_simple (own, "width", G_TYPE_INT, self->canvas.width, "height", G_TYPE_INT, self->canvas.height,
      "framerate", GST_TYPE_FRACTION, self->fps_n, self->fps_d, NULL);
  return upright_caps_in_common (own, caps, ret);
}

static gboolean
negotiated_src_caps (GstAggregator * agg, GstCaps * caps)
{
  UprightStage *self = UPRIGHT_STAGE (agg);
  GstStructure *config;
  GstVideoInfo info;

  if (!gst_video_info_from_caps (&info, caps))
    return FALSE;
  if (!self->pool) {
    self->pool = gst_video_buffer_pool_new ();
    config = gst_buffer_pool_get_config (self->pool);
    gst_buffer_pool_config_set_params (config, caps, GST_VIDEO_INFO_SIZE (&info), 2, 0);
    if (!gst_buffer_pool_set_config (self->pool, config) || !gst_buffer_pool_set_active (self->pool, TRUE))
      return FALSE;
  }
  return GST_AGGREGATOR_CLASS (upright_stage_parent_class)->negotiated_src_caps (agg, caps);
}

/* Decoders may give pictures as they lie in their memory: without this they would copy each of them. */
static gboolean
propose_allocation (GstAggregator * agg, GstAggregatorPad * pad, GstQuery * decide, GstQuery * query)
{
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return TRUE;
}

static gboolean
start (GstAggregator * agg)
{
  UprightStage *self = UPRIGHT_STAGE (agg);
  gboolean opened;
  gchar *score;

  GST_OBJECT_LOCK (self);
  score = g_strdup (self->score);
  self->first = self->frame = self->from;
  self->end = self->to ? self->to : G_MAXUINT64;
  GST_OBJECT_UNLOCK (self);
  g_array_set_size (self->pieces, 0);
  g_array_set_size (self->canvas.sources, 0);
  g_ptr_array_set_size (self->canvas.cells, 0);
  g_ptr_array_set_size (self->canvas.bitmaps, 0);
  g_array_set_size (self->borders, 0);
  self->next_border = 0;
  self->pushed = 0;
  self->given = 0;
  self->clock = -1;
  self->until = 0;
  opened = upright_score_opened (self, uprightGoStageOpen (self->go, self, score));
  g_free (score);
  if (!opened)
    return FALSE;
  GST_INFO_OBJECT (self, "canvas of %dx%d at %d/%d pictures per second, for %" GST_TIME_FORMAT ", %u pieces, "
      "%u sources", self->canvas.width, self->canvas.height, self->fps_n, self->fps_d, GST_TIME_ARGS (self->duration),
      self->pieces->len, self->canvas.sources->len);
  gst_segment_init (&GST_AGGREGATOR_PAD (agg->srcpad)->segment, GST_FORMAT_TIME);
  return TRUE;
}

static gboolean
stop (GstAggregator * agg)
{
  UprightStage *self = UPRIGHT_STAGE (agg);

  upright_stage_forget (self);
  upright_canvas_close (&self->canvas);
  if (self->pool)
    gst_buffer_pool_set_active (self->pool, FALSE);
  gst_clear_object (&self->pool);
  return TRUE;
}

static GstAggregatorPad *
create_new_pad (GstAggregator * agg, GstPadTemplate * templ, const gchar * name, const GstCaps * caps)
{
  GstAggregatorPad *pad = GST_AGGREGATOR_CLASS (upright_stage_parent_class)->create_new_pad (agg, templ, name, caps);

  if (pad)
    upright_stage_pad_numbered (UPRIGHT_STAGE_PAD (pad));
  return pad;
}

/* Pads as children, as GStreamer's own aggregators have them: sink_0::offset= in a line of gst-launch-1.0. */

static GstPad *
request_new_pad (GstElement * element, GstPadTemplate * templ, const gchar * name, const GstCaps * caps)
{
  GstPad *pad = GST_ELEMENT_CLASS (upright_stage_parent_class)->request_new_pad (element, templ, name, caps);

  if (pad)
    gst_child_proxy_child_added (GST_CHILD_PROXY (element), G_OBJECT (pad), GST_OBJECT_NAME (pad));
  return pad;
}

static GObject *
child_by_index (GstChildProxy * proxy, guint index)
{
  GObject *child;

  GST_OBJECT_LOCK (proxy);
  child = g_list_nth_data (GST_ELEMENT (proxy)->sinkpads, index);
  if (child)
    gst_object_ref (child);
  GST_OBJECT_UNLOCK (proxy);
  return child;
}

static guint
children_count (GstChildProxy * proxy)
{
  guint n;

  GST_OBJECT_LOCK (proxy);
  n = GST_ELEMENT (proxy)->numsinkpads;
  GST_OBJECT_UNLOCK (proxy);
  return n;
}

static void
child_proxy_init (gpointer iface, gpointer data)
{
  GstChildProxyInterface *proxy = iface;

  proxy->get_child_by_index = child_by_index;
  proxy->get_children_count = children_count;
}

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  UprightStage *self = UPRIGHT_STAGE (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_SCORE:
      g_free (self->score);
      self->score = g_value_dup_string (value);
      break;
    case PROP_SKIP_STILL:
      self->skip_still = g_value_get_boolean (value);
      break;
    case PROP_FROM:
      self->from = (guint64) g_value_get_int64 (value);
      break;
    case PROP_TO:
      self->to = (guint64) g_value_get_int64 (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  UprightStage *self = UPRIGHT_STAGE (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_SCORE:
      g_value_set_string (value, self->score);
      break;
    case PROP_SKIP_STILL:
      g_value_set_boolean (value, self->skip_still);
      break;
    case PROP_FROM:
      g_value_set_int64 (value, (gint64) self->from);
      break;
    case PROP_TO:
      g_value_set_int64 (value, (gint64) self->to);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  UprightStage *self = UPRIGHT_STAGE (object);

  if (self->go)
    uprightGoStageFree (self->go);
  g_free (self->score);
  g_array_unref (self->pieces);
  g_array_unref (self->borders);
  upright_canvas_clear (&self->canvas);
  G_OBJECT_CLASS (upright_stage_parent_class)->finalize (object);
}

static void
upright_stage_init (UprightStage * self)
{
  self->go = uprightGoStageNew ();
  self->skip_still = TRUE;
  self->pieces = g_array_new (FALSE, FALSE, sizeof (UprightPiece));
  self->borders = g_array_new (FALSE, FALSE, sizeof (guint64));
  upright_canvas_init (&self->canvas);
}

static void
upright_stage_class_init (UprightStageClass * klass)
{
  GObjectClass *object = G_OBJECT_CLASS (klass);
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  GstAggregatorClass *base = GST_AGGREGATOR_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS, ready = flags | GST_PARAM_MUTABLE_READY;

  GST_DEBUG_CATEGORY_INIT (upright_stage_debug, "uprightstage", 0, "Upright stage");
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  base->start = start;
  base->stop = stop;
  base->aggregate = aggregate;
  base->sink_event = sink_event;
  base->update_src_caps = update_src_caps;
  base->negotiated_src_caps = negotiated_src_caps;
  base->propose_allocation = propose_allocation;
  base->create_new_pad = create_new_pad;
  element->request_new_pad = request_new_pad;

  g_object_class_install_property (object, PROP_SCORE, g_param_spec_string ("score", "Score",
          "Path of the score to play (docs/rooms.md): a JSON file that says what is seen where and when; "
          "pad sink_N is its source N", NULL, ready));
  g_object_class_install_property (object, PROP_SKIP_STILL, g_param_spec_boolean ("skip-still", "Skip still pictures",
          "Give no picture while nothing changes, for up to a second", TRUE, flags));
  g_object_class_install_property (object, PROP_FROM, g_param_spec_int64 ("from", "From",
          "Number of the picture to begin with, of those that the score has: that becomes running time 0",
          0, G_MAXINT64, 0, ready));
  g_object_class_install_property (object, PROP_TO, g_param_spec_int64 ("to", "To",
          "Number of the picture to end before; 0: none", 0, G_MAXINT64, 0, ready));
  gst_element_class_add_static_pad_template_with_gtype (element, &sink_template, UPRIGHT_TYPE_STAGE_PAD);
  gst_element_class_add_static_pad_template_with_gtype (element, &src_template, GST_TYPE_AGGREGATOR_PAD);
  upright_page (element, "Upright stage", "Filter/Editor/Video/Compositor",
      "Plays the score of a room: puts the pictures of everybody on one canvas, each the right way up, with names "
      "and borders", "0.1",
      "gst-launch-1.0 uprightstage name=s score=room.score.json ! x264enc ! mp4mux ! filesink location=room.mp4 "
      "mjrsrc location=a.mjr origin=recording clock=server ! decodebin ! s.sink_0 "
      "mjrsrc location=b.mjr origin=recording clock=server ! decodebin ! s.sink_1");
}

gboolean
upright_stage_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "uprightstage", GST_RANK_NONE, UPRIGHT_TYPE_STAGE);
}
