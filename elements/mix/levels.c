#include "levels.h"

#include <math.h>

void
upright_levels_init (UprightLevels * l)
{
  l->levels = g_array_new (FALSE, FALSE, sizeof (gfloat));
  l->blocks = g_array_new (FALSE, FALSE, sizeof (gfloat));
}

void
upright_levels_clear (UprightLevels * l)
{
  g_array_unref (l->levels);
  g_array_unref (l->blocks);
}

static void
append (UprightLevels * l, gfloat level, gfloat weighted)
{
  g_array_append_val (l->levels, level);
  g_array_append_val (l->blocks, weighted);
}

void
upright_levels_note (UprightLevels * l, guint block, const gfloat * left, const gfloat * right, gint n)
{
  const gfloat none = -120;
  gdouble sum = 0, weighted;
  gint i;

  for (i = 0; i < n; i++)
    sum += (gdouble) left[i] * left[i] + (right ? (gdouble) right[i] * right[i] : 0);
  sum /= right ? 2 * n : n;
  weighted = upright_weigh (&l->weight[0], left, n);
  if (right)
    weighted += upright_weigh (&l->weight[1], right, n);
  while (l->levels->len < block)
    append (l, none, 0);
  append (l, sum > 1e-12 ? (gfloat) (10 * log10 (sum)) : none, (gfloat) weighted);
}

void
upright_levels_write (const UprightLevels * l, GByteArray * out)
{
  guint32 count = l->levels->len;

  g_byte_array_append (out, (const guint8 *) &count, 4);
  g_byte_array_append (out, (const guint8 *) l->levels->data, 4 * count);
  g_byte_array_append (out, (const guint8 *) l->blocks->data, 4 * count);
}
