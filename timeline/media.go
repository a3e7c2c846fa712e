package timeline

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/recording"
)

// Static payload types of RFC 3551 and the one of comfort noise (RFC 3389).
const (
	payloadPCMU         = 0
	payloadPCMA         = 8
	payloadG722         = 9
	payloadComfortNoise = 13
)

// videoClock is the RTP clock of all video codecs in Hz.
const videoClock = 90000

// mediaOf says what a file's packets hold. The payload type is found out by reading.
func mediaOf(h recording.Info) (MediaType, error) {
	m := MediaType{Media: "video", ClockRate: videoClock, Fmtp: parseFmtp(h.Fmtp), Extensions: h.Extensions,
		PayloadType: 128}
	switch h.Codec {
	case "vp8", "vp9", "h264", "h265", "av1":
		m.EncodingName = strings.ToUpper(h.Codec)
		return m, nil
	}
	m.Media = "audio"
	a := audioFormatOf(h.Codec, 0)
	if a.rate == 0 {
		return MediaType{}, errCodec(h)
	}
	m.EncodingName, m.ClockRate, m.Channels = a.name, a.rate, a.channels
	if h.Codec == "multiopus" {
		layout, err := codec.ParseOpusLayout(m.Fmtp)
		if err != nil {
			return MediaType{}, fmt.Errorf("header field f: %w", err)
		}
		m.Layout, m.Channels = &layout, len(layout.Mapping)
	}
	return m, nil
}

// parseFmtp splits format parameters (RFC 8866 section 6.15) into keys in lower case and values. A parameter without a
// value has an empty one.
func parseFmtp(s string) map[string]string {
	m := map[string]string{}
	for part := range strings.SplitSeq(s, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if key != "" {
			m[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
		}
	}
	return m
}

// audioFormat is what is needed to time a codec's packets.
type audioFormat struct {
	name     string // RTP encoding name
	rate     int    // RTP clock in Hz; G.722's is 8000 although it samples at 16 kHz (RFC 3551 section 4.5.2)
	channels int    // 0: each packet says
	bytes    int    // bytes per RTP clock tick, 0: each packet says
	red      int    // payload type of RED, 0: none
	multi    bool   // several streams of Opus in a packet (RFC 8486), which divide it otherwise
}

// audioFormatOf returns the format of a codec as headers call it, the zero value if it is unknown.
func audioFormatOf(codec string, red int) audioFormat {
	switch codec {
	case "opus", "multiopus":
		return audioFormat{name: "OPUS", rate: 48000, red: red, multi: codec == "multiopus"}
	case "pcmu", "g711":
		return audioFormat{name: "PCMU", rate: 8000, channels: 1, bytes: 1}
	case "pcma":
		return audioFormat{name: "PCMA", rate: 8000, channels: 1, bytes: 1}
	case "g722":
		return audioFormat{name: "G722", rate: 8000, channels: 1, bytes: 1}
	case "l16":
		return audioFormat{name: "L16", rate: 16000, channels: 1, bytes: 2}
	case "l16-48":
		return audioFormat{name: "L16", rate: 48000, channels: 1, bytes: 2}
	}
	return audioFormat{}
}

// measure says how long a packet plays and how many channels it has.
func (a *audioFormat) measure(pt uint8, payload []byte) (time.Duration, int, error) {
	if a.rate == 0 {
		return 0, 0, nil // no sound
	}
	if a.bytes == 0 {
		if a.red != 0 && int(pt) == a.red {
			blocks, err := splitRED(nil, payload)
			if err != nil {
				return 0, 0, err
			}
			payload = blocks[len(blocks)-1].data
		}
		toc, err := codec.ParseOpusTOC(payload)
		if err != nil {
			return 0, 0, err
		}
		if !a.multi && !codec.IsOpus(payload) {
			return 0, 0, fmt.Errorf("Opus packet %w", codec.ErrInvalid)
		}
		if toc.Stereo {
			return toc.Duration(), 2, nil
		}
		return toc.Duration(), 1, nil
	}
	return time.Duration(len(payload)/a.bytes) * time.Second / time.Duration(a.rate), a.channels, nil
}

// playable says whether a packet is sound that a decoder of this track's codec can take.
func (t *Track) playable(p *packet) bool {
	return p.infoErr == nil && p.length > 0 && p.pt != payloadComfortNoise
}

// parameterSets are those that were negotiated and need not be sent (RFC 6184 section 8.1, RFC 7798 section 7.1).
func (t *Track) parameterSets() [][]byte { return parameterSets(t.Media.Fmtp) }

func parameterSets(fmtp map[string]string) [][]byte {
	var sets [][]byte
	for _, key := range []string{"sprop-parameter-sets", "sprop-vps", "sprop-sps", "sprop-pps"} {
		for part := range strings.SplitSeq(fmtp[key], ",") {
			if set, err := base64.StdEncoding.DecodeString(part); err == nil && len(set) > 0 {
				sets = append(sets, set)
			}
		}
	}
	return sets
}
