package media

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/Eyevinn/mp4ff/avc"
	"github.com/Eyevinn/mp4ff/hevc"

	"github.com/upright-media/upright/codec"
)

// NAL unit types that are told apart (H.264 table 7-1, H.265 table 7-1).
const (
	avcSEI, avcSPS, avcPPS, avcAUD       = 6, 7, 8, 9
	hevcVPS, hevcSPS, hevcPPS, hevcAUD   = 32, 33, 34, 35
	hevcSEI                              = 39
	hevcFirstNonVCL, hevcMaxKey, hevcKey = 32, 21, 16
)

// nalKind is what a NAL unit is, in either codec.
type nalKind struct {
	picture bool // a slice
	first   bool // the first slice of a picture
	key     bool // of a picture that can be decoded on its own
	set     int  // parameter set: 1 VPS, 2 SPS, 3 PPS; else 0
	before  bool // what stands in front of a picture: parameter sets, SEI, delimiters
	valid   bool // such a unit can be
}

func kindOfNAL(codecName string, nal []byte) (k nalKind) {
	if len(nal) < 2 || nal[0]&0x80 != 0 {
		return k
	}
	if codecName == H265 {
		t := int(nal[0] >> 1 & 0x3F)
		k.valid = nal[1]&7 != 0 // nuh_temporal_id_plus1
		k.picture = t < hevcFirstNonVCL
		k.first = k.picture && len(nal) > 2 && nal[2]&0x80 != 0
		k.key = t >= hevcKey && t <= hevcMaxKey
		k.before = t >= hevcVPS && t <= hevcAUD || t == hevcSEI
		switch t {
		case hevcVPS, hevcSPS, hevcPPS:
			k.set = t - hevcVPS + 1
		}
		return k
	}
	t := int(nal[0] & 0x1F)
	k.valid = t >= 1 && t <= 23
	k.picture = t >= 1 && t <= 5
	k.first = k.picture && nal[1]&0x80 != 0 // first_mb_in_slice is ue(v): a one is 0
	k.key = t == 5
	k.before = t >= avcSEI && t <= avcAUD
	switch t {
	case avcSPS:
		k.set = 2
	case avcPPS:
		k.set = 3
	}
	return k
}

// withLengths calls f with the NAL units of a sample that have lengths of size bytes in front, and says whether the
// lengths fit the sample.
func withLengths(sample []byte, size int, f func(nal []byte)) bool {
	if len(sample) < size+1 {
		return false
	}
	for p := sample; len(p) > 0; {
		if len(p) < size {
			return false
		}
		n := 0
		for _, b := range p[:size] {
			n = n<<8 | int(b)
		}
		if p = p[size:]; n < 1 || n > len(p) {
			return false
		}
		if f != nil {
			f(p[:n])
		}
		p = p[n:]
	}
	return true
}

var startCode = []byte{0, 0, 1}

// withStartCodes calls f with the NAL units of a sample that have start codes in front (H.264 annex B).
func withStartCodes(sample []byte, f func(nal []byte)) bool {
	i := bytes.Index(sample, startCode)
	if i < 0 || len(bytes.TrimLeft(sample[:i], "\x00")) > 0 {
		return false
	}
	for i >= 0 {
		sample = sample[i+3:]
		i = bytes.Index(sample, startCode)
		nal := sample
		if i >= 0 {
			nal = sample[:i]
		}
		if nal = bytes.TrimRight(nal, "\x00"); len(nal) > 0 { // the rest of a longer start code, or stuffing
			f(nal)
		}
	}
	return true
}

// startsWithCode says whether a sample begins with a start code of four bytes or three.
func startsWithCode(sample []byte) bool {
	return bytes.HasPrefix(sample, startCode) || bytes.HasPrefix(sample, []byte{0, 0, 0, 1})
}

// units calls f with the NAL units of a sample, whichever way they are kept apart. ok is false if in neither way.
// codes says that start codes are where lengths of size bytes belong.
func units(sample []byte, size int, f func(nal []byte)) (ok, codes bool) {
	// 00000001 could be a unit of one byte, but no picture begins with one.
	if startsWithCode(sample) && !withLengths(sample, size, nil) {
		return withStartCodes(sample, f), true
	}
	return withLengths(sample, size, f), false
}

// mended appends a sample to buffer in the form in which its NAL units have lengths of four bytes.
func mended(sample, buffer []byte, size int) []byte {
	if size == 4 && !startsWithCode(sample) {
		return append(buffer, sample...)
	}
	before := len(buffer)
	ok, _ := units(sample, size, func(nal []byte) {
		buffer = binary.BigEndian.AppendUint32(buffer, uint32(len(nal)))
		buffer = append(buffer, nal...)
	})
	if !ok {
		return append(buffer[:before], sample...)
	}
	return buffer
}

// maxSet is how long a parameter set may be, in bytes: those of calls have less than a hundred.
const maxSet = 4096

// sets are the parameter sets of a track, each once.
type sets [4][][]byte

func (s *sets) add(kind int, nal []byte) {
	list := &s[kind]
	if len(*list) >= 16 || slices.ContainsFunc(*list, func(b []byte) bool { return bytes.Equal(b, nal) }) {
		return
	}
	*list = append(*list, bytes.Clone(nal))
}

// config is the content of avcC or hvcC, nil if there is not enough for one.
func (s *sets) config(codecName string) []byte {
	if codecName == H265 {
		return codec.H265Record(s[1], s[2], s[3])
	}
	return codec.H264Record(s[2], s[3])
}

// rate is how many pictures a second the parameter sets announce (H.264 section E.2.1, H.265 section E.3.1), 0 if they
// do not.
func (s *sets) rate(codecName string) (rate float64) {
	defer func() {
		if recover() != nil { // of a library, on a file that means ill
			rate = 0
		}
	}()
	if len(s[2]) == 0 {
		return 0
	}
	if codecName == H265 {
		sps, err := hevc.ParseSPSNALUnit(s[2][0])
		if err != nil || sps.VUI == nil || sps.VUI.NumUnitsInTick == 0 {
			return 0
		}
		return float64(sps.VUI.TimeScale) / float64(sps.VUI.NumUnitsInTick)
	}
	sps, err := avc.ParseSPSNALUnit(s[2][0], true)
	if err != nil || sps.VUI == nil || sps.VUI.NumUnitsInTick == 0 {
		return 0
	}
	return float64(sps.VUI.TimeScale) / float64(sps.VUI.NumUnitsInTick) / 2 // ticks are fields
}

// watch looks at the pictures of a track one by one.
type watch struct {
	codec   string
	inspect codec.Inspector
	info    codec.Info // of the newest unit that was inspected
	sets    sets
	track   *Track
}

func newWatch(t *Track) *watch {
	w := &watch{codec: t.Codec, track: t}
	w.inspect, _ = codec.New(t.Codec)
	return w
}

// nal looks at a unit of a picture, and says whether it is a key picture's.
func (w *watch) nal(nal []byte, width, height *int) (k nalKind) {
	k = kindOfNAL(w.codec, nal)
	if k.set == 2 {
		if err := w.inspect.Inspect(nal, &w.info); err != nil || w.info.Width == 0 {
			return k
		}
		*width, *height = w.info.Width, w.info.Height
	}
	if k.set > 0 && len(nal) <= maxSet {
		w.sets.add(k.set, nal)
	}
	return k
}

// sample looks at a whole picture of NAL units. It is noted as a key picture if it is one.
func (w *watch) sample(data []byte, size, number int) (key, codes bool, width, height int) {
	valid, picture := true, false
	ok, codes := units(data, size, func(nal []byte) {
		k := w.nal(nal, &width, &height)
		valid = valid && k.valid
		picture = picture || k.picture
		key = key || k.key
	})
	w.track.Looked++
	if !ok || !valid {
		w.track.Unparsed++
		return false, codes, 0, 0
	}
	return key, codes, width, height
}

// vp8 looks at a VP8 frame, which gets the descriptor in front that it has in RTP (RFC 7741 section 4.2).
func (w *watch) vpx(frame []byte) (key bool, width, height int) {
	head := append([]byte{0x10}, frame[:min(len(frame), 16)]...)
	w.track.Looked++
	if err := w.inspect.Inspect(head, &w.info); err != nil {
		w.track.Unparsed++
		return false, 0, 0
	}
	return w.info.Key, w.info.Width, w.info.Height
}
