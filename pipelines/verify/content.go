package verify

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/mkvread"
	"github.com/upright-media/upright/internal/mp4box"
)

// seen is what a finished file holds, read from its index.
type seen struct {
	duration  time.Duration
	fastStart bool
	tracks    []seenTrack
}

type seenTrack struct {
	kind          string // video, audio, text
	codec         string // as in reports
	start, end    time.Duration
	samples       int // pictures or audio packets
	key           bool
	width, height int // as displayed
	orientation   cvo.Orientation
	channels      int
}

// stored is the size of a video's pictures before the display matrix is applied.
func (t seenTrack) stored() (width, height int) {
	if t.orientation.Transposes() {
		return t.height, t.width
	}
	return t.width, t.height
}

// look reads the index of an output.
func look(path, container string) (*seen, error) {
	switch container {
	case "mp4", "m4a":
		f, err := mp4box.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		s := seenMP4(&f.Info)
		for i := range f.Tracks {
			silence, err := walkSamples(f, i)
			if err != nil {
				return nil, err
			}
			s.tracks[i].start += silence
		}
		return s, nil
	case "mkv", "mka", "webm":
		info, err := mkvread.Read(path)
		if err != nil {
			return nil, err
		}
		return seenMatroska(info), nil
	}
	return nil, fmt.Errorf("%s: a container of the kind %q cannot be checked", path, container)
}

// emptyText is the size of a sample of text (3GPP TS 26.245, 5.17) in which there is none.
const emptyText = 2

// walkSamples reads all that the index says about the samples of a track: whether its tables fit together, and whether
// the media is in the file. silence is how long no text is shown at the beginning of a track of texts.
func walkSamples(f *mp4box.File, track int) (silence time.Duration, err error) {
	t := f.Tracks[track]
	began := t.Kind != mp4box.Text
	s, err := f.Samples(track)
	for err == nil {
		var x mp4box.Sample
		x, err = s.Next()
		if err == nil && !began && x.Size > emptyText {
			began, silence = true, time.Duration(float64(x.Show)/float64(t.Timescale)*float64(time.Second))
		}
	}
	if errors.Is(err, io.EOF) {
		return silence, nil
	}
	return 0, err
}

// mp4Codecs are sample entries (ISO/IEC 14496-12 and -15, the Opus, VP9 and AV1 bindings).
var mp4Codecs = map[string]string{
	"avc1": "h264", "avc3": "h264", "hvc1": "h265", "hev1": "h265", "vp09": "vp9", "av01": "av1", "Opus": "opus",
	"mp4a": "aac", "tx3g": "tx3g",
}

func seenMP4(info *mp4box.Info) *seen {
	s := &seen{duration: info.Duration, fastStart: info.FastStart}
	for _, t := range info.Tracks {
		codec := mp4Codecs[t.Codec]
		if codec == "" {
			codec = t.Codec
		}
		s.tracks = append(s.tracks, seenTrack{kind: string(t.Kind), codec: codec, start: t.Start, end: t.End(),
			samples: t.Samples, key: t.FirstSync,
			width: t.DisplayWidth, height: t.DisplayHeight, orientation: t.Orientation, channels: t.Channels})
	}
	return s
}

// mkvCodecs are codec ids of Matroska (draft-ietf-cellar-codec).
var mkvCodecs = map[string]string{
	"V_MPEG4/ISO/AVC": "h264", "V_MPEGH/ISO/HEVC": "h265", "V_VP8": "vp8", "V_VP9": "vp9", "V_AV1": "av1",
	"A_OPUS": "opus", "A_AAC": "aac", "A_PCM/INT/BIG": "l16", "A_PCM/INT/LIT": "l16",
	"S_TEXT/UTF8": "utf8",
}

// acmCodecs are those of A_MS/ACM: format tags of WAVEFORMATEX.
var acmCodecs = map[uint16]string{6: "pcma", 7: "pcmu"}

func seenMatroska(info *mkvread.Info) *seen {
	s := &seen{duration: info.Duration, fastStart: true}
	for _, t := range info.Tracks {
		codec := mkvCodecs[t.Codec]
		if t.Codec == "A_MS/ACM" {
			codec = acmCodecs[t.FormatTag]
		}
		if codec == "" {
			codec = t.Codec
		}
		end := t.Last
		switch {
		case t.Kind == "text": // messages come at any time
		case t.LastDuration > 0:
			end += t.LastDuration
		case t.Blocks > 1: // how long the last block plays is written nowhere
			end += (t.Last - t.First) / time.Duration(t.Blocks-1)
		}
		s.tracks = append(s.tracks, seenTrack{kind: t.Kind, codec: codec, start: t.First, end: end, samples: t.Blocks,
			key:   t.FirstKey,
			width: t.Width, height: t.Height, channels: t.Channels})
		// Muxers write the length of the longest track and leave out where it begins.
		s.duration = max(s.duration, end)
	}
	return s
}
