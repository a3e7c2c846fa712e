package silence

import (
	"time"

	"github.com/upright-media/upright/codec"
)

// opus follows a stream of Opus packets.
type opus struct{ packets int }

// silent says whether all frames of a packet are silence (RFC 6716).
//
// A frame of less than two bytes means that nothing was sent (DTX, section 2.1.9). In CELT the first symbol of the
// range coder says that the frame is silence: with its probability of 2^-15 that is the case exactly if the first 15
// bits are ones, however long the frame is made (section 4.3). SILK has no such symbol, but says that there is no voice
// and how loud the rest is; in a hybrid frame that is looked at alone.
func (o *opus) silent(packet []byte) bool {
	gain := quietGain
	if o.packets < firstPackets {
		o.packets++
		gain = quietFirstGain
	}
	toc, frames := opusFrames(packet)
	celt := toc.Config >= 16
	parts := max(1, int(toc.FrameDuration/(20*time.Millisecond)))
	for _, f := range frames {
		switch {
		case len(f) < 2:
		case celt && f[0] == 0xFF && f[1] >= 0xFE:
		case !celt && quietSILK(f, parts, toc.Stereo, gain):
		default:
			return false
		}
	}
	return frames != nil
}

// opusFrames takes a packet apart (RFC 6716 section 3.2). There are no frames if it is malformed.
func opusFrames(packet []byte) (codec.OpusTOC, [][]byte) {
	toc, err := codec.ParseOpusTOC(packet)
	if err != nil {
		return toc, nil
	}
	rest := packet[1:]
	same := toc.Code != 2 // frames of equal size
	if toc.Code == 3 {
		flags := packet[1]
		rest, same = packet[2:], flags&0x80 == 0
		if flags&0x40 != 0 {
			var ok bool
			if rest, ok = unpad(rest); !ok {
				return toc, nil
			}
		}
	}
	frames := make([][]byte, 0, toc.Frames)
	if same {
		if len(rest)%toc.Frames != 0 {
			return toc, nil
		}
		for size := len(rest) / toc.Frames; len(frames) < toc.Frames; rest = rest[size:] {
			frames = append(frames, rest[:size])
		}
		return toc, frames
	}
	var sizes []int // of all but the last
	for len(sizes) < toc.Frames-1 {
		size, n := frameSize(rest)
		if n == 0 {
			return toc, nil
		}
		sizes, rest = append(sizes, size), rest[n:]
	}
	for _, size := range sizes {
		if size > len(rest) {
			return toc, nil
		}
		frames, rest = append(frames, rest[:size]), rest[size:]
	}
	return toc, append(frames, rest)
}

// unpad takes the padding's length from the front and the padding from the end: each 255 means 254 and another byte.
func unpad(b []byte) ([]byte, bool) {
	padding := 0
	for i, v := range b {
		if v == 255 {
			padding += 254
			continue
		}
		padding += int(v)
		rest := b[i+1:]
		if padding > len(rest) {
			return nil, false
		}
		return rest[:len(rest)-padding], true
	}
	return nil, false
}

// frameSize reads the length of a frame and how many bytes that takes, 0 if there are too few (section 3.2.1).
func frameSize(b []byte) (size, n int) {
	switch {
	case len(b) > 0 && b[0] < 252:
		return int(b[0]), 1
	case len(b) > 1:
		return int(b[0]) + 4*int(b[1]), 2
	}
	return 0, 0
}
