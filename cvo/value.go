package cvo

import (
	"errors"
	"fmt"
)

// ErrLength means that the extension's data is not the one byte that both forms have.
var ErrLength = errors.New("video orientation must be 1 byte")

// Value is what one header extension says.
type Value struct {
	Orientation              // in the 6-bit form rounded to the nearest quarter turn
	BackCamera       bool    // C bit: 0 is front-facing or unknown. At least one sender (WebKitGTK) puts "mirrored" here
	ClockwiseDegrees float64 // what the sender says exactly, from 0 to less than 360; 6-bit form: in steps of 5.625
	Reserved         bool    // 2-bit form: bits that must be 0 are not. The rest is read all the same, as browsers do
	Raw              byte
}

// Parse reads the data of a video orientation header extension (TS 26.114 clause 7.4.5), in the 2-bit form (URI) or in
// the 6-bit form (URI6).
//
//	2-bit form:  0  0  0  0  C  F  R1 R0     turn clockwise by R1 R0 × 90°
//	6-bit form:  R5 R4 R3 R2 C  F  R1 R0     turn clockwise by R1 R0 R5 R4 R3 R2 × 5.625°
//
// The clause does not say whether F is undone before or after the turn. This package mirrors first, as H.264's display
// orientation SEI and GStreamer's image-orientation tag do.
func Parse(data []byte, sixBit bool) (Value, error) {
	if len(data) != 1 {
		return Value{}, fmt.Errorf("%w, not %d", ErrLength, len(data))
	}
	b := data[0]
	v := Value{
		Orientation: Orientation{Degrees: 90 * int(b&3), Flip: b&4 != 0},
		BackCamera:  b&8 != 0,
		Raw:         b,
	}
	if sixBit {
		steps := int(b&3)<<4 | int(b>>4)
		v.ClockwiseDegrees = float64(steps) * 360 / 64
		v.Degrees = (steps + 8) / 16 % 4 * 90
		return v, nil
	}
	v.ClockwiseDegrees = float64(v.Degrees)
	v.Reserved = b>>4 != 0
	return v, nil
}
