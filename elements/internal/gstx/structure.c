/* Structures: what caps say, and what is said in caps. */
#include "gstx.h"

gchar *
upright_structure_name (const GstStructure * s)
{
  return g_strdup (gst_structure_get_name (s));
}

gchar *
upright_structure_string (const GstStructure * s, const gchar * field)
{
  return g_strdup (gst_structure_get_string (s, field));
}

/* The bytes of a buffer, or of the first one of an array. To be freed. */
gpointer
upright_structure_bytes (const GstStructure * s, const gchar * field, gsize * size)
{
  const GValue *v = gst_structure_get_value (s, field);
  GstBuffer *b;
  gpointer data = NULL;

  *size = 0;
  if (v && GST_VALUE_HOLDS_ARRAY (v) && gst_value_array_get_size (v) > 0)
    v = gst_value_array_get_value (v, 0);
  if (v && G_VALUE_HOLDS (v, GST_TYPE_BUFFER) && (b = gst_value_get_buffer (v)))
    gst_buffer_extract_dup (b, 0, -1, &data, size);
  return data;
}

gboolean
upright_structure_colour (const GstStructure * s, gint * primaries, gint * transfer, gint * matrix, gboolean * full)
{
  const gchar *text = gst_structure_get_string (s, "colorimetry");
  GstVideoColorimetry c;

  if (!text || !gst_video_colorimetry_from_string (&c, text))
    return FALSE;
  *primaries = gst_video_color_primaries_to_iso (c.primaries);
  *transfer = gst_video_transfer_function_to_iso (c.transfer);
  *matrix = gst_video_color_matrix_to_iso (c.matrix);
  *full = c.range == GST_VIDEO_COLOR_RANGE_0_255;
  return TRUE;
}

void
upright_structure_set_string (GstStructure * s, const gchar * name, const gchar * value)
{
  gst_structure_set (s, name, G_TYPE_STRING, value, NULL);
}

void
upright_structure_set_int (GstStructure * s, const gchar * name, gint value)
{
  gst_structure_set (s, name, G_TYPE_INT, value, NULL);
}

void
upright_structure_set_uint64 (GstStructure * s, const gchar * name, guint64 value)
{
  gst_structure_set (s, name, G_TYPE_UINT64, value, NULL);
}

void
upright_structure_set_double (GstStructure * s, const gchar * name, gdouble value)
{
  gst_structure_set (s, name, G_TYPE_DOUBLE, value, NULL);
}

void
upright_structure_set_boolean (GstStructure * s, const gchar * name, gboolean value)
{
  gst_structure_set (s, name, G_TYPE_BOOLEAN, value, NULL);
}
