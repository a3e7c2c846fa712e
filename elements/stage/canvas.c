/* What is seen on the canvas: which picture stands in which cell, and what has changed. */
#include "canvas.h"

#define CAMERA_AGE ((gint64) (5500 * GST_MSECOND))      /* how long the last picture of a camera stands */
#define AWAY ((gint64) (4 * GST_SECOND))        /* and that of a file that has ended */

static void
cell_free (gpointer data)
{
  UprightCell *c = data;

  g_array_unref (c->pads);
  g_array_unref (c->speaks);
  upright_bitmap_free (c->instead);
  g_ptr_array_unref (c->over);
  upright_corners_free (c->corners);
  g_free (c->behind[0].data);
  g_free (c->behind[1].data);
  g_free (c->behind[2].data);
  g_free (c);
}

static void
bitmap_free (gpointer data)
{
  upright_bitmap_free (data);
}

void
upright_canvas_init (UprightCanvas * canvas)
{
  canvas->sources = g_array_new (FALSE, FALSE, sizeof (UprightSource));
  canvas->cells = g_ptr_array_new_with_free_func (cell_free);
  canvas->bitmaps = g_ptr_array_new_with_free_func (bitmap_free);
}

void
upright_canvas_clear (UprightCanvas * canvas)
{
  upright_canvas_close (canvas);
  g_array_unref (canvas->sources);
  g_ptr_array_unref (canvas->cells);
  g_ptr_array_unref (canvas->bitmaps);
}

void
upright_canvas_open (UprightCanvas * canvas, gint width, gint height, guint32 background)
{
  canvas->width = width;
  canvas->height = height;
  upright_yuv (background, canvas->background);
  g_free (canvas->memory);
  canvas->memory = g_malloc ((gsize) width * height * 3 / 2);
  upright_planes (canvas->planes, canvas->memory, width, height);
  if (!canvas->scaler)
    canvas->scaler = upright_scaler_new ();
}

void
upright_canvas_close (UprightCanvas * canvas)
{
  g_ptr_array_set_size (canvas->cells, 0);
  g_ptr_array_set_size (canvas->bitmaps, 0);
  g_clear_pointer (&canvas->backdrop, upright_bitmap_free);
  g_clear_pointer (&canvas->scaler, upright_scaler_free);
  g_clear_pointer (&canvas->memory, g_free);
  g_clear_pointer (&canvas->split, g_free);
  canvas->split_size = 0;
}

UprightCell *
upright_canvas_add_cell (UprightCanvas * canvas, gint x, gint y, gint w, gint h)
{
  UprightCell *c = g_new0 (UprightCell, 1);

  c->x = x;
  c->y = y;
  c->w = w;
  c->h = h;
  c->pads = g_array_new (FALSE, FALSE, sizeof (gint32));
  c->speaks = g_array_new (FALSE, FALSE, sizeof (UprightStretch));
  c->over = g_ptr_array_new_with_free_func (bitmap_free);
  g_ptr_array_add (canvas->cells, c);
  return c;
}

static gboolean
overlap (const UprightCell * a, const UprightCell * b)
{
  return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

/* The newest picture that stands in a cell at a time of the room. */
static UprightPicture *
standing (UprightCanvas * canvas, UprightCell * c, UprightPicture * const *pictures, gint64 room)
{
  UprightPicture *best = NULL;
  guint i;

  for (i = 0; i < c->pads->len; i++) {
    gint k = g_array_index (c->pads, gint32, i);
    UprightPicture *p = k < UPRIGHT_MAX_PADS ? pictures[k] : NULL;
    const UprightSource *s;

    if (!p || !p->buffer || k >= (gint) canvas->sources->len)
      continue;
    s = &g_array_index (canvas->sources, UprightSource, k);
    if (room >= s->to + AWAY || (s->camera && room - p->at > CAMERA_AGE))
      continue;
    if (!best || p->at >= best->at)
      best = p;
  }
  return best;
}

/* Width of the border around who speaks, 0: none. */
static gint
ring_at (UprightCell * c, GstClockTime at)
{
  while (c->speech < c->speaks->len && g_array_index (c->speaks, UprightStretch, c->speech).to <= at)
    c->speech++;
  if (c->speech < c->speaks->len && g_array_index (c->speaks, UprightStretch, c->speech).from <= at)
    return g_array_index (c->speaks, UprightStretch, c->speech).ring;
  return 0;
}

void
upright_canvas_draw (UprightCanvas * canvas, UprightPicture * const *pictures, GstClockTime at, gint64 room)
{
  guint i, k;

  if (canvas->anew) {
    upright_canvas_uncover (canvas, 0, 0, canvas->width, canvas->height);
    for (i = 0; i < canvas->bitmaps->len; i++)
      upright_blend (canvas->planes, g_ptr_array_index (canvas->bitmaps, i), 0, 0, canvas->width, canvas->height);
    for (i = 0; i < canvas->cells->len; i++)
      ((UprightCell *) g_ptr_array_index (canvas->cells, i))->drawn = FALSE;
    canvas->anew = FALSE;
    canvas->changed = TRUE;
  }
  for (i = 0; i < canvas->cells->len; i++) {      /* those above come later */
    UprightCell *c = g_ptr_array_index (canvas->cells, i);
    UprightPicture *p = standing (canvas, c, pictures, room);
    gint ring = ring_at (c, at);
    gboolean fresh = !c->drawn;

    if (c->drawn && c->picture == (p ? p->number : 0) && c->ring == ring)
      continue;
    c->drawn = TRUE;
    c->picture = p ? p->number : 0;
    c->ring = ring;
    upright_cell_draw (canvas, c, p, at, fresh);
    for (k = i + 1; k < canvas->cells->len; k++) {
      UprightCell *above = g_ptr_array_index (canvas->cells, k);

      if (overlap (c, above))
        above->drawn = FALSE;
    }
  }
}
