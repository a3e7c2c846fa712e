/* The data path of a source, and its tags. */
#include "gstx.h"

static void
finish (GstBuffer * buffer, const guint8 * packet, gsize size, GstClockTime pts, GstClockTime duration, guint flags)
{
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = duration;
  if ((flags & UPRIGHT_RTP) && size > 1 && (packet[1] & 0x80))
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
  if (flags & UPRIGHT_GAP)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  if (flags & UPRIGHT_DELTA)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
}

/* Makes buffers of n packets that lie one behind the other in data, all with the same time stamp. Several become a
 * list, which share one block of memory, and which the base class pushes as a whole. */
gboolean
upright_submit (gpointer src, const guint8 * data, const guint32 * sizes, guint n, GstClockTime pts,
    GstClockTime duration, guint flags)
{
  GstBuffer *whole;
  GstBufferList *list;
  gsize total = 0, offset = 0;
  guint i;

  for (i = 0; i < n; i++)
    total += sizes[i];
  whole = gst_buffer_new_allocate (NULL, total, NULL);
  if (!whole)
    return FALSE;
  gst_buffer_fill (whole, 0, data, total);
  if (n == 1) {
    finish (whole, data, total, pts, duration, flags);
    if (flags & UPRIGHT_DISCONT)
      GST_BUFFER_FLAG_SET (whole, GST_BUFFER_FLAG_DISCONT);
    upright_ahead_push (src, whole);
    return TRUE;
  }
  list = gst_buffer_list_new_sized (n);
  for (i = 0; i < n; i++) {
    GstBuffer *b = gst_buffer_copy_region (whole, GST_BUFFER_COPY_MEMORY, offset, sizes[i]);

    finish (b, data + offset, sizes[i], pts, duration, flags);
    if (i == 0 && (flags & UPRIGHT_DISCONT))
      GST_BUFFER_FLAG_SET (b, GST_BUFFER_FLAG_DISCONT);
    gst_buffer_list_add (list, b);
    offset += sizes[i];
  }
  gst_buffer_unref (whole);
  upright_ahead_push (src, list);
  return TRUE;
}

void
upright_submit_gap (gpointer src, GstClockTime pts, GstClockTime duration)
{
  upright_ahead_push (src, gst_event_new_gap (pts, duration));
}

void
upright_submit_tags (gpointer src, GstTagList * tags)
{
  upright_ahead_push (src, tags);
}

void
upright_set_duration (gpointer src, GstClockTime duration)
{
  GST_OBJECT_LOCK (src);
  GST_BASE_SRC (src)->segment.duration = duration;
  GST_OBJECT_UNLOCK (src);
}

/* As if somebody had sent a seek before the element began. */
void
upright_seek_first (gpointer src, GstClockTime start, GstClockTime stop)
{
  GstEvent *event = gst_event_new_seek (1.0, GST_FORMAT_TIME, GST_SEEK_FLAG_ACCURATE, GST_SEEK_TYPE_SET, start,
      GST_CLOCK_TIME_IS_VALID (stop) ? GST_SEEK_TYPE_SET : GST_SEEK_TYPE_NONE, stop);

  GST_OBJECT_LOCK (src);
  if (!GST_BASE_SRC (src)->pending_seek) {
    GST_BASE_SRC (src)->pending_seek = event;
    event = NULL;
  }
  GST_OBJECT_UNLOCK (src);
  if (event)
    gst_event_unref (event);
}

void
upright_tags_add_string (GstTagList * tags, const gchar * tag, const gchar * value)
{
  gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, tag, value, NULL);
}

void
upright_tags_add_time (GstTagList * tags, const gchar * tag, gint64 us)
{
  GstDateTime *time = gst_date_time_new_from_unix_epoch_utc_usecs (us);

  if (!time)
    return;
  gst_tag_list_add (tags, GST_TAG_MERGE_REPLACE, tag, time, NULL);
  gst_date_time_unref (time);
}
