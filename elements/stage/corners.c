/* Round corners: what was below them is put back once a cell is drawn. */
#include "picture.h"

#include <math.h>
#include <string.h>

struct _UprightCorners
{
  gint radius;                  /* of luma, even */
  guint8 *inside[2];            /* of each pixel of the upper left corner, how much is in the circle: luma, chroma */
  guint8 *below[3];             /* the four corners of each plane */
};

/* How much of each pixel of a corner square lies within a circle around its lower right corner. */
static guint8 *
coverage (gint square, gdouble radius)
{
  guint8 *table = g_malloc ((gsize) square * square);
  gint x, y;

  for (y = 0; y < square; y++)
    for (x = 0; x < square; x++) {
      gdouble away = sqrt ((square - x - 0.5) * (square - x - 0.5) + (square - y - 0.5) * (square - y - 0.5));

      table[y * square + x] = (guint8) (255 * CLAMP (radius - away + 0.5, 0, 1) + 0.5);
    }
  return table;
}

UprightCorners *
upright_corners_new (gint radius)
{
  UprightCorners *c = g_new0 (UprightCorners, 1);
  gint i;

  c->radius = radius;
  c->inside[0] = coverage (radius, radius);
  c->inside[1] = coverage (radius / 2, radius / 2.0);
  for (i = 0; i < 3; i++)
    c->below[i] = g_malloc0 ((gsize) 4 * radius * radius);
  return c;
}

void
upright_corners_free (UprightCorners * c)
{
  gint i;

  if (!c)
    return;
  for (i = 0; i < 3; i++)
    g_free (c->below[i]);
  g_free (c->inside[0]);
  g_free (c->inside[1]);
  g_free (c);
}

/* A pixel of a corner (0 to 3), as far from the plane's edges as one of the upper left corner. */
static guint8 *
pixel (const UprightPlane * p, gint corner, gint x, gint y)
{
  gint px = corner & 1 ? p->width - 1 - x : x, py = corner & 2 ? p->height - 1 - y : y;

  return p->data + (gsize) py * p->stride + px;
}

static guint8
mixed (gint a, gint b, gint part)
{
  return (guint8) ((a * part + b * (255 - part) + 127) / 255);
}

void
upright_corners_save (UprightCorners * c, const UprightPlane planes[3])
{
  gint i, k, x, y;

  for (i = 0; i < 3; i++) {
    gint r = c->radius >> (i > 0);
    guint8 *to = c->below[i];

    for (k = 0; k < 4; k++)
      for (y = 0; y < r; y++)
        for (x = 0; x < r; x++)
          *to++ = *pixel (&planes[i], k, x, y);
  }
}

void
upright_corners_restore (const UprightCorners * c, const UprightPlane planes[3])
{
  gint i, k, x, y;

  for (i = 0; i < 3; i++) {
    gint r = c->radius >> (i > 0);
    const guint8 *from = c->below[i], *inside = c->inside[i > 0];

    for (k = 0; k < 4; k++)
      for (y = 0; y < r; y++)
        for (x = 0; x < r; x++, from++) {
          guint8 *at = pixel (&planes[i], k, x, y);

          *at = mixed (*at, *from, inside[y * r + x]);
        }
  }
}

/* A border in one plane, whose corners follow a circle as far as they are round. */
static void
ring_plane (const UprightPlane * p, gint r, gint n, guint8 value)
{
  guint8 *within = r > n ? coverage (r, r - n) : NULL;  /* the border */
  gint i, k, x, y;
  UprightPlane sides[4] = {
    upright_part (p, r, 0, p->width - 2 * r, n), upright_part (p, r, p->height - n, p->width - 2 * r, n),
    upright_part (p, 0, r, n, p->height - 2 * r), upright_part (p, p->width - n, r, n, p->height - 2 * r)
  };

  for (i = 0; i < 4; i++)
    if (sides[i].width > 0 && sides[i].height > 0)
      upright_fill (&sides[i], value);
  for (k = 0; k < 4; k++)
    for (y = 0; y < r; y++)
      for (x = 0; x < r; x++) {
        guint8 *at = pixel (p, k, x, y);

        *at = mixed (*at, value, within ? within[y * r + x] : x >= n && y >= n ? 255 : 0);
      }
  g_free (within);
}

void
upright_ring (const UprightPlane planes[3], gint radius, gint width, const guint8 colour[3])
{
  gint i;

  for (i = 0; i < 3; i++)
    ring_plane (&planes[i], radius >> (i > 0), MAX (1, width >> (i > 0)), colour[i]);
}
