/* What the Go files of this package call. Functions that C calls in Go are declared in _cgo_export.h. */
#ifndef UPRIGHT_GSTX_H
#define UPRIGHT_GSTX_H

#include <gst/base/gstpushsrc.h>
#include <gst/gst.h>
#include <gst/video/video.h>
#include <stdlib.h>
#include "page.h"

/* A function that returns a quark. GLib finds it by its text, in a table with a lock: too slow to be done for each
 * buffer. */
#define UPRIGHT_QUARK(name, text) \
  static GQuark name (void) \
  { \
    static GQuark quark; \
    if (G_UNLIKELY (!quark)) \
      quark = g_quark_from_static_string (text); \
    return quark; \
  }

/* class.c: virtual functions of the classes that go-gst registers */
void upright_class_init_object(gpointer klass);
void upright_class_init_push_src(gpointer klass);
void upright_class_init_bin(gpointer klass);
void upright_class_add_pad(gpointer klass, const gchar *name, GstPadDirection direction, GstPadPresence presence,
                           const gchar *caps);
void upright_class_add_metadata(gpointer klass, const gchar *key, const gchar *value);
GParamSpec *upright_param_enum(GType type, const gchar *name, const gchar *nick, const gchar *blurb, gint value,
                               GParamFlags flags);
GType upright_enum_type(const gchar *name, GEnumValue *values);
void upright_uri_handler_init(gpointer iface);
void upright_uri_protocol(GType type, const gchar *protocol);

/* What a stream consists of: one picture, or packet of sound. */
typedef struct
{
  gint64 at, duration; /* ns */
  guint32 size;        /* bytes */
  gint32 sync;         /* decoding can begin here */
} UprightSample;

/* data.c: the data path of a source */
#define UPRIGHT_DISCONT (1 << 0)
#define UPRIGHT_GAP (1 << 1)
#define UPRIGHT_RTP (1 << 2) /* the buffers are RTP packets: take the marker from their headers */
#define UPRIGHT_DELTA (1 << 3)
gboolean upright_submit(gpointer src, const guint8 *data, const guint32 *sizes, guint n, GstClockTime pts,
                        GstClockTime duration, guint flags);
void upright_submit_gap(gpointer src, GstClockTime pts, GstClockTime duration);
void upright_submit_tags(gpointer src, GstTagList *tags);
void upright_set_caps(gpointer src, GstCaps *caps);
gboolean upright_set_caps_text(gpointer src, const gchar *text);
gboolean upright_change_caps(gpointer src, const gchar *text);
gboolean upright_caps_accepted(gpointer src, const gchar *text);
gchar *upright_media_type(gpointer src);
void upright_set_duration(gpointer src, GstClockTime duration);
void upright_seek_first(gpointer src, GstClockTime start, GstClockTime stop);
void upright_tags_add_string(GstTagList *tags, const gchar *tag, const gchar *value);
void upright_tags_add_time(GstTagList *tags, const gchar *tag, gint64 us);

/* ahead.c: what a source has made and not pushed yet */
void upright_ahead_push(gpointer src, gpointer object);
void upright_queue_tags(gpointer src, GstTagList *tags);
void upright_ahead_clear(gpointer src);
GstFlowReturn upright_ahead_pop(gpointer src, GstBuffer **out);

/* element.c: elements and what is said about them */
void upright_post_error(gpointer element, GQuark domain, gint code, const gchar *text, const gchar *debug,
                        const gchar *file, const gchar *function, gint line);
void upright_log(GstDebugCategory *category, GstDebugLevel level, const gchar *file, const gchar *function, gint line,
                 gpointer object, const gchar *text);
gpointer upright_bin_make(gpointer bin, const gchar *factory, const gchar *name);
gboolean upright_bin_link(gpointer from, gpointer to);
gboolean upright_bin_ghost(gpointer bin, gpointer child, const gchar *pad);
void upright_bin_probe_input(gpointer bin, const gchar *pad);
gboolean upright_pad_forward(GstPad *pad, GstEvent *event);
void upright_set_arg(gpointer object, const gchar *name, const gchar *value);
void upright_set_string(gpointer object, const gchar *name, const gchar *value);
gchar *upright_get_arg(gpointer object, const gchar *name);
gulong upright_probe(gpointer element, const gchar *pad, GstPadProbeType mask, guintptr handle);
gchar *upright_event_tag_string(GstEvent *event, const gchar *tag);
GstEvent *upright_event_with_tag_string(GstEvent *event, const gchar *tag, const gchar *value);
gchar *upright_event_string(GstEvent *event);
gboolean upright_registry_off(void);
void upright_registry_on(void);
void upright_registry_fill(void);
gboolean upright_plugin_load(const gchar *name);
gboolean upright_has_property(const gchar *element, const gchar *property);

/* units.c: many units in one buffer */
void upright_offer_blocks(gpointer src);
gboolean upright_negotiate_blocks(gpointer src, const GstCaps *caps);
gboolean upright_takes_blocks(gpointer src);
GstClockTime upright_stop_time(gpointer src);
void upright_keep_blocks(gpointer src, GstCaps *caps);
void upright_submit_units(gpointer src, gpointer block, gsize allocated, gsize size, const UprightSample *samples,
                          guint n);
const UprightSample *upright_units_of(GstBuffer *buffer, guint *n);

/* structure.c: what caps say */
void upright_structure_set_string(GstStructure *s, const gchar *name, const gchar *value);
void upright_structure_set_int(GstStructure *s, const gchar *name, gint value);
void upright_structure_set_uint64(GstStructure *s, const gchar *name, guint64 value);
void upright_structure_set_double(GstStructure *s, const gchar *name, gdouble value);
void upright_structure_set_boolean(GstStructure *s, const gchar *name, gboolean value);
gchar *upright_structure_name(const GstStructure *s);
gchar *upright_structure_string(const GstStructure *s, const gchar *field);
gpointer upright_structure_bytes(const GstStructure *s, const gchar *field, gsize *size);
gboolean upright_structure_colour(const GstStructure *s, gint *primaries, gint *transfer, gint *matrix, gboolean *full);

/* collectelement.c: an element that several streams lead to */
gboolean upright_is_collector(gpointer element);
void upright_class_init_collect(gpointer klass);
void upright_collect_init(gpointer element);

#endif
