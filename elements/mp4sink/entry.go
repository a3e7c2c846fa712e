package mp4sink

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/internal/movie"
)

// entryOf says how samples are coded, from their caps.
func entryOf(c gstx.Caps) (movie.Entry, error) {
	e := movie.Entry{Width: c.Int("width"), Height: c.Int("height"), Channels: c.Int("channels"), Rate: c.Int("rate"),
		Config: c.Bytes("codec_data")}
	e.ParNum, e.ParDen = c.Fraction("pixel-aspect-ratio")
	if p, t, m, full, ok := c.Colour(); ok {
		e.Colour = &movie.Colour{Primaries: uint16(p), Transfer: uint16(t), Matrix: uint16(m), Full: full}
	}
	switch c.Name() {
	case "video/x-h264":
		e.Type = "avc1"
	case "video/x-h265":
		e.Type = "hvc1"
	case "video/x-vp9":
		e.Type, e.Config = "vp09", vp9Config(c, e)
	case "video/x-av1":
		e.Type = "av01"
	case "audio/x-opus":
		e.Type, e.Config = "Opus", c.Bytes("streamheader")
		if e.Config == nil {
			e.Config = opusHead(c.Int("channels"))
		}
	case "audio/mpeg":
		e.Type = "mp4a"
		if c.Int("mpegversion") == 1 {
			e.Type = movie.MP3
		}
	case "audio/x-alac":
		e.Type = "alac"
	case "audio/x-ac3":
		e.Type = "ac-3"
	case "text/x-raw":
		return movie.Entry{Type: "tx3g"}, nil
	default:
		return e, fmt.Errorf("%s is not known", c.Name())
	}
	return e, nil
}

// opusDelay is how much an Opus encoder needs to begin with, in samples of 48 kHz: that of libopus.
const opusDelay = 312

// opusHead is the configuration (RFC 7845 section 5.1) of Opus in one stream of one or two channels.
func opusHead(channels int) []byte {
	b := append([]byte("OpusHead\x01"), byte(max(1, min(channels, 2))))
	b = binary.LittleEndian.AppendUint16(b, opusDelay)
	b = binary.LittleEndian.AppendUint32(b, 48000)
	return append(b, 0, 0, 0)
}

// preSkip is what OpusHead says that players have to leave out in front.
func preSkip(head []byte) time.Duration {
	if len(head) < 12 {
		return 0
	}
	return time.Duration(binary.LittleEndian.Uint16(head[10:])) * time.Second / 48000
}

// vp9Levels are the largest pictures of levels, in samples (VP9 levels, https://www.webmproject.org/vp9/levels/).
var vp9Levels = []struct{ samples, level int }{
	{36864, 10}, {73728, 11}, {122880, 20}, {245760, 21}, {552960, 30}, {983040, 31}, {2228224, 40}, {8912896, 50},
	{35651584, 60},
}

// vp9Config is the content of vpcC (VP Codec ISO Media File Format Binding, section 2.2).
func vp9Config(c gstx.Caps, e movie.Entry) []byte {
	profile, _ := strconv.Atoi(c.String("profile"))
	depth := c.Int("bit-depth-luma")
	if depth == 0 {
		depth = 8
	}
	chroma := map[string]byte{"4:2:2": 2, "4:4:4": 3}[c.String("chroma-format")]
	if chroma == 0 {
		chroma = 1
		if c.String("chroma-site") == "mpeg2" {
			chroma = 0
		}
	}
	level := 62
	for _, l := range vp9Levels {
		if e.Width*e.Height <= l.samples {
			level = l.level
			break
		}
	}
	colour := movie.Colour{Primaries: 2, Transfer: 2, Matrix: 2} // unspecified
	if e.Colour != nil {
		colour = *e.Colour
	}
	full := byte(0)
	if colour.Full {
		full = 1
	}
	return []byte{1, 0, 0, 0, byte(profile), byte(level), byte(depth)<<4 | chroma<<1 | full, byte(colour.Primaries),
		byte(colour.Transfer),
		byte(colour.Matrix), 0, 0}
}

var errNoSequence = errors.New("the first picture of AV1 has no sequence header")

// av1Entry takes from the first unit what its caps need not say, or say wrongly: the configuration and the size.
func av1Entry(e movie.Entry, unit []byte) (movie.Entry, error) {
	s, ok := codec.AV1Unit{Data: unit}.Sequence()
	if !ok {
		if len(e.Config) >= 4 && e.Config[0] == 0x81 {
			return e, nil
		}
		return e, errNoSequence
	}
	e.Config = s.Record()
	if e.Width == 0 || e.Height == 0 {
		e.Width, e.Height = s.Width, s.Height
	}
	return e, nil
}
