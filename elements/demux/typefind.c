/* What a Janus recording looks like: package mjr has the whole format. */
#include "demux.h"

#include <string.h>

static void
find (GstTypeFind * tf, gpointer data)
{
  const guint8 *b = gst_type_find_peek (tf, 0, 15);

  if (!b)
    return;
  /* Generations 1 and 2: a length and JSON follow. Generation 0: a record with a word in it. */
  if ((!memcmp (b, "MJR00001", 8) || !memcmp (b, "MJR00002", 8)) ||
      (!memcmp (b, "MEETECHO\0\5", 10) && (!memcmp (b + 10, "audio", 5) || !memcmp (b + 10, "video", 5))))
    gst_type_find_suggest_empty_simple (tf, GST_TYPE_FIND_MAXIMUM, UPRIGHT_MJR_CAPS);
}

gboolean
upright_typefind_register (GstPlugin * plugin)
{
  GstCaps *caps = gst_caps_new_empty_simple (UPRIGHT_MJR_CAPS);
  gboolean ok = gst_type_find_register (plugin, UPRIGHT_MJR_CAPS, GST_RANK_PRIMARY, find, "mjr", caps, NULL, NULL);

  gst_caps_unref (caps);
  return ok;
}
