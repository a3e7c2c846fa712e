/* What the Go side says of the score. */
#include "class.h"

void
upright_stage_open (gpointer stage, gint width, gint height, gint fps_n, gint fps_d, GstClockTime duration,
    guint32 background)
{
  UprightStage *self = stage;

  self->fps_n = fps_n;
  self->fps_d = fps_d;
  self->duration = duration;
  upright_canvas_open (&self->canvas, width, height, background);
}

void
upright_stage_piece (gpointer stage, GstClockTime from, GstClockTime to, gint64 room)
{
  UprightPiece p = { from, to, room };

  g_array_append_val (UPRIGHT_STAGE (stage)->pieces, p);
}

void
upright_stage_source (gpointer stage, gboolean camera, gint64 from, gint64 to)
{
  UprightSource s = { camera, from, to };

  g_array_append_val (UPRIGHT_STAGE (stage)->canvas.sources, s);
}

void
upright_stage_key (gpointer stage, guint64 picture)
{
  g_array_append_val (UPRIGHT_STAGE (stage)->borders, picture);
}

void
upright_stage_span (gpointer stage, GstClockTime until)
{
  UprightStage *self = stage;

  g_ptr_array_set_size (self->canvas.cells, 0);
  self->until = until;
  self->canvas.anew = TRUE;
}

void
upright_stage_cell (gpointer stage, gint x, gint y, gint w, gint h, gint fit, const gint32 * pads, guint n)
{
  UprightCell *c = upright_canvas_add_cell (&UPRIGHT_STAGE (stage)->canvas, x, y, w, h);

  c->fit = fit;
  if (n)
    g_array_append_vals (c->pads, pads, n);
}

static UprightCell *
last_cell (UprightStage * self)
{
  return g_ptr_array_index (self->canvas.cells, self->canvas.cells->len - 1);
}

/* A border around the cell for a time, of a width in pixels. Times come in order. */
void
upright_stage_ring (gpointer stage, GstClockTime from, GstClockTime to, gint width)
{
  UprightStretch s = { from, to, width };

  g_array_append_val (last_cell (stage)->speaks, s);
}

/* How the cell looks: radius of its corners, a border that is always there, what is behind its picture (-1: nothing).
 */
void
upright_stage_dress (gpointer stage, gint round, gint border, guint32 colour, gint64 behind)
{
  UprightCell *c = last_cell (stage);

  c->round = round;
  c->border = border;
  upright_yuv (colour, c->colour);
  c->filled = behind >= 0;
  if (c->filled)
    upright_yuv ((guint32) behind, c->fill);
  if (round > 0)
    c->corners = upright_corners_new (round);
}

void
upright_stage_bitmap (gpointer stage, gint use, gint x, gint y, gint w, gint h, const guint8 * rgba)
{
  UprightStage *self = stage;
  UprightBitmap *b = upright_bitmap_new (x & ~1, y & ~1, w, h, rgba);

  switch (use) {
    case UPRIGHT_BITMAP_CANVAS:
      g_ptr_array_add (self->canvas.bitmaps, b);
      break;
    case UPRIGHT_BITMAP_BACKDROP:
      upright_bitmap_free (self->canvas.backdrop);
      self->canvas.backdrop = b;
      break;
    case UPRIGHT_BITMAP_OVER:
      g_ptr_array_add (last_cell (self)->over, b);
      break;
    default:
      upright_bitmap_free (last_cell (self)->instead);
      last_cell (self)->instead = b;
  }
}

/* Takes all bitmaps over everything away; the canvas is drawn anew. */
void
upright_stage_canvas_clear (gpointer stage)
{
  UprightStage *self = stage;

  g_ptr_array_set_size (self->canvas.bitmaps, 0);
  self->canvas.anew = TRUE;
}
