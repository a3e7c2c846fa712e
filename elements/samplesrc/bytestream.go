package samplesrc

import (
	"encoding/binary"
	"fmt"

	"github.com/Eyevinn/mp4ff/avc"
)

// byteStream is the form of H.264 in which start codes are in front of NAL units (ISO/IEC 14496-10 annex B), and the
// parameter sets in front of pictures that decoding can begin with. Some decoders know no other.
type byteStream struct {
	caps string
	sets []byte // with start codes
}

// byteStreamOf is that form of what a decoder configuration record (ISO/IEC 14496-15, 5.3.3.1) describes, nil if it
// cannot be had.
func byteStreamOf(config []byte) *byteStream {
	record, err := avc.DecodeAVCDecConfRec(config)
	if err != nil {
		return nil
	}
	profile := profileOf(record.AVCProfileIndication, record.ProfileCompatibility)
	if profile == "" {
		return nil
	}
	s := &byteStream{caps: "video/x-h264,stream-format=byte-stream,alignment=au,profile=" + profile}
	for _, sets := range [][][]byte{record.SPSnalus, record.PPSnalus} {
		for _, nal := range sets {
			s.sets = append(append(s.sets, startCode...), nal...)
		}
	}
	return s
}

// profileOf is what GStreamer calls the profiles (ISO/IEC 14496-10 annex A) whose pictures have 8 bits and 4:2:0, "" for
// others. compatible are the bits from constraint_set0_flag on.
func profileOf(profile, compatible byte) string {
	set := func(n int) bool { return compatible<<n&0x80 != 0 }
	switch {
	case profile == 66 && set(1):
		return "constrained-baseline"
	case profile == 66:
		return "baseline"
	case profile == 77:
		return "main"
	case profile == 100 && set(4) && set(5):
		return "constrained-high"
	case profile == 100 && set(4):
		return "progressive-high"
	case profile == 100:
		return "high"
	}
	return ""
}

var startCode = []byte{0, 0, 0, 1}

// unit is a sample in this form. It lies in the memory of to.
func (s *byteStream) unit(to, sample []byte, key bool) ([]byte, error) {
	to = to[:0]
	if key {
		to = append(to, s.sets...)
	}
	for rest := sample; len(rest) > 0; {
		if len(rest) < 4 || uint64(binary.BigEndian.Uint32(rest)) > uint64(len(rest)-4) {
			return nil, fmt.Errorf("the NAL unit at byte %d of %d goes beyond its sample", len(sample)-len(rest), len(sample))
		}
		n := 4 + int(binary.BigEndian.Uint32(rest))
		to = append(append(to, startCode...), rest[4:n]...)
		rest = rest[n:]
	}
	return to, nil
}
