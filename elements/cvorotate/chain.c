/* Bins that choose their children by the kind of memory that pictures come in. */
#include "cvorotate.h"

/* Moves a pad of a bin to the pad of this name of a child. */
gboolean
upright_bin_aim (gpointer bin, gpointer child, const gchar * name)
{
  GstPad *ghost = gst_element_get_static_pad (bin, name);
  GstPad *target = gst_element_get_static_pad (child, name);
  gboolean ret = ghost && target && gst_ghost_pad_set_target (GST_GHOST_PAD (ghost), target);

  gst_clear_object (&ghost);
  gst_clear_object (&target);
  return ret;
}

/* Brings a late child to the state of its bin. One that cannot go there is left out of the bin's changes of state: on
 * its way down, too, the bin would first have to bring it up. It is left out from before it fails, for whoever hears of
 * that may take the bin down at once. */
gboolean
upright_bin_join (gpointer child)
{
  gst_element_set_locked_state (child, TRUE);
  if (gst_element_sync_state_with_parent (child)) {
    gst_element_set_locked_state (child, FALSE);
    if (gst_element_sync_state_with_parent (child))     /* to where the bin has gone meanwhile */
      return TRUE;
    gst_element_set_locked_state (child, TRUE);
  }
  gst_element_set_state (child, GST_STATE_NULL);
  return FALSE;
}

/* What a kind of element takes in this kind of memory, "" if nothing. To be freed. */
gchar *
upright_template_caps (const gchar * factory, const gchar * memory)
{
  GstElementFactory *f = gst_element_factory_find (factory);
  GstCaps *all = gst_caps_new_empty ();
  const GList *l;
  gchar *text;

  for (l = f ? gst_element_factory_get_static_pad_templates (f) : NULL; l; l = l->next) {
    GstStaticPadTemplate *t = l->data;
    GstCaps *caps;
    guint i;

    if (t->direction != GST_PAD_SINK)
      continue;
    caps = gst_static_pad_template_get_caps (t);
    for (i = 0; i < gst_caps_get_size (caps); i++) {
      GstCapsFeatures *features = gst_caps_get_features (caps, i);

      if (features && gst_caps_features_contains (features, memory) && gst_caps_features_get_size (features) == 1)
        gst_caps_append_structure_full (all, gst_structure_copy (gst_caps_get_structure (caps, i)),
            gst_caps_features_copy (features));
    }
    gst_caps_unref (caps);
  }
  gst_clear_object (&f);
  text = gst_caps_is_empty (all) ? g_strdup ("") : gst_caps_to_string (all);
  gst_caps_unref (all);
  return text;
}

static GQuark
takes_quark (void)
{
  return g_quark_from_static_string ("upright-takes");
}

typedef struct {
  GstPad *head;                 /* of the children for system memory */
  GstCaps *more;                /* what else can be taken: others are made for it then */
} Takes;

static void
takes_free (gpointer data)
{
  Takes *t = data;

  gst_object_unref (t->head);
  gst_caps_unref (t->more);
  g_free (t);
}

static gboolean
takes_query (GstPad * pad, GstObject * bin, GstQuery * query)
{
  Takes *t = g_object_get_qdata (G_OBJECT (pad), takes_quark ());
  GstCaps *caps, *filter;

  switch (GST_QUERY_TYPE (query)) {
    case GST_QUERY_CAPS: {
      GstCaps *more = gst_caps_ref (t->more);

      gst_query_parse_caps (query, &filter);
      caps = gst_pad_query_caps (t->head, filter);
      if (filter) {
        gst_caps_unref (more);
        more = gst_caps_intersect_full (filter, t->more, GST_CAPS_INTERSECT_FIRST);
      }
      caps = gst_caps_merge (caps, more);
      gst_query_set_caps_result (query, caps);
      gst_caps_unref (caps);
      return TRUE;
    }
    case GST_QUERY_ACCEPT_CAPS:
      gst_query_parse_accept_caps (query, &caps);
      if (!gst_caps_is_subset (caps, t->more))
        return gst_pad_query (t->head, query);
      gst_query_set_accept_caps_result (query, TRUE);
      return TRUE;
    default:
      return gst_pad_query_default (pad, bin, query);
  }
}

/* As long as it is the children for system memory that are asked, and pictures come in other memory, there is nothing
 * that could come out. What will come out then depends on what follows: anything. */
static gboolean
gives_query (GstPad * pad, GstObject * bin, GstQuery * query)
{
  GstCaps *caps, *filter;

  if (!gst_pad_query_default (pad, bin, query))
    return FALSE;
  if (GST_QUERY_TYPE (query) != GST_QUERY_CAPS)
    return TRUE;
  gst_query_parse_caps_result (query, &caps);
  if (!gst_caps_is_empty (caps))
    return TRUE;
  gst_query_parse_caps (query, &filter);
  caps = gst_pad_get_pad_template_caps (pad);
  if (filter) {
    GstCaps *both = gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST);

    gst_caps_unref (caps);
    caps = both;
  }
  gst_query_set_caps_result (query, caps);
  gst_caps_unref (caps);
  return TRUE;
}

void
upright_bin_gives (gpointer bin, const gchar * name)
{
  GstPad *pad = gst_element_get_static_pad (bin, name);

  gst_pad_set_query_function (pad, gives_query);
  gst_object_unref (pad);
}

/* Makes a pad of a bin say that it takes what the child head takes, and more besides. */
void
upright_bin_takes (gpointer bin, const gchar * name, gpointer head, const gchar * more)
{
  GstPad *pad = gst_element_get_static_pad (bin, name);
  Takes *t = g_new (Takes, 1);

  t->head = gst_element_get_static_pad (head, name);
  t->more = *more ? gst_caps_from_string (more) : gst_caps_new_empty ();
  g_object_set_qdata_full (G_OBJECT (pad), takes_quark (), t, takes_free);
  gst_pad_set_query_function (pad, takes_query);
  gst_object_unref (pad);
}

/* What a CAPS event says about pictures. memory is the feature, "" for system memory, and to be freed. */
gboolean
upright_event_video (GstEvent * event, gint * width, gint * height, gint * n, gint * d, gchar ** memory)
{
  GstCapsFeatures *features;
  GstStructure *s;
  GstCaps *caps;
  guint i;

  if (GST_EVENT_TYPE (event) != GST_EVENT_CAPS)
    return FALSE;
  gst_event_parse_caps (event, &caps);
  s = gst_caps_get_structure (caps, 0);
  if (!gst_structure_get_int (s, "width", width) || !gst_structure_get_int (s, "height", height))
    return FALSE;
  if (!gst_structure_get_fraction (s, "pixel-aspect-ratio", n, d))
    *n = *d = 1;
  features = gst_caps_get_features (caps, 0);
  for (i = 0; features && i < gst_caps_features_get_size (features); i++) {
    const gchar *f = gst_caps_features_get_nth (features, i);

    if (g_str_has_prefix (f, "memory:") && g_strcmp0 (f, GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY)) {
      *memory = g_strdup (f);
      return TRUE;
    }
  }
  *memory = g_strdup ("");
  return TRUE;
}
