/* Pictures with an alpha channel, blended over others. */
#include "fast.h"
#include "picture.h"

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
blend_plane (const UprightPlane * p, const guint8 * src, const guint8 * alpha, gint bx, gint by, gint bw, gint bh,
    gint x, gint y, gint w, gint h)
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
