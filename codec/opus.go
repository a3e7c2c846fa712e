package codec

import (
	"fmt"
	"time"
)

// MaxOpusDuration is the longest packet that Opus allows (RFC 6716 section 3.2.5).
const MaxOpusDuration = 120 * time.Millisecond

// OpusTOC is what the first byte of an Opus packet says, and for code 3 the frame count in the second
// (RFC 6716 sections 3.1 and 3.2).
//
//	 0 1 2 3 4 5 6 7    code 3:  0 1 2 3 4 5 6 7
//	+-+-+-+-+-+-+-+-+           +-+-+-+-+-+-+-+-+
//	| config  |s| c |           |v|p|     M     |
//	+-+-+-+-+-+-+-+-+           +-+-+-+-+-+-+-+-+
type OpusTOC struct {
	Config        int // 0 to 31: mode, bandwidth and frame duration
	Stereo        bool
	Code          int // 0: one frame, 1: two of equal size, 2: two, 3: any number
	Frames        int // 1 to 48
	FrameDuration time.Duration
}

// Duration is that of the whole packet.
func (t OpusTOC) Duration() time.Duration { return time.Duration(t.Frames) * t.FrameDuration }

// ParseOpusTOC reads the front of an Opus packet. It does not look at the frames.
func ParseOpusTOC(packet []byte) (OpusTOC, error) {
	if len(packet) == 0 {
		return OpusTOC{}, fmt.Errorf("Opus packet %w", ErrTruncated)
	}
	toc := OpusTOC{Config: int(packet[0] >> 3), Stereo: packet[0]&4 != 0, Code: int(packet[0] & 3), Frames: 1}
	toc.FrameDuration = opusFrameDuration(toc.Config)
	switch toc.Code {
	case 1, 2:
		toc.Frames = 2
	case 3:
		if len(packet) < 2 {
			return OpusTOC{}, fmt.Errorf("Opus packet of code 3 %w", ErrTruncated)
		}
		toc.Frames = int(packet[1] & 0x3F)
		if toc.Frames == 0 || toc.Duration() > MaxOpusDuration {
			return OpusTOC{}, fmt.Errorf("Opus packet of %d frames of %v %w", toc.Frames, toc.FrameDuration, ErrInvalid)
		}
	}
	return toc, nil
}

// OpusDuration returns the duration of an Opus packet, a multiple of 2.5 ms up to 120 ms.
func OpusDuration(packet []byte) (time.Duration, error) {
	toc, err := ParseOpusTOC(packet)
	return toc.Duration(), err
}

// opusFrameDuration is RFC 6716 table 2.
func opusFrameDuration(config int) time.Duration {
	switch {
	case config < 12: // SILK
		return []time.Duration{10, 20, 40, 60}[config%4] * time.Millisecond
	case config < 16: // hybrid
		return []time.Duration{10, 20}[config%2] * time.Millisecond
	default: // CELT
		return []time.Duration{2500, 5000, 10000, 20000}[config%4] * time.Microsecond
	}
}
