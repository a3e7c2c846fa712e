package timeline

import (
	"bytes"
	"strconv"

	"github.com/upright-media/upright/codec"
)

// coder makes units as decoders and containers take them of a track's packets.
type coder struct {
	codec    string
	units    codec.Depacketizer   // nil: sound, whose payloads are units
	sets     *codec.ParameterSets // nil: of a codec that has none
	seen     int                  // changes of sets that the newest coding knows of
	sequence codec.AV1Sequence    // that the newest coding is of
	codings  []Coding
}

// newCoder returns a coder for a track, nil if there is none for its codec.
func newCoder(t *Track) *coder {
	c := &coder{codec: t.Info.Codec}
	if t.Media.Media == "video" {
		var ok bool
		if c.units, ok = codec.NewDepacketizer(c.codec); !ok {
			return nil
		}
		if nal, ok := c.units.(*codec.NALDepacketizer); ok {
			c.sets = &nal.Sets
		}
		return c
	}
	sound := Coding{Codec: c.codec, Rate: t.Media.ClockRate, Channels: max(t.Media.Channels, 1)}
	switch t.Media.EncodingName {
	case "OPUS":
		sound.Config = opusHead(sound.Channels, t.Media.Layout)
	case "G722":
		sound.Rate = 16000 // its RTP clock is half of that (RFC 3551 section 4.5.2)
	}
	c.codings = []Coding{sound}
	return c
}

// negotiated adds parameter sets that are not sent.
func (c *coder) negotiated(sets [][]byte) {
	for _, set := range sets {
		if c.sets != nil {
			c.sets.Add(set)
		}
	}
}

// learn takes the parameter sets out of a unit that is not to be seen.
func (c *coder) learn(u *unit) {
	if c.sets == nil {
		return
	}
	for _, p := range u.packets {
		_ = c.units.Push(p.payload()) // what does not parse is none
	}
	c.units.End(nil)
}

// picture appends what the first packets of a unit hold to buffer, and says which of the codings it is of; -1 if it is
// no picture, or nothing says how it is coded.
func (c *coder) picture(buffer []byte, u *unit, packets int) (data []byte, format int) {
	if !u.head {
		c.units.Lost()
	}
	for _, p := range u.packets[:packets] {
		if p.broken {
			c.units.Lost()
		}
		if c.units.Push(p.payload()) != nil {
			c.units.Lost()
		}
	}
	before := len(buffer)
	buffer = c.units.End(buffer)
	if len(buffer) == before {
		return buffer, -1
	}
	if next, ok := c.coding(u, buffer[before:]); ok {
		if n := len(c.codings); n == 0 || !next.equal(c.codings[n-1]) {
			c.codings = append(c.codings, next)
		}
	}
	return buffer, len(c.codings) - 1
}

// coding is how a picture says that it is coded, false if it does not.
func (c *coder) coding(u *unit, data []byte) (next Coding, ok bool) {
	next.Codec = c.codec
	switch {
	case c.sets != nil:
		if c.sets.Changes() == c.seen {
			return next, false
		}
		c.seen = c.sets.Changes()
		next.Config = c.sets.Record()
		next.Picture, ok = c.sets.Format()
		return next, ok && next.Config != nil
	case !u.key:
		return next, false
	case c.codec == "vp8":
		next.Picture.Width, next.Picture.Height = u.width, u.height
		return next, true
	case c.codec == "vp9":
		var profile int
		next.Picture, profile, ok = codec.VP9Format(data)
		next.Profile = strconv.Itoa(profile)
		return next, ok
	}
	s, ok := codec.AV1Unit{Data: data}.Sequence()
	if !ok || s.SameFormat(c.sequence) { // caps that change stop many a muxer: they do so only if they have to
		return next, false
	}
	c.sequence = s
	next.Config, next.Profile = s.Record(), [4]string{"main", "high", "professional"}[s.Profile&3]
	next.Picture = codec.PictureFormat{Width: s.Width, Height: s.Height, Chroma: s.Chroma(), LumaBits: s.BitDepth,
		ChromaBits: s.BitDepth, Colour: s.Colour}
	return next, true
}

func (c Coding) equal(o Coding) bool {
	a, b := c.Picture.Colour, o.Picture.Colour
	c.Picture.Colour, o.Picture.Colour = nil, nil
	return (a == nil) == (b == nil) && (a == nil || *a == *b) && c.Picture == o.Picture && c.Codec == o.Codec &&
		bytes.Equal(c.Config, o.Config) && c.Profile == o.Profile
}
