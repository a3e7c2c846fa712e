/* Pictures in planes of 8 bits: scaling, turning, blending. Nothing here knows of GStreamer. */
#ifndef UPRIGHT_PICTURE_H
#define UPRIGHT_PICTURE_H

#include <glib.h>

/* A plane, or a part of one. */
typedef struct
{
  guint8 *data;
  gint width, height, stride;
} UprightPlane;

/* What is done to a picture to show it upright: mirrored first if flip, then turned clockwise by quarters. */
typedef struct
{
  gint quarters;
  gboolean flip;
} UprightTurn;

/* Tables and rows that scaling needs, kept between pictures. */
typedef struct _UprightScaler UprightScaler;

UprightScaler *upright_scaler_new (void);
void upright_scaler_free (UprightScaler * scaler);
void upright_scale (UprightScaler * scaler, const UprightPlane * from, const UprightPlane * to, UprightTurn turn);
void upright_turn (const UprightPlane * from, const UprightPlane * to, UprightTurn turn);

/* Planes in 4:2:0, one behind the other. Width and height are even. */
void upright_planes (UprightPlane planes[3], guint8 * memory, gint width, gint height);
UprightPlane upright_part (const UprightPlane * plane, gint x, gint y, gint width, gint height);
void upright_fill (const UprightPlane * plane, guint8 value);
void upright_copy (const UprightPlane * from, const UprightPlane * to);
void upright_soften (const UprightPlane * plane);
void upright_dim (const UprightPlane * plane, gint percent, guint8 towards);

/* A picture with an alpha channel, whose colours are multiplied by it. Its position is even. */
typedef struct
{
  gint x, y, width, height;
  guint8 *y_plane, *y_alpha;    /* width x height */
  guint8 *u_plane, *v_plane, *c_alpha;  /* half of it, rounded up */
} UprightBitmap;

UprightBitmap *upright_bitmap_new (gint x, gint y, gint width, gint height, const guint8 * rgba);
void upright_bitmap_free (UprightBitmap * bitmap);

/* Blends as much of a bitmap over planes in 4:2:0 as lies in a part of them, whose edges are even. */
void upright_blend (const UprightPlane planes[3], const UprightBitmap * bitmap, gint x, gint y, gint width,
    gint height);

/* What was below the round corners of a cell, and how much of each pixel that is. Planes are the three of the cell, in
 * 4:2:0. */
typedef struct _UprightCorners UprightCorners;

UprightCorners *upright_corners_new (gint radius);
void upright_corners_free (UprightCorners * corners);
void upright_corners_save (UprightCorners * corners, const UprightPlane planes[3]);
void upright_corners_restore (const UprightCorners * corners, const UprightPlane planes[3]);

/* Draws a border of an even width within a cell whose corners may be round. */
void upright_ring (const UprightPlane planes[3], gint radius, gint width, const guint8 colour[3]);

void upright_yuv (guint32 rgb, guint8 yuv[3]);

#endif
