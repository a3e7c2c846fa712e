package timeline

import (
	"time"

	"github.com/upright-media/upright/codec"
)

// filler makes silence in a track's own codec.
type filler struct {
	t    *Track
	opus *codec.OpusFiller
}

func newFiller(t *Track) filler {
	f := filler{t: t}
	if t.Media.EncodingName == "OPUS" {
		length := t.FrameDuration.Truncate(codec.OpusUnit)
		if length <= 0 || length > codec.MaxOpusDuration {
			length = fillFrame
		}
		if t.Media.Layout != nil {
			f.opus, _ = t.Media.Layout.NewOpusFiller(length)
		} else if like, err := codec.SilentOpus(length, t.Media.Channels == 2); err == nil {
			f.opus, _ = codec.NewOpusFiller(like)
		}
	}
	return f
}

// fillFrame is the length of silence packets where the stream's own packets do not say.
const fillFrame = 20 * time.Millisecond

// next returns the payload of the next piece of a silence of the given length, and how long it plays: 0 when what
// remains is too short to fill. A nil payload with a length is silence that cannot be made in this codec.
func (f *filler) next(gap time.Duration) ([]byte, time.Duration) {
	if f.opus != nil {
		return f.opus.Next(gap)
	}
	length := min(gap, fillFrame)
	rate := time.Duration(f.t.Media.ClockRate)
	samples := int(length * rate / time.Second)
	if samples <= 0 {
		return nil, 0
	}
	length = time.Duration(samples) * time.Second / rate
	switch f.t.Media.EncodingName {
	case "PCMU":
		return repeat(0xFF, samples), length
	case "PCMA":
		return repeat(0xD5, samples), length
	case "L16":
		return repeat(0, samples*2), length
	}
	// G.722 predicts from what it heard: there is no byte that is silence.
	return nil, gap
}

func repeat(b byte, n int) []byte {
	s := make([]byte, n)
	if b != 0 {
		for i := range s {
			s[i] = b
		}
	}
	return s
}

// rtp puts a header in front of a payload. Its fields are filled in by the stream.
func (f *filler) rtp(payload []byte) []byte {
	return append(append(make([]byte, 0, 12+len(payload)), 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), payload...)
}
