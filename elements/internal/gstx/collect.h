/* What an element that collects streams is made of: what it keeps (collection.c), the way of the data (collect.c), the
 * element and its pads (collectelement.c). */
#ifndef UPRIGHT_COLLECT_H
#define UPRIGHT_COLLECT_H

#include "gstx.h"

typedef struct
{
  GMutex lock;
  GCond moved;
  GList *tracks;                /* of Track */
  guint count;                  /* pads that were ever made */
  gboolean open, finished;
  gboolean failed;              /* an error was posted: what there is will not be finished */
} Collection;

typedef struct
{
  guint index;
  gboolean sparse;              /* messages: nobody waits for the next */
  GstSegment segment;
  GByteArray *data;
  GArray *samples;              /* of UprightSample: what is gathered */
  gint64 last;                  /* running time of the newest buffer */
  /* under lock */
  gint64 position;
  gboolean ended, flushing, idle;
} Track;

Collection *upright_collection (gpointer element);
Track *upright_collection_add (Collection *c, gboolean sparse);
void upright_collect_give_track (GstPad *pad, Track *t);
Track *upright_collect_track (GstPad *pad);

GstFlowReturn upright_collect_way (Collection *c, Track *t);
GstFlowReturn upright_collect_give (GstElement *element, Track *t);
gboolean upright_collect_ended (Collection *c, Track *t);
void upright_collect_finish (GstElement *element, guint32 seqnum);
GstFlowReturn upright_collect_chain (GstPad *pad, GstObject *parent, GstBuffer *buffer);
gboolean upright_collect_event (GstPad *pad, GstObject *parent, GstEvent *event);

#endif
