/* The C side of uprightdemux. Functions that C calls in Go are declared in _cgo_export.h. */
#ifndef UPRIGHT_DEMUX_H
#define UPRIGHT_DEMUX_H

#include <gst/gst.h>

#define UPRIGHT_MJR_CAPS "application/x-mjr"

enum
{
  UPRIGHT_DEMUX_VIDEO,
  UPRIGHT_DEMUX_AUDIO,
  UPRIGHT_DEMUX_TEXT,
  UPRIGHT_DEMUX_KINDS
};

/* Caps are those of pads, as text. */
gboolean upright_demux_register (GstPlugin * plugin, const gchar * video, const gchar * audio, const gchar * text);

/* What the Go side says, within a call of C into Go. */
void upright_demux_duration (gpointer demux, GstClockTime duration);
void upright_demux_add (gpointer demux, gint kind, const gchar * location);

/* typefind.c */
gboolean upright_typefind_register (GstPlugin * plugin);

/* spool.c: what comes where there is no file */
typedef struct _UprightSpool UprightSpool;

UprightSpool *upright_spool_new (GError ** error);
gboolean upright_spool_write (UprightSpool * spool, GstBuffer * buffer, GError ** error);
const gchar *upright_spool_path (UprightSpool * spool);
/* The file goes. */
void upright_spool_free (UprightSpool * spool);

#endif
