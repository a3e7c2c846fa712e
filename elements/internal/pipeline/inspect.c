/* What GStreamer's registry knows of elements and their properties, without making any of them. */
#include "inspect.h"

gchar **
upright_element_names (void)
{
  GList *list = gst_registry_get_feature_list (gst_registry_get (), GST_TYPE_ELEMENT_FACTORY), *l;
  GPtrArray *names = g_ptr_array_new ();

  for (l = list; l; l = l->next)
    g_ptr_array_add (names, g_strdup (GST_OBJECT_NAME (l->data)));
  gst_plugin_feature_list_free (list);
  g_ptr_array_add (names, NULL);
  return (gchar **) g_ptr_array_free (names, FALSE);
}

/* The class of an element, loaded: NULL if there is none. To be given back with g_type_class_unref. */
static GObjectClass *
class_of (const gchar * element)
{
  GstElementFactory *found = gst_element_factory_find (element);
  GstPluginFeature *loaded = found ? gst_plugin_feature_load (GST_PLUGIN_FEATURE (found)) : NULL;
  GObjectClass *klass = NULL;

  if (loaded) {
    klass = g_type_class_ref (gst_element_factory_get_element_type (GST_ELEMENT_FACTORY (loaded)));
    gst_object_unref (loaded);
  }
  if (found)
    gst_object_unref (found);
  return klass;
}

gboolean
upright_inspect (const gchar * element, gchar ** klass, gboolean * sinks, gboolean * sources, gboolean * children)
{
  GstElementFactory *f = gst_element_factory_find (element);
  GObjectClass *c;
  const GList *l;

  if (!f)
    return FALSE;
  *klass = g_strdup (gst_element_factory_get_metadata (f, GST_ELEMENT_METADATA_KLASS));
  *sinks = *sources = *children = FALSE;
  for (l = gst_element_factory_get_static_pad_templates (f); l; l = l->next) {
    GstStaticPadTemplate *t = l->data;

    if (t->direction == GST_PAD_SINK)
      *sinks = TRUE;
    else
      *sources = TRUE;
  }
  gst_object_unref (f);
  c = class_of (element);
  if (!c) {
    g_free (*klass);
    return FALSE;
  }
  *children = g_type_is_a (G_OBJECT_CLASS_TYPE (c), GST_TYPE_CHILD_PROXY);
  g_type_class_unref (c);
  return TRUE;
}

static gchar *
nicks (const gchar * before, GType type, const gchar * behind)
{
  GString *s = g_string_new (before);
  gpointer c = g_type_class_ref (type);
  guint i, n = G_IS_ENUM_CLASS (c) ? G_ENUM_CLASS (c)->n_values : G_FLAGS_CLASS (c)->n_values;

  for (i = 0; i < n; i++) {
    const gchar *nick = G_IS_ENUM_CLASS (c) ? G_ENUM_CLASS (c)->values[i].value_nick
        : G_FLAGS_CLASS (c)->values[i].value_nick;

    g_string_append_printf (s, "%s%s", i ? ", " : "", nick);
  }
  g_type_class_unref (c);
  return g_string_free (g_string_append (s, behind), FALSE);
}

/* What a property can be, in words: NULL if there are none for it. */
static gchar *
range_of (GParamSpec * p)
{
#define NUMBERS(name, format) \
  if (G_IS_PARAM_SPEC_ ## name (p)) \
    return g_strdup_printf ("a number from " format " to " format, \
        G_PARAM_SPEC_ ## name (p)->minimum, G_PARAM_SPEC_ ## name (p)->maximum)
  if (G_IS_PARAM_SPEC_FLOAT (p) && G_PARAM_SPEC_FLOAT (p)->maximum > 1e30)
    return g_strdup ("a number");
  if (G_IS_PARAM_SPEC_DOUBLE (p) && G_PARAM_SPEC_DOUBLE (p)->maximum > 1e30)
    return g_strdup ("a number");
  NUMBERS (INT, "%d");
  NUMBERS (UINT, "%u");
  NUMBERS (LONG, "%ld");
  NUMBERS (ULONG, "%lu");
  NUMBERS (INT64, "%" G_GINT64_FORMAT);
  NUMBERS (UINT64, "%" G_GUINT64_FORMAT);
  NUMBERS (FLOAT, "%g");
  NUMBERS (DOUBLE, "%g");
#undef NUMBERS
  if (G_IS_PARAM_SPEC_BOOLEAN (p))
    return g_strdup ("true or false");
  if (G_IS_PARAM_SPEC_ENUM (p))
    return nicks ("one of ", p->value_type, "");
  if (G_IS_PARAM_SPEC_FLAGS (p))
    return nicks ("some of ", p->value_type, ", with + between them");
  if (p->value_type == GST_TYPE_CAPS)
    return g_strdup ("a media type with its fields, such as video/x-raw,width=640");
  if (p->value_type == GST_TYPE_FRACTION)
    return g_strdup ("a fraction, such as 30/1");
  return NULL;
}

UprightProperty
upright_check_property (const gchar * element, const gchar * property, const gchar * text, gchar ** range,
    gboolean * string)
{
  GObjectClass *c = class_of (element);
  UprightProperty result = UPRIGHT_PROPERTY_GOOD;
  GParamSpec *p;

  *string = FALSE;
  if (!c)
    return UPRIGHT_PROPERTY_GOOD;
  p = g_object_class_find_property (c, property);
  if (!p)
    result = UPRIGHT_PROPERTY_NONE;
  else if (!(p->flags & G_PARAM_WRITABLE) || (p->flags & G_PARAM_CONSTRUCT_ONLY))
    result = UPRIGHT_PROPERTY_FIXED;
  else {
    GValue v = G_VALUE_INIT;

    g_value_init (&v, p->value_type);
    *string = p->value_type == G_TYPE_STRING;
    if (G_TYPE_IS_OBJECT (p->value_type) || G_TYPE_IS_INTERFACE (p->value_type))
      result = UPRIGHT_PROPERTY_OBJECT; /* gst_parse_launch would make a bin of the text */
    else if (!gst_value_deserialize_with_pspec (&v, text, p)) {
      result = UPRIGHT_PROPERTY_BAD;
      *range = range_of (p);
    } else if (G_TYPE_IS_FUNDAMENTAL (p->value_type) && p->value_type != G_TYPE_STRING) {
      /* What is out of range is made to fit, or only complained of in the log: neither is what was meant. */
      GValue kept = G_VALUE_INIT;

      g_value_init (&kept, p->value_type);
      g_value_copy (&v, &kept);
      if (g_param_value_validate (p, &v) && g_param_values_cmp (p, &v, &kept) != 0) {
        result = UPRIGHT_PROPERTY_BAD;
        *range = range_of (p);
      }
      g_value_unset (&kept);
    }
    g_value_unset (&v);
  }
  g_type_class_unref (c);
  return result;
}

gchar **
upright_property_names (const gchar * element)
{
  GPtrArray *names = g_ptr_array_new ();
  GObjectClass *c = class_of (element);
  guint i, n = 0;

  if (c) {
    GParamSpec **all = g_object_class_list_properties (c, &n);

    for (i = 0; i < n; i++)
      if (all[i]->flags & G_PARAM_WRITABLE && !(all[i]->flags & G_PARAM_CONSTRUCT_ONLY))
        g_ptr_array_add (names, g_strdup (all[i]->name));
    g_free (all);
    g_type_class_unref (c);
  }
  g_ptr_array_add (names, NULL);
  return (gchar **) g_ptr_array_free (names, FALSE);
}

gboolean
upright_caps_valid (const gchar * caps)
{
  GstCaps *c = gst_caps_from_string (caps);

  if (c)
    gst_caps_unref (c);
  return c != NULL;
}

static void
add_factory (const GValue * item, gpointer names)
{
  GstElementFactory *f = gst_element_get_factory (g_value_get_object (item));

  g_ptr_array_add (names, g_strdup (f ? GST_OBJECT_NAME (f) : ""));
}

gchar **
upright_factories (gpointer pipeline)
{
  GPtrArray *names = g_ptr_array_new ();
  GstIterator *it = gst_bin_iterate_elements (pipeline);

  gst_iterator_foreach (it, add_factory, names);
  gst_iterator_free (it);
  g_ptr_array_add (names, NULL);
  return (gchar **) g_ptr_array_free (names, FALSE);
}
