package codec

import "strings"

// Depacketizer makes units of the payloads of RTP packets, as decoders and containers take them: whole pictures.
// Payloads come in order, each unit is closed with End. It is not safe for concurrent use.
type Depacketizer interface {
	// Push adds the payload of the next packet of a unit. An error says that it does not parse, wrapping [ErrTruncated] or
	// [ErrInvalid]; what of the unit cannot be used for that reason is left out.
	Push(payload []byte) error
	// Lost says that packets are missing in front of the next payload, or of the end.
	Lost()
	// End closes the unit and appends it to buffer, which is not to be used any more. It may add nothing: there is no
	// picture then.
	End(buffer []byte) []byte
}

// NewDepacketizer returns a Depacketizer for a codec as RTP and Janus call it, in any case: vp8, vp9, h264, h265, av1.
// False: not a video codec that this package knows.
//
// Units of H.264 and H.265 are NAL units with their lengths in four bytes in front, without parameter sets, which
// [ParameterSets] has (ISO/IEC 14496-15 sections 5.3 and 8.3: stream formats avc and hvc1). Units of AV1 are temporal
// units in the low-overhead format, those of VP9 superframes if there are several frames.
func NewDepacketizer(codecName string) (Depacketizer, bool) {
	switch strings.ToLower(codecName) {
	case "vp8":
		return &vpxDepacketizer{descriptor: vp8Descriptor}, true
	case "vp9":
		return &vpxDepacketizer{descriptor: new(vp9).descriptor}, true
	case "h264":
		return &NALDepacketizer{}, true
	case "h265", "hevc":
		return &NALDepacketizer{Sets: ParameterSets{h265: true}}, true
	case "av1":
		return &av1Units{}, true
	}
	return nil, false
}

// vpxDepacketizer takes the descriptors off payloads of VP8 (RFC 7741) and VP9 (RFC 9628).
type vpxDepacketizer struct {
	descriptor func(payload []byte, info *Info) ([]byte, error)
	unit       []byte
	torn       bool // nothing more can be used of the unit
}

func (d *vpxDepacketizer) Push(payload []byte) error {
	if len(payload) == 0 || d.torn {
		return nil
	}
	var info Info
	info.reset()
	rest, err := d.descriptor(payload, &info)
	if err != nil {
		d.torn = true
		return err
	}
	d.unit = append(d.unit, rest...)
	return nil
}

// Lost keeps what there is of a picture: a decoder of VP8 can use its beginning.
func (d *vpxDepacketizer) Lost() { d.torn = true }

func (d *vpxDepacketizer) End(buffer []byte) []byte {
	buffer, d.unit = appendUnit(buffer, d.unit)
	d.torn = false
	return buffer
}

// appendUnit appends a unit to buffer, and returns one for the next unit. What need not be copied is not.
func appendUnit(buffer, unit []byte) (appended, next []byte) {
	if len(buffer) == 0 && cap(buffer) > 0 {
		return unit, buffer
	}
	return append(buffer, unit...), unit[:0]
}

// av1Units is an AV1Depacketizer that leaves out units that are not whole.
type av1Units struct{ AV1Depacketizer }

func (d *av1Units) End(buffer []byte) []byte {
	unit, err := d.AV1Depacketizer.End()
	if err != nil {
		return buffer
	}
	return append(buffer, unit.Data...)
}
