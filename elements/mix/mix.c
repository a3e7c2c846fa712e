/* The class uprightmix. Each pad's sound is placed on the common clock by the times of its buffers, however its own
 * clock runs, and mixed in blocks; GStreamer's aggregator sees to threads, flushing and negotiation. */
#include "class.h"
#include "mix.h"
#include "_cgo_export.h"
#include "page.h"
#include "room.h"

#include <string.h>

GST_DEBUG_CATEGORY (upright_mix_debug);
#define GST_CAT_DEFAULT upright_mix_debug

#define BLOCK (UPRIGHT_RATE / 10)       /* also the step of levels */
#define AHEAD 64                /* samples that reading looks ahead */

G_DEFINE_TYPE (UprightMix, upright_mix, GST_TYPE_AGGREGATOR)

enum
{
  PROP_0,
  PROP_SCORE,
  PROP_LEVELS,
  PROP_CHANNELS
};

#define CHANNELS "channels=(int)[ 1, 2 ], layout=(string)interleaved"

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink_%u", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS ("audio/x-raw, format=(string){ " GST_AUDIO_NE (S16) ", " GST_AUDIO_NE (F32) " }, "
        "rate=(int)[ 8000, 48000 ], " CHANNELS));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("audio/x-raw, format=(string)" GST_AUDIO_NE (F32) ", rate=(int)48000, " CHANNELS));

static void
mix_block (UprightMix * self, gdouble room, gint n, gboolean measuring)
{
  gint channels = self->channels, i;
  GList *l;

  memset (self->mixed, 0, sizeof (gfloat) * n * channels);
  GST_OBJECT_LOCK (self);
  for (l = GST_ELEMENT (self)->sinkpads; l; l = l->next) {
    UprightMixPad *pad = l->data;
    const UprightSetting *s = upright_mix_setting (self, pad->index);

    if (!upright_voice_read (pad->voice, room, self->left, self->right, n))
      continue;
    if (measuring)
      upright_levels_note (&pad->levels, (guint) (self->at / BLOCK), self->left,
          GST_AUDIO_INFO_CHANNELS (&pad->info) > 1 ? self->right : NULL, n);
    if (channels == 1) {
      gfloat gain = MAX (s->left, s->right) / 2;

      for (i = 0; i < n; i++)
        self->mixed[i] += gain * (self->left[i] + self->right[i]);
    } else {
      for (i = 0; i < n; i++) {
        self->mixed[2 * i] += s->left * self->left[i];
        self->mixed[2 * i + 1] += s->right * self->right[i];
      }
    }
  }
  GST_OBJECT_UNLOCK (self);
}

/* Limits what waits, as far as it is known what comes next, and pushes it. */
static GstFlowReturn
push (UprightMix * self, gboolean all)
{
  gint channels = self->channels, step = UPRIGHT_LIMITER_STEP * channels, done = 0;
  gfloat *data = (gfloat *) self->waiting->data, silence[2 * UPRIGHT_LIMITER_STEP] = { 0, };
  guint length = self->waiting->len, end;
  GstBuffer *buffer;

  if (all)                      /* to whole steps, for the limiter */
    g_array_set_size (self->waiting, (length + step - 1) / step * step);
  data = (gfloat *) self->waiting->data;
  if (all && self->waiting->len > length)
    memset (data + length, 0, sizeof (gfloat) * (self->waiting->len - length));
  while (done + 2 * step <= (gint) self->waiting->len || (all && done + step <= (gint) self->waiting->len)) {
    gboolean last = done + 2 * step > (gint) self->waiting->len;

    upright_limit (&self->limiter, data + done, last ? silence : data + done + step, channels);
    done += step;
  }
  end = MIN ((guint) done, length);
  if (!end)
    return GST_FLOW_OK;
  buffer = gst_buffer_new_allocate (NULL, sizeof (gfloat) * end, NULL);
  gst_buffer_fill (buffer, 0, data, sizeof (gfloat) * end);
  GST_BUFFER_PTS (buffer) = gst_util_uint64_scale (self->pushed, GST_SECOND, UPRIGHT_RATE);
  self->pushed += end / channels;
  GST_BUFFER_DURATION (buffer) =
      gst_util_uint64_scale (self->pushed, GST_SECOND, UPRIGHT_RATE) - GST_BUFFER_PTS (buffer);
  if (GST_BUFFER_PTS (buffer) == 0)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  g_array_remove_range (self->waiting, 0, done);
  GST_DEBUG_OBJECT (self, "mixed from %" GST_TIME_FORMAT " on, limited to a gain of %.3f",
      GST_TIME_ARGS (GST_BUFFER_PTS (buffer)), self->limiter.gain);
  return gst_aggregator_finish_buffer (GST_AGGREGATOR (self), buffer);
}

/* Writes what was measured: "UPLV", the number of voices, and for each its number, of 4 bytes, the machine's way round,
 * and its levels. */
static gboolean
write_levels (UprightMix * self, const gchar * path)
{
  GByteArray *out = g_byte_array_new ();
  GError *error = NULL;
  guint32 n = GST_ELEMENT (self)->numsinkpads;
  gboolean ok;
  GList *l;

  g_byte_array_append (out, (const guint8 *) "UPLV", 4);
  g_byte_array_append (out, (const guint8 *) &n, 4);
  for (l = GST_ELEMENT (self)->sinkpads; l; l = l->next) {
    UprightMixPad *pad = l->data;
    guint32 index = pad->index;

    g_byte_array_append (out, (const guint8 *) &index, 4);
    upright_levels_write (&pad->levels, out);
  }
  ok = g_file_set_contents (path, (const gchar *) out->data, out->len, &error);
  if (!ok) {
    GST_ELEMENT_ERROR (self, RESOURCE, WRITE, ("The levels cannot be written: %s", error->message), (NULL));
    g_error_free (error);
  }
  g_byte_array_unref (out);
  return ok;
}

static GstFlowReturn
finish (UprightMix * self, gchar * levels)
{
  GstFlowReturn ret;

  if (self->ended)
    return GST_FLOW_EOS;
  self->ended = TRUE;
  ret = push (self, TRUE);
  if (ret == GST_FLOW_OK && levels && !write_levels (self, levels))
    ret = GST_FLOW_ERROR;
  return ret == GST_FLOW_OK ? GST_FLOW_EOS : ret;
}

static GstFlowReturn
aggregate (GstAggregator * agg, gboolean timeout)
{
  UprightMix *self = UPRIGHT_MIX (agg);
  gdouble room = (gdouble) self->at;
  gint n = BLOCK;
  GstFlowReturn ret;
  gboolean over;
  gchar *levels;
  guint i;

  GST_OBJECT_LOCK (self);
  levels = g_strdup (self->levels);
  GST_OBJECT_UNLOCK (self);
  if (self->pieces->len) {
    for (i = 0; i < self->pieces->len; i++) {
      const UprightPiece *p = &g_array_index (self->pieces, UprightPiece, i);

      if (self->at < (gint64) p->to) {
        room = p->room + (self->at - p->from);
        n = (gint) MIN (BLOCK, (gint64) p->to - self->at);
        break;
      }
    }
    if (i == self->pieces->len) {
      ret = finish (self, levels);
      goto done;
    }
  }
  if (upright_mix_take (self, room + n + AHEAD, &over)) {
    ret = GST_AGGREGATOR_FLOW_NEED_DATA;
    goto done;
  }
  mix_block (self, room, n, levels != NULL);
  self->at += n;
  g_array_append_vals (self->waiting, self->mixed, n * self->channels);
  ret = over && !self->pieces->len ? finish (self, levels) : push (self, FALSE);
done:
  g_free (levels);
  return ret;
}

static gboolean
sink_event (GstAggregator * agg, GstAggregatorPad * base, GstEvent * event)
{
  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    GstCaps *caps;

    gst_event_parse_caps (event, &caps);
    if (!gst_audio_info_from_caps (&UPRIGHT_MIX_PAD (base)->info, caps)) {
      gst_event_unref (event);
      return FALSE;
    }
  }
  return GST_AGGREGATOR_CLASS (upright_mix_parent_class)->sink_event (agg, base, event);
}

static GstFlowReturn
update_src_caps (GstAggregator * agg, GstCaps * caps, GstCaps ** ret)
{
  GstCaps *own = gst_caps_make_writable (gst_static_pad_template_get_caps (&src_template));

  gst_caps_set_simple (own, "channels", G_TYPE_INT, UPRIGHT_MIX (agg)->channels, NULL);
  if (UPRIGHT_MIX (agg)->channels == 2)
    gst_caps_set_simple (own, "channel-mask", GST_TYPE_BITMASK, (guint64) 3, NULL);
  return upright_caps_in_common (own, caps, ret);
}

static gboolean
start (GstAggregator * agg)
{
  UprightMix *self = UPRIGHT_MIX (agg);
  gboolean opened;
  gchar *score;

  GST_OBJECT_LOCK (self);
  score = g_strdup (self->score);
  GST_OBJECT_UNLOCK (self);
  g_array_set_size (self->pieces, 0);
  g_array_set_size (self->settings, 0);
  g_array_set_size (self->waiting, 0);
  self->at = 0;
  self->pushed = 0;
  self->ended = FALSE;
  self->limiter.gain = 1;
  opened = upright_score_opened (self, score && *score ? uprightGoMixOpen (self, score) : NULL);
  g_free (score);
  if (!opened)
    return FALSE;
  GST_INFO_OBJECT (self, "%d channels, %u pieces, settings for %u voices", self->channels, self->pieces->len,
      self->settings->len);
  self->left = g_new (gfloat, BLOCK);
  self->right = g_new (gfloat, BLOCK);
  self->mixed = g_new (gfloat, 2 * BLOCK);
  gst_segment_init (&GST_AGGREGATOR_PAD (agg->srcpad)->segment, GST_FORMAT_TIME);
  return TRUE;
}

static gboolean
stop (GstAggregator * agg)
{
  UprightMix *self = UPRIGHT_MIX (agg);

  g_clear_pointer (&self->left, g_free);
  g_clear_pointer (&self->right, g_free);
  g_clear_pointer (&self->mixed, g_free);
  return TRUE;
}

static GstAggregatorPad *
create_new_pad (GstAggregator * agg, GstPadTemplate * templ, const gchar * name, const GstCaps * caps)
{
  GstAggregatorPad *pad = GST_AGGREGATOR_CLASS (upright_mix_parent_class)->create_new_pad (agg, templ, name, caps);

  if (pad)
    UPRIGHT_MIX_PAD (pad)->index = upright_pad_number (pad);
  return pad;
}

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  UprightMix *self = UPRIGHT_MIX (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_SCORE:
      g_free (self->score);
      self->score = g_value_dup_string (value);
      break;
    case PROP_LEVELS:
      g_free (self->levels);
      self->levels = g_value_dup_string (value);
      break;
    case PROP_CHANNELS:
      self->channels = g_value_get_int (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  UprightMix *self = UPRIGHT_MIX (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_SCORE:
      g_value_set_string (value, self->score);
      break;
    case PROP_LEVELS:
      g_value_set_string (value, self->levels);
      break;
    case PROP_CHANNELS:
      g_value_set_int (value, self->channels);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  UprightMix *self = UPRIGHT_MIX (object);

  g_free (self->score);
  g_free (self->levels);
  g_array_unref (self->pieces);
  g_array_unref (self->settings);
  g_array_unref (self->waiting);
  G_OBJECT_CLASS (upright_mix_parent_class)->finalize (object);
}

static void
upright_mix_init (UprightMix * self)
{
  self->channels = 2;
  self->pieces = g_array_new (FALSE, FALSE, sizeof (UprightPiece));
  self->settings = g_array_new (FALSE, FALSE, sizeof (UprightSetting));
  self->waiting = g_array_new (FALSE, FALSE, sizeof (gfloat));
}

static void
upright_mix_class_init (UprightMixClass * klass)
{
  GObjectClass *object = G_OBJECT_CLASS (klass);
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  GstAggregatorClass *base = GST_AGGREGATOR_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  GST_DEBUG_CATEGORY_INIT (upright_mix_debug, "uprightmix", 0, "Upright mixer");
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  base->start = start;
  base->stop = stop;
  base->aggregate = aggregate;
  base->sink_event = sink_event;
  base->update_src_caps = update_src_caps;
  base->create_new_pad = create_new_pad;

  g_object_class_install_property (object, PROP_SCORE, g_param_spec_string ("score", "Score",
          "Path of the score to play: gain and side of each voice, what is cut out; pad sink_N is its voice N "
          "(none = all as they are, to the end)", NULL, flags));
  g_object_class_install_property (object, PROP_LEVELS, g_param_spec_string ("levels", "Levels",
          "Path of a file to write at the end: how loud each pad was in every tenth of a second", NULL, flags));
  g_object_class_install_property (object, PROP_CHANNELS, g_param_spec_int ("channels", "Channels",
          "1 for mono, 2 for stereo", 1, 2, 2, flags));
  gst_element_class_add_static_pad_template_with_gtype (element, &sink_template, UPRIGHT_TYPE_MIX_PAD);
  gst_element_class_add_static_pad_template_with_gtype (element, &src_template, GST_TYPE_AGGREGATOR_PAD);
  upright_page (element, "Upright mixer", "Generic/Audio",
      "Mixes the sound of a room by the times of its buffers, however each clock runs, below full scale", "0.1",
      "gst-launch-1.0 uprightmix name=m ! audioconvert ! avenc_aac ! mp4mux ! filesink location=room.m4a "
      "mjrsrc location=a.mjr origin=recording clock=server ! rtpopusdepay ! opusdec ! m.sink_0 "
      "mjrsrc location=b.mjr origin=recording clock=server ! rtpopusdepay ! opusdec ! m.sink_1");
}

gboolean
upright_mix_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "uprightmix", GST_RANK_NONE, UPRIGHT_TYPE_MIX);
}
