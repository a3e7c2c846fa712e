/* A cell of the canvas of uprightstage, and how it is drawn. Times are running times of the output, in ns, or those of
 * the room, where that is said. */
#ifndef UPRIGHT_CELL_H
#define UPRIGHT_CELL_H

#include "picture.h"
#include "stage.h"

#include <gst/video/video.h>

#define UPRIGHT_MAX_PADS 512

/* A picture that stands. */
typedef struct
{
  GstBuffer *buffer;
  GstVideoInfo info;
  UprightTurn turn;
  gint64 at;                    /* time of the room */
  guint64 number;               /* no other picture has it */
} UprightPicture;

/* What the score says of a pad. */
typedef struct
{
  gboolean camera;
  gint64 from, to;              /* times of the room */
} UprightSource;

/* A time in which somebody speaks. */
typedef struct
{
  GstClockTime from, to;
  gint ring;                    /* width of the border, pixels */
} UprightStretch;

typedef struct
{
  gint x, y, w, h;              /* even, as the canvas has half as many pixels of colour */
  UprightFit fit;
  GArray *pads;                 /* gint32 */
  GArray *speaks;               /* UprightStretch, in order */
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
} UprightCell;

typedef struct
{
  gint width, height;           /* even */
  guint8 background[3];
  UprightBitmap *backdrop;      /* instead of a colour */
  UprightPlane planes[3];
  GArray *sources;              /* UprightSource, by pad */
  GPtrArray *cells;             /* of the span; those above come later */
  GPtrArray *bitmaps;           /* over everything */
  gboolean anew;                /* all has to be drawn */
  gboolean changed;             /* what is drawn has not been pushed yet */

  guint8 *memory;               /* of the planes */
  UprightScaler *scaler;
  guint8 *split;                /* chroma that came interleaved */
  gsize split_size;
} UprightCanvas;

/* Shows what is behind everything. */
void upright_canvas_uncover (UprightCanvas * canvas, gint x, gint y, gint w, gint h);
/* picture may be NULL. fresh: what is below the cell has been drawn since the cell was. */
void upright_cell_draw (UprightCanvas * canvas, UprightCell * cell, UprightPicture * picture, GstClockTime at,
    gboolean fresh);

/* The beginning of a row of a plane. */
static inline const guint8 *
upright_row (GstVideoFrame * f, gint plane, gint y)
{
  return (const guint8 *) GST_VIDEO_FRAME_PLANE_DATA (f, plane) + (gsize) y * GST_VIDEO_FRAME_PLANE_STRIDE (f, plane);
}

#endif
