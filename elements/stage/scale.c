/* Scaling by area when pictures become smaller, linearly when they become larger: rows first, in 16 bits, which
 * compilers turn into vector instructions; then columns. A picture that is to be turned is scaled the way it lies and
 * turned when it is small. */
#include "columns.h"
#include "fast.h"
#include "picture.h"

#include <string.h>

#define ONE UPRIGHT_ONE

#define TABLES 32               /* a size of pictures in a size of cells needs four */

struct _UprightScaler
{
  UprightTable tables[TABLES];
  guint64 used[TABLES], uses;   /* when each was used last */
  UprightRows rows;
  UprightPlane scaled;          /* before it is turned */
  gsize scaled_size;
};

UprightScaler *
upright_scaler_new (void)
{
  return g_new0 (UprightScaler, 1);
}

void
upright_scaler_free (UprightScaler * s)
{
  guint i;

  if (!s)
    return;
  for (i = 0; i < G_N_ELEMENTS (s->tables); i++)
    upright_table_clear (&s->tables[i]);
  g_free (s->rows.rows);
  g_free (s->rows.mirrored);
  g_free (s->scaled.data);
  g_free (s);
}

/* The table for a direction. It stays until so many others have been asked for as there are. */
static UprightTable *
table (UprightScaler * s, gint in, gint out)
{
  guint i, oldest = 0;

  for (i = 0; i < TABLES; i++) {
    if (s->tables[i].in == in && s->tables[i].out == out)
      break;
    if (s->used[i] < s->used[oldest])
      oldest = i;
  }
  if (i == TABLES) {
    i = oldest;
    upright_table_clear (&s->tables[i]);
    upright_table_make (&s->tables[i], in, out);
  }
  s->used[i] = ++s->uses;
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

/* Half as wide and half as high: the mean of four pixels. */
FAST static void
row_quarter (guint8 * restrict out, const guint8 * restrict a, const guint8 * restrict b, gint n)
{
  gint x;

  for (x = 0; x < n; x++)
    out[x] = (guint8) ((a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1] + 2) >> 2);
}

/* A row of the output as wide as the picture is. */
static void
make_row (guint16 * row, const UprightPlane * from, const UprightTable * t, gint y)
{
  const guint16 *w = t->weights + (gsize) y * t->taps;
  const guint8 *src = from->data + (gsize) t->first[y] * from->stride;
  gint k;

  if (w[0] >= ONE) {
    row_one (row, src, from->width);
  } else if (t->taps > 1) {
    row_two (row, src, src + from->stride, w[0], w[1], from->width);
    for (k = 2; k < t->taps; k++)
      if (w[k])
        row_add (row, src + (gsize) k * from->stride, w[k], from->width);
  }
}

/* Makes room for rows. What is right of them is read, too, and of no meaning. */
static void
reserve (UprightRows * rows, gint width)
{
  gint stride = (width + 7) & ~7;

  if (rows->stride >= stride)
    return;
  rows->stride = stride;
  g_free (rows->rows);
  g_free (rows->mirrored);
  rows->rows = g_new0 (guint16, (gsize) stride * UPRIGHT_ROWS);
  rows->mirrored = g_new (guint16, (gsize) stride * UPRIGHT_ROWS);
}

static void
scale_plane (UprightScaler * s, const UprightPlane * from, const UprightPlane * to)
{
  UprightTable *h, *v;
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
  reserve (&s->rows, from->width);
  for (y = 0; y < to->height; y += UPRIGHT_ROWS) {
    gint n = MIN (UPRIGHT_ROWS, to->height - y);

    for (k = 0; k < n; k++)
      make_row (s->rows.rows + (gsize) k * s->rows.stride, from, v, y + k);
    upright_columns (h, &s->rows, n, to->data + (gsize) y * to->stride, to->stride);
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
  upright_turn (&s->scaled, to, turn);
}
