#include "sound.h"

#include <math.h>

/* The mean square of weighted samples: the two filters of ITU-R BS.1770-4, annex 1, for 48 kHz. */
gdouble
upright_weigh (UprightWeight * w, const gfloat * samples, gint n)
{
  static const gdouble b1[3] = { 1.53512485958697, -2.69169618940638, 1.19839281085285 };
  static const gdouble a1[2] = { -1.69065929318241, 0.73248077421585 };
  static const gdouble a2[2] = { -1.99004745483398, 0.99007225036621 };
  gdouble *z = w->state, sum = 0;
  gint i;

  for (i = 0; i < n; i++) {
    gdouble x = samples[i], y = b1[0] * x + z[0], o;

    z[0] = b1[1] * x - a1[0] * y + z[1];
    z[1] = b1[2] * x - a1[1] * y;
    o = y + z[2];
    z[2] = -2 * y - a2[0] * o + z[3];
    z[3] = y - a2[1] * o;
    sum += o * o;
  }
  for (i = 0; i < 4; i++)       /* silence must not end in numbers too small for the processor */
    if (fabs (z[i]) < 1e-18)
      z[i] = 0;
  return n ? sum / n : 0;
}

#define CEILING 0.84f           /* -1.5 dBFS: encoders overshoot */
#define RELEASE 0.012f          /* part of the way back in one step of 2 ms */

static gfloat
allowed (const gfloat * step, gint channels)
{
  gfloat peak = 0;
  gint i;

  for (i = 0; i < UPRIGHT_LIMITER_STEP * channels; i++)
    peak = MAX (peak, fabsf (step[i]));
  return peak > CEILING ? CEILING / peak : 1;
}

void
upright_limit (UprightLimiter * limiter, gfloat * step, const gfloat * next, gint channels)
{
  gfloat now = allowed (step, channels), from = MIN (limiter->gain, now);
  gfloat to = MIN (MIN (now, allowed (next, channels)), from + (1 - from) * RELEASE);
  gint i, k;

  limiter->gain = to > 0.9999f ? 1 : to;
  if (from == 1 && to == 1)
    return;
  for (i = 0; i < UPRIGHT_LIMITER_STEP; i++) {
    gfloat g = from + (to - from) * i / UPRIGHT_LIMITER_STEP;

    for (k = 0; k < channels; k++)
      step[i * channels + k] *= g;
  }
}
