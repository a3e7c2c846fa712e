/* What an element that collects streams keeps: a track for each of its pads. */
#include "collect.h"

UPRIGHT_QUARK (quark, "upright-collection")

static void
collection_free (gpointer data)
{
  Collection *c = data;

  g_list_free (c->tracks);
  g_mutex_clear (&c->lock);
  g_cond_clear (&c->moved);
  g_free (c);
}

static void
track_free (gpointer data)
{
  Track *t = data;

  g_byte_array_unref (t->data);
  g_array_unref (t->samples);
  g_free (t);
}

Collection *
upright_collection (gpointer element)
{
  return g_object_get_qdata (element, quark ());
}

gboolean
upright_is_collector (gpointer element)
{
  return upright_collection (element) != NULL;
}

Track *
upright_collect_track (GstPad * pad)
{
  return gst_pad_get_element_private (pad);
}

/* Gives a track to the pad whose data it will gather, for as long as there is the pad. */
void
upright_collect_give_track (GstPad * pad, Track * t)
{
  gst_pad_set_element_private (pad, t);
  g_object_set_qdata_full (G_OBJECT (pad), quark (), t, track_free);
}

/* Makes a track, NULL if the file is finished. */
Track *
upright_collection_add (Collection * c, gboolean sparse)
{
  Track *t = NULL;

  g_mutex_lock (&c->lock);
  if (!c->finished) {
    t = g_new0 (Track, 1);
    t->index = c->count++;
    t->sparse = sparse;
    t->data = g_byte_array_new ();
    t->samples = g_array_new (FALSE, FALSE, sizeof (UprightSample));
    gst_segment_init (&t->segment, GST_FORMAT_UNDEFINED);
    c->tracks = g_list_append (c->tracks, t);
  }
  g_mutex_unlock (&c->lock);
  return t;
}

void
upright_collect_init (gpointer element)
{
  Collection *c = g_new0 (Collection, 1);

  g_mutex_init (&c->lock);
  g_cond_init (&c->moved);
  g_object_set_qdata_full (element, quark (), c, collection_free);
  GST_OBJECT_FLAG_SET (element, GST_ELEMENT_FLAG_SINK);
}
