// Package cvo reads Coordination of Video Orientation (3GPP TS 26.114 clause 7.4.5), the RTP header extension in which
// a sender says how a receiver has to turn the picture.
package cvo

// The URIs of the extension, in the 2-bit and the 6-bit form.
const (
	URI  = "urn:3gpp:video-orientation"
	URI6 = "urn:3gpp:video-orientation:6"
)

// Orientation says what a receiver has to do to show a picture upright: mirror it left-right first if Flip,
// then turn it clockwise by Degrees (0, 90, 180 or 270). The zero value is upright.
type Orientation struct {
	Degrees int
	Flip    bool
}
