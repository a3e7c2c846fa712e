/* The canvas of uprightstage: what is on it, and which of its cells have changed. */
#ifndef UPRIGHT_CANVAS_H
#define UPRIGHT_CANVAS_H

#include "cell.h"

void upright_canvas_init (UprightCanvas * canvas);
void upright_canvas_clear (UprightCanvas * canvas);
void upright_canvas_open (UprightCanvas * canvas, gint width, gint height, guint32 background);
/* Gives back what is only needed between start and stop. */
void upright_canvas_close (UprightCanvas * canvas);

UprightCell *upright_canvas_add_cell (UprightCanvas * canvas, gint x, gint y, gint w, gint h);
/* Draws what has changed. pictures are by pad, NULL where there is none. room is the time of the room. */
void upright_canvas_draw (UprightCanvas * canvas, UprightPicture * const *pictures, GstClockTime at, gint64 room);

#endif
