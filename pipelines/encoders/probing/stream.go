package probing

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/pipelines/encoders"
)

// checkStream says what is wrong with coded pictures: of H.264 and H.265 access units with start codes, of AV1 temporal
// units, of VP8 and VP9 frames. nil: they are as many as they should be, of the codec and size that they should have,
// and the first of them is a key frame.
func checkStream(name string, pictures [][]byte, count, width, height int) error {
	title := encoders.Titles[name]
	if len(pictures) != count {
		return fmt.Errorf("made %d pictures of %d", len(pictures), count)
	}
	inspector, ok := codec.New(name)
	if !ok {
		return fmt.Errorf("there is no codec named %q", name)
	}
	for i, p := range pictures {
		seen, err := inspect(inspector, name, p)
		if err != nil {
			return fmt.Errorf("picture %d of what it made is not %s: %w", i+1, title, err)
		}
		switch {
		case i > 0:
		case !seen.key:
			return fmt.Errorf("the first picture that it made is no key frame")
		case seen.width != width || seen.height != height:
			return fmt.Errorf("made pictures of %dx%d out of %dx%d", seen.width, seen.height, width, height)
		}
	}
	return nil
}

// picture is what a coded picture says about itself.
type picture struct {
	key           bool
	width, height int
}

// inspect looks into a picture by giving it to the inspector as RTP payloads, which it reads.
func inspect(inspector codec.Inspector, name string, coded []byte) (picture, error) {
	var payloads [][]byte
	switch name {
	case "h264", "h265":
		payloads = units(coded)
	case "vp8":
		payloads = [][]byte{append([]byte{0x10}, coded...)} // S: a frame begins (RFC 7741 section 4.2)
	case "vp9":
		payloads = [][]byte{append([]byte{0x0C}, coded...)} // B and E: a whole frame (RFC 9628 section 4.2)
	case "av1":
		payload, err := aggregate(coded)
		if err != nil {
			return picture{}, err
		}
		payloads = [][]byte{payload}
	}
	if len(coded) == 0 || len(payloads) == 0 {
		return picture{}, errors.New("there is nothing in it")
	}
	var p picture
	var info codec.Info
	for _, payload := range payloads {
		if err := inspector.Inspect(payload, &info); err != nil {
			return picture{}, err
		}
		p.key = p.key || info.Key
		if info.Width > 0 {
			p.width, p.height = info.Width, info.Height
		}
	}
	return p, nil
}

// units splits a byte stream at its start codes (H.264 annex B).
func units(stream []byte) (list [][]byte) {
	mark := []byte{0, 0, 1}
	at := bytes.Index(stream, mark)
	for at >= 0 {
		stream = stream[at+len(mark):]
		at = bytes.Index(stream, mark)
		unit := stream
		if at >= 0 {
			unit = stream[:at]
		}
		if unit = bytes.TrimRight(unit, "\x00"); len(unit) > 0 { // zeros are the next start code's, or padding
			list = append(list, unit)
		}
	}
	return list
}

// aggregate writes the OBUs of a temporal unit (AV1 specification section 5.3) as elements of an RTP payload: each with
// its size in front, and no temporal delimiter.
func aggregate(unit []byte) ([]byte, error) {
	const temporalDelimiter = 2
	payload := []byte{0} // aggregation header: whole elements, all with their sizes
	for len(unit) > 0 {
		head := 1
		if unit[0]&0x04 != 0 { // obu_extension_flag
			head = 2
		}
		if unit[0]&0x80 != 0 || unit[0]&0x02 == 0 { // obu_forbidden_bit, obu_has_size_field
			return nil, errors.New("an OBU has no size")
		}
		if len(unit) < head {
			return nil, codec.ErrTruncated
		}
		size, used := binary.Uvarint(unit[head:]) // the same as LEB128
		if used <= 0 || size > uint64(len(unit)-head-used) {
			return nil, codec.ErrTruncated
		}
		end := head + used + int(size)
		if unit[0]>>3&0x0F != temporalDelimiter {
			payload = binary.AppendUvarint(payload, uint64(end))
			payload = append(payload, unit[:end]...)
		}
		unit = unit[end:]
	}
	if len(payload) == 1 {
		return nil, errors.New("there is nothing in it")
	}
	return payload, nil
}
