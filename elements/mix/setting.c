/* What the Go side says of a room: when it is heard, and how each of its voices is. */
#include "class.h"
#include "mix.h"

#include <math.h>

static gdouble
samples (gdouble ms)
{
  return ms * (UPRIGHT_RATE / 1000);
}

void
upright_mix_piece (gpointer mix, gdouble from, gdouble to, gdouble room)
{
  UprightPiece p = { floor (samples (from) + 0.5), floor (samples (to) + 0.5), samples (room) };

  g_array_append_val (((UprightMix *) mix)->pieces, p);
}

void
upright_mix_voice (gpointer mix, gdouble gain_db, gdouble pan, gdouble skip_ms)
{
  gdouble gain = pow (10, CLAMP (gain_db, -60, 40) / 20);
  UprightSetting s = { (gfloat) (gain * MIN (1, 1 - pan)), (gfloat) (gain * MIN (1, 1 + pan)),
    samples (skip_ms)
  };

  g_array_append_val (((UprightMix *) mix)->settings, s);
}

const UprightSetting *
upright_mix_setting (UprightMix * self, gint index)
{
  static const UprightSetting plain = { 1, 1, 0 };

  if (index < 0 || index >= (gint) self->settings->len)
    return &plain;
  return &g_array_index (self->settings, UprightSetting, index);
}
