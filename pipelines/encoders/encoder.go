package encoders

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/upright-media/upright/internal/lazy"
)

// Backend is what an encoder runs on.
type Backend string

// Backends, the hardware in the order of preference.
const (
	NVENC    Backend = "nvenc" // NVIDIA
	VA       Backend = "va"    // VA-API: Intel, AMD
	QSV      Backend = "qsv"   // Intel, by oneVPL
	V4L2     Backend = "v4l2"  // stateful codecs of the Linux kernel: Raspberry Pi, i.MX, …
	Software Backend = "software"
)

// Backends are all backends.
var Backends = []Backend{NVENC, VA, QSV, V4L2, Software}

// Codecs are those that there are encoders for, by their names in reports.
var Codecs = []string{"h264", "h265", "vp8", "vp9", "av1"}

// Titles are the codecs as people write them.
var Titles = map[string]string{"h264": "H.264", "h265": "H.265", "vp8": "VP8", "vp9": "VP9", "av1": "AV1"}

// Parsers bring what encoders make into the shape that muxers and decoders ask for.
var Parsers = map[string]string{"h264": "h264parse", "h265": "h265parse", "vp9": "vp9parse", "av1": "av1parse"}

// Encoder is one element that encodes one codec.
type Encoder struct {
	Element   string  // name of its factory
	Codec     string  // h264, h265, vp8, vp9, av1
	Backend   Backend //
	Device    string  // what its sessions count against, "" for software: nvenc0, renderD128, …
	Format    string  // of raw pictures that it takes on every machine: I420 or NV12
	Rate      bool    // it, or the parser behind it, has to be told a frame rate
	MinWidth  int     // pixels; 0: any
	MinHeight int

	base string // the element whose properties it has: for devices after the first, that of the first
}

// Hardware says whether the encoder needs a device.
func (e Encoder) Hardware() bool { return e.Backend != Software }

// Takes says why the encoder does not take pictures of a size, "" if it does or the size is unknown.
func (e Encoder) Takes(width, height int) string {
	if width > 0 && height > 0 && (width < e.MinWidth || height < e.MinHeight) {
		return fmt.Sprintf("takes pictures from %dx%d on, these have %dx%d", e.MinWidth, e.MinHeight, width, height)
	}
	return ""
}

// table has the encoders of each codec in the order of preference.
var table = map[string][]Encoder{
	"h264": {
		nv("nvautogpuh264enc"), nv("nvh264enc"), nv("nvcudah264enc"),
		va("vah264lpenc"), va("vah264enc"), qsv("qsvh264enc"), v4l2("v4l2h264enc"),
		{Element: "x264enc", Rate: true}, {Element: "openh264enc", Rate: true},
	},
	"h265": {
		nv("nvautogpuh265enc"), nv("nvh265enc"), nv("nvcudah265enc"),
		va("vah265lpenc"), va("vah265enc"), qsv("qsvh265enc"), v4l2("v4l2h265enc"),
		{Element: "x265enc", Rate: true},
	},
	"vp8": {va("vavp8enc"), v4l2("v4l2vp8enc"), {Element: "vp8enc"}},
	"vp9": {va("vavp9lpenc"), va("vavp9enc"), qsv("qsvvp9enc"), v4l2("v4l2vp9enc"), {Element: "vp9enc", Rate: true}},
	"av1": {
		nv("nvautogpuav1enc"), nv("nvav1enc"), nv("nvcudaav1enc"),
		va("vaav1lpenc"), va("vaav1enc"), qsv("qsvav1enc"),
		{Element: "svtav1enc", Rate: true}, {Element: "av1enc", Rate: true},
	},
}

// The smallest sizes are those that drivers refuse to go below, on the devices that ask for most.

func nv(element string) Encoder {
	return Encoder{Element: element, Backend: NVENC, Device: "nvenc0", Format: "NV12", Rate: true, MinWidth: 145,
		MinHeight: 49}
}

func va(element string) Encoder {
	return Encoder{Element: element, Backend: VA, Device: "renderD128", Format: "NV12", Rate: true, MinWidth: 64,
		MinHeight: 64}
}

func qsv(element string) Encoder {
	return Encoder{Element: element, Backend: QSV, Device: "renderD128", Format: "NV12", Rate: true, MinWidth: 64,
		MinHeight: 64}
}

func v4l2(element string) Encoder {
	return Encoder{Element: element, Backend: V4L2, Device: "v4l2", Format: "NV12", Rate: true, MinWidth: 64,
		MinHeight: 64}
}

func init() {
	for codec, list := range table {
		for i := range list {
			e := &list[i]
			e.Codec, e.base = codec, e.Element
			if e.Backend == "" {
				e.Backend, e.Format = Software, "I420"
			}
		}
	}
}

// Candidates are the encoders of a codec in the order of preference, whether installed or not.
func Candidates(codec string) []Encoder { return slices.Clone(table[codec]) }

// Names of the encoders of devices after the first: nvh264device1enc, nvcudah264device1enc, varenderD129h264lpenc,
// qsvh264device1enc, v4l2video11h264enc.
var further = []struct {
	pattern func() *regexp.Regexp
	base    string // replacement
	device  string
}{
	{lazy.Regexp(`^(nv(?:cuda)?)(h264|h265|av1)device(\d+)(enc)$`), "$1$2$4", "nvenc$3"},
	{lazy.Regexp(`^(va)(renderD\d+)(h264|h265|vp8|vp9|av1)(lp)?(enc)$`), "$1$3$4$5", "$2"},
	{lazy.Regexp(`^(qsv)(h264|h265|vp9|av1)device(\d+)(enc)$`), "$1$2$4", "qsv$3"},
	{lazy.Regexp(`^(v4l2)(video\d+)(h264|h265|vp8|vp9)(enc)$`), "$1$3$4", "$2"},
}

// Named returns the encoder that is an element of this name, false if it is none that is known.
func Named(element string) (Encoder, bool) {
	base, device := element, ""
	for _, f := range further {
		pattern := f.pattern()
		if m := pattern.FindStringSubmatchIndex(element); m != nil {
			base = string(pattern.ExpandString(nil, f.base, element, m))
			device = string(pattern.ExpandString(nil, f.device, element, m))
		}
	}
	for _, codec := range Codecs {
		for _, e := range table[codec] {
			if e.Element != base {
				continue
			}
			if device != "" {
				e.Element, e.Device = element, device
			}
			return e, true
		}
	}
	return Encoder{}, false
}

// Options are what an encoder is told, in units of their own: every encoder has others. B-frames are always off: they
// gain little in recordings of calls, and without them pictures leave in the order in which they came, with the times
// they had.
type Options struct {
	Quality   int // 1 (worst) to 100, constant; 0: DefaultQuality
	Bitrate   int // bits per second on average, instead of Quality; 0: none
	KeyFrames int // pictures from one key frame to the next, at most; 0: 60
	// baseline, main, high; "": what the encoder does by itself, for x264enc high. Codecs other than H.264 ignore it.
	Profile string
	Threads int // of a software encoder; 0: as many as it likes

	Width, Height int // pixels; encoders without constant quality take their bitrate from it. 0: 1280x720
	FrameRate     int // pictures per second, for the same; 0: 30
}

// DefaultQuality looks like the original in recordings of calls.
const DefaultQuality = 70

// Check says what cannot be.
func (o Options) Check() error {
	switch {
	case o.Quality < 0 || o.Quality > 100:
		return fmt.Errorf("quality is %d, but must be 1 to 100, or 0 for the default", o.Quality)
	case o.Bitrate < 0 || o.Bitrate > 1e9:
		return fmt.Errorf("bitrate is %d bits per second, but must be 0 to 1000000000", o.Bitrate)
	case o.Profile != "" && !slices.Contains([]string{"baseline", "main", "high"}, o.Profile):
		return fmt.Errorf("profile is %q, but must be baseline, main or high", o.Profile)
	}
	return nil
}

// scale is a range of quantizers.
type scale struct{ best, standard, worst float64 } // at quality 100, DefaultQuality, 1

// at is the quantizer of a quality.
func (s scale) at(quality int) int {
	q := float64(quality)
	if quality <= 0 {
		q = DefaultQuality
	}
	v := s.standard + (s.best-s.standard)*(q-DefaultQuality)/(100-DefaultQuality)
	if q < DefaultQuality {
		v = s.worst + (s.standard-s.worst)*(q-1)/(DefaultQuality-1)
	}
	return int(v + 0.5)
}

// Line returns the encoder as a fragment of a gst-launch-1.0 line: the element with its properties. has says which
// properties there are ("element.property"): they come and go with devices, drivers and versions of GStreamer.
func (e Encoder) Line(o Options, has func(string) bool) string {
	if o.KeyFrames <= 0 {
		o.KeyFrames = 60
	}
	w := &words{element: e.Element, has: has, list: []string{e.Element}}
	w.told(e, o)
	return strings.Join(w.list, " ")
}

// After returns what has to follow the encoder: caps, a parser; "" if nothing.
func (e Encoder) After(o Options) string {
	parser := Parsers[e.Codec]
	profile := o.Profile
	if profile == "" && e.Element == "x264enc" {
		profile = "high" // without it, it makes of raw pictures whatever they could become
	}
	if e.Codec == "h264" && profile != "" {
		if profile == "baseline" {
			profile = "constrained-baseline" // no device makes the rest of it
		}
		return "video/x-h264,profile=" + profile + " ! " + parser
	}
	return parser
}

// words are those of a fragment.
type words struct {
	element string
	has     func(string) bool
	list    []string
}

// put sets a property that the element has in all versions.
func (w *words) put(name string, value any) {
	w.list = append(w.list, fmt.Sprintf("%s=%v", name, value))
}

// set sets the first of some properties that there is: the same thing under different names.
func (w *words) set(value any, names ...string) bool {
	for _, n := range names {
		if w.has(w.element + "." + n) {
			w.put(n, value)
			return true
		}
	}
	return false
}

func kbits(o Options) string { return strconv.Itoa(max(1, (o.Bitrate+500)/1000)) }
