/* The C side of uprightmix. Functions that C calls in Go are declared in _cgo_export.h. */
#ifndef UPRIGHT_MIX_H
#define UPRIGHT_MIX_H

#include <gst/gst.h>

gboolean upright_mix_register (GstPlugin * plugin);

/* What the Go side says, within a call of C into Go. */
void upright_mix_piece (gpointer mix, gdouble from, gdouble to, gdouble room);
void upright_mix_voice (gpointer mix, gdouble gain_db, gdouble pan, gdouble skip_ms);

#endif
