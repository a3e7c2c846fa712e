/* What is done to whole planes. */
#include "picture.h"

#include <string.h>

void
upright_planes (UprightPlane planes[3], guint8 * memory, gint width, gint height)
{
  gsize luma = (gsize) width * height;

  planes[0] = (UprightPlane) { memory, width, height, width };
  planes[1] = (UprightPlane) { memory + luma, width / 2, height / 2, width / 2 };
  planes[2] = (UprightPlane) { memory + luma * 5 / 4, width / 2, height / 2, width / 2 };
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
