/* The pads of uprightmix, and how sound comes from them. */
#include "class.h"

GST_DEBUG_CATEGORY_EXTERN (upright_mix_debug);
#define GST_CAT_DEFAULT upright_mix_debug

G_DEFINE_TYPE (UprightMixPad, upright_mix_pad, GST_TYPE_AGGREGATOR_PAD)

static void
upright_mix_pad_finalize (GObject * object)
{
  UprightMixPad *pad = UPRIGHT_MIX_PAD (object);

  upright_voice_free (pad->voice);
  upright_levels_clear (&pad->levels);
  G_OBJECT_CLASS (upright_mix_pad_parent_class)->finalize (object);
}

static void
upright_mix_pad_init (UprightMixPad * pad)
{
  gst_audio_info_init (&pad->info);
  pad->voice = upright_voice_new ();
  upright_levels_init (&pad->levels);
}

static void
upright_mix_pad_class_init (UprightMixPadClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = upright_mix_pad_finalize;
}

/* Adds a buffer to its voice. */
static void
take (UprightMix * self, UprightMixPad * pad, GstBuffer * buffer)
{
  GstSegment *segment = &GST_AGGREGATOR_PAD (pad)->segment;
  gint channels = GST_AUDIO_INFO_CHANNELS (&pad->info), frames, i;
  gdouble at = upright_voice_end (pad->voice);
  GstMapInfo map;
  gfloat *f = NULL;

  if (channels <= 0 || !gst_buffer_map (buffer, &map, GST_MAP_READ))
    return;
  if (GST_BUFFER_PTS_IS_VALID (buffer)) {
    guint64 time;
    gint sign = gst_segment_to_running_time_full (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer), &time);

    at = sign * (gdouble) time * UPRIGHT_RATE / GST_SECOND - upright_mix_setting (self, pad->index)->skip;
  } else if (at < 0) {
    at = 0;
  }
  frames = (gint) (map.size / GST_AUDIO_INFO_BPF (&pad->info));
  GST_DEBUG_OBJECT (pad, "%d samples from sample %.1f of the room on", frames, at);
  if (GST_AUDIO_INFO_FORMAT (&pad->info) == GST_AUDIO_FORMAT_F32) {
    upright_voice_add (pad->voice, at, (const gfloat *) map.data, frames, channels, GST_AUDIO_INFO_RATE (&pad->info));
  } else {
    const gint16 *s = (const gint16 *) map.data;

    f = g_new (gfloat, (gsize) frames * channels);
    for (i = 0; i < frames * channels; i++)
      f[i] = s[i] / 32768.0f;
    upright_voice_add (pad->voice, at, f, frames, channels, GST_AUDIO_INFO_RATE (&pad->info));
    g_free (f);
  }
  gst_buffer_unmap (buffer, &map);
}

gboolean
upright_mix_take (UprightMix * self, gdouble until, gboolean * over)
{
  gboolean more = FALSE;
  GList *l;

  *over = TRUE;
  GST_OBJECT_LOCK (self);
  for (l = GST_ELEMENT (self)->sinkpads; l; l = l->next) {
    UprightMixPad *pad = l->data;
    GstAggregatorPad *base = GST_AGGREGATOR_PAD (pad);
    GstBuffer *buffer;

    while (upright_voice_known (pad->voice) < until && (buffer = gst_aggregator_pad_pop_buffer (base))) {
      take (self, pad, buffer);
      gst_buffer_unref (buffer);
    }
    if (upright_voice_known (pad->voice) < until && !gst_aggregator_pad_is_eos (base))
      more = TRUE;
    if (!gst_aggregator_pad_is_eos (base) || upright_voice_end (pad->voice) > until)
      *over = FALSE;
  }
  GST_OBJECT_UNLOCK (self);
  return more;
}
