package testmjr

import "github.com/pion/rtp"

// Placement says which packets of a picture carry its orientation.
type Placement int

const (
	LastPacket  Placement = iota // libwebrtc, and 3GPP TS 26.114 clause 7.4.5
	FirstPacket                  // seen from other senders
	EveryPacket
)

// Rule says which pictures carry their orientation.
type Rule int

const (
	LibWebRTC Rule = iota // key pictures, changes, and every picture that is not upright
	Changes               // key pictures and changes only: the least that 3GPP TS 26.114 allows
	Always
)

// Orientation makes the sender add video orientation (3GPP TS 26.114 clause 7.4.5, 2-bit form in one byte).
type Orientation struct {
	ID        uint8
	Value     func(unit int) byte // the byte 0000CFRR of a picture
	Placement Placement
	Rule      Rule
	TwoByte   bool // two-byte form of the header extension (RFC 8285 §4.3)
}

// Turned is a Value that changes at some pictures: Turned(0, 1, 100, 0) is 1 (90°) from unit 0 and 0 from unit 100 on.
func Turned(unitAndValue ...int) func(unit int) byte {
	return func(unit int) byte {
		var value byte
		for i := 0; i+1 < len(unitAndValue); i += 2 {
			if unit >= unitAndValue[i] {
				value = byte(unitAndValue[i+1])
			}
		}
		return value
	}
}

// put adds the extension to a packet where the sender's habits want it.
func (o *Orientation) put(h *rtp.Header, unit int, key, first, last bool) {
	value := o.Value(unit)
	switch o.Placement {
	case LastPacket:
		if !last {
			return
		}
	case FirstPacket:
		if !first {
			return
		}
	}
	changed := unit == 0 || value != o.Value(unit-1)
	switch o.Rule {
	case LibWebRTC:
		if !key && !changed && value == 0 {
			return
		}
	case Changes:
		if !key && !changed {
			return
		}
	}
	if o.TwoByte {
		h.Extension, h.ExtensionProfile = true, rtp.ExtensionProfileTwoByte
	}
	if err := h.SetExtension(o.ID, []byte{value}); err != nil {
		panic(err) // the test chose an impossible id
	}
}
