/* What the elements that play the score of a room have in common: they are aggregators whose pad sink_N is N of the
 * score. */
#ifndef UPRIGHT_ROOM_H
#define UPRIGHT_ROOM_H

#include <gst/gst.h>
#include <stdlib.h>
#include <string.h>

/* N of a pad sink_N. */
static inline gint
upright_pad_number (gpointer pad)
{
  return (gint) g_ascii_strtoll (GST_PAD_NAME (pad) + strlen ("sink_"), NULL, 10);
}

/* Says why a score cannot be played, if there is a reason, which the Go side has allocated. Returns whether it can. */
static inline gboolean
upright_score_opened (gpointer element, gchar * reason)
{
  if (!reason)
    return TRUE;
  GST_ELEMENT_ERROR (element, RESOURCE, SETTINGS, ("%s", reason), (NULL));
  free (reason);
  return FALSE;
}

/* What an element gives (taken) of what others take. */
static inline GstFlowReturn
upright_caps_in_common (GstCaps * own, GstCaps * others, GstCaps ** common)
{
  *common = gst_caps_intersect (own, others);
  gst_caps_unref (own);
  return gst_caps_is_empty (*common) ? GST_FLOW_NOT_NEGOTIATED : GST_FLOW_OK;
}

#endif
