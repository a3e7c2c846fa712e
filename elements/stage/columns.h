/* Scaling in one direction. */
#ifndef UPRIGHT_COLUMNS_H
#define UPRIGHT_COLUMNS_H

#include <glib.h>

#define UPRIGHT_ONE 256         /* the weights of a pixel add up to this */
#define UPRIGHT_ROWS 8          /* rows whose columns are scaled together */

/* How pixels of one direction become others. */
typedef struct
{
  gint in, out, taps;           /* taps: of each output pixel */
  gint *first;
  guint16 *weights;             /* taps of them for each output pixel */
  guint16 *wide;                /* each of them once for each row, 256 times as large, or nearly; NULL until needed */
} UprightTable;

void upright_table_make (UprightTable * table, gint in, gint out);
void upright_table_clear (UprightTable * table);

/* Rows that are in between, of in values, each 256 times a pixel, become pixels. */
typedef struct
{
  guint16 *rows;                /* UPRIGHT_ROWS of them */
  gint stride;                  /* of values; a multiple of 8, and not below in */
  guint16 *mirrored;            /* as many values, for the function's own use */
} UprightRows;

/* Scales the columns of the first n rows into a plane of bytes. */
void upright_columns (UprightTable * table, const UprightRows * rows, gint n, guint8 * out, gint stride);

#endif
