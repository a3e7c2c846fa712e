package codec

import "fmt"

// h264 reads the payload structures of RFC 6184 section 5.2: single NAL units, STAP, MTAP and FU.
//
//	+---------------+
//	|0|1|2|3|4|5|6|7|
//	+-+-+-+-+-+-+-+-+
//	|F|NRI|  Type   |
//	+---------------+
type h264 struct {
	sets [32]h264Parameters // by id; numberBits 0: not seen
	uses [256]uint8         // by id of a picture parameter set, the sequence parameter set's and 1; 0: not seen
	said definitions
}

// NAL unit types of H.264 table 7-1 and RFC 6184 table 1.
const (
	h264Slice      = 1
	h264PartitionA = 2
	h264IDR        = 5
	h264SEI        = 6
	h264SPS        = 7
	h264PPS        = 8
	h264AUD        = 9
	h264Prefix     = 14
	h264Reserved18 = 18
	h264LastSingle = 23
	h264STAPA      = 24
	h264STAPB      = 25
	h264MTAP16     = 26
	h264MTAP24     = 27
	h264FUA        = 28
	h264FUB        = 29
)

// donSize is the decoding order number in STAP-B, MTAP and FU-B.
const donSize = 2

func (h *h264) Inspect(payload []byte, info *Info) error {
	info.reset()
	if len(payload) == 0 {
		return fmt.Errorf("H.264 payload %w", ErrTruncated)
	}
	if payload[0]&0x80 != 0 {
		return fmt.Errorf("H.264 payload header %w", ErrInvalid)
	}
	info.Discardable = true
	return h.payload(payload, info)
}

func (h *h264) payload(payload []byte, info *Info) error {
	kind, body := payload[0]&0x1F, payload[1:]
	switch {
	case kind >= 1 && kind <= h264LastSingle:
		return h.unit(payload, info)
	case kind == h264STAPA:
		return h.aggregate(body, 0, info)
	case kind == h264STAPB, kind == h264MTAP16, kind == h264MTAP24:
		if len(body) < donSize {
			return fmt.Errorf("H.264 aggregation packet %w", ErrTruncated)
		}
		// MTAP: each unit has an 8-bit DOND and a time stamp offset of 16 or 24 bits.
		skip := map[byte]int{h264STAPB: 0, h264MTAP16: 3, h264MTAP24: 4}[kind]
		return h.aggregate(body[donSize:], skip, info)
	case kind == h264FUA, kind == h264FUB:
		return h.fragment(payload, info)
	}
	return fmt.Errorf("H.264 payload type %d %w", kind, ErrInvalid)
}

func (h *h264) aggregate(body []byte, skip int, info *Info) error {
	var err error
	units := 0
	for nal := range aggregated(body, skip, &err) {
		if nal[0]&0x80 != 0 || nal[0]&0x1F == 0 || nal[0]&0x1F > h264LastSingle {
			return fmt.Errorf("H.264 unit of type %d in an aggregation packet %w", nal[0]&0x1F, ErrInvalid)
		}
		if err := h.unit(nal, info); err != nil {
			return err
		}
		units++
	}
	if err == nil && units == 0 {
		err = ErrTruncated
	}
	if err != nil {
		return fmt.Errorf("H.264 aggregation packet %w", err)
	}
	return nil
}

// h264Fragment reads FU-A and FU-B:
//
//	| FU indicator: F NRI 28/29 | FU header: S E R Type | FU-B: DON 16 | fragment |
func (h *h264) fragment(payload []byte, info *Info) error {
	if len(payload) < 2 {
		return fmt.Errorf("H.264 fragmentation unit %w", ErrTruncated)
	}
	header, body := payload[1], payload[2:]
	kind := header & 0x1F
	if kind == 0 || kind > h264LastSingle || header&0xC0 == 0xC0 { // start and end at once is forbidden
		return fmt.Errorf("H.264 fragmentation unit of type %d %w", kind, ErrInvalid)
	}
	if payload[0]&0x1F == h264FUB {
		if len(body) < donSize {
			return fmt.Errorf("H.264 fragmentation unit %w", ErrTruncated)
		}
		body = body[donSize:]
	}
	first := header&0x80 != 0
	h.describe(payload[0]>>5, kind, body, first, info)
	if first && kind == h264SPS { // whole within the first fragment, or not known
		if set, err := parseH264SPS(body); err == nil {
			h.use(set, info)
		}
	}
	return nil
}

// h264Unit looks at one whole NAL unit.
func (h *h264) unit(nal []byte, info *Info) error {
	kind, body := nal[0]&0x1F, nal[1:]
	h.describe(nal[0]>>5, kind, body, true, info)
	if kind == h264PPS {
		b := bits{data: body}
		if id := b.ue(); b.err == nil {
			info.Redefines = h.said.define(h264PPS, id, nal) || info.Redefines
		}
	}
	if kind != h264SPS {
		return nil
	}
	set, err := parseH264SPS(body)
	if err != nil {
		return fmt.Errorf("H.264 sequence parameter set %w", err)
	}
	info.Redefines = h.said.define(h264SPS, uint32(set.id), nal) || info.Redefines
	h.use(set, info)
	return nil
}

func (h *h264) use(set h264Parameters, info *Info) {
	info.Width, info.Height = set.width, set.height
	if set.id < len(h.sets) {
		h.sets[set.id] = set
	}
}

// h264Describe adds what the header of a NAL unit says, and its first bits if they are at hand.
func (h *h264) describe(nri, kind byte, body []byte, first bool, info *Info) {
	info.Discardable = info.Discardable && nri == 0
	switch {
	case kind == h264Slice, kind == h264PartitionA, kind == h264IDR:
		info.Key = info.Key || kind == h264IDR
		// first_mb_in_slice 0 is a single 1 bit (clause 7.3.3).
		info.Start = info.Start || first && len(body) > 0 && body[0]&0x80 != 0
		if first && info.FrameNumbers == 0 {
			h.number(body, info)
		}
	case kind >= h264SEI && kind <= h264AUD, kind >= h264Prefix && kind <= h264Reserved18:
		// What may only stand in front of a picture's first slice (clause 7.4.1.2.3).
		info.Start = info.Start || first
		info.ParameterSets = info.ParameterSets || kind == h264SPS
		switch {
		case kind == h264SEI && first:
			info.recover(body, false)
		case kind == h264PPS && first:
			b := bits{data: body}
			id, set := b.ue(), b.ue() // clause 7.3.2.2
			if b.err == nil && id < uint32(len(h.uses)) && set < uint32(len(h.sets)) {
				h.uses[id] = uint8(set) + 1
			}
		}
	}
}

// number reads frame_num from the header of a slice (clause 7.3.3).
func (h *h264) number(body []byte, info *Info) {
	b := bits{data: unescape(body[:min(len(body), 24)])}
	if n, set := h.header(&b); set != nil && b.err == nil {
		info.FrameNumber, info.FrameNumbers = int(n), 1<<set.numberBits
	}
}

// header reads the header of a slice up to its frame_num. set is nil if the slice's parameter sets are not known.
func (h *h264) header(b *bits) (number uint32, set *h264Parameters) {
	b.ue() // first_mb_in_slice
	b.ue() // slice_type
	id := b.ue()
	if b.err != nil || id >= uint32(len(h.uses)) || h.uses[id] == 0 {
		return 0, nil
	}
	if set = &h.sets[h.uses[id]-1]; set.numberBits == 0 {
		return 0, nil
	}
	if set.planes {
		b.skip(2) // colour_plane_id
	}
	return b.u(set.numberBits), set
}
