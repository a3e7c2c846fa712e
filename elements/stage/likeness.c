#include "likeness.h"
#include "cell.h"
#include "fast.h"

#include <string.h>

#define UNSEEN 2                /* by how much values may differ in pictures that are nearly the same, of 255 */

/* The largest difference of values. */
FAST static guint8
most (const guint8 * restrict a, const guint8 * restrict b, gsize n)
{
  guint8 worst = 0;
  gsize x;

  for (x = 0; x < n; x++) {
    guint8 apart = a[x] > b[x] ? a[x] - b[x] : b[x] - a[x];

    worst = MAX (worst, apart);
  }
  return worst;
}

/* Pictures of a camera differ in their first lines: this takes time only where nothing moves. */
UprightLikeness
upright_likeness (GstVideoFrame * a, GstVideoFrame * b)
{
  UprightLikeness alike = UPRIGHT_SAME;
  guint i;
  gint y;

  for (i = 0; i < GST_VIDEO_FRAME_N_PLANES (a); i++) {
    gsize width = (gsize) GST_VIDEO_FRAME_COMP_WIDTH (a, i) * GST_VIDEO_FRAME_COMP_PSTRIDE (a, i);

    for (y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (a, i); y++) {
      const guint8 *one = upright_row (a, i, y), *other = upright_row (b, i, y);

      if (memcmp (one, other, width) == 0)
        continue;
      if (most (one, other, width) > UNSEEN)
        return UPRIGHT_OTHER;
      alike = UPRIGHT_NEARLY;
    }
  }
  return alike;
}
