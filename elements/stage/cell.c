/* How a cell of the canvas is drawn: a picture is scaled once, straight into its cell. */
#include "cell.h"

#include <string.h>

#define BLUR_EVERY (500 * GST_MSECOND)  /* how often what lies behind a picture is made anew */
#define BLUR_PART 16            /* by how much it is smaller while it is blurred */
#define SOFTEN 3                /* how often it is softened then */

/* Plane i of a part of a picture in 4:2:0, whose edges are even. */
static UprightPlane
part_of (const UprightPlane planes[3], gint i, gint x, gint y, gint w, gint h)
{
  gint half = i > 0;

  return upright_part (&planes[i], x >> half, y >> half, w >> half, h >> half);
}

/* The planes of a picture, as they lie. NV12 has its chroma taken apart. */
static void
planes_of (UprightCanvas * canvas, GstVideoFrame * f, UprightPlane planes[3])
{
  gint i, y, x;

  for (i = 0; i < 3; i++) {
    if (GST_VIDEO_FRAME_FORMAT (f) == GST_VIDEO_FORMAT_NV12 && i > 0)
      break;
    planes[i].data = GST_VIDEO_FRAME_COMP_DATA (f, i);
    planes[i].width = GST_VIDEO_FRAME_COMP_WIDTH (f, i);
    planes[i].height = GST_VIDEO_FRAME_COMP_HEIGHT (f, i);
    planes[i].stride = GST_VIDEO_FRAME_COMP_STRIDE (f, i);
  }
  if (i == 3)
    return;
  {
    gint w = GST_VIDEO_FRAME_COMP_WIDTH (f, 1), h = GST_VIDEO_FRAME_COMP_HEIGHT (f, 1);
    gsize n = (gsize) w * h;

    if (canvas->split_size < 2 * n) {
      canvas->split_size = 2 * n;
      canvas->split = g_realloc (canvas->split, 2 * n);
    }
    planes[1] = (UprightPlane) { canvas->split, w, h, w };
    planes[2] = (UprightPlane) { canvas->split + n, w, h, w };
    for (y = 0; y < h; y++) {
      const guint8 *src = upright_row (f, 1, y);

      for (x = 0; x < w; x++) {
        planes[1].data[(gsize) y * w + x] = src[2 * x];
        planes[2].data[(gsize) y * w + x] = src[2 * x + 1];
      }
    }
  }
}

/* Part x of y, rounded, even. */
static gint
even (gdouble v)
{
  return ((gint) (v / 2 + 0.5)) * 2;
}

/* Scales a part of the planes of a picture (in luma pixels, as it lies) into a part of the canvas, or of other planes
 * in 4:2:0. */
static void
scale_part (UprightCanvas * canvas, const UprightPlane in[3], gint sx, gint sy, gint sw, gint sh,
    const UprightPlane out[3], gint x, gint y, gint w, gint h, UprightTurn turn)
{
  gint i;

  for (i = 0; i < 3; i++) {
    gdouble fx = (gdouble) in[i].width / in[0].width, fy = (gdouble) in[i].height / in[0].height;
    gint px = MIN ((gint) (sx * fx + 0.5), in[i].width - 1), py = MIN ((gint) (sy * fy + 0.5), in[i].height - 1);
    gint pw = CLAMP ((gint) (sw * fx + 0.5), 1, in[i].width - px);
    gint ph = CLAMP ((gint) (sh * fy + 0.5), 1, in[i].height - py);
    UprightPlane from = upright_part (&in[i], px, py, pw, ph);
    UprightPlane to = part_of (out, i, x, y, w, h);

    upright_scale (canvas->scaler, &from, &to, turn);
  }
}

static void
fill_part (UprightCanvas * canvas, gint x, gint y, gint w, gint h, const guint8 colour[3])
{
  gint i;

  for (i = 0; i < 3; i++) {
    UprightPlane p = part_of (canvas->planes, i, x, y, w, h);

    upright_fill (&p, colour[i]);
  }
}

void
upright_canvas_uncover (UprightCanvas * canvas, gint x, gint y, gint w, gint h)
{
  UprightBitmap *b = canvas->backdrop;
  gint width = canvas->width, height = canvas->height, i;

  if (!b) {
    fill_part (canvas, x, y, w, h, canvas->background);
    return;
  }
  for (i = 0; i < 3; i++) {
    UprightPlane whole[3] = { {b->y_plane, width, height, width}, {b->u_plane, width / 2, height / 2, width / 2},
    {b->v_plane, width / 2, height / 2, width / 2}
    };
    UprightPlane from = part_of (whole, i, x, y, w, h), to = part_of (canvas->planes, i, x, y, w, h);

    upright_copy (&from, &to);
  }
}

/* Shows what is behind the picture of a cell. */
static void
clear_cell (UprightCanvas * canvas, const UprightCell * c, gint x, gint y, gint w, gint h)
{
  if (c->filled)
    fill_part (canvas, x, y, w, h, c->fill);
  else
    upright_canvas_uncover (canvas, x, y, w, h);
}

/* The part of a picture that covers w x h: as it lies, in luma pixels. */
static void
cover (const UprightPlane * luma, gdouble dw, gdouble dh, gint w, gint h, UprightTurn turn, gint * sx, gint * sy,
    gint * sw, gint * sh)
{
  gdouble scale = MAX (w / dw, h / dh), part_w = w / scale / dw, part_h = h / scale / dh;

  if (turn.quarters % 2) {
    gdouble t = part_w;

    part_w = part_h;
    part_h = t;
  }
  *sw = CLAMP ((gint) (luma->width * part_w + 0.5), 1, luma->width);
  *sh = CLAMP ((gint) (luma->height * part_h + 0.5), 1, luma->height);
  *sx = ((luma->width - *sw) / 2) & ~1;
  *sy = ((luma->height - *sh) / 2) & ~1;
}

/* What lies behind a picture that does not fill its cell: itself, blurred and darker. */
static void
draw_behind (UprightCanvas * canvas, UprightCell * c, const UprightPlane in[3], gdouble dw, gdouble dh,
    UprightTurn turn, GstClockTime at)
{
  static const UprightTurn upright = { 0, FALSE };
  gint i, k, sx, sy, sw, sh;

  if (!c->behind[0].data || at - c->behind_at >= BLUR_EVERY) {
    gint tw = MAX (4, c->w / BLUR_PART & ~1), th = MAX (4, c->h / BLUR_PART & ~1);
    guint8 *memory = g_malloc ((gsize) tw * th * 3 / 2);
    UprightPlane small[3];

    upright_planes (small, memory, tw, th);
    cover (&in[0], dw, dh, c->w, c->h, turn, &sx, &sy, &sw, &sh);
    scale_part (canvas, in, sx, sy, sw, sh, small, 0, 0, tw, th, turn);
    for (i = 0; i < 3; i++) {
      gint w = c->w >> (i > 0), h = c->h >> (i > 0);

      if (!c->behind[i].data)
        c->behind[i] = (UprightPlane) { g_malloc ((gsize) w * h), w, h, w };
      for (k = 0; k < SOFTEN; k++)      /* or the squares of the small picture are to be seen */
        upright_soften (&small[i]);
      upright_scale (canvas->scaler, &small[i], &c->behind[i], upright);
      upright_dim (&c->behind[i], 55, i ? 128 : 16);
    }
    g_free (memory);
    c->behind_at = at;
  }
  for (i = 0; i < 3; i++) {
    UprightPlane to = part_of (canvas->planes, i, c->x, c->y, c->w, c->h);

    upright_copy (&c->behind[i], &to);
  }
}

static gboolean
draw_picture (UprightCanvas * canvas, UprightCell * c, UprightPicture * p, GstClockTime at)
{
  GstVideoFrame frame;
  UprightPlane in[3];
  gdouble dw, dh;               /* upright, in square pixels */
  gint x = c->x, y = c->y, w = c->w, h = c->h, sx = 0, sy = 0, sw, sh;

  if (!gst_video_frame_map (&frame, &p->info, p->buffer, GST_MAP_READ))
    return FALSE;
  planes_of (canvas, &frame, in);
  dw = (gdouble) in[0].width * GST_VIDEO_INFO_PAR_N (&p->info) / MAX (1, GST_VIDEO_INFO_PAR_D (&p->info));
  dh = in[0].height;
  if (p->turn.quarters % 2) {
    gdouble t = dw;

    dw = dh;
    dh = t;
  }
  sw = in[0].width;
  sh = in[0].height;
  switch (c->fit) {
    case UPRIGHT_FIT_STRETCH:
      break;
    case UPRIGHT_FIT_COVER:
      cover (&in[0], dw, dh, w, h, p->turn, &sx, &sy, &sw, &sh);
      break;
    default:{
      gdouble scale = MIN (w / dw, h / dh);

      w = CLAMP (even (dw * scale), 2, c->w);
      h = CLAMP (even (dh * scale), 2, c->h);
      x += ((c->w - w) / 2) & ~1;
      y += ((c->h - h) / 2) & ~1;
      if (w == c->w && h == c->h)
        break;
      if (c->fit == UPRIGHT_FIT_BLUR) {
        draw_behind (canvas, c, in, dw, dh, p->turn, at);
      } else {                  /* only the bars: the rest is drawn anyway */
        clear_cell (canvas, c, c->x, c->y, c->w, y - c->y);
        clear_cell (canvas, c, c->x, y + h, c->w, c->y + c->h - y - h);
        clear_cell (canvas, c, c->x, y, x - c->x, h);
        clear_cell (canvas, c, x + w, y, c->x + c->w - x - w, h);
      }
    }
  }
  scale_part (canvas, in, sx, sy, sw, sh, canvas->planes, x, y, w, h, p->turn);
  gst_video_frame_unmap (&frame);
  return TRUE;
}

/* The planes of a cell on the canvas. */
static void
planes_of_cell (UprightCanvas * canvas, const UprightCell * c, UprightPlane planes[3])
{
  gint i;

  for (i = 0; i < 3; i++)
    planes[i] = part_of (canvas->planes, i, c->x, c->y, c->w, c->h);
}

static void
draw_ring (UprightCanvas * canvas, UprightCell * c, gint width, const guint8 colour[3])
{
  gint n = MIN (width, MIN (c->w, c->h) / 4) & ~1;
  UprightPlane planes[3];

  if (n <= 0)
    return;
  planes_of_cell (canvas, c, planes);
  upright_ring (planes, c->round, n, colour);
}

void
upright_cell_draw (UprightCanvas * canvas, UprightCell * c, UprightPicture * p, GstClockTime at, gboolean fresh)
{
  UprightPlane planes[3];
  guint8 speaks[3];
  guint i;

  upright_yuv (0x3ddc84, speaks);
  planes_of_cell (canvas, c, planes);
  if (c->corners && fresh)
    upright_corners_save (c->corners, planes);
  if (!p || !draw_picture (canvas, c, p, at)) {
    clear_cell (canvas, c, c->x, c->y, c->w, c->h);
    if (c->instead)
      upright_blend (canvas->planes, c->instead, c->x, c->y, c->w, c->h);
  }
  for (i = 0; i < c->over->len; i++)
    upright_blend (canvas->planes, g_ptr_array_index (c->over, i), c->x, c->y, c->w, c->h);
  draw_ring (canvas, c, c->border, c->colour);
  draw_ring (canvas, c, c->ring, speaks);
  if (c->corners)
    upright_corners_restore (c->corners, planes);
  for (i = 0; i < canvas->bitmaps->len; i++)
    upright_blend (canvas->planes, g_ptr_array_index (canvas->bitmaps, i), c->x, c->y, c->w, c->h);
  canvas->changed = TRUE;
}
