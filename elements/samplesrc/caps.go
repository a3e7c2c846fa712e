package samplesrc

import (
	"errors"
	"fmt"
	"strings"

	"github.com/upright-media/upright/internal/mkvread"
	"github.com/upright-media/upright/internal/mp4box"
)

// errUnknown says that samples are of a kind that is not played here.
var errUnknown = errors.New("samples of this kind are not played here")

// form is what samples are.
type form struct {
	caps       string      // as text
	byteStream *byteStream // another form that can be made of them, nil if there is none
}

// formOfMP4 is that of the samples of one sample entry.
func formOfMP4(e mp4box.Entry) (form, error) {
	caps, err := capsOfMP4(e)
	if e.Type == "avc1" {
		return form{caps, byteStreamOf(e.Config)}, err
	}
	return form{caps: caps}, err
}

// formOfMatroska is that of the blocks of a track.
func formOfMatroska(t mkvread.Track) (form, error) {
	caps, err := capsOfMatroska(t)
	if t.Codec == matroskaAVC {
		return form{caps, byteStreamOf(t.Private)}, err
	}
	return form{caps: caps}, err
}

const matroskaAVC = "V_MPEG4/ISO/AVC"

func capsOfMP4(e mp4box.Entry) (string, error) {
	switch e.Type {
	case "avc1":
		return coded("video/x-h264,stream-format=avc,alignment=au", e.Config), nil
	case "avc3":
		return coded("video/x-h264,stream-format=avc3,alignment=au", e.Config), nil
	case "hvc1", "hev1":
		return coded("video/x-h265,stream-format="+e.Type+",alignment=au", e.Config), nil
	case "vp08":
		return sized("video/x-vp8", e.Width, e.Height), nil
	case "vp09":
		return sized("video/x-vp9", e.Width, e.Height), nil
	case "av01":
		return coded(sized("video/x-av1,stream-format=obu-stream,alignment=tu", e.Width, e.Height), e.Config), nil
	case "Opus":
		return opusOfMP4(e)
	case "mp4a":
		return aac(e.Config, e.Rate, e.Channels), nil
	}
	return "", fmt.Errorf("%w: %s", errUnknown, e.Type)
}

// The codec ids are those of draft-ietf-cellar-codec.
func capsOfMatroska(t mkvread.Track) (string, error) {
	switch t.Codec {
	case matroskaAVC:
		return coded("video/x-h264,stream-format=avc,alignment=au", t.Private), nil
	case "V_MPEGH/ISO/HEVC":
		return coded("video/x-h265,stream-format=hvc1,alignment=au", t.Private), nil
	case "V_VP8":
		return sized("video/x-vp8", t.Width, t.Height), nil
	case "V_VP9":
		return sized("video/x-vp9", t.Width, t.Height), nil
	case "V_AV1":
		return coded(sized("video/x-av1,stream-format=obu-stream,alignment=tu", t.Width, t.Height), t.Private), nil
	case "A_OPUS":
		return opusOfMatroska(t)
	case "A_AAC":
		return aac(t.Private, t.Rate, t.Channels), nil
	case "A_MS/ACM":
		if name := map[uint16]string{6: "alaw", 7: "mulaw"}[t.FormatTag]; name != "" {
			return fmt.Sprintf("audio/x-%s,rate=%d,channels=%d", name, t.Rate, t.Channels), nil
		}
	}
	return "", fmt.Errorf("%w: %s", errUnknown, t.Codec)
}

func sized(caps string, width, height int) string {
	return fmt.Sprintf("%s,width=%d,height=%d", caps, width, height)
}

// coded adds what a decoder has to know.
func coded(caps string, config []byte) string {
	if len(config) == 0 {
		return caps
	}
	return fmt.Sprintf("%s,codec_data=(buffer)%x", caps, config)
}

func aac(config []byte, rate, channels int) string {
	return coded(fmt.Sprintf("audio/mpeg,mpegversion=4,stream-format=raw,rate=%d,channels=%d", rate, channels), config)
}

// opus reads what OpusHead (RFC 7845 section 5.1) says behind its name, and dOps (Encapsulation of Opus in ISO BMFF,
// section 4.3.2): the fields used here lie at the same places in both.
func opus(p []byte) (string, error) {
	if len(p) < 11 {
		return "", fmt.Errorf("%w: Opus with %d bytes of configuration", errUnknown, len(p))
	}
	channels, family := int(p[1]), int(p[10])
	if channels == 0 {
		return "", fmt.Errorf("%w: Opus without channels", errUnknown)
	}
	caps := fmt.Sprintf("audio/x-opus,rate=48000,channels=%d,channel-mapping-family=%d", channels, family)
	if family == 0 {
		return caps, nil
	}
	if len(p) < 13+channels {
		return "", fmt.Errorf("%w: Opus with %d channels in %d bytes of configuration", errUnknown, channels, len(p))
	}
	var mapping []string
	for _, c := range p[13 : 13+channels] {
		mapping = append(mapping, fmt.Sprint(c))
	}
	return fmt.Sprintf("%s,stream-count=%d,coupled-count=%d,channel-mapping=(int)<%s>", caps, p[11], p[12],
		strings.Join(mapping, ",")), nil
}

func opusOfMP4(e mp4box.Entry) (string, error) { return opus(e.Config) }

func opusOfMatroska(t mkvread.Track) (string, error) {
	if len(t.Private) < 8 || string(t.Private[:8]) != "OpusHead" {
		return "", fmt.Errorf("%w: Opus without OpusHead", errUnknown)
	}
	return opus(t.Private[8:])
}
