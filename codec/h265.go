package codec

import "fmt"

// h265 reads the payload structures of RFC 7798 section 4.4: single NAL units, AP, FU and PACI, without DONL fields
// (sprop-max-don-diff 0, as in all of WebRTC).
//
//	+---------------+---------------+
//	|0|1|2|3|4|5|6|7|0|1|2|3|4|5|6|7|
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|F|   Type    |  LayerId  | TID |
//	+-------------+-----------------+
type h265 struct {
	topTemporal int // highest TemporalId of the last parameter set plus 1; 0: unknown
	said        definitions
}

// NAL unit types of H.265 table 7-1 and RFC 7798 section 4.4.
const (
	h265LastSubLayer  = 15 // 0 to 15: even ones are not referred to within their temporal sub-layer
	h265FirstIRAP     = 16
	h265LastIRAP      = 21
	h265LastVCL       = 31
	h265VPS           = 32
	h265SPS           = 33
	h265PPS           = 34
	h265AUD           = 35
	h265EndOfSequence = 36
	h265FillerData    = 38
	h265PrefixSEI     = 39
	h265SuffixSEI     = 40
	h265LastSingle    = 47
	h265AP            = 48
	h265FU            = 49
	h265PACI          = 50

	h265HeaderSize = 2
)

func (h *h265) Inspect(payload []byte, info *Info) error {
	info.reset()
	if len(payload) < h265HeaderSize {
		return fmt.Errorf("H.265 payload header %w", ErrTruncated)
	}
	if payload[0]&0x80 != 0 || payload[1]&7 == 0 {
		return fmt.Errorf("H.265 payload header %w", ErrInvalid)
	}
	info.Discardable = true
	return h.payload(h265Type(payload), payload, payload[h265HeaderSize:], info)
}

func h265Type(header []byte) int { return int(header[0] >> 1 & 0x3F) }

func (h *h265) payload(kind int, header, body []byte, info *Info) error {
	switch {
	case kind <= h265LastSingle:
		return h.unit(kind, header, body, info)
	case kind == h265AP:
		return h.aggregate(body, info)
	case kind == h265FU:
		return h.fragment(header, body, info)
	case kind == h265PACI:
		// | A, cType 6, PHSsize 5, F0..2, Y | PHES, PHSsize bytes | payload with type cType |
		if len(body) < 2 {
			return fmt.Errorf("H.265 PACI packet %w", ErrTruncated)
		}
		inner := int(body[0] >> 1 & 0x3F)
		extension := int(body[0]&1)<<4 | int(body[1]>>4)
		if inner >= h265PACI {
			return fmt.Errorf("H.265 PACI packet of type %d %w", inner, ErrInvalid)
		}
		if 2+extension > len(body) {
			return fmt.Errorf("H.265 PACI packet %w", ErrTruncated)
		}
		return h.payload(inner, header, body[2+extension:], info)
	}
	return fmt.Errorf("H.265 payload type %d %w", kind, ErrInvalid)
}

func (h *h265) aggregate(body []byte, info *Info) error {
	var err error
	units := 0
	for nal := range aggregated(body, 0, &err) {
		if len(nal) < h265HeaderSize || nal[0]&0x80 != 0 || nal[1]&7 == 0 || h265Type(nal) > h265LastSingle {
			return fmt.Errorf("H.265 unit in an aggregation packet %w", ErrInvalid)
		}
		if err := h.unit(h265Type(nal), nal, nal[h265HeaderSize:], info); err != nil {
			return err
		}
		units++
	}
	if err == nil && units == 0 {
		err = ErrTruncated
	}
	if err != nil {
		return fmt.Errorf("H.265 aggregation packet %w", err)
	}
	return nil
}

// fragment reads an FU:
//
//	| payload header, type 49 | FU header: S E Type 6 | fragment |
func (h *h265) fragment(header, body []byte, info *Info) error {
	if len(body) < 1 {
		return fmt.Errorf("H.265 fragmentation unit %w", ErrTruncated)
	}
	kind := int(body[0] & 0x3F)
	if kind > h265LastSingle || body[0]&0xC0 == 0xC0 { // start and end at once is forbidden
		return fmt.Errorf("H.265 fragmentation unit of type %d %w", kind, ErrInvalid)
	}
	first := body[0]&0x80 != 0
	h.describe(kind, header, body[1:], first, info)
	if first && kind == h265SPS { // whole within the first fragment, or not known
		if sps, err := parseH265SPS(body[1:]); err == nil {
			h.use(sps, header, info)
		}
	}
	return nil
}

// unit looks at one whole NAL unit, of which header has the layer and body is what follows the header.
func (h *h265) unit(kind int, header, body []byte, info *Info) error {
	h.describe(kind, header, body, true, info)
	if kind >= h265VPS && kind <= h265PPS {
		info.Redefines = h.said.define(kind, h265SetNumber(kind, body), header[:h265HeaderSize], body) || info.Redefines
	}
	if kind != h265SPS {
		return nil
	}
	if h265Layer(header) > 0 {
		return nil // of an enhancement layer: another syntax (clause F.7.3.2.2)
	}
	sps, err := parseH265SPS(body)
	if err != nil {
		return fmt.Errorf("H.265 sequence parameter set %w", err)
	}
	h.use(sps, header, info)
	return nil
}

func (h *h265) use(sps h265Set, header []byte, info *Info) {
	if h265Layer(header) == 0 {
		info.Width, info.Height = sps.width, sps.height
		h.topTemporal = sps.subLayers
	}
}

// h265SetNumber is the number of a VPS (clause 7.3.2.1) or a PPS (clause 7.3.2.3). That of an SPS stands behind its
// profile and levels: all count as one, since senders have one at a time.
func h265SetNumber(kind int, body []byte) uint32 {
	b := bits{data: body}
	switch kind {
	case h265VPS:
		return uint32(b.u(4))
	case h265PPS:
		return b.ue()
	}
	return 0
}

func h265Layer(header []byte) int { return int(header[0]&1)<<5 | int(header[1]>>3) }

// describe adds what the header of a NAL unit says, and its first bits if they are at hand.
func (h *h265) describe(kind int, header, body []byte, first bool, info *Info) {
	temporal := int(header[1]&7) - 1
	switch {
	case kind <= h265LastVCL:
		info.Temporal = temporal
		if layer := h265Layer(header); layer > 0 {
			info.Spatial = layer
		}
		info.Key = info.Key || kind >= h265FirstIRAP && kind <= h265LastIRAP
		// first_slice_segment_in_pic_flag (clause 7.3.6.1).
		info.Start = info.Start || first && len(body) > 0 && body[0]&0x80 != 0
		// Pictures of higher sub-layers may refer to it all the same: only the highest is free of that.
		unreferenced := kind < h265LastSubLayer && kind%2 == 0
		info.Discardable = info.Discardable && unreferenced && temporal == h.topTemporal-1
	case kind >= h265VPS && kind <= h265PPS:
		info.Start = info.Start || first
		info.ParameterSets = info.ParameterSets || kind == h265SPS
		info.Discardable = false
	case kind == h265AUD, kind == h265PrefixSEI:
		info.Start = info.Start || first
		if kind == h265PrefixSEI && first {
			info.recover(body, true)
		}
	case kind >= h265EndOfSequence && kind <= h265FillerData, kind == h265SuffixSEI:
	default: // reserved
		info.Discardable = false
	}
}
