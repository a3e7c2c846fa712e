package codec

// Recogniser finds out which video codec a stream of RTP payloads is, where what is said of it cannot be relied on. Its
// criteria are strict, so that no codec is found in noise, nor in what is encrypted or protects other packets (FEC):
//
//   - Something that only this codec has must be there and be valid: a key frame with its start code (VP8) or sync code
//     (VP9), a sequence parameter set that can be read (H.264, H.265), a sequence header (AV1).
//   - As good as every payload parses. Damaged ones are allowed for, one in fifty.
//   - Where the RTP time changes a picture begins, in three of four cases at the least: the others can be due to loss.
type Recogniser struct {
	Payloads   int
	pictures   int // changes of the RTP time
	time       uint32
	candidates []candidate
	info       Info // of the newest payload
}

type candidate struct {
	name    string
	inspect Inspector
	errors  int
	begun   int // pictures that begin where the RTP time changes
	anchors int // payloads that only this codec has
}

// videoCodecs are the names of the video codecs that Janus records.
var videoCodecs = []string{"vp8", "vp9", "h264", "h265", "av1"}

// Add looks at the next payload, which is not empty, in the order of arrival.
func (r *Recogniser) Add(payload []byte, time uint32) {
	if r.candidates == nil {
		for _, name := range videoCodecs {
			inspector, _ := New(name)
			r.candidates = append(r.candidates, candidate{name: name, inspect: inspector})
		}
	}
	changed := r.Payloads == 0 || time != r.time
	r.Payloads++
	r.time = time
	if changed {
		r.pictures++
	}
	for i := range r.candidates {
		c := &r.candidates[i]
		info := &r.info
		err := c.inspect.Inspect(payload, info)
		if err == nil && c.name == "av1" && payload[0]&7 != 0 { // reserved bits of the aggregation header
			err = ErrInvalid
		}
		if err != nil {
			c.errors++
			continue
		}
		if changed && info.Start {
			c.begun++
		}
		if info.Width > 0 && (info.Key || info.ParameterSets) {
			c.anchors++
		}
	}
}

// Codec returns the codec's name as in New, "" if it is none or cannot be told.
func (r *Recogniser) Codec() string {
	best := -1
	for i := range r.candidates {
		c := &r.candidates[i]
		if c.anchors > 0 && r.fits(c) && (best < 0 || c.errors < r.candidates[best].errors) {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	return r.candidates[best].name
}

// Fits says whether the payloads can be of a codec, as in New, though nothing that only this codec has need be among
// them: a part of a stream without a key frame.
func (r *Recogniser) Fits(codec string) bool {
	for i := range r.candidates {
		if c := &r.candidates[i]; c.name == codec {
			return r.fits(c)
		}
	}
	return false
}

func (r *Recogniser) fits(c *candidate) bool {
	return c.errors*50 <= r.Payloads && c.begun*4 >= r.pictures*3
}
