package movie

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"

	"github.com/upright-media/upright/internal/mp4box"
)

// Entry says how samples are coded (sample entry, ISO/IEC 14496-12 clause 8.5.2).
type Entry struct {
	Type string // avc1, hvc1, vp09, av01, Opus, mp4a, MP3, alac, ac-3, tx3g
	// avcC, hvcC, av1C, vpcC or dac3 as they are in the file; OpusHead (RFC 7845 section 5.1); AudioSpecificConfig; the
	// box in an entry of ALAC, with its header; nothing for MP3 and tx3g
	Config []byte

	Width, Height  int // video, in pixels
	ParNum, ParDen int // shape of the pixels, 0 if it is not known
	Colour         *Colour
	Channels, Rate int // audio
}

// Colour is how colours are coded.
type Colour = mp4box.Colour

// MP3 is the type of an entry of MP3, which is mp4a in the file.
const MP3 = ".mp3"

// alacConfig is the size of the box in an entry of ALAC, in bytes (Apple Lossless Format, "Magic Cookie").
const alacConfig = 36

// configs are the boxes of the records that describe video.
var configs = map[string]string{"avc1": "avcC", "hvc1": "hvcC", "vp09": "vpcC", "av01": "av1C"}

func (e Entry) equal(o Entry) bool {
	same := e.Type == o.Type && bytes.Equal(e.Config, o.Config) && e.Width == o.Width && e.Height == o.Height &&
		e.ParNum == o.ParNum &&
		e.ParDen == o.ParDen && e.Channels == o.Channels && e.Rate == o.Rate
	return same && (e.Colour == nil) == (o.Colour == nil) && (e.Colour == nil || *e.Colour == *o.Colour)
}

// check says whether an entry can be written.
func (e Entry) check(kind Kind) error {
	switch {
	case kind == Text && e.Type == "tx3g":
		return nil
	case kind == Video && configs[e.Type] != "":
		if e.Width < 1 || e.Height < 1 || e.Width > 1<<16-1 || e.Height > 1<<16-1 {
			return fmt.Errorf("an MP4 cannot hold pictures of %d × %d pixels", e.Width, e.Height)
		}
		if len(e.Config) < 4 {
			return fmt.Errorf("%s without its configuration (%s)", e.Type, configs[e.Type])
		}
		return nil
	case kind == Audio && e.Type == "Opus":
		_, err := opusBox(e)
		return err
	case kind == Audio && e.Type == "mp4a":
		if len(e.Config) < 2 || e.Channels < 1 || e.Rate < 1 {
			return fmt.Errorf("AAC without its configuration")
		}
		return nil
	case kind == Audio && (e.Type == MP3 || e.Type == "alac" || e.Type == "ac-3"):
		size, ok := map[string]int{"alac": alacConfig, "ac-3": 3}[e.Type]
		if e.Channels < 1 || e.Rate < 1 || ok && len(e.Config) != size {
			return fmt.Errorf("%s without its configuration", strings.TrimPrefix(e.Type, "."))
		}
		return nil
	}
	return fmt.Errorf("an MP4 does not hold %q as %s here", e.Type, kind)
}

// scale is the clock of a track with such samples, in units per second.
func (e Entry) scale(kind Kind) int64 {
	switch {
	case kind == Video:
		return 90000 // that of RTP (RFC 3551 section 5): times are whole numbers
	case kind == Text:
		return 1000
	case e.Type == "Opus":
		return 48000
	}
	return int64(e.Rate)
}

// box makes the entry. Where it cannot, check has said so.
func (e Entry) box() (mp4.Box, error) {
	switch e.Type {
	case "tx3g":
		return raw("tx3g", tx3g()), nil
	case "Opus":
		config, err := opusBox(e)
		if err != nil {
			return nil, err
		}
		return mp4.CreateAudioSampleEntryBox("Opus", uint16(config.OutputChannelCount), 16, 48000, config), nil
	case "mp4a":
		return e.sound("mp4a", mp4.CreateEsdsBox(e.Config)), nil
	case MP3:
		return e.sound("mp4a", mp3Box(e.Rate)), nil
	case "alac":
		return e.sound("alac", raw("alac", e.Config[8:])), nil
	case "ac-3":
		config, err := mp4.DecodeDac3SR(mp4.BoxHeader{Name: "dac3", Size: uint64(8 + len(e.Config)), Hdrlen: 8}, 0,
			bits.NewFixedSliceReader(e.Config))
		return e.sound("ac-3", config), err
	}
	b := mp4.CreateVisualSampleEntryBox(e.Type, uint16(e.Width), uint16(e.Height), nil)
	b.CompressorName = ""
	b.AddChild(raw(configs[e.Type], e.Config))
	if e.ParNum > 0 && e.ParDen > 0 && e.ParNum != e.ParDen {
		b.AddChild(&mp4.PaspBox{HSpacing: uint32(e.ParNum), VSpacing: uint32(e.ParDen)})
	}
	if c := e.Colour; c != nil {
		b.AddChild(&mp4.ColrBox{ColorType: "nclx", ColorPrimaries: c.Primaries, TransferCharacteristics: c.Transfer,
			MatrixCoefficients: c.Matrix, FullRangeFlag: c.Full})
	}
	return b, nil
}

// sound is an entry of sound that a box describes.
func (e Entry) sound(name string, config mp4.Box) mp4.Box {
	rate := e.Rate
	if rate > 1<<16-1 { // the field has 16 bits; the configuration says it
		rate = 0
	}
	return mp4.CreateAudioSampleEntryBox(name, uint16(e.Channels), 16, uint16(rate), config)
}

// mp3Box says that samples are MP3 (objectTypeIndication, ISO/IEC 14496-1 clause 7.2.6.6): of MPEG-1, or with less than
// 32 kHz of MPEG-2. Their frames say all the rest.
func mp3Box(rate int) mp4.Box {
	box := mp4.CreateEsdsBox(nil)
	box.DecConfigDescriptor.DecSpecificInfo = nil
	box.DecConfigDescriptor.ObjectType = 0x6B
	if rate < 32000 {
		box.DecConfigDescriptor.ObjectType = 0x69
	}
	return box
}

// opusBox turns OpusHead (little-endian) into dOps (Encapsulation of Opus in ISO BMFF, section 4.3.2).
func opusBox(e Entry) (*mp4.DopsBox, error) {
	p := e.Config
	if len(p) < 19 || string(p[:8]) != "OpusHead" || p[9] == 0 {
		return nil, fmt.Errorf("Opus without its configuration (OpusHead)")
	}
	d := &mp4.DopsBox{OutputChannelCount: p[9], PreSkip: binary.LittleEndian.Uint16(p[10:]),
		InputSampleRate: binary.LittleEndian.Uint32(p[12:]),
		OutputGain:      int16(binary.LittleEndian.Uint16(p[16:])), ChannelMappingFamily: p[18]}
	if d.ChannelMappingFamily == 0 {
		return d, nil
	}
	if len(p) < 21+int(d.OutputChannelCount) {
		return nil, fmt.Errorf("Opus with %d channels whose configuration (OpusHead) has %d bytes", d.OutputChannelCount,
			len(p))
	}
	d.StreamCount, d.CoupledCount, d.ChannelMapping = p[19], p[20], p[21:21+int(d.OutputChannelCount)]
	return d, nil
}

// tx3g is a sample entry for plain text at the bottom (3GPP TS 26.245 section 5.16): white, of one font.
func tx3g() []byte {
	b := make([]byte, 0, 64)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 1) // reserved, data reference
	b = append(b, 0, 0, 0, 0, 1, 0xFF)    // flags, in the middle, at the bottom
	b = append(b, 0, 0, 0, 0)             // background
	b = append(b, make([]byte, 8)...)     // box
	b = append(b, 0, 0, 0, 0, 0, 1, 0, 16, 0xFF, 0xFF, 0xFF, 0xFF)
	font := []byte{0, 1, 0, 1, 5, 'A', 'r', 'i', 'a', 'l'}
	b = binary.BigEndian.AppendUint32(b, uint32(8+len(font)))
	b = append(b, "ftab"...)
	return append(b, font...)
}
