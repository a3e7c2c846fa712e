/* How loud somebody is, block by block. Nothing here knows of GStreamer. */
#ifndef UPRIGHT_LEVELS_H
#define UPRIGHT_LEVELS_H

#include "sound.h"

typedef struct
{
  UprightWeight weight[2];
  GArray *levels, *blocks;      /* gfloat: dBFS; mean squares, weighted */
} UprightLevels;

void upright_levels_init (UprightLevels * levels);
void upright_levels_clear (UprightLevels * levels);
/* Notes a block of n frames; right may be NULL. Blocks that are not noted are silent. */
void upright_levels_note (UprightLevels * levels, guint block, const gfloat * left, const gfloat * right, gint n);
/* Appends how many values there are, the levels, and the weighted mean squares, each of 4 bytes, the machine's way
 * round. */
void upright_levels_write (const UprightLevels * levels, GByteArray * out);

#endif
