#ifndef UPRIGHT_WRITTEN_H
#define UPRIGHT_WRITTEN_H

#include <gst/gst.h>

/* Begins to look at what reaches the sinks that the pipeline has now. */
void upright_written_watch(gpointer pipeline);
/* The farthest time stamp so far in ns, -1 if there was none. */
gint64 upright_written(gpointer pipeline);

#endif
