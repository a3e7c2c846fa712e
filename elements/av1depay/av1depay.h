/* The C side of uprightav1depay. Functions that C calls in Go are declared in _cgo_export.h. */
#ifndef UPRIGHT_AV1DEPAY_H
#define UPRIGHT_AV1DEPAY_H

#include <gst/rtp/gstrtpbasedepayload.h>
#include <gst/gst.h>

/* One RTP packet, valid during the call. */
typedef struct
{
  const guint8 *payload;
  guint size;
  guint32 timestamp;
  gboolean marker, discont;
  GstClockTime pts, dts, duration;
} UprightAV1Packet;

/* A temporal unit. */
typedef struct
{
  GstBuffer *buffer;            /* NULL: none, or one that is not complete */
  GstBuffer *codec_data;        /* NULL: the caps stay as they are */
} UprightAV1Unit;

/* What a packet has brought to an end. */
typedef struct
{
  gboolean turned;              /* the packet belongs to another unit than the packet before it */
  UprightAV1Unit before;        /* that unit */
  UprightAV1Unit own;           /* the packet's own unit, if it ends with it */
  gboolean open;                /* the packet's own unit goes on */
} UprightAV1Result;

gboolean upright_av1_depay_register (GstPlugin * plugin);
GstBuffer *upright_av1_depay_copy (gconstpointer data, gsize size);
void upright_av1_depay_finish (GstBuffer * buffer, const UprightAV1Packet * first, gboolean key, gboolean discont);
void upright_av1_depay_damaged (gpointer depay, const gchar * reason, gboolean malformed);

#endif
