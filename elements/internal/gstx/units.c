/* Units by the block: many pictures or packets of sound in one buffer, with a table that says where each begins and
 * when it plays. A buffer for each costs more than all else that is done to copy it, so a source that is linked to a
 * collector without anything between them delivers blocks. Caps say so, by a feature: nobody else can be given such a
 * buffer. */
#include "gstx.h"

#include <string.h>

#define FEATURE "meta:UprightUnits"

typedef struct
{
  GstMeta meta;
  UprightSample *samples;
  guint n;
} UnitsMeta;

static const GstMetaInfo *units_info (void);

static gboolean
units_init (GstMeta * meta, gpointer params, GstBuffer * buffer)
{
  UnitsMeta *m = (UnitsMeta *) meta;

  m->samples = NULL;
  m->n = 0;
  return TRUE;
}

static void
units_free (GstMeta * meta, GstBuffer * buffer)
{
  g_free (((UnitsMeta *) meta)->samples);
}

static void
fill (GstBuffer * buffer, const UprightSample * samples, guint n)
{
  UnitsMeta *m = (UnitsMeta *) gst_buffer_add_meta (buffer, units_info (), NULL);

  m->samples = g_new (UprightSample, n);
  memcpy (m->samples, samples, n * sizeof *samples);
  m->n = n;
}

/* The table is that of the whole buffer: a part of it has none. */
static gboolean
units_transform (GstBuffer * to, GstMeta * meta, GstBuffer * from, GQuark type, gpointer data)
{
  UnitsMeta *m = (UnitsMeta *) meta;

  if (GST_META_TRANSFORM_IS_COPY (type) && !((GstMetaTransformCopy *) data)->region)
    fill (to, m->samples, m->n);
  return TRUE;
}

static GType
units_api (void)
{
  static gsize type;
  static const gchar *tags[] = { NULL };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, gst_meta_api_type_register ("UprightUnitsMetaAPI", tags));
  return type;
}

static const GstMetaInfo *
units_info (void)
{
  static gsize info;

  if (g_once_init_enter (&info))
    g_once_init_leave (&info, (gsize) gst_meta_register (units_api (), "UprightUnitsMeta", sizeof (UnitsMeta),
            units_init, units_free, units_transform));
  return (const GstMetaInfo *) info;
}

/* The units of a buffer, NULL if it is one unit. */
const UprightSample *
upright_units_of (GstBuffer * buffer, guint * n)
{
  UnitsMeta *m = (UnitsMeta *) gst_buffer_get_meta (buffer, units_api ());

  *n = m ? m->n : 0;
  return m ? m->samples : NULL;
}

/* Pushes a block, which it takes: size bytes of allocated ones, from g_malloc. */
void
upright_submit_units (gpointer src, gpointer block, gsize allocated, gsize size, const UprightSample * samples, guint n)
{
  GstBuffer *b = gst_buffer_new_wrapped_full (0, block, allocated, 0, size, block, g_free);
  const UprightSample *last = samples + n - 1;

  GST_BUFFER_PTS (b) = samples->at;
  if (last->at >= samples->at)
    GST_BUFFER_DURATION (b) = last->at + last->duration - samples->at;
  fill (b, samples, n);
  upright_ahead_push (src, b);
}

UPRIGHT_QUARK (blocks_quark, "upright-blocks")

/* Says that a source can deliver blocks. */
void
upright_offer_blocks (gpointer src)
{
  g_object_set_qdata (src, blocks_quark (), GINT_TO_POINTER (TRUE));
}

static gboolean
have_feature (const GstCaps * caps)
{
  return gst_caps_get_size (caps) > 0 && gst_caps_features_contains (gst_caps_get_features (caps, 0), FEATURE);
}

/* Whether blocks are agreed upon. */
gboolean
upright_takes_blocks (gpointer src)
{
  GstCaps *caps = gst_pad_get_current_caps (GST_BASE_SRC_PAD (src));
  gboolean blocks = caps && have_feature (caps);

  gst_clear_caps (&caps);
  return blocks;
}

/* Where what was asked for ends, GST_CLOCK_TIME_NONE if nowhere. */
GstClockTime
upright_stop_time (gpointer src)
{
  GstClockTime stop;

  GST_OBJECT_LOCK (src);
  stop = GST_BASE_SRC (src)->segment.stop;
  GST_OBJECT_UNLOCK (src);
  return stop;
}

static void
add_feature (GstCaps * caps)
{
  gst_caps_set_features (caps, 0, gst_caps_features_new (FEATURE, NULL));
}

/* Caps that a source changes to, in the form that was agreed upon. */
void
upright_keep_blocks (gpointer src, GstCaps * caps)
{
  if (upright_takes_blocks (src))
    add_feature (caps);
}

/* Agrees upon blocks of what is in caps, if they can be had and are wanted. */
gboolean
upright_negotiate_blocks (gpointer src, const GstCaps * caps)
{
  GstPad *peer = gst_pad_get_peer (GST_BASE_SRC_PAD (src));
  GstObject *element = peer ? gst_pad_get_parent (peer) : NULL;
  gboolean agreed = FALSE;
  guint i;

  /* num-buffers counts units. */
  if (element && g_object_get_qdata (src, blocks_quark ()) && upright_is_collector (element)
      && GST_BASE_SRC (src)->num_buffers < 0) {
    for (i = 0; i < gst_caps_get_size (caps) && !agreed; i++) {
      GstCaps *one = gst_caps_copy_nth (caps, i);

      add_feature (one);
      agreed = gst_caps_is_fixed (one) && gst_pad_query_accept_caps (peer, one) && gst_base_src_set_caps (src, one);
      gst_caps_unref (one);
    }
  }
  g_clear_object (&element);
  g_clear_object (&peer);
  return agreed;
}
