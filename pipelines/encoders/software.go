package encoders

import "strconv"

// told tells an encoder the options in its own words.
func (w *words) told(e Encoder, o Options) {
	switch e.Backend {
	case NVENC:
		w.nvenc(e, o)
	case VA:
		w.va(e, o)
	case QSV:
		w.qsv(e, o)
	case V4L2:
		w.v4l2(o)
	default:
		software[e.base](w, o)
	}
}

// software are the property maps of encoders that need no device. Presets are for speed, since recordings arrive as
// fast as they are made.
var software = map[string]func(*words, Options){
	"x264enc": func(w *words, o Options) {
		w.threads("threads", o)
		if o.Bitrate > 0 { // kbit/s
			w.put("pass", "cbr")
			w.put("bitrate", kbits(o))
		} else {
			w.put("pass", "qual")
			w.put("quantizer", scale{12, 21, 38}.at(o.Quality))
			w.put("vbv-buf-capacity", 0) // else the default bitrate would cap the quality
		}
		w.put("speed-preset", "veryfast")
		// A less thorough search for vectors, and two pictures to search instead of one: a quarter less work, and at
		// the same bitrate no less PSNR than by the preset alone (four kinds of scenes: 0.2 to 1.2 dB more).
		w.put("me", "dia")
		w.put("subme", 1)
		w.put("ref", 2)
		w.put("bframes", 0)
		w.put("rc-lookahead", 5) // of ten: 1 % larger, and fewer pictures are held
		w.put("sync-lookahead", 0)
		w.put("key-int-max", o.KeyFrames)
	},
	"openh264enc": func(w *words, o Options) {
		w.threads("multi-thread", o)
		standard := scale{15, 26, 42}
		switch qp := standard.at(o.Quality); {
		case o.Bitrate > 0: // bit/s
			w.put("rate-control", "bitrate")
			w.put("bitrate", o.Bitrate)
		case qp == standard.at(0): // without rate control, it keeps to 26
			w.put("rate-control", "off")
			w.put("qp-min", 18)
			w.put("qp-max", 26)
		default:
			w.put("rate-control", "quality")
			w.put("bitrate", 100_000_000) // so that it is the quantizer that decides
			w.put("qp-min", qp)
			w.put("qp-max", qp)
		}
		w.put("complexity", "low")
		w.put("gop-size", o.KeyFrames)
	},
	"x265enc": func(w *words, o Options) {
		// What has no property of its own is in one string.
		rate := "crf=" + strconv.Itoa(scale{14, 23, 40}.at(o.Quality))
		if o.Bitrate > 0 {
			rate = "bitrate=" + kbits(o)
		}
		rate += ":bframes=0"
		if o.Threads > 0 {
			rate += ":pools=" + strconv.Itoa(o.Threads)
		}
		w.put("option-string", rate)
		if o.Bitrate > 0 {
			w.put("bitrate", kbits(o))
		}
		w.put("speed-preset", "veryfast")
		w.put("key-int-max", o.KeyFrames)
	},
	"vp8enc": func(w *words, o Options) { w.vpx(o, 4, scale{6, 16, 50}, 40) },
	"vp9enc": func(w *words, o Options) { w.vpx(o, 6, scale{15, 28, 55}, 48, "row-mt=true") },
	"svtav1enc": func(w *words, o Options) {
		w.threads("logical-processors", o)
		w.put("preset", 10)
		if o.Bitrate > 0 { // kbit/s
			w.put("target-bitrate", kbits(o))
		} else {
			w.put("crf", scale{18, 32, 55}.at(o.Quality))
		}
		w.put("intra-period-length", o.KeyFrames-1) // the pictures between two
	},
	"av1enc": func(w *words, o Options) {
		w.threads("threads", o)
		w.put("usage-profile", "realtime")
		w.put("cpu-used", 8)
		if o.Bitrate > 0 { // kbit/s
			w.put("end-usage", "vbr")
			w.put("min-quantizer", 4)
			w.put("max-quantizer", 63) // 0 by default, whatever the bitrate
			w.put("target-bitrate", kbits(o))
		} else {
			w.put("end-usage", "q")
			// It has no property for the level in older versions, which is 10 unless that is outside of this range.
			level := scale{2, 10, 50}.at(o.Quality)
			lowest, highest := min(4, level), max(40, level)
			if level > 10 {
				lowest = level
			} else if level < 10 {
				highest = level
			}
			w.put("min-quantizer", lowest)
			w.put("max-quantizer", highest)
		}
		w.put("keyframe-max-dist", o.KeyFrames)
	},
}

// vpx is the map of libvpx.
func (w *words) vpx(o Options, speed int, quality scale, worst int, more ...string) {
	w.threads("threads", o)
	w.put("timebase", "1/90000")
	w.put("deadline", 1)
	w.put("cpu-used", speed)
	w.list = append(w.list, more...)
	if o.Bitrate > 0 { // bit/s
		w.put("end-usage", "vbr")
		w.put("target-bitrate", o.Bitrate)
	} else {
		level := quality.at(o.Quality)
		w.put("end-usage", "cq")
		w.put("cq-level", level)
		w.put("min-quantizer", 4)
		w.put("max-quantizer", min(63, max(worst, level)))
		w.put("target-bitrate", 8000000) // a cap, well above what the quality takes
	}
	w.put("auto-alt-ref", "false")
	w.put("keyframe-max-dist", o.KeyFrames)
}

func (w *words) threads(property string, o Options) {
	if o.Threads > 0 {
		w.put(property, o.Threads)
	}
}
