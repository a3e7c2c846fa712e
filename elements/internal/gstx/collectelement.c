/* The element that collects streams (collect.c): its pads, its states, how far it is. */
#include "collect.h"
#include "_cgo_export.h"

#include <stdio.h>

#define PARENT(instance) g_type_class_peek_parent (G_OBJECT_GET_CLASS (instance))

/* The name of a pad that nobody asked for by name: with the number, or the next one that is free. */
static gchar *
free_name (GstElement * element, const gchar * names, guint * number)
{
  for (;; ++*number) {
    gchar *name = g_strdup_printf (names, *number);
    GstPad *taken = gst_element_get_static_pad (element, name);

    if (!taken)
      return name;
    gst_object_unref (taken);
    g_free (name);
  }
}

static GstPad *
request_new_pad (GstElement * element, GstPadTemplate * template, const gchar * name, const GstCaps * caps)
{
  Collection *c = upright_collection (element);
  gchar *own = NULL;
  const gchar *names = GST_PAD_TEMPLATE_NAME_TEMPLATE (template);
  GstPad *pad;
  guint number;
  Track *t;

  if (!(t = upright_collection_add (c, g_str_has_prefix (names, "text"))))
    return NULL;
  number = t->index;
  if (!name || strchr (name, '%'))
    name = own = free_name (element, names, &number);
  else if (sscanf (name, names, &number) != 1)
    number = t->index;
  pad = gst_pad_new_from_template (template, name);
  g_free (own);
  upright_collect_give_track (pad, t);
  gst_pad_set_chain_function (pad, upright_collect_chain);
  gst_pad_set_event_function (pad, upright_collect_event);
  uprightGoCollectPad (element, t->index, (gchar *) names, number);
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (element, pad);
  return pad;
}

static void
release_pad (GstElement * element, GstPad * pad)
{
  Collection *c = upright_collection (element);
  Track *t = upright_collect_track (pad);
  gboolean last;

  g_mutex_lock (&c->lock);
  t->flushing = TRUE;           /* its thread may wait for another one */
  g_cond_broadcast (&c->moved);
  g_mutex_unlock (&c->lock);
  gst_pad_set_active (pad, FALSE);
  g_mutex_lock (&c->lock);
  t->flushing = FALSE;
  g_mutex_unlock (&c->lock);
  if (upright_collect_way (c, t) == GST_FLOW_OK)
    upright_collect_give (element, t);
  last = upright_collect_ended (c, t);
  g_mutex_lock (&c->lock);
  c->tracks = g_list_remove (c->tracks, t);
  g_mutex_unlock (&c->lock);
  if (last)
    upright_collect_finish (element, gst_util_seqnum_next ());
  gst_element_remove_pad (element, pad);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange change)
{
  Collection *c = upright_collection (element);
  GstStateChangeReturn ret;
  GList *l;

  if (change == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (!uprightGoOpenCollection (element))
      return GST_STATE_CHANGE_FAILURE;
    g_mutex_lock (&c->lock);
    c->open = TRUE;
    c->finished = c->failed = FALSE;
    for (l = c->tracks; l; l = l->next) {
      Track *t = l->data;

      t->ended = t->flushing = t->idle = FALSE;
      t->position = t->last = 0;
    }
    g_mutex_unlock (&c->lock);
  }
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY) {
    g_mutex_lock (&c->lock);
    c->open = FALSE;
    g_cond_broadcast (&c->moved);
    g_mutex_unlock (&c->lock);
  }
  ret = ((GstElementClass *) PARENT (element))->change_state (element, change);
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY) {
    for (l = c->tracks; l; l = l->next) {
      g_array_set_size (((Track *) l->data)->samples, 0);
      g_byte_array_set_size (((Track *) l->data)->data, 0);
    }
    uprightGoReset (element);
  }
  return ret;
}

/* How far the stream is that is farthest. */
static gboolean
query (GstElement * element, GstQuery * q)
{
  Collection *c = upright_collection (element);
  GstFormat format;
  gint64 at = 0;
  GList *l;

  if (GST_QUERY_TYPE (q) != GST_QUERY_POSITION)
    return ((GstElementClass *) PARENT (element))->query (element, q);
  gst_query_parse_position (q, &format, NULL);
  if (format != GST_FORMAT_TIME)
    return FALSE;
  g_mutex_lock (&c->lock);
  for (l = c->tracks; l; l = l->next)
    at = MAX (at, ((Track *) l->data)->position);
  g_mutex_unlock (&c->lock);
  gst_query_set_position (q, GST_FORMAT_TIME, at);
  return TRUE;
}

void
upright_class_init_collect (gpointer klass)
{
  GstElementClass *e = klass;

  e->request_new_pad = (gpointer) request_new_pad;
  e->release_pad = release_pad;
  e->change_state = change_state;
  e->query = query;
}
