/* The class uprightav1depay. GStreamer's base class for depayloaders sees to sequence numbers, lists of buffers, flags and
 * header extensions; what is in a payload is the Go side's business. */
#include "av1depay.h"
#include "_cgo_export.h"
#include "page.h"

GST_DEBUG_CATEGORY_STATIC (category);
#define GST_CAT_DEFAULT category

#define UPRIGHT_TYPE_AV1_DEPAY (upright_av1_depay_get_type ())
G_DECLARE_FINAL_TYPE (UprightAV1Depay, upright_av1_depay, UPRIGHT, AV1_DEPAY, GstRTPBaseDepayload)

struct _UprightAV1Depay
{
  GstRTPBaseDepayload parent;

  guintptr stream;              /* the Go side */
  gboolean announced;           /* caps have been sent */
  GQueue early;                 /* events that came before */
  gboolean open;                /* a temporal unit has begun and has not ended */
  GQueue held;                  /* events that came behind its beginning */
  gboolean base_segments;       /* the base class knows better than upstream what the segment is */
  gboolean warned;
};

G_DEFINE_TYPE (UprightAV1Depay, upright_av1_depay, GST_TYPE_RTP_BASE_DEPAYLOAD)

#define PARENT GST_RTP_BASE_DEPAYLOAD_CLASS (upright_av1_depay_parent_class)

static GstStaticPadTemplate sink_template = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("application/x-rtp, media=(string)video, encoding-name=(string)AV1, clock-rate=(int)90000"));

static GstStaticPadTemplate src_template = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
    GST_STATIC_CAPS ("video/x-av1, stream-format=(string)obu-stream, alignment=(string)tu"));

/* Caps are sent with the first unit, which has the codec_data. */
static gboolean
set_caps (GstRTPBaseDepayload * base, GstCaps * caps)
{
  GstStructure *s = gst_caps_get_structure (caps, 0);

  base->clock_rate = 90000;
  /* What RTSP says about the position is in the caps, not in the segment. */
  UPRIGHT_AV1_DEPAY (base)->base_segments = gst_structure_has_field (s, "npt-start") || gst_structure_has_field (s, "clock-base");
  return TRUE;
}

/* The base class would send one segment per stream, with a stream time of its own. */
static gboolean
is_own_segment (UprightAV1Depay * self, GstEvent * event)
{
  return GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT && !self->base_segments;
}

static gboolean
send (UprightAV1Depay * self, GstEvent * event)
{
  if (is_own_segment (self, event))
    return gst_pad_push_event (GST_RTP_BASE_DEPAYLOAD_SRCPAD (self), event);
  return PARENT->handle_event (GST_RTP_BASE_DEPAYLOAD (self), event);
}

/* Takes an event in its turn. What needs caps in front of it waits for them. */
static gboolean
take (UprightAV1Depay * self, GstEvent * event)
{
  GstRTPBaseDepayload *base = GST_RTP_BASE_DEPAYLOAD (self);
  const GstSegment *segment;

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_STREAM_START:
    case GST_EVENT_CAPS:
      return send (self, event);
    case GST_EVENT_SEGMENT:
      gst_event_parse_segment (event, &segment);
      if (self->base_segments || segment->format != GST_FORMAT_TIME)
        return PARENT->handle_event (base, event);      /* sends nothing yet, or refuses it */
      GST_OBJECT_LOCK (self);
      base->segment = *segment;
      base->need_newsegment = FALSE;
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      break;
  }
  if (self->announced || !GST_EVENT_IS_SERIALIZED (event))
    return send (self, event);
  g_queue_push_tail (&self->early, event);
  return TRUE;
}

static void
announce (UprightAV1Depay * self, GstBuffer * codec_data)
{
  GstPad *pad = GST_RTP_BASE_DEPAYLOAD_SRCPAD (self);
  GstCaps *caps = gst_caps_make_writable (gst_pad_get_pad_template_caps (pad)), *now = gst_pad_get_current_caps (pad);
  GstEvent *event;

  /* Calls have no fixed rate. webmmux wants that to be said. */
  gst_caps_set_simple (caps, "framerate", GST_TYPE_FRACTION, 0, 1, NULL);
  if (codec_data)
    gst_caps_set_simple (caps, "codec_data", GST_TYPE_BUFFER, codec_data, NULL);
  if (!now || !gst_caps_is_equal (now, caps))
    gst_pad_set_caps (pad, caps);
  GST_INFO_OBJECT (self, "units are %" GST_PTR_FORMAT, caps);
  gst_caps_unref (caps);
  gst_clear_caps (&now);
  self->announced = TRUE;
  while ((event = g_queue_pop_head (&self->early)))
    send (self, event);
}

/* Sends a unit, if there is one, and takes it. */
static GstFlowReturn
push (UprightAV1Depay * self, UprightAV1Unit * unit)
{
  if (!unit->buffer)
    return GST_FLOW_OK;
  if (!self->announced || unit->codec_data)
    announce (self, unit->codec_data);
  GST_DEBUG_OBJECT (self, "unit of %" G_GSIZE_FORMAT " bytes at %" GST_TIME_FORMAT, gst_buffer_get_size (unit->buffer),
      GST_TIME_ARGS (GST_BUFFER_PTS (unit->buffer)));
  gst_clear_buffer (&unit->codec_data);
  return gst_rtp_base_depayload_push (GST_RTP_BASE_DEPAYLOAD (self), g_steal_pointer (&unit->buffer));
}

/* The unit has ended: what waited for that goes on. */
static void
release (UprightAV1Depay * self)
{
  GstEvent *event;

  self->open = FALSE;
  while ((event = g_queue_pop_head (&self->held)))
    take (self, event);
}

static GstBuffer *
process (GstRTPBaseDepayload * base, GstRTPBuffer * rtp)
{
  UprightAV1Depay *self = UPRIGHT_AV1_DEPAY (base);
  GstBuffer *in = rtp->buffer;
  UprightAV1Packet packet = {
    gst_rtp_buffer_get_payload (rtp), gst_rtp_buffer_get_payload_len (rtp), gst_rtp_buffer_get_timestamp (rtp),
    gst_rtp_buffer_get_marker (rtp), GST_BUFFER_IS_DISCONT (in),
    GST_BUFFER_PTS (in), GST_BUFFER_DTS (in), GST_BUFFER_DURATION (in)
  };
  UprightAV1Result result = { FALSE, };
  GstFlowReturn flow;

  uprightGoAV1Packet (self->stream, self, &packet, &result);
  flow = push (self, &result.before);
  if (result.turned)
    release (self);
  if (flow == GST_FLOW_OK)
    push (self, &result.own);
  gst_clear_buffer (&result.own.buffer);
  gst_clear_buffer (&result.own.codec_data);
  if (!result.open)
    release (self);
  self->open = result.open;
  return NULL;
}

static void
clear (UprightAV1Depay * self)
{
  uprightGoAV1Reset (self->stream, self);
  self->open = FALSE;
  g_queue_clear_full (&self->early, (GDestroyNotify) gst_event_unref);
  g_queue_clear_full (&self->held, (GDestroyNotify) gst_event_unref);
}

/* Of what waits, a flush leaves what pads remember, but for segments. */
static gboolean
flush (UprightAV1Depay * self, GstEvent * stop)
{
  GQueue kept = G_QUEUE_INIT;
  GQueue *queues[] = { &self->early, &self->held };
  GstEvent *event;
  gboolean ret;
  guint i;

  for (i = 0; i < G_N_ELEMENTS (queues); i++) {
    while ((event = g_queue_pop_head (queues[i]))) {
      if (GST_EVENT_IS_STICKY (event) && GST_EVENT_TYPE (event) != GST_EVENT_SEGMENT)
        g_queue_push_tail (&kept, event);
      else
        gst_event_unref (event);
    }
  }
  clear (self);
  ret = PARENT->handle_event (GST_RTP_BASE_DEPAYLOAD (self), stop);
  while ((event = g_queue_pop_head (&kept)))
    take (self, event);
  return ret;
}

static gboolean
handle_event (GstRTPBaseDepayload * base, GstEvent * event)
{
  UprightAV1Depay *self = UPRIGHT_AV1_DEPAY (base);

  switch (GST_EVENT_TYPE (event)) {
    case GST_EVENT_FLUSH_STOP:
      return flush (self, event);
    case GST_EVENT_EOS:
      /* Nobody knows whether all of the unit has come. */
      if (self->open)
        GST_INFO_OBJECT (self, "the stream ends in the middle of a temporal unit, which is left out");
      uprightGoAV1Reset (self->stream, self);
      release (self);
      if (!self->announced)
        announce (self, NULL);
      break;
    default:
      /* What comes behind the first packet of a unit must not get in front of it. */
      if (self->open && GST_EVENT_IS_SERIALIZED (event)) {
        g_queue_push_tail (&self->held, event);
        return TRUE;
      }
  }
  return take (self, event);
}

static GstStateChangeReturn
change_state (GstElement * element, GstStateChange change)
{
  GstStateChangeReturn ret = GST_ELEMENT_CLASS (upright_av1_depay_parent_class)->change_state (element, change);

  if (change == GST_STATE_CHANGE_PAUSED_TO_READY) {
    clear (UPRIGHT_AV1_DEPAY (element));
    UPRIGHT_AV1_DEPAY (element)->announced = FALSE;
    UPRIGHT_AV1_DEPAY (element)->warned = FALSE;
  }
  return ret;
}

static void
finalize (GObject * object)
{
  UprightAV1Depay *self = UPRIGHT_AV1_DEPAY (object);

  clear (self);
  uprightGoAV1Free (self->stream);
  G_OBJECT_CLASS (upright_av1_depay_parent_class)->finalize (object);
}

static void
upright_av1_depay_init (UprightAV1Depay * self)
{
  g_queue_init (&self->early);
  g_queue_init (&self->held);
  self->stream = uprightGoAV1New ();
}

static void
upright_av1_depay_class_init (UprightAV1DepayClass * klass)
{
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  GstRTPBaseDepayloadClass *base = GST_RTP_BASE_DEPAYLOAD_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (category, "uprightav1depay", 0, "Upright AV1 depayloader");
  G_OBJECT_CLASS (klass)->finalize = finalize;
  element->change_state = change_state;
  base->set_caps = set_caps;
  base->process_rtp_packet = process;
  base->handle_event = handle_event;

  gst_element_class_add_static_pad_template (element, &sink_template);
  gst_element_class_add_static_pad_template (element, &src_template);
  upright_page (element, "Upright AV1 depayloader", "Codec/Depayloader/Network/RTP",
      "Takes AV1 video out of RTP packets (RTP payload format for AV1, version 1.0), with all its layers", "0.1",
      "gst-launch-1.0 mjrsrc location=video.mjr ! uprightav1depay ! av1parse ! mp4mux ! filesink location=video.mp4");
}

/* Below any other depayloader for AV1: where GStreamer's Rust plugins are installed, theirs is autoplugged. */
gboolean
upright_av1_depay_register (GstPlugin * plugin)
{
  return gst_element_register (plugin, "uprightav1depay", GST_RANK_MARGINAL, UPRIGHT_TYPE_AV1_DEPAY);
}

GstBuffer *
upright_av1_depay_copy (gconstpointer data, gsize size)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);

  if (buffer)
    gst_buffer_fill (buffer, 0, data, size);
  return buffer;
}

void
upright_av1_depay_finish (GstBuffer * buffer, const UprightAV1Packet * first, gboolean key, gboolean discont)
{
  GST_BUFFER_PTS (buffer) = first->pts;
  GST_BUFFER_DTS (buffer) = first->dts;
  GST_BUFFER_DURATION (buffer) = first->duration;
  GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_MARKER);
  if (!key)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (discont)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
}

/* Loss is what happens; payloads that are not AV1 are worth a word to the user, once. */
void
upright_av1_depay_damaged (gpointer depay, const gchar * reason, gboolean malformed)
{
  UprightAV1Depay *self = depay;

  GST_WARNING_OBJECT (self, "a temporal unit is left out: %s", reason);
  if (!malformed || self->warned)
    return;
  self->warned = TRUE;
  GST_ELEMENT_WARNING (self, STREAM, DECODE,
      ("Packets do not follow the RTP payload format for AV1, being damaged or encrypted: their pictures are left out."), ("%s", reason));
}
