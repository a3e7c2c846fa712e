/* The instance of uprightstage, for the files that make up its class. */
#ifndef UPRIGHT_STAGE_CLASS_H
#define UPRIGHT_STAGE_CLASS_H

#include "canvas.h"

#include <gst/base/gstaggregator.h>

#define UPRIGHT_TYPE_STAGE (upright_stage_get_type ())
G_DECLARE_FINAL_TYPE (UprightStage, upright_stage, UPRIGHT, STAGE, GstAggregator)

/* A piece of the output, and where it begins in the room. */
typedef struct
{
  GstClockTime from, to;
  gint64 room;
} UprightPiece;

struct _UprightStage
{
  GstAggregator parent;

  guintptr go;
  gchar *score;                 /* under the object lock, as are skip_still, from and to */
  gboolean skip_still;
  guint64 from, to;             /* pictures; to 0: all */

  gint fps_n, fps_d;
  GstClockTime duration;
  GArray *pieces;               /* UprightPiece */
  GArray *borders;              /* guint64 */
  guint next_border;
  UprightCanvas canvas;
  GstClockTime until;           /* end of the span */
  gint64 clock;                 /* second that is shown, -1: none yet */

  guint64 first, frame, end;    /* the first one, the next one, the one that is not there any more */
  guint64 pictures;             /* that have come */
  guint64 given;                /* pictures of the canvas that were pushed */
  GstClockTime pushed;
  GstBufferPool *pool;
};

#endif
