/* Scaling by area when pictures become smaller, linearly when they become larger: rows first, in 16 bits, which
 * compilers turn into vector instructions; then columns. A picture that is to be turned is scaled the way it lies and
 * turned when it is small. */
#include "fast.h"
#include "picture.h"

#include <string.h>

#define MOST_TAPS 64
#define ONE 256                 /* weights add up to this */

/* How pixels of one direction become others. */
typedef struct
{
  gint in, out, taps;           /* taps: of each output pixel */
  gint *first;
  guint16 *weights;             /* taps of them for each output pixel */
} Table;

struct _UprightScaler
{
  Table tables[8];
  guint next;
  guint16 *row;
  gint row_size;
  UprightPlane scaled;          /* before it is turned */
  gsize scaled_size;
};

UprightScaler *
upright_scaler_new (void)
{
  return g_new0 (UprightScaler, 1);
}

static void
clear_table (Table * t)
{
  g_free (t->first);
  g_free (t->weights);
  memset (t, 0, sizeof *t);
}

void
upright_scaler_free (UprightScaler * s)
{
  guint i;

  if (!s)
    return;
  for (i = 0; i < G_N_ELEMENTS (s->tables); i++)
    clear_table (&s->tables[i]);
  g_free (s->row);
  g_free (s->scaled.data);
  g_free (s);
}

static void
make_table (Table * t, gint in, gint out)
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

static const Table *
table (UprightScaler * s, gint in, gint out)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (s->tables); i++)
    if (s->tables[i].in == in && s->tables[i].out == out)
      return &s->tables[i];
  i = s->next++ % G_N_ELEMENTS (s->tables);
  clear_table (&s->tables[i]);
  make_table (&s->tables[i], in, out);
  return &s->tables[i];
}

FAST static void
row_one (guint16 * restrict row, const guint8 * restrict src, gint n)
{
  gint x;

  for (x = 0; x < n; x++)
    row[x] = src[x] << 8;
}

FAST static void
row_two (guint16 * restrict row, const guint8 * restrict a, const guint8 * restrict b, guint16 wa, guint16 wb, gint n)
{
  gint x;

  for (x = 0; x < n; x++)
    row[x] = (guint16) (a[x] * wa + b[x] * wb);
}

FAST static void
row_add (guint16 * restrict row, const guint8 * restrict src, guint16 w, gint n)
{
  gint x;

  for (x = 0; x < n; x++)
    row[x] = (guint16) (row[x] + src[x] * w);
}

FAST static void
columns_same (guint8 * restrict out, const guint16 * restrict row, gint n)
{
  gint x;

  for (x = 0; x < n; x++)
    out[x] = (guint8) ((row[x] + 127) >> 8);
}

FAST static void
columns_half (guint8 * restrict out, const guint16 * restrict row, gint n)
{
  gint x;

  for (x = 0; x < n; x++)
    out[x] = (guint8) (((guint32) row[2 * x] + row[2 * x + 1] + 256) >> 9);
}

FAST static void
columns_two (guint8 * restrict out, const guint16 * restrict row, const gint * restrict first,
    const guint16 * restrict w, gint n)
{
  gint x;

  for (x = 0; x < n; x++) {
    const guint16 *r = row + first[x];

    out[x] = (guint8) (((guint32) r[0] * w[2 * x] + (guint32) r[1] * w[2 * x + 1] + 32768) >> 16);
  }
}

FAST static void
columns_three (guint8 * restrict out, const guint16 * restrict row, const gint * restrict first,
    const guint16 * restrict w, gint n)
{
  gint x;

  for (x = 0; x < n; x++) {
    const guint16 *r = row + first[x], *v = w + 3 * x;

    out[x] = (guint8) (((guint32) r[0] * v[0] + (guint32) r[1] * v[1] + (guint32) r[2] * v[2] + 32768) >> 16);
  }
}

static void
columns_any (guint8 * out, const guint16 * row, const Table * t)
{
  gint x, k;

  for (x = 0; x < t->out; x++) {
    const guint16 *r = row + t->first[x], *w = t->weights + (gsize) x * t->taps;
    guint32 sum = 32768;

    for (k = 0; k < t->taps; k++)
      sum += (guint32) r[k] * w[k];
    out[x] = (guint8) (MIN (sum, 0xffffff) >> 16);
  }
}

/* Half as wide and half as high: the mean of four pixels. */
FAST static void
row_quarter (guint8 * restrict out, const guint8 * restrict a, const guint8 * restrict b, gint n)
{
  gint x;

  for (x = 0; x < n; x++)
    out[x] = (guint8) ((a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1] + 2) >> 2);
}

static void
scale_plane (UprightScaler * s, const UprightPlane * from, const UprightPlane * to)
{
  const Table *h, *v;
  gint y, k;

  if (from->width == to->width && from->height == to->height) {
    upright_copy (from, to);
    return;
  }
  if (from->width == 2 * to->width && from->height == 2 * to->height) {
    for (y = 0; y < to->height; y++) {
      const guint8 *src = from->data + (gsize) 2 * y * from->stride;

      row_quarter (to->data + (gsize) y * to->stride, src, src + from->stride, to->width);
    }
    return;
  }
  h = table (s, from->width, to->width);
  v = table (s, from->height, to->height);
  if (s->row_size < from->width) {
    s->row_size = from->width;
    s->row = g_renew (guint16, s->row, s->row_size + 16);
  }
  for (y = 0; y < to->height; y++) {
    const guint16 *w = v->weights + (gsize) y * v->taps;
    const guint8 *src = from->data + (gsize) v->first[y] * from->stride;
    guint8 *out = to->data + (gsize) y * to->stride;

    if (w[0] >= ONE) {
      row_one (s->row, src, from->width);
    } else if (v->taps > 1) {
      row_two (s->row, src, src + from->stride, w[0], w[1], from->width);
      for (k = 2; k < v->taps; k++)
        if (w[k])
          row_add (s->row, src + (gsize) k * from->stride, w[k], from->width);
    }
    if (h->in == h->out)
      columns_same (out, s->row, h->out);
    else if (h->in == 2 * h->out)
      columns_half (out, s->row, h->out);
    else if (h->taps == 2)
      columns_two (out, s->row, h->first, h->weights, h->out);
    else if (h->taps == 3)
      columns_three (out, s->row, h->first, h->weights, h->out);
    else
      columns_any (out, s->row, h);
  }
}

/* Turns what is scaled into its place. */
static void
turn_plane (const UprightPlane * from, const UprightPlane * to, UprightTurn turn)
{
  gint u, v, w = from->width, h = from->height;

  for (v = 0; v < to->height; v++) {
    guint8 *out = to->data + (gsize) v * to->stride;

    for (u = 0; u < to->width; u++) {
      gint x, y;

      switch (turn.quarters) {
        case 1:
          x = v;
          y = h - 1 - u;
          break;
        case 2:
          x = w - 1 - u;
          y = h - 1 - v;
          break;
        case 3:
          x = w - 1 - v;
          y = u;
          break;
        default:
          x = u;
          y = v;
      }
      if (turn.flip)
        x = w - 1 - x;
      out[u] = from->data[(gsize) y * from->stride + x];
    }
  }
}

/* Scales a plane into another, turned. */
void
upright_scale (UprightScaler * s, const UprightPlane * from, const UprightPlane * to, UprightTurn turn)
{
  gsize size;

  if (from->width <= 0 || from->height <= 0 || to->width <= 0 || to->height <= 0)
    return;
  if (!turn.quarters && !turn.flip) {
    scale_plane (s, from, to);
    return;
  }
  s->scaled.width = turn.quarters % 2 ? to->height : to->width;
  s->scaled.height = turn.quarters % 2 ? to->width : to->height;
  s->scaled.stride = s->scaled.width;
  size = (gsize) s->scaled.width * s->scaled.height;
  if (s->scaled_size < size) {
    s->scaled_size = size;
    s->scaled.data = g_realloc (s->scaled.data, size);
  }
  scale_plane (s, from, &s->scaled);
  turn_plane (&s->scaled, to, turn);
}
