/* What the Go files of this package call. */
#ifndef UPRIGHT_PIPELINE_H
#define UPRIGHT_PIPELINE_H

#include <gst/gst.h>

/* pipeline.c: whole pipelines */
gpointer upright_pipeline_parse(const gchar *line, GError **error, gchar ***missing);
void upright_pipeline_bound(gpointer pipeline, guint buffers);
guint64 upright_pipeline_look(gpointer pipeline, gint64 *position);
void upright_message_parse(GstMessage *message, gchar **domain, gint *code, gchar **name, gchar **text, gchar **debug);
gchar *upright_message_source(GstMessage *message);
gchar *upright_message_factory(GstMessage *message);
GstMessageType upright_message_type(GstMessage *message);
GstMessage *upright_pipeline_pop(gpointer pipeline, GstClockTime timeout);

gboolean upright_pipeline_wait(gpointer pipeline, GstClockTime timeout);
gboolean upright_seek(gpointer pipeline, GstSeekFlags flags, gint64 start, gint64 stop);

#endif
