/* Scaling by area when pictures become smaller, linearly when they become larger: rows first, in 16 bits, which compilers turn into
 * vector instructions; then columns. A picture that is to be turned is scaled the way it lies and turned when it is small. */
#include "picture.h"

#include <string.h>

#if defined (__x86_64__) && defined (__GNUC__) && !defined (__clang__)
#define FAST __attribute__ ((target_clones ("avx2", "default"), optimize ("O3")))
#else
#define FAST
#endif

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
columns_two (guint8 * restrict out, const guint16 * restrict row, const gint * restrict first, const guint16 * restrict w, gint n)
{
  gint x;

  for (x = 0; x < n; x++) {
    const guint16 *r = row + first[x];

    out[x] = (guint8) (((guint32) r[0] * w[2 * x] + (guint32) r[1] * w[2 * x + 1] + 32768) >> 16);
  }
}

FAST static void
columns_three (guint8 * restrict out, const guint16 * restrict row, const gint * restrict first, const guint16 * restrict w, gint n)
{
  gint x;

  for (x = 0; x < n; x++) {
    const guint16 *r = row + first[x];

    out[x] = (guint8) (((guint32) r[0] * w[3 * x] + (guint32) r[1] * w[3 * x + 1] + (guint32) r[2] * w[3 * x + 2] + 32768) >> 16);
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

UprightPlane
upright_part (const UprightPlane * p, gint x, gint y, gint width, gint height)
{
  UprightPlane part = { p->data + (gsize) y * p->stride + x, width, height, p->stride };

  return part;
}

void
upright_fill (const UprightPlane * p, guint8 value)
{
  gint y;

  for (y = 0; y < p->height; y++)
    memset (p->data + (gsize) y * p->stride, value, p->width);
}

void
upright_copy (const UprightPlane * from, const UprightPlane * to)
{
  gint y;

  if (from->stride == to->stride && from->width == to->width && from->stride == from->width) {
    memcpy (to->data, from->data, (gsize) from->stride * from->height);
    return;
  }
  for (y = 0; y < to->height; y++)
    memcpy (to->data + (gsize) y * to->stride, from->data + (gsize) y * from->stride, to->width);
}

/* Each pixel becomes the mean of itself, counted twice, and its neighbours, first in lines, then in columns. */
void
upright_soften (const UprightPlane * p)
{
  gint i, k, along;

  for (along = 0; along < 2; along++) {
    gint lines = along ? p->width : p->height, n = along ? p->height : p->width;
    gsize line = along ? 1 : p->stride, step = along ? p->stride : 1;

    for (i = 0; i < lines; i++) {
      guint8 *at = p->data + i * line;
      gint before = at[0];

      for (k = 0; k < n; k++, at += step) {
        gint now = *at, after = k + 1 < n ? at[step] : now;

        *at = (guint8) ((before + 2 * now + after + 2) / 4);
        before = now;
      }
    }
  }
}

/* Brings all pixels nearer to a value. */
void
upright_dim (const UprightPlane * p, gint percent, guint8 towards)
{
  gint x, y;

  for (y = 0; y < p->height; y++) {
    guint8 *line = p->data + (gsize) y * p->stride;

    for (x = 0; x < p->width; x++)
      line[x] = (guint8) ((line[x] * percent + towards * (100 - percent)) / 100);
  }
}

/* BT.601, limited range. */
void
upright_yuv (guint32 rgb, guint8 yuv[3])
{
  gint r = rgb >> 16 & 0xff, g = rgb >> 8 & 0xff, b = rgb & 0xff;

  yuv[0] = (guint8) (16 + (66 * r + 129 * g + 25 * b + 128) / 256);
  yuv[1] = (guint8) (128 + (-38 * r - 74 * g + 112 * b) / 256);
  yuv[2] = (guint8) (128 + (112 * r - 94 * g - 18 * b) / 256);
}

UprightBitmap *
upright_bitmap_new (gint x, gint y, gint width, gint height, const guint8 * rgba)
{
  UprightBitmap *b = g_new0 (UprightBitmap, 1);
  gsize n = (gsize) width * height;
  gint cw = (width + 1) / 2, ch = (height + 1) / 2, i, k;

  b->x = x;
  b->y = y;
  b->width = width;
  b->height = height;
  b->y_plane = g_malloc (n);
  b->y_alpha = g_malloc (n);
  b->u_plane = g_malloc ((gsize) cw * ch);
  b->v_plane = g_malloc ((gsize) cw * ch);
  b->c_alpha = g_malloc ((gsize) cw * ch);
  for (i = 0; i < (gint) n; i++) {
    const guint8 *p = rgba + 4 * (gsize) i;

    b->y_plane[i] = (guint8) ((66 * p[0] + 129 * p[1] + 25 * p[2] + 16 * p[3] * 256 / 255 + 128) / 256);
    b->y_alpha[i] = p[3];
  }
  for (k = 0; k < ch; k++)
    for (i = 0; i < cw; i++) {
      gint r = 0, g = 0, bl = 0, a = 0, q;

      for (q = 0; q < 4; q++) {
        gint px = MIN (2 * i + q % 2, width - 1), py = MIN (2 * k + q / 2, height - 1);
        const guint8 *p = rgba + 4 * ((gsize) py * width + px);

        r += p[0];
        g += p[1];
        bl += p[2];
        a += p[3];
      }
      b->u_plane[k * cw + i] = (guint8) CLAMP ((-38 * r - 74 * g + 112 * bl + 128 * a * 256 / 255) / 1024, 0, 255);
      b->v_plane[k * cw + i] = (guint8) CLAMP ((112 * r - 94 * g - 18 * bl + 128 * a * 256 / 255) / 1024, 0, 255);
      b->c_alpha[k * cw + i] = (guint8) (a / 4);
    }
  return b;
}

void
upright_bitmap_free (UprightBitmap * b)
{
  if (!b)
    return;
  g_free (b->y_plane);
  g_free (b->y_alpha);
  g_free (b->u_plane);
  g_free (b->v_plane);
  g_free (b->c_alpha);
  g_free (b);
}

FAST static void
blend_row (guint8 * restrict dst, const guint8 * restrict src, const guint8 * restrict alpha, gint n)
{
  gint x;

  for (x = 0; x < n; x++) {
    guint v = dst[x] * (255u - alpha[x]) + 127;
    guint sum = src[x] + ((v + (v >> 8) + 1) >> 8);

    dst[x] = (guint8) MIN (sum, 255u);
  }
}

static void
blend_plane (const UprightPlane * p, const guint8 * src, const guint8 * alpha, gint bx, gint by, gint bw, gint bh, gint x, gint y, gint w, gint h)
{
  gint x0 = MAX (MAX (bx, x), 0), x1 = MIN (MIN (bx + bw, x + w), p->width);
  gint y0 = MAX (MAX (by, y), 0), y1 = MIN (MIN (by + bh, y + h), p->height), v;

  if (x1 <= x0)
    return;
  for (v = y0; v < y1; v++) {
    gsize at = (gsize) (v - by) * bw + (x0 - bx);

    blend_row (p->data + (gsize) v * p->stride + x0, src + at, alpha + at, x1 - x0);
  }
}

void
upright_blend (const UprightPlane planes[3], const UprightBitmap * b, gint x, gint y, gint w, gint h)
{
  gint cw = (b->width + 1) / 2, ch = (b->height + 1) / 2;

  blend_plane (&planes[0], b->y_plane, b->y_alpha, b->x, b->y, b->width, b->height, x, y, w, h);
  blend_plane (&planes[1], b->u_plane, b->c_alpha, b->x / 2, b->y / 2, cw, ch, x / 2, y / 2, w / 2, h / 2);
  blend_plane (&planes[2], b->v_plane, b->c_alpha, b->x / 2, b->y / 2, cw, ch, x / 2, y / 2, w / 2, h / 2);
}
