/* What the Go files of this package call. */
#ifndef UPRIGHT_CVOROTATE_H
#define UPRIGHT_CVOROTATE_H

#include <gst/gst.h>
#include <gst/video/video.h>

/* chain.c: bins that choose their children by the kind of memory */
gboolean upright_bin_aim(gpointer bin, gpointer child, const gchar *pad);
gboolean upright_bin_join(gpointer child);
gchar *upright_template_caps(const gchar *factory, const gchar *memory);
void upright_bin_takes(gpointer bin, const gchar *pad, gpointer head, const gchar *more);
void upright_bin_gives(gpointer bin, const gchar *pad);
gboolean upright_event_video(GstEvent *event, gint *width, gint *height, gint *n, gint *d, gchar **memory);

/* canvas.c: a video filter that puts pictures of any size on a canvas of one size */
gpointer upright_canvas_make(gpointer bin, const gchar *name);
void upright_canvas_set(gpointer canvas, gint width, gint height, guint32 background);
void upright_canvas_empty_from(gpointer canvas, const guint64 *times, guint n);

#endif
