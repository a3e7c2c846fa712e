/* The C side of uprightglance. */
#ifndef UPRIGHT_GLANCE_H
#define UPRIGHT_GLANCE_H

#include <gst/gst.h>
#include <gst/video/video.h>

gboolean upright_glance_register (GstPlugin * plugin);

/* shrink.c: a picture in a smaller size, I420 of the full range and the matrix of BT.601, without anything between
 * lines. width and height are even; to has width * height * 3 / 2 bytes. */
void upright_glance_shrink (GstVideoFrame * frame, guint8 * to, gint width, gint height);

#endif
