package timeline

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/upright-media/upright/codec"
)

// Coding says how units are coded, as far as decoders and containers have to know.
type Coding struct {
	Codec   string // as recording.Info.Codec
	Config  []byte // what stands in codec_data; OpusHead
	Picture codec.PictureFormat
	Profile string // of video, as caps have it; "": said elsewhere, or not known

	Rate, Channels int // sound
}

// Format is the coding with its caps.
func (c Coding) Format() Format { return Format{Codec: c.Codec, Caps: c.Caps(), Config: c.Config} }

// Caps is the coding in the language of GStreamer, "" for a codec that has none there.
func (c Coding) Caps() string {
	sound := fmt.Sprintf(",rate=%d,channels=%d", c.Rate, c.Channels)
	switch c.Codec {
	case "h264":
		return "video/x-h264,stream-format=avc,alignment=au" + c.picture() + c.config("codec_data")
	case "h265":
		return "video/x-h265,stream-format=hvc1,alignment=au" + c.picture() + c.config("codec_data")
	case "vp8":
		return "video/x-vp8" + c.picture()
	case "vp9":
		return "video/x-vp9,alignment=super-frame" + c.picture() + c.site()
	case "av1":
		return "video/x-av1,stream-format=obu-stream,alignment=tu" + c.picture() + c.config("codec_data")
	case "opus", "multiopus":
		return "audio/x-opus" + sound + c.opus()
	case "aac":
		return "audio/mpeg,mpegversion=4,stream-format=raw,framed=true" + sound + c.config("codec_data")
	case "mp3":
		return "audio/mpeg,mpegversion=1,layer=3,parsed=true" + sound
	case "pcmu", "g711":
		return "audio/x-mulaw" + sound
	case "pcma":
		return "audio/x-alaw" + sound
	case "g722":
		return "audio/G722" + sound
	case "l16", "l16-48":
		return "audio/x-raw,format=S16BE,layout=interleaved" + sound
	}
	return ""
}

func (c Coding) config(field string) string {
	if len(c.Config) == 0 {
		return ""
	}
	return fmt.Sprintf(",%s=(buffer)%x", field, c.Config)
}

// chromas are the names of codec.PictureFormat.Chroma in caps.
var chromas = [4]string{"4:0:0", "4:2:0", "4:2:2", "4:4:4"}

// picture is what of a picture's format is known.
func (c Coding) picture() string {
	var b strings.Builder
	f := c.Picture
	if f.Width > 0 && f.Height > 0 {
		fmt.Fprintf(&b, ",width=%d,height=%d", f.Width, f.Height)
	}
	if f.ParNum > 0 && f.ParDen > 0 {
		fmt.Fprintf(&b, ",pixel-aspect-ratio=%d/%d", f.ParNum, f.ParDen)
	}
	if f.LumaBits > 0 {
		fmt.Fprintf(&b, ",chroma-format=(string)%s,bit-depth-luma=(uint)%d,bit-depth-chroma=(uint)%d", chromas[f.Chroma&3],
			f.LumaBits, f.ChromaBits)
	}
	if c.Profile != "" {
		fmt.Fprintf(&b, ",profile=(string)%s", c.Profile)
	}
	if f.Colour != nil {
		b.WriteString(colorimetry(*f.Colour))
	}
	return b.String()
}

// site says where the samples of colour lie, which VP9 does not: where libvpx takes them from.
func (c Coding) site() string {
	if c.Picture.Chroma != 1 {
		return ""
	}
	return ",chroma-site=(string)mpeg2"
}

// The numbers that GStreamer has for those of ISO/IEC 23091-2: GstVideoColorPrimaries, GstVideoTransferFunction and
// GstVideoColorMatrix. 0 is unknown.
var (
	gstPrimaries = map[int]int{1: 1, 4: 2, 5: 3, 6: 4, 7: 5, 8: 6, 9: 7, 10: 9, 11: 10, 12: 11, 22: 12}
	gstTransfers = map[int]int{1: 5, 4: 4, 5: 8, 6: 16, 7: 6, 8: 1, 9: 9, 10: 10, 13: 7, 14: 13, 15: 11, 16: 14, 18: 15}
	gstMatrices  = map[int]int{0: 1, 1: 3, 4: 2, 5: 4, 6: 4, 7: 5, 9: 6, 10: 6}
)

// gstColours are the colours that GStreamer has names for.
var gstColours = map[string]string{"2:4:16:4": "bt601", "2:3:5:1": "bt709", "2:5:6:5": "smpte240m", "1:1:7:1": "sRGB",
	"2:6:11:7": "bt2020", "2:6:13:7": "bt2020-10", "2:6:14:7": "bt2100-pq", "2:6:15:7": "bt2100-hlg"}

func colorimetry(c codec.Colour) string {
	span := 2 // GST_VIDEO_COLOR_RANGE_16_235
	if c.Full {
		span = 1
	}
	numbers := fmt.Sprintf("%d:%d:%d:%d", span, gstMatrices[c.Matrix], gstTransfers[c.Transfer], gstPrimaries[c.Primaries])
	return ",colorimetry=(string)" + cmp.Or(gstColours[numbers], numbers)
}

// opus is what is said of the channels of Opus.
func (c Coding) opus() string {
	if len(c.Config) < opusHeadSize {
		return ""
	}
	family := c.Config[opusHeadSize-1]
	if family == 0 {
		return fmt.Sprintf(",channel-mapping-family=0,stream-count=1,coupled-count=%d,streamheader=(buffer)<%x,%x>",
			c.Channels-1, c.Config, opusTags)
	}
	rest := c.Config[opusHeadSize:]
	var mapping []string
	for _, channel := range rest[2:] {
		mapping = append(mapping, fmt.Sprint(channel))
	}
	return fmt.Sprintf(",channel-mapping-family=%d,stream-count=%d,coupled-count=%d,channel-mapping=(int)<%s>,"+
		"streamheader=(buffer)<%x,%x>", family, rest[0], rest[1], strings.Join(mapping, ","), c.Config, opusTags)
}

// opusTags is a comment header without comments (RFC 7845 section 5.2), which each Ogg file has behind OpusHead: the
// vendor, and how many comments there are.
const opusTags = "OpusTags\x07\x00\x00\x00Upright\x00\x00\x00\x00"

// opusHeadSize is that of OpusHead up to its channel mapping family.
const opusHeadSize = 19

// opusHead is OpusHead (RFC 7845 section 5.1). What an encoder put in front is not said: nothing in a call does.
func opusHead(channels int, layout *codec.OpusLayout) []byte {
	b := append([]byte("OpusHead\x01"), byte(channels), 0, 0)
	b = binary.LittleEndian.AppendUint32(b, 48000)
	b = append(b, 0, 0) // gain
	if layout == nil {
		return append(b, 0)
	}
	b = append(b, 1, byte(layout.Streams), byte(layout.Coupled))
	for _, channel := range layout.Mapping {
		b = append(b, byte(channel))
	}
	return b
}
