/* The instances of uprightmix and its pads, for the files that make up their classes. */
#ifndef UPRIGHT_MIX_CLASS_H
#define UPRIGHT_MIX_CLASS_H

#include "levels.h"

#include <gst/audio/audio.h>
#include <gst/base/gstaggregator.h>

#define UPRIGHT_TYPE_MIX_PAD (upright_mix_pad_get_type ())
G_DECLARE_FINAL_TYPE (UprightMixPad, upright_mix_pad, UPRIGHT, MIX_PAD, GstAggregatorPad)

struct _UprightMixPad
{
  GstAggregatorPad parent;

  gint index;
  GstAudioInfo info;
  UprightVoice *voice;
  UprightLevels levels;
};

/* A piece of the output, and where it begins in the room. */
typedef struct
{
  gdouble from, to, room;       /* samples */
} UprightPiece;

/* What the score says of a voice. */
typedef struct
{
  gfloat left, right;
  gdouble skip;                 /* samples */
} UprightSetting;

#define UPRIGHT_TYPE_MIX (upright_mix_get_type ())
G_DECLARE_FINAL_TYPE (UprightMix, upright_mix, UPRIGHT, MIX, GstAggregator)

struct _UprightMix
{
  GstAggregator parent;

  gchar *score, *levels;        /* under the object lock, as is channels */
  gint channels;

  GArray *pieces, *settings;
  gint64 at;                    /* samples of the output that are mixed */
  guint64 pushed;               /* samples that are pushed */
  GArray *waiting;              /* gfloat: mixed, and not yet limited */
  gboolean ended;
  UprightLimiter limiter;
  gfloat *left, *right, *mixed;
};

/* How a voice is to be, by the number of its pad. */
const UprightSetting *upright_mix_setting (UprightMix * mix, gint index);

/* Takes what has come to all pads until it is known how everybody sounds up to a time. TRUE: more is needed. *over:
 * nobody has anything after it. */
gboolean upright_mix_take (UprightMix * mix, gdouble until, gboolean * over);

#endif
