package codec

import (
	"errors"
	"strings"
)

// Why a payload does not parse. All errors of this package are one of these, with the codec and the part in front.
var (
	ErrTruncated = errors.New("ends too early")
	ErrInvalid   = errors.New("does not follow the format: damaged or encrypted")
)

// New returns an Inspector for a codec as RTP and Janus call it, in any case: vp8, vp9, h264, h265, av1.
// False: not a video codec that this package knows.
func New(codecName string) (Inspector, bool) {
	switch strings.ToLower(codecName) {
	case "vp8":
		return vp8{}, true
	case "vp9":
		return &vp9{}, true
	case "h264":
		return &h264{}, true
	case "h265", "hevc":
		return &h265{}, true
	case "av1":
		return &av1{}, true
	}
	return nil, false
}

// reset makes info what can be said of a payload before looking at it.
func (info *Info) reset() { *info = Info{Spatial: -1, Temporal: -1, PictureID: -1, BaseIndex: -1} }
