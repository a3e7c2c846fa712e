package gstx

/*
#include <gst/video/video.h>
#include <string.h>

// upright_map maps a buffer on a pad whose caps are of RGBA video. FALSE if they are of something else.
static gboolean upright_map(GstPad *pad, GstBuffer *buffer, GstVideoFrame *frame) {
  GstCaps *caps = gst_pad_get_current_caps(pad);
  GstVideoInfo info;
  gboolean ok = caps && gst_video_info_from_caps(&info, caps) && GST_VIDEO_INFO_FORMAT(&info) == GST_VIDEO_FORMAT_RGBA;

  if (caps)
    gst_caps_unref(caps);
  return ok && gst_video_frame_map(frame, &info, buffer, GST_MAP_READ);
}

static int upright_width(GstVideoFrame *frame) { return GST_VIDEO_FRAME_WIDTH(frame); }
static int upright_height(GstVideoFrame *frame) { return GST_VIDEO_FRAME_HEIGHT(frame); }

static void upright_copy(GstVideoFrame *frame, guint8 *to) {
  const guint8 *from = GST_VIDEO_FRAME_PLANE_DATA(frame, 0);
  int n = 4 * upright_width(frame), y;

  for (y = 0; y < upright_height(frame); y++)
    memcpy(to + y * n, from + y * GST_VIDEO_FRAME_PLANE_STRIDE(frame, 0), n);
}

static GstClockTime upright_running_time(GstPad *pad, GstBuffer *buffer) {
  GstEvent *event = gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0);
  GstClockTime at = GST_CLOCK_TIME_NONE;
  const GstSegment *segment;

  if (event) {
    gst_event_parse_segment(event, &segment);
    if (segment->format == GST_FORMAT_TIME && GST_BUFFER_PTS_IS_VALID(buffer))
      at = gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
    gst_event_unref(event);
  }
  return at;
}
*/
import "C"

import (
	"image"
	"time"
	"unsafe"
)

// Picture returns a copy of the picture that passes, and its running time (negative: it has none). ok is false if it is
// not one in the format RGBA.
func (p *Probe) Picture() (picture *image.RGBA, at time.Duration, ok bool) {
	b, ok := p.Buffer()
	if !ok {
		return nil, 0, false
	}
	var frame C.GstVideoFrame
	if C.upright_map(p.Pad.ptr, b.ptr, &frame) == 0 {
		return nil, 0, false
	}
	defer C.gst_video_frame_unmap(&frame)
	picture = image.NewRGBA(image.Rect(0, 0, int(C.upright_width(&frame)), int(C.upright_height(&frame))))
	C.upright_copy(&frame, (*C.guint8)(unsafe.Pointer(&picture.Pix[0])))
	return picture, time.Duration(C.upright_running_time(p.Pad.ptr, b.ptr)), true
}
