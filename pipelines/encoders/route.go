package encoders

import "slices"

// Route is how pictures are decoded and turned on a device, without leaving its memory.
type Route struct {
	Codec   string // of what comes in
	Backend Backend
	// as in Encoder: encoders of this backend and device take its pictures as they are, in the format NV12
	Device  string
	Decoder string // element
	Turner  string // element that cvorotate uses
	Memory  string // caps feature
}

// routes has the routes of each codec in the order of preference.
var routes = map[string][]Route{}

func init() {
	for _, c := range Codecs {
		routes[c] = []Route{
			{c, NVENC, "nvenc0", "nv" + c + "dec", "cudaconvertscale", "memory:CUDAMemory"},
			{c, VA, "renderD128", "va" + c + "dec", "vapostproc", "memory:VAMemory"},
		}
	}
}

// Routes are the routes of a codec in the order of preference.
func Routes(codec string) []Route { return slices.Clone(routes[codec]) }

// RouteNamed returns the route of a decoder.
func RouteNamed(decoder string) (Route, bool) {
	for _, c := range Codecs {
		if i := slices.IndexFunc(routes[c], func(r Route) bool { return r.Decoder == decoder }); i >= 0 {
			return routes[c][i], true
		}
	}
	return Route{}, false
}

// Reaches says whether an encoder takes the route's pictures as they are.
func (r Route) Reaches(e Encoder) bool { return e.Backend == r.Backend && e.Device == r.Device }

// AsEncoder is the decoder as something that can be tried like an encoder.
func (r Route) AsEncoder() Encoder {
	return Encoder{Element: r.Decoder, Codec: r.Codec, Backend: r.Backend, Device: r.Device, base: r.Decoder}
}
