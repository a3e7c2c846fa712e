/* Elements as of a GPU whose memory is system memory that says to be something else. */
#include "fakedevice.h"

#include <gst/base/gstbasetransform.h>
#include <gst/video/video.h>

/* relabel changes what caps say about the memory, and nothing else. */

typedef struct {
  GstBaseTransform parent;
  gchar *from, *to;             /* caps features; NULL: those of the system */
  gboolean either;              /* what comes out may also be what came in */
  gboolean both;                /* what comes in may also be what comes out */
} Relabel;

typedef GstBaseTransformClass RelabelClass;

GType relabel_get_type (void);
G_DEFINE_TYPE (Relabel, relabel, GST_TYPE_BASE_TRANSFORM)

static GstStaticPadTemplate any_sink =
GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-raw(ANY)"));
static GstStaticPadTemplate any_src =
GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS ("video/x-raw(ANY)"));

static gboolean
is (GstCapsFeatures * f, const gchar * memory)
{
  if (gst_caps_features_is_any (f))
    return TRUE;
  return memory ? gst_caps_features_contains (f, memory)
      : gst_caps_features_is_equal (f, GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY);
}

static void
append (GstCaps * caps, GstStructure * s, const gchar * memory)
{
  gst_caps_append_structure_full (caps, gst_structure_copy (s), memory ? gst_caps_features_new (memory, NULL) : NULL);
}

static GstCaps *
relabel_caps (GstBaseTransform * trans, GstPadDirection direction, GstCaps * caps, GstCaps * filter)
{
  Relabel *r = (Relabel *) trans;
  GstCaps *out = gst_caps_new_empty ();
  guint i;

  for (i = 0; i < gst_caps_get_size (caps); i++) {
    GstStructure *s = gst_caps_get_structure (caps, i);
    GstCapsFeatures *f = gst_caps_get_features (caps, i);

    if (direction == GST_PAD_SINK) {
      if (is (f, r->from)) {
        append (out, s, r->to);
        if (r->either)
          append (out, s, r->from);
      } else if (r->both && is (f, r->to)) {
        append (out, s, r->to);
      }
    } else if (is (f, r->to) || (r->either && is (f, r->from))) {
      append (out, s, r->from);
      if (r->both)
        append (out, s, r->to);
    }
  }
  if (filter) {
    GstCaps *both = gst_caps_intersect_full (filter, out, GST_CAPS_INTERSECT_FIRST);

    gst_caps_unref (out);
    out = both;
  }
  return out;
}

static GstFlowReturn
relabel_nothing (GstBaseTransform * trans, GstBuffer * buffer)
{
  return GST_FLOW_OK;
}

static gboolean
relabel_size (GstBaseTransform * trans, GstCaps * caps, gsize * size)
{
  *size = 1;
  return TRUE;
}

static void
relabel_finalize (GObject * object)
{
  g_free (((Relabel *) object)->from);
  g_free (((Relabel *) object)->to);
  G_OBJECT_CLASS (relabel_parent_class)->finalize (object);
}

static void
relabel_class_init (RelabelClass * klass)
{
  GST_BASE_TRANSFORM_CLASS (klass)->transform_caps = relabel_caps;
  GST_BASE_TRANSFORM_CLASS (klass)->transform_ip = relabel_nothing;
  GST_BASE_TRANSFORM_CLASS (klass)->get_unit_size = relabel_size;
  G_OBJECT_CLASS (klass)->finalize = relabel_finalize;
  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass), &any_sink);
  gst_element_class_add_static_pad_template (GST_ELEMENT_CLASS (klass), &any_src);
  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "Relabel", "Filter/Video", "For tests", "Upright");
}

static void
relabel_init (Relabel * r)
{
  gst_base_transform_set_in_place (GST_BASE_TRANSFORM (r), TRUE);
}

static GstElement *
relabel_new (const gchar * from, const gchar * to, gboolean either)
{
  Relabel *r = g_object_new (relabel_get_type (), NULL);

  r->from = g_strdup (from);
  r->to = g_strdup (to);
  r->either = either;
  return GST_ELEMENT (r);
}

/* The elements are bins around those in software. */

typedef struct {
  GstBin parent;
  GstElement *flip;
  gboolean borders;
  guint n;
} Fake;

typedef struct {
  GstBinClass parent;
  FakeKind kind;
  FakeMode mode;
  gchar *memory;
} FakeClass;

static gpointer parent_class;

enum { PROP_DIRECTION = 1, PROP_BORDERS };

#define CLASS(f) ((FakeClass *) G_OBJECT_GET_CLASS (f))

static GstPadProbeReturn
passing (GstPad * pad, GstPadProbeInfo * info, gpointer user)
{
  Fake *f = user;

  f->n++;
  if (CLASS (f)->mode == FAKE_MID_STREAM && f->n == 20) {
    GST_ELEMENT_ERROR (f, LIBRARY, FAILED, ("The device is lost"), (NULL));
    return GST_PAD_PROBE_DROP;
  }
  if (CLASS (f)->mode == FAKE_STUBBORN && f->flip)
    gst_util_set_object_arg (G_OBJECT (f->flip), "video-direction", "identity");
  return GST_PAD_PROBE_OK;
}

static void
chain (Fake * f, GstElement * first, ...)
{
  GstElement *e, *last = first;
  GstPad *pad;
  va_list list;

  gst_bin_add (GST_BIN (f), first);
  va_start (list, first);
  while ((e = va_arg (list, GstElement *))) {
    gst_bin_add (GST_BIN (f), e);
    g_warn_if_fail (gst_element_link (last, e));
    last = e;
  }
  va_end (list);
  pad = gst_element_get_static_pad (first, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, passing, f, NULL);
  gst_element_add_pad (GST_ELEMENT (f), gst_ghost_pad_new ("sink", pad));
  gst_object_unref (pad);
  pad = gst_element_get_static_pad (last, "src");
  gst_element_add_pad (GST_ELEMENT (f), gst_ghost_pad_new ("src", pad));
  gst_object_unref (pad);
}

#define MAKE(name) gst_element_factory_make (name, NULL)

static GstElement *
caps (const gchar * text)
{
  GstElement *e = MAKE ("capsfilter");

  gst_util_set_object_arg (G_OBJECT (e), "caps", text);
  return e;
}

static void
constructed (GObject * object)
{
  Fake *f = (Fake *) object;
  FakeClass *c = CLASS (f);
  GstElement *e, *down;

  G_OBJECT_CLASS (parent_class)->constructed (object);
  switch (c->kind) {
    case FAKE_DECODER:
      chain (f, MAKE ("avdec_h264"), MAKE ("videoconvert"), caps ("video/x-raw,format=NV12"),
          relabel_new (NULL, c->memory, TRUE), NULL);
      break;
    case FAKE_TURNER:
      f->flip = MAKE ("videoflip");
      e = MAKE ("videoscale");
      g_object_set (e, "add-borders", TRUE, NULL);
      chain (f, relabel_new (c->memory, NULL, FALSE), MAKE ("videoconvert"), f->flip, e, relabel_new (NULL, c->memory,
              g_str_has_prefix (g_type_name (G_OBJECT_TYPE (f)), "UprightFakeDevice-va")), NULL);
      break;
    case FAKE_DOWN:
      chain (f, relabel_new (c->memory, NULL, TRUE), NULL);
      break;
    case FAKE_UP:
      chain (f, relabel_new (NULL, c->memory, FALSE), NULL);
      break;
    case FAKE_ENCODER:
      e = MAKE ("x264enc");
      gst_util_set_object_arg (G_OBJECT (e), "speed-preset", "ultrafast");
      gst_util_set_object_arg (G_OBJECT (e), "tune", "zerolatency");
      down = relabel_new (c->memory, NULL, FALSE);
      ((Relabel *) down)->both = TRUE;
      chain (f, down, e, NULL);
      break;
  }
}

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  Fake *f = (Fake *) object;

  if (id == PROP_DIRECTION)
    g_object_set_property (G_OBJECT (f->flip), "video-direction", value);
  else
    f->borders = g_value_get_boolean (value);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  Fake *f = (Fake *) object;

  if (id == PROP_DIRECTION)
    g_object_get_property (G_OBJECT (f->flip), "video-direction", value);
  else
    g_value_set_boolean (value, f->borders);
}

static GstStateChangeReturn
change_state (GstElement * e, GstStateChange change)
{
  if (change == GST_STATE_CHANGE_NULL_TO_READY && CLASS (e)->mode == FAKE_NO_START) {
    GST_ELEMENT_ERROR (e, LIBRARY, INIT, ("There is no device"), (NULL));
    return GST_STATE_CHANGE_FAILURE;
  }
  return GST_ELEMENT_CLASS (parent_class)->change_state (e, change);
}

typedef struct {
  FakeKind kind;
  FakeMode mode;
  gchar *memory;
} Data;

static void
add_template (GstElementClass * e, const gchar * name, GstPadDirection direction, const gchar * format,
    const gchar * memory)
{
  gchar *text = g_strdup_printf (format, memory);
  GstCaps *c = gst_caps_from_string (text);

  gst_element_class_add_pad_template (e, gst_pad_template_new (name, direction, GST_PAD_ALWAYS, c));
  gst_caps_unref (c);
  g_free (text);
}

static void
class_init (gpointer klass, gpointer user)
{
  static const gchar *takes[] = { "video/x-h264", "video/x-raw(%s)", "video/x-raw(%s)", "video/x-raw",
    "video/x-raw(%s),format=NV12;video/x-raw,format=NV12"
  };
  static const gchar *gives[] = { "video/x-raw(%s);video/x-raw", "video/x-raw(%s);video/x-raw",
    "video/x-raw;video/x-raw(%s)", "video/x-raw(%s)", "video/x-h264"
  };
  GObjectClass *o = klass;
  GstElementClass *e = klass;
  FakeClass *f = klass;
  Data *d = user;

  parent_class = g_type_class_peek (GST_TYPE_BIN);
  f->kind = d->kind;
  f->mode = d->mode;
  f->memory = d->memory;
  o->constructed = constructed;
  o->set_property = set_property;
  o->get_property = get_property;
  e->change_state = change_state;
  add_template (e, "sink", GST_PAD_SINK, takes[d->kind], d->memory);
  add_template (e, "src", GST_PAD_SRC, gives[d->kind], d->memory);
  gst_element_class_set_static_metadata (e, "Fake device", "Filter/Video/Hardware", "For tests", "Upright");
  if (d->kind == FAKE_TURNER) {
    g_object_class_install_property (o, PROP_DIRECTION,
        g_param_spec_enum ("video-direction", "", "", GST_TYPE_VIDEO_ORIENTATION_METHOD,
            GST_VIDEO_ORIENTATION_IDENTITY, G_PARAM_READWRITE));
    g_object_class_install_property (o, PROP_BORDERS,
        g_param_spec_boolean ("add-borders", "", "", FALSE, G_PARAM_READWRITE));
  }
}

gboolean
fakedevice_register (const gchar * element, FakeKind kind, const gchar * memory, FakeMode mode)
{
  gchar *name = g_strdup_printf ("UprightFakeDevice-%s-%d", element, mode);
  Data d = { kind, mode, g_strdup (memory) };
  GTypeInfo info = {
    .class_size = sizeof (FakeClass),
    .class_init = class_init,
    .instance_size = sizeof (Fake),
  };
  GType type = g_type_from_name (name);

  if (!type) {
    info.class_data = g_memdup2 (&d, sizeof d);
    type = g_type_register_static (GST_TYPE_BIN, name, &info, 0);
  }
  g_free (name);
  return type != 0 && gst_element_register (NULL, element, GST_RANK_NONE, type);
}
