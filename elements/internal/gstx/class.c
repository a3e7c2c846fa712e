/* Virtual functions of the classes that go-gst registers. Each hands over to the Go instance. */
#include "gstx.h"
#include "_cgo_export.h"

#define PARENT(instance) g_type_class_peek_parent (G_OBJECT_GET_CLASS (instance))

static void
set_property (GObject * object, guint id, const GValue * value, GParamSpec * spec)
{
  uprightGoSetProperty (object, id, (GValue *) value, spec);
}

static void
get_property (GObject * object, guint id, GValue * value, GParamSpec * spec)
{
  uprightGoGetProperty (object, id, value, spec);
}

static void
constructed (GObject * object)
{
  ((GObjectClass *) PARENT (object))->constructed (object);
  if (GST_IS_PUSH_SRC (object))
    gst_base_src_set_format (GST_BASE_SRC (object), GST_FORMAT_TIME);
  else if (((GstElementClass *) G_OBJECT_GET_CLASS (object))->request_new_pad)
    upright_collect_init (object);
  uprightGoConstructed (object);
}

void
upright_class_init_object (gpointer klass)
{
  GObjectClass *c = klass;

  c->set_property = set_property;
  c->get_property = get_property;
  c->constructed = constructed;
}

/* GstPushSrc */

UPRIGHT_QUARK (caps_quark, "upright-caps")

void
upright_set_caps (gpointer src, GstCaps * caps)
{
  GST_OBJECT_LOCK (src);
  g_object_set_qdata_full (src, caps_quark (), caps, caps ? (GDestroyNotify) gst_caps_unref : NULL);
  GST_OBJECT_UNLOCK (src);
}

gboolean
upright_set_caps_text (gpointer src, const gchar * text)
{
  GstCaps *caps = gst_caps_from_string (text);

  if (!caps)
    return FALSE;
  upright_set_caps (src, caps);
  return TRUE;
}

gboolean
upright_change_caps (gpointer src, const gchar * text)
{
  GstCaps *caps = gst_caps_from_string (text);
  gboolean ok;

  if (!caps)
    return FALSE;
  upright_keep_blocks (src, caps);
  upright_set_caps (src, gst_caps_ref (caps));
  ok = gst_base_src_set_caps (src, caps);
  gst_caps_unref (caps);
  return ok;
}

gboolean
upright_caps_accepted (gpointer src, const gchar * text)
{
  GstCaps *caps = gst_caps_from_string (text);
  gboolean ok = caps && gst_pad_peer_query_accept_caps (GST_BASE_SRC_PAD (src), caps);

  gst_clear_caps (&caps);
  return ok;
}

/* The caps of the file once it is open. Before, what is known about it, or those of the pad template. */
static GstCaps *
get_caps (GstBaseSrc * src, GstCaps * filter)
{
  GstCaps *caps;

  GST_OBJECT_LOCK (src);
  caps = g_object_get_qdata (G_OBJECT (src), caps_quark ());
  if (caps)
    gst_caps_ref (caps);
  GST_OBJECT_UNLOCK (src);
  if (!caps) {
    gchar *expected = uprightGoExpected (src);

    if (expected)
      caps = gst_caps_from_string (expected);
    g_free (expected);
  }
  if (!caps)
    caps = gst_pad_get_pad_template_caps (GST_BASE_SRC_PAD (src));
  if (filter) {
    GstCaps *both = gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST);

    gst_caps_unref (caps);
    caps = both;
  }
  return caps;
}

/* Caps that somebody downstream has taken stay as they are when there is reason to negotiate again. GstBaseSrc would
 * add what those downstream have come to know since, such as a pixel-aspect-ratio; a decoder takes that for another
 * stream, and begins anew without the pictures that the next ones refer to. */
static gboolean
src_negotiate (GstBaseSrc * src)
{
  GstPad *pad = GST_BASE_SRC_PAD (src);
  GstCaps *now = gst_pad_get_current_caps (pad), *own = get_caps (src, NULL);
  gboolean stays = now && gst_caps_can_intersect (now, own) && gst_pad_peer_query_accept_caps (pad, now);

  stays = stays || upright_negotiate_blocks (src, own);
  gst_caps_unref (own);
  gst_clear_caps (&now);
  return stays || ((GstBaseSrcClass *) PARENT (src))->negotiate (src);
}

/* Of several caps, those downstream have chosen one. It stays. */
static gboolean
src_set_caps (GstBaseSrc * src, GstCaps * caps)
{
  upright_set_caps (src, gst_caps_ref (caps));
  return TRUE;
}

gchar *
upright_media_type (gpointer src)
{
  GstCaps *caps;
  gchar *name = NULL;

  GST_OBJECT_LOCK (src);
  caps = g_object_get_qdata (G_OBJECT (src), caps_quark ());
  if (caps && gst_caps_get_size (caps) > 0)
    name = g_strdup (gst_structure_get_name (gst_caps_get_structure (caps, 0)));
  GST_OBJECT_UNLOCK (src);
  return name;
}

/* That a seek failed, for the streaming thread to end on. */
UPRIGHT_QUARK (failed_quark, "upright-failed")

static void
upright_fail (gpointer src, gboolean failed)
{
  GST_OBJECT_LOCK (src);
  g_object_set_qdata (src, failed_quark (), GINT_TO_POINTER (failed));
  GST_OBJECT_UNLOCK (src);
}

static gboolean
upright_failed (gpointer src)
{
  gboolean failed;

  GST_OBJECT_LOCK (src);
  failed = GPOINTER_TO_INT (g_object_get_qdata (src, failed_quark ()));
  GST_OBJECT_UNLOCK (src);
  return failed;
}

static gboolean
src_start (GstBaseSrc * src)
{
  upright_fail (src, FALSE);
  return uprightGoStart (src);
}

static gboolean
src_stop (GstBaseSrc * src)
{
  upright_ahead_clear (src);
  uprightGoStop (src);
  upright_set_caps (src, NULL);
  return TRUE;
}

static gboolean
src_is_seekable (GstBaseSrc * src)
{
  return TRUE;
}

/* Forward only. The segment begins at the position asked for, also if the seek is to a key unit: several sources in one
 * pipeline have their key units at different times, and would be out of step if each moved its segment to its own. What
 * comes before the segment is there for the decoder, which drops it then. */
static gboolean
src_do_seek (GstBaseSrc * src, GstSegment * segment)
{
  if (segment->rate < 0.0 || segment->format != GST_FORMAT_TIME)
    return FALSE;
  /* The error has been posted. GstBaseSrc takes FALSE badly: when it seeks to begin with, it stops its task and waits
   * for it with the state lock held, while the task may be waiting for a sink that waits for that state change. */
  upright_ahead_clear (src);
  upright_fail (src, !uprightGoSeek (src, segment->position));
  return TRUE;
}

static GstFlowReturn
src_create (GstPushSrc * src, GstBuffer ** out)
{
  GstFlowReturn flow;

  if (upright_failed (src))
    return GST_FLOW_ERROR;
  while ((flow = upright_ahead_pop (src, out)) == GST_FLOW_CUSTOM_SUCCESS) {
    flow = uprightGoCreate (src);
    if (flow != GST_FLOW_OK)
      break;
  }
  return flow;
}

void
upright_class_init_push_src (gpointer klass)
{
  GstBaseSrcClass *base = klass;

  base->start = src_start;
  base->stop = src_stop;
  base->is_seekable = src_is_seekable;
  base->do_seek = src_do_seek;
  base->get_caps = get_caps;
  base->negotiate = src_negotiate;
  base->set_caps = src_set_caps;
  ((GstPushSrcClass *) klass)->create = src_create;
}

/* GstBin */

static GstStateChangeReturn
bin_change_state (GstElement * element, GstStateChange change)
{
  GstStateChangeReturn ret;

  if (change == GST_STATE_CHANGE_NULL_TO_READY && !uprightGoOpen (element))
    return GST_STATE_CHANGE_FAILURE;
  ret = ((GstElementClass *) PARENT (element))->change_state (element, change);
  if (change == GST_STATE_CHANGE_PAUSED_TO_READY)
    uprightGoReset (element);
  return ret;
}

static void
bin_handle_message (GstBin * bin, GstMessage * message)
{
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS && !uprightGoEOS (bin)) {
    gst_message_unref (message);
    return;
  }
  ((GstBinClass *) PARENT (bin))->handle_message (bin, message);
}

void
upright_class_init_bin (gpointer klass)
{
  ((GstElementClass *) klass)->change_state = bin_change_state;
  ((GstBinClass *) klass)->handle_message = bin_handle_message;
}

/* What a class says about itself. The strings stay for as long as the class, which is for ever. */

void
upright_class_add_pad (gpointer klass, const gchar * name, GstPadDirection direction, GstPadPresence presence,
    const gchar * caps)
{
  GstCaps *c = gst_caps_from_string (caps);

  gst_element_class_add_pad_template (klass, gst_pad_template_new (name, direction, presence, c));
  gst_caps_unref (c);
}

void
upright_class_add_metadata (gpointer klass, const gchar * key, const gchar * value)
{
  gst_element_class_add_metadata (klass, key, value);
}

GType
upright_enum_type (const gchar * name, GEnumValue * values)
{
  GType type = g_enum_register_static (name, values);

  gst_type_mark_as_plugin_api (type, 0);
  return type;
}

GParamSpec *
upright_param_enum (GType type, const gchar * name, const gchar * nick, const gchar * blurb, gint value,
    GParamFlags flags)
{
  return g_param_spec_enum (name, nick, blurb, type, value, flags);
}

/* GstURIHandler, for sources with one protocol each. go-gst's list of protocols lacks the NULL at its end. */

UPRIGHT_QUARK (protocols_quark, "upright-protocols")

void
upright_uri_protocol (GType type, const gchar * protocol)
{
  gchar **list = g_new0 (gchar *, 2);

  list[0] = g_strdup (protocol);
  g_type_set_qdata (type, protocols_quark (), list);
}

static GstURIType
uri_get_type (GType type)
{
  return GST_URI_SRC;
}

static const gchar *const *
uri_get_protocols (GType type)
{
  return g_type_get_qdata (type, protocols_quark ());
}

static gchar *
uri_get (GstURIHandler * handler)
{
  return uprightGoGetURI (handler);
}

static gboolean
uri_set (GstURIHandler * handler, const gchar * uri, GError ** error)
{
  gchar *reason = uprightGoSetURI (handler, (gchar *) uri);

  if (!reason)
    return TRUE;
  g_set_error_literal (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI, reason);
  g_free (reason);
  return FALSE;
}

void
upright_uri_handler_init (gpointer iface)
{
  GstURIHandlerInterface *i = iface;

  i->get_type = uri_get_type;
  i->get_protocols = uri_get_protocols;
  i->get_uri = uri_get;
  i->set_uri = uri_set;
}
