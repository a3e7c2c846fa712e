#include "fakes.h"

#include <stdlib.h>
#include <string.h>

/* An encoder of H.264 that is a bin around x264enc, and does not do as well. */
typedef struct {
  GstBin parent;
  FakeMode mode;
  guint in, out; /* pictures */
} Fake;

typedef struct {
  GstBinClass parent;
  FakeMode mode;
} FakeClass;

gboolean fake_in_job = FALSE;

static GstElementClass *parent_class;
static gpointer nowhere; /* not a constant, so that the compiler has nothing to say about it */

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("video/x-raw, format=NV12"));
static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("video/x-h264, stream-format=byte-stream, alignment=au"));

static void
refuse (Fake * f, const gchar * text)
{
  GST_ELEMENT_ERROR (f, LIBRARY, INIT, ("%s", text), (NULL));
}

static GstPadProbeReturn
entering (GstPad * pad, GstPadProbeInfo * info, gpointer user)
{
  Fake *f = user;

  if (GST_PAD_PROBE_INFO_TYPE (info) & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM) {
    GstEvent *e = GST_PAD_PROBE_INFO_EVENT (info);

    if (GST_EVENT_TYPE (e) == GST_EVENT_CAPS && f->mode == FAKE_LARGE) {
      GstCaps *caps;
      gint width = 0;

      gst_event_parse_caps (e, &caps);
      gst_structure_get_int (gst_caps_get_structure (caps, 0), "width", &width);
      if (width >= 1280) {
        refuse (f, "Failed to init encoder");
        return GST_PAD_PROBE_DROP;
      }
    }
    return GST_PAD_PROBE_OK;
  }
  f->in++;
  switch (f->mode) {
    case FAKE_HANGS:
      while (f->in == 3)
        g_usleep (G_USEC_PER_SEC);
      break;
    case FAKE_HANGS_IN_JOBS:
      while (fake_in_job && f->in == 40)
        g_usleep (G_USEC_PER_SEC);
      break;
    case FAKE_CRASHES:
    case FAKE_CRASHES_IN_JOBS:
      if (f->in == (f->mode == FAKE_CRASHES ? 5 : 40) && (f->mode == FAKE_CRASHES || fake_in_job))
        *(volatile int *) nowhere = 1;
      break;
    case FAKE_EXITS:
      if (f->in == 5)
        _Exit (3);
      break;
    case FAKE_SLOW:
      g_usleep (G_USEC_PER_SEC);
      break;
    case FAKE_MID_STREAM:
    case FAKE_MID_STREAM_IN_JOBS:
      if (f->in >= (f->mode == FAKE_MID_STREAM ? 6 : 40) && (f->mode == FAKE_MID_STREAM || fake_in_job)) {
        refuse (f, "The device is lost");
        return GST_PAD_PROBE_DROP;
      }
      break;
    case FAKE_BLACK: {
      GstBuffer *b = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));

      gst_buffer_memset (b, 0, 16, gst_buffer_get_size (b) * 2 / 3);
      GST_PAD_PROBE_INFO_DATA (info) = b;
      break;
    }
    default:
      break;
  }
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
leaving (GstPad * pad, GstPadProbeInfo * info, gpointer user)
{
  Fake *f = user;

  f->out++;
  if ((f->mode == FAKE_DROPS && f->out % 2 == 0) || (f->mode == FAKE_DROPS_IN_JOBS && fake_in_job && f->out % 4 != 1))
    return GST_PAD_PROBE_DROP;
  if (f->mode == FAKE_GARBAGE || (f->mode == FAKE_GARBAGE_IN_JOBS && fake_in_job)) {
    GstBuffer *b = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
    GRand *r = g_rand_new_with_seed (f->out);
    GstMapInfo map;

    gst_buffer_map (b, &map, GST_MAP_WRITE);
    for (gsize i = 0; i < map.size; i++)
      map.data[i] = (guint8) g_rand_int (r);
    gst_buffer_unmap (b, &map);
    g_rand_free (r);
    GST_PAD_PROBE_INFO_DATA (info) = b;
  }
  return GST_PAD_PROBE_OK;
}

static GstStateChangeReturn
change_state (GstElement * e, GstStateChange change)
{
  Fake *f = (Fake *) e;

  if (change == GST_STATE_CHANGE_NULL_TO_READY
      && (f->mode == FAKE_NO_START || (f->mode == FAKE_NO_START_IN_JOBS && fake_in_job))) {
    refuse (f, "Could not open an encode session");
    return GST_STATE_CHANGE_FAILURE;
  }
  return parent_class->change_state (e, change);
}

static void
class_init (gpointer klass, gpointer data)
{
  GstElementClass *e = klass;

  ((FakeClass *) klass)->mode = GPOINTER_TO_INT (data);
  parent_class = g_type_class_peek (GST_TYPE_BIN);
  e->change_state = change_state;
  gst_element_class_add_static_pad_template (e, &sink_template);
  gst_element_class_add_static_pad_template (e, &src_template);
  gst_element_class_set_static_metadata (e, "Fake encoder", "Codec/Encoder/Video", "For tests", "Upright");
}

static void
init (GTypeInstance * instance, gpointer klass)
{
  Fake *f = (Fake *) instance;
  GstElement *x264 = gst_element_factory_make ("x264enc", NULL);
  GstPad *sink, *src;

  f->mode = ((FakeClass *) klass)->mode;
  g_return_if_fail (x264 != NULL);
  gst_util_set_object_arg (G_OBJECT (x264), "speed-preset", "ultrafast");
  gst_util_set_object_arg (G_OBJECT (x264), "tune", "zerolatency");
  gst_bin_add (GST_BIN (f), x264);
  sink = gst_element_get_static_pad (x264, "sink");
  src = gst_element_get_static_pad (x264, "src");
  gst_pad_add_probe (sink, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, entering, f, NULL);
  gst_pad_add_probe (src, GST_PAD_PROBE_TYPE_BUFFER, leaving, f, NULL);
  gst_element_add_pad (GST_ELEMENT (f), gst_ghost_pad_new ("sink", sink));
  gst_element_add_pad (GST_ELEMENT (f), gst_ghost_pad_new ("src", src));
  gst_object_unref (sink);
  gst_object_unref (src);
}

gboolean
fake_register (const gchar * element, FakeMode mode)
{
  gchar *name = g_strdup_printf ("UprightFake-%s-%d", element, mode);
  GTypeInfo info = {
    .class_size = sizeof (FakeClass),
    .class_init = class_init,
    .class_data = GINT_TO_POINTER (mode),
    .instance_size = sizeof (Fake),
    .instance_init = (GInstanceInitFunc) init,
  };
  GType type = g_type_from_name (name);

  if (!type)
    type = g_type_register_static (GST_TYPE_BIN, name, &info, 0);
  g_free (name);
  return type != 0 && gst_element_register (NULL, element, GST_RANK_NONE, type);
}
