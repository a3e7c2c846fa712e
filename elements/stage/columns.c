#include "columns.h"
#include "fast.h"
#include "lanes.h"

#define MOST_TAPS 64
#define ROWS UPRIGHT_ROWS
#define ONE UPRIGHT_ONE

void
upright_table_clear (UprightTable * t)
{
  g_free (t->first);
  g_free (t->weights);
  g_free (t->wide);
  memset (t, 0, sizeof *t);
}

void
upright_table_make (UprightTable * t, gint in, gint out)
{
  gdouble ratio = (gdouble) in / out;
  gint x, k, taps = out < in ? (gint) ratio + 2 : 2;

  taps = MIN (MIN (taps, in), MOST_TAPS);
  t->in = in;
  t->out = out;
  t->taps = taps;
  t->first = g_new (gint, out);
  t->weights = g_new0 (guint16, (gsize) out * taps);
  for (x = 0; x < out; x++) {
    guint16 *w = t->weights + (gsize) x * taps;
    gint first, sum = 0, most = 0;

    if (out < in) {
      gdouble from = x * ratio, to = from + ratio;

      first = CLAMP ((gint) from, 0, in - taps);
      for (k = 0; k < taps; k++) {
        gdouble part = MIN (to, first + k + 1) - MAX (from, first + k);

        w[k] = part > 0 ? (guint16) (part / ratio * ONE + 0.5) : 0;
      }
    } else {
      gdouble at = MAX (0, (x + 0.5) * ratio - 0.5);

      first = CLAMP ((gint) at, 0, in - taps);
      if (taps == 2) {
        w[1] = (guint16) (CLAMP (at - first, 0, 1) * ONE + 0.5);
        w[0] = ONE - w[1];
      } else {
        w[0] = ONE;
      }
    }
    t->first[x] = first;
    for (k = 0; k < taps; k++) {
      sum += w[k];
      if (w[k] > w[most])
        most = k;
    }
    w[most] += ONE - sum;       /* rounding must not change what is white */
  }
}

/* A weight of all has no room in 16 bits: what is nearest to it does the same to white. */
static void
make_wide (UprightTable * t)
{
  gsize i, n = (gsize) t->out * t->taps;
  gint r;

  t->wide = g_new (guint16, n * ROWS);
  for (i = 0; i < n; i++)
    for (r = 0; r < ROWS; r++)
      t->wide[i * ROWS + r] = (guint16) MIN (t->weights[i] * 256, G_MAXUINT16);
}

FAST static void
same (guint8 * restrict out, const guint16 * restrict row, gint n)
{
  gint x;

  for (x = 0; x < n; x++)
    out[x] = (guint8) ((row[x] + 127) >> 8);
}

FAST static void
half (guint8 * restrict out, const guint16 * restrict row, gint n)
{
  gint x;

  for (x = 0; x < n; x++)
    out[x] = (guint8) (((guint32) row[2 * x] + row[2 * x + 1] + 256) >> 9);
}

/* The rows, a column at a time. */
static void
mirror (const UprightRows * rows, gint in)
{
  UprightWords v[ROWS];
  gint x, r;

  for (x = 0; x < in; x += ROWS) {
    for (r = 0; r < ROWS; r++)
      v[r] = upright_words (rows->rows + (gsize) r * rows->stride + x);
    upright_mirror_words (v);
    memcpy (rows->mirrored + (gsize) x * ROWS, v, sizeof v);
  }
}

/* One column of the output, of all rows. */
static inline UprightWords
column (const UprightTable * t, const guint16 * mirrored, gint x)
{
  UprightWords sum = { 128, 128, 128, 128, 128, 128, 128, 128 };
  const guint16 *from = mirrored + (gsize) t->first[x] * ROWS, *w = t->wide + (gsize) x * t->taps * ROWS;
  gint k;

  for (k = 0; k < t->taps; k++)
    sum += upright_high (upright_words (from + k * ROWS), upright_words (w + k * ROWS));
  return sum >> 8;
}

void
upright_columns (UprightTable * t, const UprightRows * rows, gint n, guint8 * out, gint stride)
{
  gint x, k, r;

  if (t->in == t->out || t->in == 2 * t->out) {
    for (r = 0; r < n; r++)
      (t->in == t->out ? same : half) (out + (gsize) r * stride, rows->rows + (gsize) r * rows->stride, t->out);
    return;
  }
  if (!t->wide)
    make_wide (t);
  mirror (rows, t->in);
  for (x = 0; x < t->out; x += ROWS) {
    gint width = MIN (ROWS, t->out - x);
    UprightWords v[ROWS] = { {0,}, };

    for (k = 0; k < width; k++)
      v[k] = column (t, rows->mirrored, x + k);
    upright_mirror_words (v);
    for (r = 0; r < n; r++) {
      UprightBytes row = upright_narrow (v[r], v[r]);
      guint8 *to = out + (gsize) r * stride + x;

      if (width == ROWS)
        memcpy (to, &row, ROWS);
      else
        memcpy (to, &row, width);
    }
  }
}
