/* A video filter that puts pictures of any size on a canvas of one size: as large as fits, in the middle, bars in one
 * colour around them. It is a private child of cvorotate. The stock scalers can only make black bars, and take the size
 * of the canvas from downstream, which would leave the choice of it to chance. At times that it is given it shows
 * itself, empty, until the next picture comes.
 *
 * Output is in square pixels and keeps the input's format, and the colours and the frame rate of the first input:
 * muxers that take one stream as it is would refuse others in mid-stream. */
#include "cvorotate.h"

#define UPRIGHT_TYPE_CANVAS (upright_canvas_get_type ())
G_DECLARE_FINAL_TYPE (UprightCanvas, upright_canvas, UPRIGHT, CANVAS, GstVideoFilter)

struct _UprightCanvas
{
  GstVideoFilter parent;

  /* Under the object lock. A width or height of 0: the first picture's. */
  gint width, height;
  gint first_width, first_height;
  GstCaps *first;               /* of the output, NULL before there are any */
  guint32 background;           /* ARGB */
  GArray *empty_from;           /* guint64, ns, rising: timestamps from which it stands empty until the next picture */

  GstVideoConverter *converter;
};

G_DEFINE_TYPE (UprightCanvas, upright_canvas, GST_TYPE_VIDEO_FILTER)

static gint
even (gint n)
{
  return (n + 1) & ~1;
}

static void
size (UprightCanvas * self, gint * width, gint * height)
{
  GST_OBJECT_LOCK (self);
  *width = self->width ? self->width : self->first_width;
  *height = self->height ? self->height : self->first_height;
  GST_OBJECT_UNLOCK (self);
}

/* What an output keeps of the first one. */
static const gchar *const kept[] = { "framerate", "colorimetry", "chroma-site" };

/* Gives caps what outputs keep, or, of the input, leaves it open. */
static void
keep (UprightCanvas * self, GstStructure * s, gboolean output)
{
  guint i;

  GST_OBJECT_LOCK (self);
  for (i = 0; self->first && i < G_N_ELEMENTS (kept); i++) {
    const GValue *value = gst_structure_get_value (gst_caps_get_structure (self->first, 0), kept[i]);

    gst_structure_remove_field (s, kept[i]);
    if (output && value)
      gst_structure_set_value (s, kept[i], value);
  }
  GST_OBJECT_UNLOCK (self);
}

static GstCaps *
transform_caps (GstBaseTransform * trans, GstPadDirection direction, GstCaps * caps, GstCaps * filter)
{
  GstCaps *ret = gst_caps_copy (caps);
  gint width, height;
  guint i;

  size (UPRIGHT_CANVAS (trans), &width, &height);
  for (i = 0; i < gst_caps_get_size (ret); i++) {
    GstStructure *s = gst_caps_get_structure (ret, i);

    gst_structure_set (s, "width", GST_TYPE_INT_RANGE, 1, G_MAXINT, "height", GST_TYPE_INT_RANGE, 1, G_MAXINT, NULL);
    gst_structure_remove_field (s, "pixel-aspect-ratio");
    keep (UPRIGHT_CANVAS (trans), s, direction == GST_PAD_SINK);
    if (direction != GST_PAD_SINK)
      continue;
    gst_structure_set (s, "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, NULL);
    if (width)
      gst_structure_set (s, "width", G_TYPE_INT, width, NULL);
    if (height)
      gst_structure_set (s, "height", G_TYPE_INT, height, NULL);
  }
  if (filter) {
    GstCaps *both = gst_caps_intersect_full (filter, ret, GST_CAPS_INTERSECT_FIRST);

    gst_caps_unref (ret);
    ret = both;
  }
  return ret;
}

/* Size of the picture in square pixels. */
static void
displayed (GstVideoInfo * info, gint * width, gint * height)
{
  gint n = GST_VIDEO_INFO_PAR_N (info), d = GST_VIDEO_INFO_PAR_D (info);

  *width = GST_VIDEO_INFO_WIDTH (info);
  *height = GST_VIDEO_INFO_HEIGHT (info);
  if (n > d && d > 0)
    *width = gst_util_uint64_scale_round (*width, n, d);
  else if (d > n && n > 0)
    *height = gst_util_uint64_scale_round (*height, d, n);
}

/* The size that nobody has given: that of the first picture, in even numbers, which encoders ask for. If one side is
 * given, the other follows by the aspect ratio. */
static GstCaps *
fixate_caps (GstBaseTransform * trans, GstPadDirection direction, GstCaps * caps, GstCaps * other)
{
  UprightCanvas *self = UPRIGHT_CANVAS (trans);
  gint width, height, w, h;
  GstVideoInfo info;
  GstStructure *s;

  other = gst_caps_make_writable (gst_caps_truncate (other));
  s = gst_caps_get_structure (other, 0);
  if (direction == GST_PAD_SINK && gst_video_info_from_caps (&info, caps)) {
    size (self, &width, &height);
    displayed (&info, &w, &h);
    if (!width)
      width = even (height ? gst_util_uint64_scale_round (w, height, h) : w);
    if (!height)
      height = even (self->width ? gst_util_uint64_scale_round (h, width, w) : h);
    gst_structure_fixate_field_nearest_int (s, "width", width);
    gst_structure_fixate_field_nearest_int (s, "height", height);
  }
  return gst_caps_fixate (other);
}

/* Where the picture goes. Bars begin at even positions, so that subsampled chroma ends where luma does. */
static GstVideoRectangle
fit (GstVideoInfo * in, GstVideoInfo * out)
{
  GstVideoRectangle src = { 0, }, dst = { 0, }, r;

  displayed (in, &src.w, &src.h);
  dst.w = GST_VIDEO_INFO_WIDTH (out);
  dst.h = GST_VIDEO_INFO_HEIGHT (out);
  gst_video_center_rect (&src, &dst, &r, TRUE);
  r.w = dst.w - r.w <= 1 ? dst.w : MIN (even (r.w), dst.w);
  r.h = dst.h - r.h <= 1 ? dst.h : MIN (even (r.h), dst.h);
  r.x = (dst.w - r.w) / 2 & ~1;
  r.y = (dst.h - r.h) / 2 & ~1;
  return r;
}

static void
drop_converter (UprightCanvas * self)
{
  if (self->converter)
    gst_video_converter_free (self->converter);
  self->converter = NULL;
}

static gboolean
set_info (GstVideoFilter * filter, GstCaps * incaps, GstVideoInfo * in, GstCaps * outcaps, GstVideoInfo * out)
{
  UprightCanvas *self = UPRIGHT_CANVAS (filter);
  GstVideoRectangle r = fit (in, out);
  GstVideoInfo same = *in;
  guint32 background;

  GST_OBJECT_LOCK (self);
  if (!self->first)
    self->first = gst_caps_ref (outcaps);
  if (!self->first_width)
    self->first_width = GST_VIDEO_INFO_WIDTH (out);
  if (!self->first_height)
    self->first_height = GST_VIDEO_INFO_HEIGHT (out);
  background = self->background;
  GST_OBJECT_UNLOCK (self);

  drop_converter (self);
  same.fps_n = out->fps_n;      /* converters refuse others */
  same.fps_d = out->fps_d;
  self->converter = gst_video_converter_new (&same, out, gst_structure_new ("options",
          GST_VIDEO_CONVERTER_OPT_DEST_X, G_TYPE_INT, r.x, GST_VIDEO_CONVERTER_OPT_DEST_Y, G_TYPE_INT, r.y,
          GST_VIDEO_CONVERTER_OPT_DEST_WIDTH, G_TYPE_INT, r.w, GST_VIDEO_CONVERTER_OPT_DEST_HEIGHT, G_TYPE_INT, r.h,
          GST_VIDEO_CONVERTER_OPT_FILL_BORDER, G_TYPE_BOOLEAN, TRUE,
          GST_VIDEO_CONVERTER_OPT_BORDER_ARGB, G_TYPE_UINT, background,
          GST_VIDEO_CONVERTER_OPT_RESAMPLER_METHOD, GST_TYPE_VIDEO_RESAMPLER_METHOD, GST_VIDEO_RESAMPLER_METHOD_LINEAR,
          NULL));
  return self->converter != NULL;
}

static GstFlowReturn
transform_frame (GstVideoFilter * filter, GstVideoFrame * in, GstVideoFrame * out)
{
  gst_video_converter_frame (UPRIGHT_CANVAS (filter)->converter, in, out);
  return GST_FLOW_OK;
}

/* The canvas without a picture, for the time given, which may have no end; NULL if its format cannot be made. */
static GstBuffer *
empty (UprightCanvas * self, GstClockTime from, GstClockTime until, guint32 background)
{
  GstVideoInfo *out = &GST_VIDEO_FILTER (self)->out_info, in;
  GstVideoConverter *converter;
  GstBuffer *colour, *buf;
  GstVideoFrame src, dst;
  guint i;

  gst_video_info_set_format (&in, GST_VIDEO_FORMAT_ARGB, out->width, out->height);
  in.fps_n = out->fps_n;
  in.fps_d = out->fps_d;
  in.interlace_mode = out->interlace_mode;
  colour = gst_buffer_new_allocate (NULL, in.size, NULL);
  buf = gst_buffer_new_allocate (NULL, out->size, NULL);
  GST_BUFFER_PTS (buf) = from;
  if (GST_CLOCK_TIME_IS_VALID (until))
    GST_BUFFER_DURATION (buf) = until - from;
  converter = gst_video_converter_new (&in, out, NULL);
  if (converter && gst_video_frame_map (&src, &in, colour, GST_MAP_READWRITE)) {
    for (i = 0; i < in.size; i += 4)
      GST_WRITE_UINT32_BE ((guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&src, 0) + i, background);
    if (gst_video_frame_map (&dst, out, buf, GST_MAP_WRITE)) {
      gst_video_converter_frame (converter, &src, &dst);
      gst_video_frame_unmap (&dst);
    }
    gst_video_frame_unmap (&src);
  }
  if (converter)
    gst_video_converter_free (converter);
  else
    gst_clear_buffer (&buf);
  gst_buffer_unref (colour);
  return buf;
}

/* Takes the last time before a picture at which the canvas is to stand empty, and forgets those before it. */
static GstClockTime
take_empty (UprightCanvas * self, GstClockTime before, guint32 * background)
{
  GstClockTime from = GST_CLOCK_TIME_NONE;
  guint n = 0;

  GST_OBJECT_LOCK (self);
  *background = self->background;
  while (n < self->empty_from->len && g_array_index (self->empty_from, guint64, n) <= before)
    from = g_array_index (self->empty_from, guint64, n++);
  g_array_remove_range (self->empty_from, 0, n);
  GST_OBJECT_UNLOCK (self);
  return from == before ? GST_CLOCK_TIME_NONE : from;
}

static GstFlowReturn
generate_output (GstBaseTransform * trans, GstBuffer ** buf)
{
  UprightCanvas *self = UPRIGHT_CANVAS (trans);
  GstBuffer *next = trans->queued_buf;
  guint32 background;

  if (next && GST_BUFFER_PTS_IS_VALID (next)) {
    GstClockTime from = take_empty (self, GST_BUFFER_PTS (next), &background);

    if (GST_CLOCK_TIME_IS_VALID (from)) {
      *buf = empty (self, from, GST_BUFFER_PTS (next), background);
      if (*buf)
        return GST_FLOW_OK;
    }
  }
  return GST_BASE_TRANSFORM_CLASS (upright_canvas_parent_class)->generate_output (trans, buf);
}

/* Behind the last picture the canvas stands empty to the end of the segment, or for as long as who shows it likes. */
static gboolean
sink_event (GstBaseTransform * trans, GstEvent * event)
{
  UprightCanvas *self = UPRIGHT_CANVAS (trans);
  guint32 background;

  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS && GST_VIDEO_FILTER (self)->negotiated) {
    GstClockTime from = take_empty (self, GST_CLOCK_TIME_NONE, &background);
    GstBuffer *buf = GST_CLOCK_TIME_IS_VALID (from) ? empty (self, from, GST_CLOCK_TIME_NONE, background) : NULL;

    if (buf)
      gst_pad_push (GST_BASE_TRANSFORM_SRC_PAD (trans), buf);
  }
  return GST_BASE_TRANSFORM_CLASS (upright_canvas_parent_class)->sink_event (trans, event);
}

static gboolean
stop (GstBaseTransform * trans)
{
  drop_converter (UPRIGHT_CANVAS (trans));
  return TRUE;
}

static void
finalize (GObject * object)
{
  drop_converter (UPRIGHT_CANVAS (object));
  gst_clear_caps (&UPRIGHT_CANVAS (object)->first);
  g_array_unref (UPRIGHT_CANVAS (object)->empty_from);
  G_OBJECT_CLASS (upright_canvas_parent_class)->finalize (object);
}

static void
upright_canvas_init (UprightCanvas * self)
{
  self->background = 0xff000000;
  self->empty_from = g_array_new (FALSE, FALSE, sizeof (guint64));
}

static void
upright_canvas_class_init (UprightCanvasClass * klass)
{
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *trans = GST_BASE_TRANSFORM_CLASS (klass);
  GstVideoFilterClass *filter = GST_VIDEO_FILTER_CLASS (klass);
  GstCaps *caps = gst_caps_from_string (GST_VIDEO_CAPS_MAKE (GST_VIDEO_FORMATS_ALL));

  gst_element_class_add_pad_template (element, gst_pad_template_new ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template (element, gst_pad_template_new ("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref (caps);
  gst_element_class_set_static_metadata (element, "Canvas", "Filter/Effect/Video",
      "Puts pictures of any size on a canvas of one size", "Upright");
  G_OBJECT_CLASS (klass)->finalize = finalize;
  trans->passthrough_on_same_caps = TRUE;
  trans->transform_caps = transform_caps;
  trans->fixate_caps = fixate_caps;
  trans->generate_output = generate_output;
  trans->sink_event = sink_event;
  trans->stop = stop;
  filter->set_info = set_info;
  filter->transform_frame = transform_frame;
}

gpointer
upright_canvas_make (gpointer bin, const gchar * name)
{
  gpointer canvas = g_object_new (UPRIGHT_TYPE_CANVAS, "name", name, NULL);

  return gst_bin_add (bin, canvas) ? canvas : NULL;
}

void
upright_canvas_set (gpointer canvas, gint width, gint height, guint32 background)
{
  UprightCanvas *self = canvas;

  GST_OBJECT_LOCK (self);
  self->width = width;
  self->height = height;
  self->background = background;
  self->first_width = self->first_height = 0;
  GST_OBJECT_UNLOCK (self);
}

void
upright_canvas_empty_from (gpointer canvas, const guint64 * times, guint n)
{
  UprightCanvas *self = canvas;

  GST_OBJECT_LOCK (self);
  g_array_set_size (self->empty_from, 0);
  g_array_append_vals (self->empty_from, times, n);
  GST_OBJECT_UNLOCK (self);
}
