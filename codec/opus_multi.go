package codec

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// OpusLayout says how the channels of multichannel Opus lie in its streams (RFC 7845 section 5.1.1). The first Coupled
// of the streams are stereo, the others mono.
type OpusLayout struct {
	Streams, Coupled int
	Mapping          []int // for each channel the decoded one that it is: those of the coupled streams first; 255: silence
}

// Surround51 is what browsers send: front left, centre, front right, rear left, rear right, low frequencies.
var Surround51 = OpusLayout{Streams: 4, Coupled: 2, Mapping: []int{0, 4, 1, 2, 3, 5}}

// maxOpusChannels is the most that mapping family 1 has, the order of Vorbis (RFC 7845 section 5.1.1.2).
const maxOpusChannels = 8

// ParseOpusLayout reads the parameters num_streams, coupled_streams and channel_mapping with which libwebrtc negotiates
// multiopus. Without any of them it is Surround51.
func ParseOpusLayout(parameters map[string]string) (OpusLayout, error) {
	streams, coupled, mapping := parameters["num_streams"], parameters["coupled_streams"], parameters["channel_mapping"]
	if streams == "" && coupled == "" && mapping == "" {
		return Surround51, nil
	}
	var l OpusLayout
	var err error
	number := func(name, text string, top int) int {
		n, e := strconv.Atoi(strings.TrimSpace(text))
		if err == nil && (e != nil || n < 0 || n > top) {
			err = fmt.Errorf("multiopus parameter %s=%q %w", name, text, ErrInvalid)
		}
		return n
	}
	l.Streams = number("num_streams", streams, 255)
	l.Coupled = number("coupled_streams", coupled, l.Streams)
	for channel := range strings.SplitSeq(mapping, ",") {
		n := number("channel_mapping", channel, 255)
		if err == nil && n != 255 && n >= l.Streams+l.Coupled {
			err = fmt.Errorf("multiopus parameter channel_mapping=%q %w: %d streams do not have a channel %d", mapping,
				ErrInvalid, l.Streams, n)
		}
		l.Mapping = append(l.Mapping, n)
	}
	if err == nil && (l.Streams == 0 || len(l.Mapping) > maxOpusChannels) {
		err = fmt.Errorf("multiopus with %d channels in %d streams %w", len(l.Mapping), l.Streams, ErrInvalid)
	}
	return l, err
}

// Silent makes one packet of digital silence in all channels, of a duration as for SilentOpus: a packet for each
// stream, all but the last with its length in it (RFC 6716 appendix B).
func (l OpusLayout) Silent(d time.Duration) ([]byte, error) {
	var all []byte
	for i := range l.Streams {
		one, err := SilentOpus(d, i < l.Coupled)
		if err != nil {
			return nil, err
		}
		if i < l.Streams-1 {
			one = selfDelimited(one)
		}
		all = append(all, one...)
	}
	return all, nil
}

// selfDelimited puts the length of the frames into a packet of SilentOpus, whose frames are all of the same size.
func selfDelimited(packet []byte) []byte {
	header := 1
	if packet[0]&3 == opusCode3 {
		header = 2
	}
	return append(append(packet[:header:header], byte(len(celtSilence))), packet[header:]...)
}

// NewOpusFiller makes packets of a duration with the channels of the layout.
func (l OpusLayout) NewOpusFiller(own time.Duration) (*OpusFiller, error) {
	return newOpusFiller(own, l.Silent)
}
