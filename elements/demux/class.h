/* The instance of uprightdemux, for the files that make up its class. */
#ifndef UPRIGHT_DEMUX_CLASS_H
#define UPRIGHT_DEMUX_CLASS_H

#include "demux.h"

#include <gst/base/gstflowcombiner.h>

#define UPRIGHT_TYPE_DEMUX (upright_demux_get_type ())
G_DECLARE_FINAL_TYPE (UprightDemux, upright_demux, UPRIGHT, DEMUX, GstBin)

struct _UprightDemux
{
  GstBin parent;

  guintptr go;                  /* the Go side */
  GstPad *sink;
  gchar *path;                  /* file to be read, NULL: what comes is spooled */
  UprightSpool *spool;
  gboolean opened;
  guint group;                  /* of all streams */

  /* Under the object lock. */
  GList *streams;               /* streams.c: Stream */
  guint count[UPRIGHT_DEMUX_KINDS];
  GstClockTime duration;
  guint32 seek;                 /* number of the last one */
  gboolean let;                 /* data flows */
  gboolean over;                /* none will any more */
  GCond changed;
  GstFlowCombiner *flows;
};

/* Source pads of each kind. */
extern const gchar *const upright_demux_names[UPRIGHT_DEMUX_KINDS];

/* streams.c */
/* Starts the sources, and adds the pads when each has said what it has. */
void upright_demux_start_streams (UprightDemux * demux);
/* Takes the streams away: nothing flows any more. */
void upright_demux_clear_streams (UprightDemux * demux);

/* sink.c */
GstPad *upright_demux_sink_new (GstPadTemplate * template);

#endif
