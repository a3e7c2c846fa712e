package encoders

import "fmt"

// quantizers are those of hardware: constant quantizers are what all of them have in common.
var quantizers = map[string]scale{
	"h264": {14, 23, 40}, "h265": {16, 25, 42}, // 0 to 51
	"vp8": {10, 30, 100},                        // 0 to 127
	"vp9": {40, 90, 200}, "av1": {60, 120, 220}, // 0 to 255
}

// nvenc is the map of both generations of NVIDIA's elements: that of before GStreamer 1.22 (rc-mode, qp-const), and its
// successors (rate-control, qp-i), whose newest, of 1.26, have names of the old again.
func (w *words) nvenc(e Encoder, o Options) {
	if o.Bitrate > 0 { // kbit/s
		w.set("vbr", "rc-mode", "rate-control")
		w.set(kbits(o), "bitrate")
	} else {
		qp := quantizers[e.Codec].at(o.Quality)
		w.set("constqp", "rc-mode", "rate-control")
		for _, kind := range []string{"i", "p", "b"} {
			w.set(qp, "qp-const-"+kind, "qp-"+kind)
		}
		w.set(qp, "qp-const")
	}
	w.set(o.KeyFrames, "gop-size")
	w.set(0, "bframes", "b-frames")
}

// va is the map of GStreamer's VA elements. rate-control is missing where a driver has only one kind.
func (w *words) va(e Encoder, o Options) {
	if o.Bitrate > 0 { // kbit/s
		w.set("vbr", "rate-control")
		w.set(kbits(o), "bitrate")
	} else {
		qp := quantizers[e.Codec].at(o.Quality)
		w.set("cqp", "rate-control")
		for _, p := range []string{"qpi", "qpp", "qpb", "qp"} {
			w.set(qp, p)
		}
	}
	w.set(o.KeyFrames, "key-int-max")
	w.set(0, "b-frames")
	w.set(1, "gf-group-size") // VP9, AV1: no picture that is shown after later ones
}

// qsv is the map of GStreamer's oneVPL elements.
func (w *words) qsv(e Encoder, o Options) {
	if o.Bitrate > 0 { // kbit/s
		w.set("vbr", "rate-control")
		w.set(kbits(o), "bitrate")
	} else {
		qp := quantizers[e.Codec].at(o.Quality)
		w.set("cqp", "rate-control")
		for _, p := range []string{"qp-i", "qp-p", "qp-b"} {
			w.set(qp, p)
		}
	}
	w.set(o.KeyFrames, "gop-size")
	w.set(0, "b-frames")
}

// v4l2 is the map of the kernel's codecs. All of them have a bitrate and few a constant quality, so the quality becomes
// a bitrate by the number of pixels. Controls that a driver does not have are passed over by GStreamer.
func (w *words) v4l2(o Options) {
	rate := o.Bitrate
	if rate <= 0 {
		pixels := o.Width * o.Height
		if pixels <= 0 {
			pixels = 1280 * 720
		}
		fps := o.FrameRate
		if fps <= 0 {
			fps = 30
		}
		// In thousandths of a bit per pixel.
		rate = max(64000, int(float64(pixels)*float64(fps)*float64(scale{300, 120, 20}.at(o.Quality))/1000))
	}
	w.set(fmt.Sprintf("controls,video_bitrate=%d,video_gop_size=%d,h264_i_frame_period=%d,video_b_frames=0,"+
		"repeat_sequence_header=1", rate, o.KeyFrames, o.KeyFrames), "extra-controls")
}
