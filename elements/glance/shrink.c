/* Pictures in a smaller size: each pixel is the mean of what lies below it. */
#include "glance.h"

/* The compiler takes many bytes at a time here if it is asked to: nearly all pictures are like that. */
#if defined (__GNUC__) && !defined (__clang__)
__attribute__ ((optimize ("O3")))
#endif
static guint32
sum_of_bytes (const guint8 * from, gint n)
{
  guint32 sum = 0;
  gint i;

  for (i = 0; i < n; i++)
    sum += from[i];
  return sum;
}

/* The means of one component, as parts of its range: from - offset of 0 to 1, or of -0.5 to 0.5. */
static void
means (GstVideoFrame * frame, gint component, gdouble offset, gdouble scale, gfloat * to, gint width, gint height)
{
  const GstVideoFormatInfo *f = frame->info.finfo;
  const guint8 *data = GST_VIDEO_FRAME_COMP_DATA (frame, component);
  gint stride = GST_VIDEO_FRAME_COMP_STRIDE (frame, component), step = GST_VIDEO_FRAME_COMP_PSTRIDE (frame, component);
  gint w = GST_VIDEO_FRAME_COMP_WIDTH (frame, component), h = GST_VIDEO_FRAME_COMP_HEIGHT (frame, component);
  gint shift = GST_VIDEO_FORMAT_INFO_SHIFT (f, component), x, y, column, row;
  gboolean deep = GST_VIDEO_FORMAT_INFO_DEPTH (f, component) > 8;

  for (row = 0; row < height; row++) {
    gint top = (gint64) row * h / height, bottom = MAX (top + 1, (gint64) (row + 1) * h / height);

    for (column = 0; column < width; column++) {
      gint left = (gint64) column * w / width, right = MAX (left + 1, (gint64) (column + 1) * w / width);
      guint64 sum = 0;

      for (y = top; y < bottom; y++) {
        const guint8 *line = data + (gsize) y * stride;
        guint32 part = 0;

        if (deep)
          for (x = left; x < right; x++)
            part += GST_READ_UINT16_LE (line + (gsize) x * step) >> shift;
        else if (step == 1)
          part = sum_of_bytes (line + left, right - left);
        else
          for (x = left; x < right; x++)
            part += line[(gsize) x * step];
        sum += part;
      }
      *to++ = ((gdouble) sum / ((gint64) (bottom - top) * (right - left)) - offset) / scale;
    }
  }
}

static guint8
byte_of (gdouble part)
{
  return CLAMP (part * 255 + 0.5, 0, 255);
}

/* The parts that red and blue have in luma, of the frame. */
static void
weights (GstVideoFrame * frame, gdouble * red, gdouble * blue)
{
  if (!gst_video_color_matrix_get_Kr_Kb (frame->info.colorimetry.matrix, red, blue))
    gst_video_color_matrix_get_Kr_Kb (GST_VIDEO_COLOR_MATRIX_BT601, red, blue);
}

void
upright_glance_shrink (GstVideoFrame * frame, guint8 * to, gint width, gint height)
{
  gint offset[GST_VIDEO_MAX_COMPONENTS], scale[GST_VIDEO_MAX_COMPONENTS], n = width * height, i, x, y;
  gint half = width / 2, quarter = n / 4;
  gfloat *luma = g_new0 (gfloat, n + 2 * quarter), *cb = luma + n, *cr = cb + quarter;
  gdouble kr, kb, r6, b6;

  gst_video_color_range_offsets (frame->info.colorimetry.range, frame->info.finfo, offset, scale);
  means (frame, 0, offset[0], scale[0], luma, width, height);
  if (GST_VIDEO_FRAME_N_COMPONENTS (frame) > 2) {
    means (frame, 1, offset[1], scale[1], cb, half, height / 2);
    means (frame, 2, offset[2], scale[2], cr, half, height / 2);
  }
  weights (frame, &kr, &kb);
  gst_video_color_matrix_get_Kr_Kb (GST_VIDEO_COLOR_MATRIX_BT601, &r6, &b6);
  /* By way of red, green and blue: R = Y + 2 (1 - Kr) Cr, B = Y + 2 (1 - Kb) Cb, Y = Kr R + Kg G + Kb B, of which Y is
   * that of BT.601 when its weights are taken. */
  for (y = 0; y < height; y++)
    for (x = 0; x < width; x++) {
      gint c = y / 2 * half + x / 2;
      gdouble v = luma[y * width + x], r = v + 2 * (1 - kr) * cr[c], b = v + 2 * (1 - kb) * cb[c];
      gdouble g = (v - kr * r - kb * b) / (1 - kr - kb);

      to[y * width + x] = byte_of (r6 * r + (1 - r6 - b6) * g + b6 * b);
    }
  for (i = 0; i < quarter; i++) {
    gdouble r = 2 * (1 - kr) * cr[i], b = 2 * (1 - kb) * cb[i], g = -(kr * r + kb * b) / (1 - kr - kb);
    gdouble v = r6 * r + (1 - r6 - b6) * g + b6 * b;

    to[n + i] = byte_of ((b - v) / (2 * (1 - b6)) + 128. / 255);
    to[n + quarter + i] = byte_of ((r - v) / (2 * (1 - r6)) + 128. / 255);
  }
  g_free (luma);
}
