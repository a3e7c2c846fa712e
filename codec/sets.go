package codec

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// ParameterSets are those of a stream of H.264 or H.265: of each number what was said last. The zero value is for
// H.264.
type ParameterSets struct {
	h265    bool
	list    []parameterSet // by kind and number
	changes int
}

type parameterSet struct {
	kind int // NAL unit type
	id   uint32
	nal  []byte
}

// maxSets bounds what a stream that makes no sense can make us keep: there are 32 SPS and 256 PPS of H.264.
const maxSets = 300

// is says whether a NAL unit is a parameter set.
func (s *ParameterSets) is(nal []byte) bool {
	k := s.kind(nal)
	return !s.h265 && (k == h264SPS || k == h264PPS) || s.h265 && k >= h265VPS && k <= h265PPS
}

func (s *ParameterSets) kind(nal []byte) int {
	switch {
	case s.h265 && len(nal) >= h265HeaderSize:
		return h265Type(nal)
	case !s.h265 && len(nal) > 0:
		return int(nal[0] & 0x1F)
	}
	return -1
}

// Add notes a parameter set, a NAL unit with its header, which is not kept, and says whether it is news. Anything else
// is left out.
func (s *ParameterSets) Add(nal []byte) (news bool) {
	if !s.is(nal) {
		return false
	}
	x := parameterSet{kind: s.kind(nal)}
	switch {
	case s.h265:
		x.id = h265SetNumber(x.kind, nal[h265HeaderSize:])
	case x.kind == h264SPS:
		set, err := parseH264SPS(nal[1:])
		if err != nil {
			return false
		}
		x.id = uint32(set.id)
	default:
		b := bits{data: nal[1:]}
		if x.id = b.ue(); b.err != nil {
			return false
		}
	}
	i, found := slices.BinarySearchFunc(s.list, x, func(a, b parameterSet) int {
		return 1000*(a.kind-b.kind) + int(min(a.id, 999)) - int(min(b.id, 999))
	})
	switch {
	case found && bytes.Equal(s.list[i].nal, nal), !found && len(s.list) >= maxSets:
		return false
	case found:
		s.list[i].nal = bytes.Clone(nal)
	default:
		x.nal = bytes.Clone(nal)
		s.list = slices.Insert(s.list, i, x)
	}
	s.changes++
	return true
}

// Take says whether a NAL unit is a parameter set, and notes it.
func (s *ParameterSets) Take(nal []byte) bool {
	s.Add(nal)
	return s.is(nal)
}

// Changes counts what Add has noted that was news.
func (s *ParameterSets) Changes() int { return s.changes }

// of are the sets of a kind, in the order of their numbers.
func (s *ParameterSets) of(kind int) (list [][]byte) {
	for _, x := range s.list {
		if x.kind == kind {
			list = append(list, x.nal)
		}
	}
	return list
}

// Record is the configuration record for containers, content of avcC or hvcC, nil if there are not enough sets.
func (s *ParameterSets) Record() []byte {
	if s.h265 {
		return H265Record(s.of(h265VPS), s.of(h265SPS), s.of(h265PPS))
	}
	return H264Record(s.of(h264SPS), s.of(h264PPS))
}

// Format is what the first sequence parameter set says of pictures, false if there is none that can be read.
func (s *ParameterSets) Format() (PictureFormat, bool) {
	if s.h265 {
		return h265Format(first(s.of(h265SPS)))
	}
	return h264Format(first(s.of(h264SPS)))
}

func first(sets [][]byte) []byte {
	if len(sets) == 0 {
		return nil
	}
	return sets[0]
}

func h264Format(sps []byte) (PictureFormat, bool) {
	if len(sps) < 2 {
		return PictureFormat{}, false
	}
	set, err := parseH264SPS(sps[1:])
	return set.format, err == nil
}

func h265Format(sps []byte) (PictureFormat, bool) {
	if len(sps) <= h265HeaderSize {
		return PictureFormat{}, false
	}
	set, err := parseH265SPS(sps[h265HeaderSize:])
	return set.format, err == nil
}

// usual is the format that a parameter set says, or what nearly all have: a set that is not understood to its end need
// not keep a decoder from understanding it.
func usual(f PictureFormat, ok bool) PictureFormat {
	if !ok {
		return PictureFormat{Chroma: 1, LumaBits: 8, ChromaBits: 8}
	}
	return f
}

// H264Record is AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3.1), content of the box avcC, for samples
// whose lengths have four bytes. Parameter sets are whole NAL units. nil: there are not enough of them.
func H264Record(sps, pps [][]byte) []byte {
	if len(sps) == 0 || len(pps) == 0 || len(sps[0]) < 4 || len(sps) > 31 || len(pps) > 255 {
		return nil
	}
	plain := unescape(sps[0][:min(len(sps[0]), 8)])
	if len(plain) < 4 {
		return nil
	}
	b := append([]byte{1}, plain[1:4]...) // profile, what it is compatible with, level
	b = append(b, 0xFC|(lengthSize-1), 0xE0|byte(len(sps)))
	b = appendSets(b, sps)
	b = appendSets(append(b, byte(len(pps))), pps)
	if !h264HasChromaFormat(uint32(plain[1])) {
		return b
	}
	f := usual(h264Format(sps[0]))
	return append(b, 0xFC|byte(f.Chroma), 0xF8|byte(f.LumaBits-8), 0xF8|byte(f.ChromaBits-8), 0) // no SPS extensions
}

// H265Record is HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 8.3.3.1), content of the box hvcC, for samples
// whose lengths have four bytes and without parameter sets. nil: there are not enough of them.
func H265Record(vps, sps, pps [][]byte) []byte {
	if len(vps) == 0 || len(sps) == 0 || len(pps) == 0 {
		return nil
	}
	plain := unescape(sps[0][:min(len(sps[0]), 32)])
	if len(plain) < 15 {
		return nil
	}
	f := usual(h265Format(sps[0]))
	const complete = 0x80                  // none of these come in samples
	b := append([]byte{1}, plain[3:15]...) // profile, tier, constraints and level
	b = append(b, 0xF0, 0, 0xFC, 0xFC|byte(f.Chroma), 0xF8|byte(f.LumaBits-8), 0xF8|byte(f.ChromaBits-8))
	b = append(b, 0, 0) // no average frame rate
	b = append(b, (plain[2]>>1&7+1)<<3|plain[2]&1<<2|(lengthSize-1), 3)
	for i, list := range [][][]byte{vps, sps, pps} {
		b = append(b, complete|byte(h265VPS+i), byte(len(list)>>8), byte(len(list)))
		b = appendSets(b, list)
	}
	return b
}

// appendSets adds parameter sets, each behind its length.
func appendSets(b []byte, list [][]byte) []byte {
	for _, set := range list {
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(set))), set...)
	}
	return b
}
