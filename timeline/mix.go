package timeline

import (
	"encoding/binary"
	"slices"

	"github.com/upright-media/upright/codec"
)

// mixer makes one continuous sound of packets whose codec changes in mid-call (SIP re-INVITE): A-law and µ-law become
// the one of them that there is more of, and where G.722 is among them all become samples at 16 kHz (L16).
type mixer struct {
	to    string
	mixed bool
	g722  *codec.G722Decoder
	up    upsampler
	pcm   []int16
	bytes []byte
}

// convert returns a payload in the track's codec. It is valid until the next call.
func (m *mixer) convert(from string, payload []byte, fresh bool) []byte {
	if !m.mixed {
		m.bytes = append(m.bytes[:0], payload...)
		switch {
		case from == "pcmu" && m.to == "pcma":
			codec.PCMUToPCMA(m.bytes)
		case from == "pcma" && m.to == "pcmu":
			codec.PCMAToPCMU(m.bytes)
		}
		return m.bytes
	}
	if fresh || m.g722 == nil {
		m.g722 = codec.NewG722Decoder()
	}
	m.pcm = m.pcm[:0]
	switch from {
	case "g722":
		m.pcm = m.g722.Decode(m.pcm, payload)
	case "pcma":
		for _, b := range payload {
			m.pcm = m.up.add(m.pcm, codec.PCMASample(b))
		}
	default:
		for _, b := range payload {
			m.pcm = m.up.add(m.pcm, codec.PCMUSample(b))
		}
	}
	m.bytes = m.bytes[:0]
	for _, v := range m.pcm {
		m.bytes = binary.BigEndian.AppendUint16(m.bytes, uint16(v))
	}
	return m.bytes
}

// upsampler doubles the sampling rate. Every other sample is one of those that went in, six samples late (0.75 ms at 8
// kHz); those between are interpolated.
type upsampler struct{ history [2 * halfBand]int }

const halfBand = 6

// interpolation is a half-band filter, sin(πx)/(πx) under a Hamming window, in parts of 1<<15: the coefficients for
// samples half a sample away, one and a half, and so on, on either side.
var interpolation = [halfBand]int{20604, -6037, 2759, -1259, 499, -182}

func (u *upsampler) add(samples []int16, v int16) []int16 {
	copy(u.history[:], u.history[1:])
	u.history[2*halfBand-1] = int(v)
	sum := 1 << 14
	for i, c := range interpolation {
		sum += c * (u.history[halfBand-1-i] + u.history[halfBand+i])
	}
	return append(samples, int16(u.history[halfBand-1]), int16(max(-32768, min(sum>>15, 32767))))
}

// converts says whether a track's packets are not all of its own codec.
func (s *setup) converts() bool {
	if s.sounds == nil {
		return false
	}
	for _, c := range s.sounds.types {
		if c != "" && c != s.sounds.codec {
			return true
		}
	}
	return false
}

// say notes what of the track is not as its header says.
func (t *Track) say(declared string) {
	s := &t.setup
	if t.Info.Codec != declared && !(declared == "g711" && (t.Info.Codec == "pcmu" || t.Info.Codec == "pcma")) {
		t.Declared = declared // Janus before 0.3.0 called both laws g711
	}
	if s.sounds != nil && s.converts() {
		for _, c := range s.sounds.types {
			if c != "" && !slices.Contains(t.Codecs, c) {
				t.Codecs = append(t.Codecs, c)
			}
		}
		slices.Sort(t.Codecs)
	}
	if s.sounds != nil && s.sounds.mixed {
		t.Media.EncodingName, t.Media.ClockRate = "L16", 16000
	}
	slices.SortFunc(t.LeftOut, func(a, b PayloadCount) int { return int(a.Type) - int(b.Type) })
}
