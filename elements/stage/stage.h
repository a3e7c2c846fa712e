/* The C side of uprightstage. Functions that C calls in Go are declared in _cgo_export.h. */
#ifndef UPRIGHT_STAGE_H
#define UPRIGHT_STAGE_H

#include "picture.h"

#include <gst/gst.h>

/* How a picture is put into its cell. */
typedef enum
{
  UPRIGHT_FIT_CONTAIN,
  UPRIGHT_FIT_COVER,
  UPRIGHT_FIT_BLUR,
  UPRIGHT_FIT_STRETCH
} UprightFit;

/* What a bitmap is for. */
typedef enum
{
  UPRIGHT_BITMAP_INSTEAD,       /* of a picture, as large as the cell */
  UPRIGHT_BITMAP_OVER,          /* the picture, within the cell */
  UPRIGHT_BITMAP_CANVAS,        /* over everything */
  UPRIGHT_BITMAP_BACKDROP       /* behind everything, as large as the canvas, opaque */
} UprightBitmapUse;

gboolean upright_stage_register (GstPlugin * plugin);

/* What the Go side says. Each is called within a call of C into Go. Times are ns of the output, colours 0xrrggbb. */
void upright_stage_open (gpointer stage, gint width, gint height, gint fps_n, gint fps_d, GstClockTime duration,
    guint32 background);
void upright_stage_piece (gpointer stage, GstClockTime from, GstClockTime to, gint64 room);
void upright_stage_source (gpointer stage, gboolean camera, gint64 from, gint64 to);
void upright_stage_key (gpointer stage, guint64 picture);
void upright_stage_span (gpointer stage, GstClockTime until);
void upright_stage_cell (gpointer stage, gint x, gint y, gint w, gint h, gint fit, const gint32 * pads, guint n_pads);
void upright_stage_ring (gpointer stage, GstClockTime from, GstClockTime to, gint width);
void upright_stage_dress (gpointer stage, gint round, gint border, guint32 colour, gint64 behind);
void upright_stage_bitmap (gpointer stage, gint use, gint x, gint y, gint w, gint h, const guint8 * rgba);
void upright_stage_canvas_clear (gpointer stage);

#endif
