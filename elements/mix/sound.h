/* Sound in samples: placing it on another clock, weighting, limiting. Nothing here knows of GStreamer. All is at 48
 * kHz. */
#ifndef UPRIGHT_SOUND_H
#define UPRIGHT_SOUND_H

#include <glib.h>

#define UPRIGHT_RATE 48000

/* One person's sound: comes in pieces with the times of their beginnings, and is read at any time of the common
 * clock. */
typedef struct _UprightVoice UprightVoice;

UprightVoice *upright_voice_new (void);
void upright_voice_free (UprightVoice * voice);
/* Adds samples (interleaved), which begin at a time in samples of the common clock. */
void upright_voice_add (UprightVoice * voice, gdouble at, const gfloat * samples, gint frames, gint channels,
    gint rate);
/* Up to when it is known how it sounds: the beginning of what came last. */
gdouble upright_voice_known (const UprightVoice * voice);
gdouble upright_voice_end (const UprightVoice * voice);
/* Reads n frames from a time on into left and right. FALSE: there is no sound, and they are not touched. */
gboolean upright_voice_read (UprightVoice * voice, gdouble at, gfloat * left, gfloat * right, gint n);

/* Loudness as ITU-R BS.1770 weights it. */
typedef struct
{
  gdouble state[4];
} UprightWeight;

gdouble upright_weigh (UprightWeight * weight, const gfloat * samples, gint n);

/* Keeps peaks below a ceiling: knows one step ahead. */
#define UPRIGHT_LIMITER_STEP 96
typedef struct
{
  gfloat gain;                  /* at the beginning of the next step */
} UprightLimiter;

void upright_limit (UprightLimiter * limiter, gfloat * step, const gfloat * next, gint channels);

#endif
