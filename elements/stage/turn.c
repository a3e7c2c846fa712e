/* Turning of planes, in squares: a row of what is turned is a column of what it is made of. */
#include "lanes.h"
#include "picture.h"

#define SIDE 16

/* How far the pixels of one row, and the rows, of a turned picture are apart in the other. */
typedef struct
{
  const guint8 *origin;         /* of the first pixel */
  gssize along, down;
} Walk;

static Walk
walk (const UprightPlane * from, UprightTurn turn)
{
  gssize stride = from->stride, right = turn.flip ? -1 : 1;
  const guint8 *left = from->data + (turn.flip ? from->width - 1 : 0);
  const guint8 *end = from->data + (turn.flip ? 0 : from->width - 1), *last = end + stride * (from->height - 1);

  switch (turn.quarters) {
    case 1:
      return (Walk) { left + stride * (from->height - 1), -stride, right };
    case 2:
      return (Walk) { last, -right, -stride };
    case 3:
      return (Walk) { end, stride, -right };
    default:
      return (Walk) { left, right, stride };
  }
}

/* A part of a plane, pixel by pixel. */
static void
turn_part (const Walk * w, const UprightPlane * to, gint x, gint y, gint width, gint height)
{
  gint u, v;

  for (v = y; v < y + height; v++) {
    const guint8 *from = w->origin + w->down * v + w->along * x;
    guint8 *out = to->data + (gsize) v * to->stride + x;

    for (u = 0; u < width; u++, from += w->along)
      out[u] = *from;
  }
}

/* A square whose rows are columns of what it is made of. */
static void
turn_square (const Walk * w, const UprightPlane * to, gint x, gint y)
{
  UprightBytes v[SIDE];
  gint i;

  for (i = 0; i < SIDE; i++)
    memcpy (&v[i], w->origin + w->along * (x + i) + w->down * y - (w->down < 0 ? SIDE - 1 : 0), SIDE);
  upright_mirror_bytes (v);
  for (i = 0; i < SIDE; i++)
    memcpy (to->data + (gsize) (y + i) * to->stride + x, &v[w->down < 0 ? SIDE - 1 - i : i], SIDE);
}

void
upright_turn (const UprightPlane * from, const UprightPlane * to, UprightTurn turn)
{
  Walk w = walk (from, turn);
  gint x, y, width = to->width / SIDE * SIDE, height = to->height / SIDE * SIDE;

  if (turn.quarters % 2 == 0) {
    turn_part (&w, to, 0, 0, to->width, to->height);
    return;
  }
  for (y = 0; y < height; y += SIDE)
    for (x = 0; x < width; x += SIDE)
      turn_square (&w, to, x, y);
  turn_part (&w, to, width, 0, to->width - width, height);
  turn_part (&w, to, 0, height, to->width, to->height - height);
}
