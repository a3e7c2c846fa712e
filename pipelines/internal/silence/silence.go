// Package silence tells packets of digital silence from others without decoding them.
package silence

import "slices"

// Detector says of one packet after another, in their order, whether it is silence.
type Detector func(payload []byte) bool

// New returns a Detector for the packets of one stream, by the encoding name of its RTP payload format, in upper case;
// nil if nothing is known of the format.
func New(encodingName string) Detector {
	switch encodingName {
	case "OPUS":
		return new(opus).silent
	case "PCMU": // both zeros (ITU-T G.711 table 2a)
		return func(b []byte) bool { return only(b, 0xFF, 0x7F) }
	case "PCMA": // the values nearest to zero, of both signs (ITU-T G.711 table 1a)
		return func(b []byte) bool { return only(b, 0xD5, 0x55) }
	case "L16":
		return func(b []byte) bool { return only(b, 0, 0) }
	case "G722":
		return new(g722).silent
	}
	return nil
}

func only(payload []byte, x, y byte) bool {
	return !slices.ContainsFunc(payload, func(b byte) bool { return b != x && b != y })
}
