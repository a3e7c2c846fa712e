package codec

import (
	"fmt"
	"time"
)

// OpusUnit is the shortest duration that Opus can express: all others are multiples of it.
const OpusUnit = 2500 * time.Microsecond

const (
	celtFullband = 28   // first configuration of CELT at full bandwidth: 2.5 ms; then 5, 10, 20 ms
	opusCode3    = 3    // TOC: frame count byte follows
	opusMaxCBR   = 0x3F // frame count byte: v 0 (frames of equal size), p 0 (no padding)
)

// celtSilence is a whole CELT frame: the range coder's first symbol is the silence flag, set (RFC 6716 section 4.3).
var celtSilence = [...]byte{0xFF, 0xFE}

// SilentOpus makes one packet of digital silence. The duration is a multiple of OpusUnit up to MaxOpusDuration.
// Decoders take it after any other packet of the stream, in whatever mode that was.
func SilentOpus(d time.Duration, stereo bool) ([]byte, error) {
	if d <= 0 || d > MaxOpusDuration || d%OpusUnit != 0 {
		return nil, fmt.Errorf("an Opus packet cannot last %v: use a multiple of %v up to %v", d, OpusUnit, MaxOpusDuration)
	}
	config, frame := celtFullband+3, 8*OpusUnit
	for d%frame != 0 {
		config, frame = config-1, frame/2
	}
	count := int(d / frame)
	toc := byte(config << 3)
	if stereo {
		toc |= 4
	}
	var packet []byte
	switch count {
	case 1, 2:
		packet = []byte{toc | byte(count-1)} // codes 0 and 1
	default:
		packet = []byte{toc | opusCode3, byte(count & opusMaxCBR)}
	}
	for range count {
		packet = append(packet, celtSilence[:]...)
	}
	return packet, nil
}

// OpusFiller makes silence for holes in a stream of Opus packets, in packets like the stream's own.
type OpusFiller struct {
	silent func(time.Duration) ([]byte, error)
	own    time.Duration
	packet []byte // of own
}

// NewOpusFiller makes packets with the duration and channels of like, a packet of the stream.
func NewOpusFiller(like []byte) (*OpusFiller, error) {
	toc, err := ParseOpusTOC(like)
	if err != nil {
		return nil, err
	}
	return newOpusFiller(toc.Duration(), func(d time.Duration) ([]byte, error) { return SilentOpus(d, toc.Stereo) })
}

func newOpusFiller(own time.Duration, silent func(time.Duration) ([]byte, error)) (*OpusFiller, error) {
	packet, err := silent(own)
	if err != nil {
		return nil, err
	}
	return &OpusFiller{silent: silent, own: own, packet: packet}, nil
}

// Next returns the next packet of a hole that has this much left to fill, and the packet's duration: the stream's own,
// or at the end of the hole what is left, rounded down to OpusUnit. nil: less than that is left, and nothing fits.
// The packet must not be changed.
func (f *OpusFiller) Next(left time.Duration) (packet []byte, d time.Duration) {
	if left >= f.own {
		return f.packet, f.own
	}
	d = left.Truncate(OpusUnit)
	if d <= 0 {
		return nil, 0
	}
	packet, err := f.silent(d)
	if err != nil { // not possible: 0 < d < own, in steps of OpusUnit
		return nil, 0
	}
	return packet, d
}

// Fill returns all packets of a hole, and what is left of it: less than OpusUnit.
func (f *OpusFiller) Fill(hole time.Duration) (packets [][]byte, rest time.Duration) {
	for rest = hole; ; {
		packet, d := f.Next(rest)
		if packet == nil {
			return packets, rest
		}
		packets = append(packets, packet)
		rest -= d
	}
}
