/* The class uprightstage. GStreamer's aggregator sees to threads, flushing and negotiation; what the score says is the Go side's
 * business, once for each span. Here a canvas stays, and what has changed on it is drawn: each picture is scaled once, straight into
 * its cell. */
#include "stage.h"
#include "_cgo_export.h"
#include "page.h"

#include <gst/base/gstaggregator.h>
#include <gst/video/video.h>
#include <string.h>

GST_DEBUG_CATEGORY_STATIC (category);
#define GST_CAT_DEFAULT category

#define MAX_PADS 512
/* Encoders of GStreamer (seen in 1.22) that are asked for a key frame before they have given their first picture never
 * make one on request again. So they are not asked before they have got more pictures than they hold. */
#define MOST_HELD 32
#define STILL (GST_SECOND)      /* a canvas that does not change is shown again after so long */
#define CAMERA_AGE ((gint64) (5500 * GST_MSECOND))      /* how long the last picture of a camera stands */
#define AWAY ((gint64) (4 * GST_SECOND))        /* and that of a file that has ended */
#define BLUR_EVERY (500 * GST_MSECOND)  /* how often what lies behind a picture is made anew */
#define BLUR_PART 16            /* by how much it is smaller while it is blurred */
#define SOFTEN 3                /* how often it is softened then */

/* A picture that stands. */
typedef struct
{
  GstBuffer *buffer;
  GstVideoInfo info;
  UprightTurn turn;
  gint64 at;                    /* running time */
  guint64 number;               /* no other picture has it */
} Picture;

#define UPRIGHT_TYPE_STAGE_PAD (upright_stage_pad_get_type ())
G_DECLARE_FINAL_TYPE (UprightStagePad, upright_stage_pad, UPRIGHT, STAGE_PAD, GstAggregatorPad)

struct _UprightStagePad
{
  GstAggregatorPad parent;

  gint index;
  GstVideoInfo info;            /* of what comes next */
  UprightTurn turn;
  Picture shown;
};

G_DEFINE_TYPE (UprightStagePad, upright_stage_pad, GST_TYPE_AGGREGATOR_PAD)

/* What the score says of a pad. */
typedef struct
{
  gboolean camera;
  gint64 from, to;
} Source;

typedef struct
{
  GstClockTime from, to;
  gint ring;                    /* width of the border, pixels */
} Stretch;

typedef struct
{
  GstClockTime from, to;
  gint64 room;
} Piece;

typedef struct
{
  gint x, y, w, h;
  UprightFit fit;
  GArray *pads;                 /* gint32 */
  GArray *speaks;               /* Stretch, in order */
  guint speech;                 /* the first one that is not over */
  UprightBitmap *instead;
  GPtrArray *over;
  gint round, border;           /* radius of the corners, width of a border that is always there */
  guint8 colour[3];             /* of that */
  gboolean filled;
  guint8 fill[3];               /* behind a picture that leaves something free, if filled */
  UprightCorners *corners;      /* if round */

  /* What is drawn. */
  gboolean drawn;
  gint ring;
  guint64 picture;              /* its number, 0: none */
  UprightPlane behind[3];       /* blurred */
  GstClockTime behind_at;
} Cell;

#define UPRIGHT_TYPE_STAGE (upright_stage_get_type ())
G_DECLARE_FINAL_TYPE (UprightStage, upright_stage, UPRIGHT, STAGE, GstAggregator)

struct _UprightStage
{
  GstAggregator parent;

  guintptr go;
  gchar *score;                 /* under the object lock, as are skip_still, from and to */
  gboolean skip_still;
  guint64 from, to;             /* pictures; to 0: all */

  gint width, height, fps_n, fps_d;
  GstClockTime duration;
  guint8 background[3];
  UprightBitmap *backdrop;      /* instead of a colour */
  guint8 *memory;
  UprightPlane canvas[3];
  GArray *pieces, *sources;
  GArray *borders;              /* guint64 */
  guint next_border;
  GPtrArray *cells;             /* of the span */
  GPtrArray *bitmaps;           /* over everything */
  GstClockTime until;           /* end of the span */
  gboolean span_begins;
  gint64 clock;                 /* second that is shown, -1: none yet */

  guint64 first, frame, end;    /* the first one, the next one, the one that is not there any more */
  guint64 pictures;             /* that have come */
  guint64 given;                /* pictures of the canvas that were pushed */
  GstClockTime pushed;
  gboolean changed;             /* what is on the canvas has not been pushed yet */
  UprightScaler *scaler;
  GstBufferPool *pool;
  guint8 *split;                /* chroma that came interleaved */
  gsize split_size;
};

static void child_proxy_init (gpointer iface, gpointer data);
G_DEFINE_TYPE_WITH_CODE (UprightStage, upright_stage, GST_TYPE_AGGREGATOR,
    G_IMPLEMENT_INTERFACE (GST_TYPE_CHILD_PROXY, child_proxy_init))

enum
{
  PROP_0,
  PROP_SCORE,
  PROP_SKIP_STILL,
  PROP_FROM,
  PROP_TO
};

#define FORMATS "{ I420, YV12, Y42B, Y444, NV12 }"

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink_%u", GST_PAD_SINK, GST_PAD_REQUEST,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE (FORMATS)));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE ("I420") ", pixel-aspect-ratio=(fraction)1/1, interlace-mode=(string)progressive, "
        "colorimetry=(string)bt601"));

/* Pads */

static void
picture_clear (Picture * p)
{
  gst_clear_buffer (&p->buffer);
}

static void
upright_stage_pad_finalize (GObject * object)
{
  picture_clear (&UPRIGHT_STAGE_PAD (object)->shown);
  G_OBJECT_CLASS (upright_stage_pad_parent_class)->finalize (object);
}

static void
upright_stage_pad_init (UprightStagePad * pad)
{
  gst_video_info_init (&pad->info);
}

static void
upright_stage_pad_class_init (UprightStagePadClass * klass)
{
  G_OBJECT_CLASS (klass)->finalize = upright_stage_pad_finalize;
}

/* Cells */

static void
cell_free (gpointer data)
{
  Cell *c = data;

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

/* What the Go side says */

void
upright_stage_open (gpointer stage, gint width, gint height, gint fps_n, gint fps_d, GstClockTime duration, guint32 background)
{
  UprightStage *self = stage;
  gsize luma = (gsize) width * height;

  self->width = width;
  self->height = height;
  self->fps_n = fps_n;
  self->fps_d = fps_d;
  self->duration = duration;
  upright_yuv (background, self->background);
  g_free (self->memory);
  self->memory = g_malloc (luma * 3 / 2);
  self->canvas[0] = (UprightPlane) { self->memory, width, height, width };
  self->canvas[1] = (UprightPlane) { self->memory + luma, width / 2, height / 2, width / 2 };
  self->canvas[2] = (UprightPlane) { self->memory + luma * 5 / 4, width / 2, height / 2, width / 2 };
}

void
upright_stage_piece (gpointer stage, GstClockTime from, GstClockTime to, gint64 room)
{
  Piece p = { from, to, room };

  g_array_append_val (UPRIGHT_STAGE (stage)->pieces, p);
}

void
upright_stage_source (gpointer stage, gboolean camera, gint64 from, gint64 to)
{
  Source s = { camera, from, to };

  g_array_append_val (UPRIGHT_STAGE (stage)->sources, s);
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

  g_ptr_array_set_size (self->cells, 0);
  self->until = until;
  self->span_begins = TRUE;
}

void
upright_stage_cell (gpointer stage, gint x, gint y, gint w, gint h, gint fit, const gint32 * pads, guint n)
{
  Cell *c = g_new0 (Cell, 1);

  c->x = x;
  c->y = y;
  c->w = w;
  c->h = h;
  c->fit = fit;
  c->pads = g_array_new (FALSE, FALSE, sizeof (gint32));
  if (n)
    g_array_append_vals (c->pads, pads, n);
  c->speaks = g_array_new (FALSE, FALSE, sizeof (Stretch));
  c->over = g_ptr_array_new_with_free_func (bitmap_free);
  g_ptr_array_add (UPRIGHT_STAGE (stage)->cells, c);
}

static Cell *
last_cell (UprightStage * self)
{
  return g_ptr_array_index (self->cells, self->cells->len - 1);
}

/* A border around the cell for a time, of a width in pixels. Times come in order. */
void
upright_stage_ring (gpointer stage, GstClockTime from, GstClockTime to, gint width)
{
  Stretch s = { from, to, width };

  g_array_append_val (last_cell (stage)->speaks, s);
}

/* How the cell looks: radius of its corners, a border that is always there, what is behind its picture (-1: nothing). */
void
upright_stage_dress (gpointer stage, gint round, gint border, guint32 colour, gint64 behind)
{
  Cell *c = last_cell (stage);

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
      g_ptr_array_add (self->bitmaps, b);
      break;
    case UPRIGHT_BITMAP_BACKDROP:
      upright_bitmap_free (self->backdrop);
      self->backdrop = b;
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

  g_ptr_array_set_size (self->bitmaps, 0);
  self->span_begins = TRUE;
}

void
upright_stage_fault (gpointer stage, const gchar * text, const gchar * debug)
{
  GST_ELEMENT_ERROR (stage, LIBRARY, FAILED, ("%s", text), ("%s", debug));
}

/* Drawing */

/* The planes of a picture, as they lie. NV12 has its chroma taken apart. */
static void
planes_of (UprightStage * self, GstVideoFrame * f, UprightPlane planes[3])
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

    if (self->split_size < 2 * n) {
      self->split_size = 2 * n;
      self->split = g_realloc (self->split, 2 * n);
    }
    planes[1] = (UprightPlane) { self->split, w, h, w };
    planes[2] = (UprightPlane) { self->split + n, w, h, w };
    for (y = 0; y < h; y++) {
      const guint8 *src = (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (f, 1) + (gsize) y * GST_VIDEO_FRAME_PLANE_STRIDE (f, 1);

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

/* Scales a part of the planes of a picture (in luma pixels, as it lies) into a part of the canvas, or of other planes of 4:2:0. */
static void
scale_part (UprightStage * self, const UprightPlane in[3], gint sx, gint sy, gint sw, gint sh, const UprightPlane out[3],
    gint x, gint y, gint w, gint h, UprightTurn turn)
{
  gint i;

  for (i = 0; i < 3; i++) {
    gint half = i > 0;
    gdouble fx = (gdouble) in[i].width / in[0].width, fy = (gdouble) in[i].height / in[0].height;
    gint px = MIN ((gint) (sx * fx + 0.5), in[i].width - 1), py = MIN ((gint) (sy * fy + 0.5), in[i].height - 1);
    gint pw = CLAMP ((gint) (sw * fx + 0.5), 1, in[i].width - px), ph = CLAMP ((gint) (sh * fy + 0.5), 1, in[i].height - py);
    UprightPlane from = upright_part (&in[i], px, py, pw, ph);
    UprightPlane to = upright_part (&out[i], x >> half, y >> half, w >> half, h >> half);

    upright_scale (self->scaler, &from, &to, turn);
  }
}

static void
fill_part (UprightStage * self, gint x, gint y, gint w, gint h, const guint8 colour[3])
{
  gint i;

  for (i = 0; i < 3; i++) {
    gint half = i > 0;
    UprightPlane p = upright_part (&self->canvas[i], x >> half, y >> half, w >> half, h >> half);

    upright_fill (&p, colour[i]);
  }
}

/* Shows what is behind everything. */
static void
clear_part (UprightStage * self, gint x, gint y, gint w, gint h)
{
  UprightBitmap *b = self->backdrop;
  gint i;

  if (!b) {
    fill_part (self, x, y, w, h, self->background);
    return;
  }
  for (i = 0; i < 3; i++) {
    gint half = i > 0;
    UprightPlane whole = { i == 0 ? b->y_plane : i == 1 ? b->u_plane : b->v_plane, self->width >> half, self->height >> half, self->width >> half };
    UprightPlane from = upright_part (&whole, x >> half, y >> half, w >> half, h >> half);
    UprightPlane to = upright_part (&self->canvas[i], x >> half, y >> half, w >> half, h >> half);

    upright_copy (&from, &to);
  }
}

/* Shows what is behind the picture of a cell. */
static void
clear_cell (UprightStage * self, const Cell * c, gint x, gint y, gint w, gint h)
{
  if (c->filled)
    fill_part (self, x, y, w, h, c->fill);
  else
    clear_part (self, x, y, w, h);
}

/* The part of a picture that covers w x h: as it lies, in luma pixels. */
static void
cover (const UprightPlane * luma, gdouble dw, gdouble dh, gint w, gint h, UprightTurn turn, gint * sx, gint * sy, gint * sw, gint * sh)
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
draw_behind (UprightStage * self, Cell * c, const UprightPlane in[3], gdouble dw, gdouble dh, UprightTurn turn, GstClockTime at)
{
  static const UprightTurn upright = { 0, FALSE };
  gint i, k, sx, sy, sw, sh;

  if (!c->behind[0].data || at - c->behind_at >= BLUR_EVERY) {
    gint tw = MAX (4, c->w / BLUR_PART & ~1), th = MAX (4, c->h / BLUR_PART & ~1);
    guint8 *memory = g_malloc ((gsize) tw * th * 3 / 2);
    UprightPlane small[3] = { {memory, tw, th, tw}, {memory + tw * th, tw / 2, th / 2, tw / 2}, {memory + tw * th * 5 / 4, tw / 2, th / 2, tw / 2} };

    cover (&in[0], dw, dh, c->w, c->h, turn, &sx, &sy, &sw, &sh);
    scale_part (self, in, sx, sy, sw, sh, small, 0, 0, tw, th, turn);
    for (i = 0; i < 3; i++) {
      gint half = i > 0;

      if (!c->behind[i].data)
        c->behind[i] = (UprightPlane) { g_malloc ((gsize) (c->w >> half) * (c->h >> half)), c->w >> half, c->h >> half, c->w >> half };
      for (k = 0; k < SOFTEN; k++)      /* or the squares of the small picture are to be seen */
        upright_soften (&small[i]);
      upright_scale (self->scaler, &small[i], &c->behind[i], upright);
      upright_dim (&c->behind[i], 55, i ? 128 : 16);
    }
    g_free (memory);
    c->behind_at = at;
  }
  for (i = 0; i < 3; i++) {
    gint half = i > 0;
    UprightPlane to = upright_part (&self->canvas[i], c->x >> half, c->y >> half, c->w >> half, c->h >> half);

    upright_copy (&c->behind[i], &to);
  }
}

static gboolean
draw_picture (UprightStage * self, Cell * c, Picture * p, GstClockTime at)
{
  GstVideoFrame frame;
  UprightPlane in[3];
  gdouble dw, dh;               /* upright, in square pixels */
  gint x = c->x, y = c->y, w = c->w, h = c->h, sx = 0, sy = 0, sw, sh;

  if (!gst_video_frame_map (&frame, &p->info, p->buffer, GST_MAP_READ))
    return FALSE;
  planes_of (self, &frame, in);
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
        draw_behind (self, c, in, dw, dh, p->turn, at);
      } else {                  /* only the bars: the rest is drawn anyway */
        clear_cell (self, c, c->x, c->y, c->w, y - c->y);
        clear_cell (self, c, c->x, y + h, c->w, c->y + c->h - y - h);
        clear_cell (self, c, c->x, y, x - c->x, h);
        clear_cell (self, c, x + w, y, c->x + c->w - x - w, h);
      }
    }
  }
  scale_part (self, in, sx, sy, sw, sh, self->canvas, x, y, w, h, p->turn);
  gst_video_frame_unmap (&frame);
  return TRUE;
}

/* The planes of a cell on the canvas. */
static void
planes_of_cell (UprightStage * self, const Cell * c, UprightPlane planes[3])
{
  gint i;

  for (i = 0; i < 3; i++) {
    gint half = i > 0;

    planes[i] = upright_part (&self->canvas[i], c->x >> half, c->y >> half, c->w >> half, c->h >> half);
  }
}

static void
draw_ring (UprightStage * self, Cell * c, gint width, const guint8 colour[3])
{
  gint n = MIN (width, MIN (c->w, c->h) / 4) & ~1;
  UprightPlane planes[3];

  if (n <= 0)
    return;
  planes_of_cell (self, c, planes);
  upright_ring (planes, c->round, n, colour);
}

/* fresh: what is below the cell has been drawn since the cell was. */
static void
draw_cell (UprightStage * self, Cell * c, Picture * p, GstClockTime at, gboolean fresh)
{
  UprightPlane planes[3];
  guint8 speaks[3];
  guint i;

  upright_yuv (0x3ddc84, speaks);
  planes_of_cell (self, c, planes);
  if (c->corners && fresh)
    upright_corners_save (c->corners, planes);
  if (!p || !draw_picture (self, c, p, at)) {
    clear_cell (self, c, c->x, c->y, c->w, c->h);
    if (c->instead)
      upright_blend (self->canvas, c->instead, c->x, c->y, c->w, c->h);
  }
  for (i = 0; i < c->over->len; i++)
    upright_blend (self->canvas, g_ptr_array_index (c->over, i), c->x, c->y, c->w, c->h);
  draw_ring (self, c, c->border, c->colour);
  draw_ring (self, c, c->ring, speaks);
  if (c->corners)
    upright_corners_restore (c->corners, planes);
  for (i = 0; i < self->bitmaps->len; i++)
    upright_blend (self->canvas, g_ptr_array_index (self->bitmaps, i), c->x, c->y, c->w, c->h);
  self->changed = TRUE;
}

static gboolean
overlap (const Cell * a, const Cell * b)
{
  return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}

/* The newest picture that stands in a cell at a time of the room. */
static Picture *
standing (UprightStage * self, Cell * c, UprightStagePad ** pads, gint64 room)
{
  Picture *best = NULL;
  guint i;

  for (i = 0; i < c->pads->len; i++) {
    gint k = g_array_index (c->pads, gint32, i);
    UprightStagePad *pad = k < MAX_PADS ? pads[k] : NULL;
    const Source *s;

    if (!pad || !pad->shown.buffer || k >= (gint) self->sources->len)
      continue;
    s = &g_array_index (self->sources, Source, k);
    if (room >= s->to + AWAY || (s->camera && room - pad->shown.at > CAMERA_AGE))
      continue;
    if (!best || pad->shown.at >= best->at)
      best = &pad->shown;
  }
  return best;
}

/* Width of the border around who speaks, 0: none. */
static gint
ring_at (Cell * c, GstClockTime at)
{
  while (c->speech < c->speaks->len && g_array_index (c->speaks, Stretch, c->speech).to <= at)
    c->speech++;
  if (c->speech < c->speaks->len && g_array_index (c->speaks, Stretch, c->speech).from <= at)
    return g_array_index (c->speaks, Stretch, c->speech).ring;
  return 0;
}

/* Draws what has changed. */
static void
draw (UprightStage * self, UprightStagePad ** pads, GstClockTime at, gint64 room)
{
  guint i, k;

  if (self->span_begins) {
    clear_part (self, 0, 0, self->width, self->height);
    for (i = 0; i < self->bitmaps->len; i++)
      upright_blend (self->canvas, g_ptr_array_index (self->bitmaps, i), 0, 0, self->width, self->height);
    for (i = 0; i < self->cells->len; i++)
      ((Cell *) g_ptr_array_index (self->cells, i))->drawn = FALSE;
    self->span_begins = FALSE;
    self->changed = TRUE;
  }
  for (i = 0; i < self->cells->len; i++) {      /* those above come later */
    Cell *c = g_ptr_array_index (self->cells, i);
    Picture *p = standing (self, c, pads, room);
    gint ring = ring_at (c, at);
    gboolean fresh = !c->drawn;

    if (c->drawn && c->picture == (p ? p->number : 0) && c->ring == ring)
      continue;
    c->drawn = TRUE;
    c->picture = p ? p->number : 0;
    c->ring = ring;
    draw_cell (self, c, p, at, fresh);
    for (k = i + 1; k < self->cells->len; k++) {
      Cell *above = g_ptr_array_index (self->cells, k);

      if (overlap (c, above))
        above->drawn = FALSE;
    }
  }
}

/* Time */

static GstClockTime
frame_time (UprightStage * self, guint64 n)
{
  return gst_util_uint64_scale (n, (guint64) self->fps_d * GST_SECOND, self->fps_n);
}

static gint64
room_time (UprightStage * self, GstClockTime at)
{
  guint i;

  for (i = 0; i < self->pieces->len; i++) {
    const Piece *p = &g_array_index (self->pieces, Piece, i);

    if (at < p->to || i + 1 == self->pieces->len)
      return (gint64) (at - p->from) + p->room;
  }
  return (gint64) at;
}

/* Whether a picture shows what the one shows that stands already: a shared screen on which nothing moves is sent again
 * and again. Pictures of a camera differ in their first lines. */
static gboolean
shows_the_same (const Picture * p, GstBuffer * buffer, const GstVideoInfo * info, UprightTurn turn)
{
  GstVideoFrame a, b;
  gboolean same = TRUE;
  guint i;
  gint y;

  if (!p->buffer || p->turn.quarters != turn.quarters || p->turn.flip != turn.flip || !gst_video_info_is_equal (&p->info, info))
    return FALSE;
  if (!gst_video_frame_map (&a, &p->info, p->buffer, GST_MAP_READ))
    return FALSE;
  if (!gst_video_frame_map (&b, info, buffer, GST_MAP_READ)) {
    gst_video_frame_unmap (&a);
    return FALSE;
  }
  for (i = 0; same && i < GST_VIDEO_FRAME_N_PLANES (&a); i++) {
    gsize width = (gsize) GST_VIDEO_FRAME_COMP_WIDTH (&a, i) * GST_VIDEO_FRAME_COMP_PSTRIDE (&a, i);

    for (y = 0; same && y < GST_VIDEO_FRAME_COMP_HEIGHT (&a, i); y++)
      same = memcmp ((const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&a, i) + (gsize) y * GST_VIDEO_FRAME_PLANE_STRIDE (&a, i),
          (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (&b, i) + (gsize) y * GST_VIDEO_FRAME_PLANE_STRIDE (&b, i), width) == 0;
  }
  gst_video_frame_unmap (&b);
  gst_video_frame_unmap (&a);
  return same;
}

/* Takes the pictures that have begun by a time of the room. TRUE: more is needed to know which one stands then. */
static gboolean
take_pictures (UprightStage * self, UprightStagePad ** pads, gint64 until)
{
  gboolean more = FALSE;
  GList *l;

  GST_OBJECT_LOCK (self);
  for (l = GST_ELEMENT (self)->sinkpads; l; l = l->next) {
    UprightStagePad *pad = l->data;
    GstAggregatorPad *base = GST_AGGREGATOR_PAD (pad);
    GstBuffer *buffer = gst_aggregator_pad_peek_buffer (base);
    gint64 at = 0;

    if (pad->index >= 0 && pad->index < MAX_PADS)
      pads[pad->index] = pad;
    if (!buffer)
      continue;                 /* at its end */
    if (GST_BUFFER_PTS_IS_VALID (buffer)) {
      guint64 time;
      gint sign = gst_segment_to_running_time_full (&base->segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer), &time);

      at = sign < 0 ? -(gint64) time : (gint64) time;
    }
    if (at <= until) {
      if (GST_VIDEO_INFO_FORMAT (&pad->info) != GST_VIDEO_FORMAT_UNKNOWN && !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_GAP)) {
        if (!shows_the_same (&pad->shown, buffer, &pad->info, pad->turn)) {
          gst_buffer_replace (&pad->shown.buffer, buffer);
          pad->shown.info = pad->info;
          pad->shown.turn = pad->turn;
          pad->shown.number = ++self->pictures;
        }
        pad->shown.at = at;
        GST_DEBUG_OBJECT (pad, "picture at %" G_GINT64_FORMAT " ms of the room", at / GST_MSECOND);
      }
      gst_aggregator_pad_drop_buffer (base);
      more = TRUE;
    }
    gst_buffer_unref (buffer);
  }
  GST_OBJECT_UNLOCK (self);
  return more;
}

/* Whether the next picture depends on none before it. */
static gboolean
is_border (UprightStage * self)
{
  while (self->next_border < self->borders->len && g_array_index (self->borders, guint64, self->next_border) < self->frame)
    self->next_border++;
  return self->frame == self->first ||
      (self->next_border < self->borders->len && g_array_index (self->borders, guint64, self->next_border) == self->frame);
}

/* Asks the encoder for a key frame. The first picture is one anyway. */
static void
ask_for_key (UprightStage * self, GstClockTime at)
{
  if (self->given >= MOST_HELD)
    gst_pad_push_event (GST_AGGREGATOR (self)->srcpad, gst_video_event_new_downstream_force_key_unit (at, at, at, FALSE, 0));
}

/* Pushes the canvas. */
static GstFlowReturn
push (UprightStage * self, GstClockTime at, GstClockTime next)
{
  GstBuffer *buffer = NULL;
  GstFlowReturn ret = gst_buffer_pool_acquire_buffer (self->pool, &buffer, NULL);
  GstVideoInfo info;
  GstVideoFrame frame;
  gint i;

  if (ret != GST_FLOW_OK)
    return ret;
  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_I420, self->width, self->height);
  if (!gst_video_frame_map (&frame, &info, buffer, GST_MAP_WRITE)) {
    gst_buffer_unref (buffer);
    return GST_FLOW_ERROR;
  }
  for (i = 0; i < 3; i++) {
    UprightPlane to = { GST_VIDEO_FRAME_PLANE_DATA (&frame, i), self->canvas[i].width, self->canvas[i].height, GST_VIDEO_FRAME_PLANE_STRIDE (&frame, i) };

    upright_copy (&self->canvas[i], &to);
  }
  gst_video_frame_unmap (&frame);
  GST_BUFFER_PTS (buffer) = at;
  GST_BUFFER_DURATION (buffer) = next - at;
  self->pushed = at;
  self->given++;
  self->changed = FALSE;
  GST_DEBUG_OBJECT (self, "canvas at %" GST_TIME_FORMAT, GST_TIME_ARGS (at));
  return gst_aggregator_finish_buffer (GST_AGGREGATOR (self), buffer);
}

static GstFlowReturn
aggregate (GstAggregator * agg, gboolean timeout)
{
  UprightStage *self = UPRIGHT_STAGE (agg);
  UprightStagePad *pads[MAX_PADS] = { NULL, };
  GstClockTime at = frame_time (self, self->frame), next = frame_time (self, self->frame + 1), begin = frame_time (self, self->first);
  gboolean skip, border;
  gint64 room;

  if (at >= self->duration || self->frame >= self->end)
    return GST_FLOW_EOS;
  room = room_time (self, at + (next - at) / 2);
  if (take_pictures (self, pads, room))
    return GST_AGGREGATOR_FLOW_NEED_DATA;
  border = is_border (self);
  if (at >= self->until || border) {    /* at a border, all is drawn anew */
    if (!uprightGoStageSpan (self->go, self, at))
      return GST_FLOW_ERROR;
    GST_INFO_OBJECT (self, "%u cells from %" GST_TIME_FORMAT " to %" GST_TIME_FORMAT, self->cells->len, GST_TIME_ARGS (at),
        GST_TIME_ARGS (self->until));
  }
  if ((gint64) (at / GST_SECOND) != self->clock) {
    self->clock = at / GST_SECOND;
    if (!uprightGoStageSecond (self->go, self, at))
      return GST_FLOW_ERROR;
  }
  draw (self, pads, at, room);
  GST_OBJECT_LOCK (self);
  skip = self->skip_still;
  GST_OBJECT_UNLOCK (self);
  if (border)
    ask_for_key (self, at - begin);
  self->frame++;
  /* The last picture is always there: it says how long the video is. */
  if (skip && !border && !self->changed && next < self->duration && next - begin - self->pushed <= STILL)
    return GST_AGGREGATOR_FLOW_NEED_DATA;
  return push (self, at - begin, next - begin);
}

static gboolean
sink_event (GstAggregator * agg, GstAggregatorPad * base, GstEvent * event)
{
  UprightStagePad *pad = UPRIGHT_STAGE_PAD (base);

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    GstCaps *caps;

    gst_event_parse_caps (event, &caps);
    if (!gst_video_info_from_caps (&pad->info, caps)) {
      gst_event_unref (event);
      return FALSE;
    }
  } else if (GST_EVENT_TYPE (event) == GST_EVENT_TAG) {
    GstTagList *tags;
    gchar *nick = NULL;

    gst_event_parse_tag (event, &tags);
    if (gst_tag_list_get_string (tags, GST_TAG_IMAGE_ORIENTATION, &nick)) {
      const gchar *degrees = strrchr (nick, '-');

      pad->turn.flip = g_str_has_prefix (nick, "flip-");
      pad->turn.quarters = degrees ? (gint) (g_ascii_strtoll (degrees + 1, NULL, 10) / 90 % 4) : 0;
      g_free (nick);
    }
  }
  return GST_AGGREGATOR_CLASS (upright_stage_parent_class)->sink_event (agg, base, event);
}

static GstFlowReturn
update_src_caps (GstAggregator * agg, GstCaps * caps, GstCaps ** ret)
{
  UprightStage *self = UPRIGHT_STAGE (agg);
  GstCaps *own = gst_static_pad_template_get_caps (&src_template);

  own = gst_caps_make_writable (own);
  gst_caps_set_simple (own, "width", G_TYPE_INT, self->width, "height", G_TYPE_INT, self->height,
      "framerate", GST_TYPE_FRACTION, self->fps_n, self->fps_d, NULL);
  *ret = gst_caps_intersect (own, caps);
  gst_caps_unref (own);
  return gst_caps_is_empty (*ret) ? GST_FLOW_NOT_NEGOTIATED : GST_FLOW_OK;
}

static gboolean
negotiated_src_caps (GstAggregator * agg, GstCaps * caps)
{
  UprightStage *self = UPRIGHT_STAGE (agg);
  GstStructure *config;
  GstVideoInfo info;

  if (!gst_video_info_from_caps (&info, caps))
    return FALSE;
  if (!self->pool) {
    self->pool = gst_video_buffer_pool_new ();
    config = gst_buffer_pool_get_config (self->pool);
    gst_buffer_pool_config_set_params (config, caps, GST_VIDEO_INFO_SIZE (&info), 2, 0);
    if (!gst_buffer_pool_set_config (self->pool, config) || !gst_buffer_pool_set_active (self->pool, TRUE))
      return FALSE;
  }
  return GST_AGGREGATOR_CLASS (upright_stage_parent_class)->negotiated_src_caps (agg, caps);
}

/* Decoders may give pictures as they lie in their memory: without this they would copy each of them. */
static gboolean
propose_allocation (GstAggregator * agg, GstAggregatorPad * pad, GstQuery * decide, GstQuery * query)
{
  gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
  return TRUE;
}

static gboolean
start (GstAggregator * agg)
{
  UprightStage *self = UPRIGHT_STAGE (agg);
  gchar *score, *reason;

  GST_OBJECT_LOCK (self);
  score = g_strdup (self->score);
  self->first = self->frame = self->from;
  self->end = self->to ? self->to : G_MAXUINT64;
  GST_OBJECT_UNLOCK (self);
  g_array_set_size (self->pieces, 0);
  g_array_set_size (self->sources, 0);
  g_ptr_array_set_size (self->cells, 0);
  g_ptr_array_set_size (self->bitmaps, 0);
  g_array_set_size (self->borders, 0);
  self->next_border = 0;
  self->pushed = 0;
  self->given = 0;
  self->clock = -1;
  self->until = 0;
  reason = uprightGoStageOpen (self->go, self, score);
  g_free (score);
  if (reason) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, ("%s", reason), (NULL));
    free (reason);
    return FALSE;
  }
  GST_INFO_OBJECT (self, "canvas of %dx%d at %d/%d pictures per second, for %" GST_TIME_FORMAT ", %u pieces, %u sources",
      self->width, self->height, self->fps_n, self->fps_d, GST_TIME_ARGS (self->duration), self->pieces->len, self->sources->len);
  self->scaler = upright_scaler_new ();
  gst_segment_init (&GST_AGGREGATOR_PAD (agg->srcpad)->segment, GST_FORMAT_TIME);
  return TRUE;
}

static gboolean
stop (GstAggregator * agg)
{
  UprightStage *self = UPRIGHT_STAGE (agg);
  GList *l;

  GST_OBJECT_LOCK (self);
  for (l = GST_ELEMENT (self)->sinkpads; l; l = l->next)
    picture_clear (&UPRIGHT_STAGE_PAD (l->data)->shown);
  GST_OBJECT_UNLOCK (self);
  g_ptr_array_set_size (self->cells, 0);
  g_ptr_array_set_size (self->bitmaps, 0);
  g_clear_pointer (&self->backdrop, upright_bitmap_free);
  if (self->pool)
    gst_buffer_pool_set_active (self->pool, FALSE);
  gst_clear_object (&self->pool);
  upright_scaler_free (self->scaler);
  self->scaler = NULL;
  g_clear_pointer (&self->memory, g_free);
  g_clear_pointer (&self->split, g_free);
  self->split_size = 0;
  return TRUE;
}

static GstAggregatorPad *
create_new_pad (GstAggregator * agg, GstPadTemplate * templ, const gchar * name, const GstCaps * caps)
{
  GstAggregatorPad *pad = GST_AGGREGATOR_CLASS (upright_stage_parent_class)->create_new_pad (agg, templ, name, caps);

  if (pad)
    UPRIGHT_STAGE_PAD (pad)->index = (gint) g_ascii_strtoll (GST_PAD_NAME (pad) + strlen ("sink_"), NULL, 10);
  return pad;
}

/* Pads as children, as GStreamer's own aggregators have them: sink_0::offset= in a line of gst-launch-1.0. */

static GstPad *
request_new_pad (GstElement * element, GstPadTemplate * templ, const gchar * name, const GstCaps * caps)
{
  GstPad *pad = GST_ELEMENT_CLASS (upright_stage_parent_class)->request_new_pad (element, templ, name, caps);

  if (pad)
    gst_child_proxy_child_added (GST_CHILD_PROXY (element), G_OBJECT (pad), GST_OBJECT_NAME (pad));
  return pad;
}

static GObject *
child_by_index (GstChildProxy * proxy, guint index)
{
  GObject *child;

  GST_OBJECT_LOCK (proxy);
  child = g_list_nth_data (GST_ELEMENT (proxy)->sinkpads, index);
  if (child)
    gst_object_ref (child);
  GST_OBJECT_UNLOCK (proxy);
  return child;
}

static guint
children_count (GstChildProxy * proxy)
{
  guint n;

  GST_OBJECT_LOCK (proxy);
  n = GST_ELEMENT (proxy)->numsinkpads;
  GST_OBJECT_UNLOCK (proxy);
  return n;
}

static void
child_proxy_init (gpointer iface, gpointer data)
{
  GstChildProxyInterface *proxy = iface;

  proxy->get_child_by_index = child_by_index;
  proxy->get_children_count = children_count;
}

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  UprightStage *self = UPRIGHT_STAGE (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_SCORE:
      g_free (self->score);
      self->score = g_value_dup_string (value);
      break;
    case PROP_SKIP_STILL:
      self->skip_still = g_value_get_boolean (value);
      break;
    case PROP_FROM:
      self->from = (guint64) g_value_get_int64 (value);
      break;
    case PROP_TO:
      self->to = (guint64) g_value_get_int64 (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  UprightStage *self = UPRIGHT_STAGE (object);

  GST_OBJECT_LOCK (self);
  switch (id) {
    case PROP_SCORE:
      g_value_set_string (value, self->score);
      break;
    case PROP_SKIP_STILL:
      g_value_set_boolean (value, self->skip_still);
      break;
    case PROP_FROM:
      g_value_set_int64 (value, (gint64) self->from);
      break;
    case PROP_TO:
      g_value_set_int64 (value, (gint64) self->to);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
finalize (GObject * object)
{
  UprightStage *self = UPRIGHT_STAGE (object);

  if (self->go)
    uprightGoStageFree (self->go);
  g_free (self->score);
  g_array_unref (self->pieces);
  g_array_unref (self->sources);
  g_array_unref (self->borders);
  g_ptr_array_unref (self->cells);
  g_ptr_array_unref (self->bitmaps);
  upright_bitmap_free (self->backdrop);
  G_OBJECT_CLASS (upright_stage_parent_class)->finalize (object);
}

static void
upright_stage_init (UprightStage * self)
{
  self->go = uprightGoStageNew ();
  self->skip_still = TRUE;
  self->pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  self->sources = g_array_new (FALSE, FALSE, sizeof (Source));
  self->borders = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->cells = g_ptr_array_new_with_free_func (cell_free);
  self->bitmaps = g_ptr_array_new_with_free_func (bitmap_free);
}

static void
upright_stage_class_init (UprightStageClass * klass)
{
  GObjectClass *object = G_OBJECT_CLASS (klass);
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  GstAggregatorClass *base = GST_AGGREGATOR_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (category, "uprightstage", 0, "Upright stage");
  object->set_property = set_property;
  object->get_property = get_property;
  object->finalize = finalize;
  base->start = start;
  base->stop = stop;
  base->aggregate = aggregate;
  base->sink_event = sink_event;
  base->update_src_caps = update_src_caps;
  base->negotiated_src_caps = negotiated_src_caps;
  base->propose_allocation = propose_allocation;
  base->create_new_pad = create_new_pad;
  element->request_new_pad = request_new_pad;

  g_object_class_install_property (object, PROP_SCORE, g_param_spec_string ("score", "Score",
          "Path of the score to play (docs/rooms.md): a JSON file that says what is seen where and when; pad sink_N is its source N", NULL,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
  g_object_class_install_property (object, PROP_SKIP_STILL, g_param_spec_boolean ("skip-still", "Skip still pictures",
          "Give no picture while nothing changes, for up to a second", TRUE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (object, PROP_FROM, g_param_spec_int64 ("from", "From",
          "Number of the picture to begin with, of those that the score has: that becomes running time 0", 0, G_MAXINT64, 0,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
  g_object_class_install_property (object, PROP_TO, g_param_spec_int64 ("to", "To",
          "Number of the picture to end before; 0: none", 0, G_MAXINT64, 0,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY));
  gst_element_class_add_static_pad_template_with_gtype (element, &sink_template, UPRIGHT_TYPE_STAGE_PAD);
  gst_element_class_add_static_pad_template_with_gtype (element, &src_template, GST_TYPE_AGGREGATOR_PAD);
  upright_page (element, "Upright stage", "Filter/Editor/Video/Compositor",
      "Plays the score of a room: puts the pictures of everybody on one canvas, each the right way up, with names and borders", "0.1",
      "gst-launch-1.0 uprightstage name=s score=room.score.json ! x264enc ! mp4mux ! filesink location=room.mp4 "
      "mjrsrc location=a.mjr origin=recording clock=server ! decodebin ! s.sink_0 "
      "mjrsrc location=b.mjr origin=recording clock=server ! decodebin ! s.sink_1");
}

gboolean
upright_stage_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "uprightstage", GST_RANK_NONE, UPRIGHT_TYPE_STAGE);
}
