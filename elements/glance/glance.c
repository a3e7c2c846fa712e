/* The class uprightglance: a sink that writes small pictures. */
#include "glance.h"
#include "page.h"

#include <errno.h>
#include <gst/base/gstbasesink.h>
#include <stdio.h>

GST_DEBUG_CATEGORY_STATIC (category);
#define GST_CAT_DEFAULT category

#define UPRIGHT_TYPE_GLANCE (upright_glance_get_type ())
G_DECLARE_FINAL_TYPE (UprightGlance, upright_glance, UPRIGHT, GLANCE, GstBaseSink)

struct _UprightGlance
{
  GstBaseSink parent;

  gchar *location;
  gint width, height;           /* of what is written */
  FILE *file;
  guint8 *picture;
  GstVideoInfo info;            /* of what comes */
};

G_DEFINE_TYPE (UprightGlance, upright_glance, GST_TYPE_BASE_SINK)

enum
{
  PROP_0,
  PROP_LOCATION,
  PROP_WIDTH,
  PROP_HEIGHT
};

#define DEFAULT_SIDE 16
#define MOST 1024

/* What decoders make. */
static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE ("{ I420, YV12, Y42B, Y444, NV12, NV21, GRAY8, I420_10LE, I422_10LE, Y444_10LE, "
            "I420_12LE, I422_12LE, Y444_12LE }")));

static gsize
size_of (UprightGlance * self)
{
  return (gsize) self->width * self->height * 3 / 2;
}

static gboolean
start (GstBaseSink * sink)
{
  UprightGlance *self = UPRIGHT_GLANCE (sink);

  if (!self->location) {
    GST_ELEMENT_ERROR (self, RESOURCE, NOT_FOUND, ("uprightglance has no file to write: set its property location."),
        (NULL));
    return FALSE;
  }
  self->width &= ~1;            /* since chroma has half of that */
  self->height &= ~1;
  self->file = fopen (self->location, "we");
  if (!self->file) {
    GST_ELEMENT_ERROR (self, RESOURCE, OPEN_WRITE, ("Could not write %s.", self->location), ("%s", g_strerror (errno)));
    return FALSE;
  }
  self->picture = g_malloc (size_of (self));
  return TRUE;
}

static gboolean
stop (GstBaseSink * sink)
{
  UprightGlance *self = UPRIGHT_GLANCE (sink);

  g_clear_pointer (&self->file, fclose);
  g_clear_pointer (&self->picture, g_free);
  return TRUE;
}

static gboolean
set_caps (GstBaseSink * sink, GstCaps * caps)
{
  return gst_video_info_from_caps (&UPRIGHT_GLANCE (sink)->info, caps);
}

/* Decoders need not copy pictures only because there is something between their lines. */
static gboolean
propose_allocation (GstBaseSink * sink, GstQuery * query)
{
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return TRUE;
}

static GstFlowReturn
failed (UprightGlance * self)
{
  GST_ELEMENT_ERROR (self, RESOURCE, WRITE, ("Could not write %s.", self->location), ("%s", g_strerror (errno)));
  return GST_FLOW_ERROR;
}

static GstFlowReturn
render (GstBaseSink * sink, GstBuffer * buffer)
{
  UprightGlance *self = UPRIGHT_GLANCE (sink);
  GstVideoFrame frame;

  if (!gst_video_frame_map (&frame, &self->info, buffer, GST_MAP_READ)) {
    GST_ELEMENT_ERROR (self, STREAM, FORMAT, ("A picture is not as large as its caps say."), (NULL));
    return GST_FLOW_ERROR;
  }
  upright_glance_shrink (&frame, self->picture, self->width, self->height);
  gst_video_frame_unmap (&frame);
  GST_DEBUG_OBJECT (self, "%" GST_PTR_FORMAT, buffer);
  return fwrite (self->picture, size_of (self), 1, self->file) == 1 ? GST_FLOW_OK : failed (self);
}

/* What is written is in the file before anyone learns of the end. */
static gboolean
event (GstBaseSink * sink, GstEvent * event)
{
  UprightGlance *self = UPRIGHT_GLANCE (sink);

  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS && fflush (self->file) != 0) {
    failed (self);
    gst_event_unref (event);
    return FALSE;
  }
  return GST_BASE_SINK_CLASS (upright_glance_parent_class)->event (sink, event);
}

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  UprightGlance *self = UPRIGHT_GLANCE (object);

  switch (id) {
    case PROP_LOCATION:
      g_free (self->location);
      self->location = g_value_dup_string (value);
      break;
    case PROP_WIDTH:
      self->width = g_value_get_int (value);
      break;
    case PROP_HEIGHT:
      self->height = g_value_get_int (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  UprightGlance *self = UPRIGHT_GLANCE (object);

  switch (id) {
    case PROP_LOCATION:
      g_value_set_string (value, self->location);
      break;
    case PROP_WIDTH:
      g_value_set_int (value, self->width);
      break;
    case PROP_HEIGHT:
      g_value_set_int (value, self->height);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
}

static void
finalize (GObject * object)
{
  g_free (UPRIGHT_GLANCE (object)->location);
  G_OBJECT_CLASS (upright_glance_parent_class)->finalize (object);
}

static void
upright_glance_init (UprightGlance * self)
{
  self->width = self->height = DEFAULT_SIDE;
  gst_base_sink_set_sync (GST_BASE_SINK (self), FALSE);
  gst_base_sink_set_last_sample_enabled (GST_BASE_SINK (self), FALSE);
}

static void
upright_glance_class_init (UprightGlanceClass * klass)
{
  GObjectClass *object = G_OBJECT_CLASS (klass);
  GstBaseSinkClass *base = GST_BASE_SINK_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  GST_DEBUG_CATEGORY_INIT (category, "uprightglance", 0, "Upright glance");
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  base->start = start;
  base->stop = stop;
  base->set_caps = set_caps;
  base->propose_allocation = propose_allocation;
  base->event = event;
  base->render = render;
  g_object_class_install_property (object, PROP_LOCATION, g_param_spec_string ("location", "File location",
          "Path of the file to write: one picture behind the other, I420 of the full range, as JPEGs have it", NULL, flags));
  g_object_class_install_property (object, PROP_WIDTH, g_param_spec_int ("width", "Width",
          "Of what is written, in pixels, made even", 2, MOST, DEFAULT_SIDE, flags));
  g_object_class_install_property (object, PROP_HEIGHT, g_param_spec_int ("height", "Height",
          "Of what is written, in pixels, made even", 2, MOST, DEFAULT_SIDE, flags));
  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass), &sink_template);
  upright_page (GST_ELEMENT_CLASS (klass), "Upright glance", "Sink/File/Video",
      "Writes each picture in a very small size to a file, for who wants to know whether there is anything to be seen",
      "0.1", "gst-launch-1.0 uprightsamplesrc location=out.mp4 samples=30 ! openh264dec ! "
      "uprightglance location=small.i420");
}

gboolean
upright_glance_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "uprightglance", GST_RANK_NONE, UPRIGHT_TYPE_GLANCE);
}
