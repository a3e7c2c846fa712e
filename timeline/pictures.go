package timeline

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/rtpview"
)

// pictureType is a kind of packet in a video file: a payload type, or one within another as RED has it.
type pictureType struct {
	pt    uint8
	inner int16 // payload type of the block in RED (RFC 2198), -1 if it is not wrapped
}

// pictureTypes is what the payload types of a video file mean.
type pictureTypes struct {
	codec string // of the track
	kept  map[pictureType]bool
}

// media returns the part of a payload that is a picture's, nil if it is none of the track's.
func (p *pictureTypes) media(pt uint8, payload []byte) []byte {
	switch {
	case p.kept[pictureType{pt, -1}]:
		return payload
	case len(payload) > 1 && payload[0]&0x80 == 0 && p.kept[pictureType{pt, int16(payload[0])}]:
		return payload[1:]
	}
	return nil
}

// pictureStats is what a video file's packets of one type look like.
type pictureStats struct {
	codec.Recogniser
	shared int // packets with the RTP time of the packet before, which was of another type
}

// survey looks at all packets of a video file, whatever its header says.
func survey(ctx context.Context, file *recording.File) (map[pictureType]*pictureStats, error) {
	f, err := openFeed(file, nil, setup{})
	if err != nil {
		return nil, err
	}
	defer f.close()
	stats := map[pictureType]*pictureStats{}
	blocks := map[uint8]int{} // payload types within each payload type
	var last pictureType
	var time uint32
	add := func(t pictureType, payload []byte, at uint32, shared bool) {
		s := stats[t]
		if s == nil {
			s = &pictureStats{}
			stats[t] = s
		}
		s.Add(payload, at)
		if shared {
			s.shared++
		}
	}
	f.unit = func(*unit) {}
	f.observe = func(v *rtpview.Packet, _ bool) {
		if len(v.Payload) == 0 {
			return
		}
		t := pictureType{v.PayloadType, -1}
		shared := t != last && v.Timestamp == time
		add(t, v.Payload, v.Timestamp, shared)
		last, time = t, v.Timestamp
		if v.Payload[0]&0x80 != 0 || len(v.Payload) == 1 || blocks[t.pt] > maxInner {
			return
		}
		t.inner = int16(v.Payload[0])
		if stats[t] == nil {
			blocks[t.pt]++
		}
		add(t, v.Payload[1:], v.Timestamp, false)
	}
	return stats, drainFeed(ctx, f)
}

// maxInner is how many payload types may lie within one: media, its protection, and such of other codecs. If it is
// more, the byte is no payload type.
const maxInner = 8

// findPictureTypes finds out what a video file's payload types mean. declared is the codec of its header. False: that
// cannot be told, or the header is right and all packets are pictures.
func findPictureTypes(declared string, stats map[pictureType]*pictureStats) (*pictureTypes, bool) {
	p := &pictureTypes{kept: map[pictureType]bool{}}
	main := 0
	better := func(c string, n int) bool {
		if (c == declared) != (p.codec == declared) {
			return c == declared
		}
		return n > main
	}
	types := slices.SortedFunc(maps.Keys(stats), func(a, b pictureType) int {
		return cmp.Or(cmp.Compare(a.pt, b.pt), cmp.Compare(a.inner, b.inner))
	})
	for _, t := range types {
		s := stats[t]
		if t.inner >= 0 && stats[pictureType{t.pt, -1}].Codec() != "" {
			continue
		}
		if c := s.Codec(); c != "" && (p.codec == "" || better(c, s.Payloads)) {
			p.codec, main = c, s.Payloads
		}
	}
	if p.codec == "" {
		return nil, false
	}
	plain := p.codec == declared
	for _, t := range types {
		s := stats[t]
		whole := stats[pictureType{t.pt, -1}]
		switch {
		case t.inner >= 0 && (whole.Codec() == p.codec || whole.Fits(p.codec)):
			// what begins its payload is no payload type
		case s.Codec() == p.codec, s.Fits(p.codec) && s.Codec() == "" && s.shared*10 <= s.Payloads:
			// What has no key picture may still be what the sender goes on with under another number, but not what shares its
			// time with pictures: that protects them (RFC 5109).
			p.kept[t] = true
			plain = plain && t.inner < 0
		case t.inner < 0:
			plain = false
		}
	}
	return p, !plain
}
