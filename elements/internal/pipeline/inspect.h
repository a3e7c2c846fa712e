/* What GStreamer's registry knows of elements and their properties. */
#ifndef UPRIGHT_INSPECT_H
#define UPRIGHT_INSPECT_H

#include <gst/gst.h>

gchar **upright_element_names(void);
/* FALSE if there is no such element. klass is to be freed. */
gboolean upright_inspect(const gchar *element, gchar **klass, gboolean *sinks, gboolean *sources, gboolean *children);

typedef enum
{
  UPRIGHT_PROPERTY_GOOD,
  UPRIGHT_PROPERTY_NONE,
  UPRIGHT_PROPERTY_FIXED,  /* not writable */
  UPRIGHT_PROPERTY_OBJECT, /* takes another element, caps of none or the like, which no text can be */
  UPRIGHT_PROPERTY_BAD     /* the text is no value that it can have */
} UprightProperty;

/* Says whether a property can be set to a text. Of UPRIGHT_PROPERTY_BAD range says what it can be, to be freed. */
UprightProperty upright_check_property(const gchar *element, const gchar *property, const gchar *text, gchar **range,
    gboolean *string);
/* The names of properties that can be set. */
gchar **upright_property_names(const gchar *element);
/* What kinds of elements are in a pipeline, without those inside other elements. */
gchar **upright_factories(gpointer pipeline);
gboolean upright_caps_valid(const gchar *caps);

#endif
