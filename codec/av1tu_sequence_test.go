package codec

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

// What ffmpeg 5.1 writes as av1C for encoders that were given pictures of known format.
func TestAV1Records(t *testing.T) {
	small := AV1Sequence{Width: 322, Height: 182, BitDepth: 8, SubsamplingX: true, SubsamplingY: true}
	with := func(change func(*AV1Sequence)) AV1Sequence {
		s := small
		change(&s)
		return s
	}
	format := func(profile, depth int, mono, x, y bool) AV1Sequence {
		return with(func(s *AV1Sequence) {
			s.Profile, s.BitDepth, s.Monochrome, s.SubsamplingX, s.SubsamplingY = profile, depth, mono, x, y
		})
	}
	for name, c := range map[string]struct {
		record string
		want   AV1Sequence
	}{
		"libaom, 4:2:0":          {"81000c000a0b000000043d06d4daf90040", small},
		"libaom, 4:2:2":          {"814008000a0a400000043d06d4daf901", format(2, 8, false, true, false)},
		"libaom, 4:4:4":          {"812000000a0a200000043d06d4daf902", format(1, 8, false, false, false)},
		"libaom, 4:2:0, 10 bits": {"81004c000a0b000000043d06d4daf94040", format(0, 10, false, true, true)},
		"libaom, 4:2:2, 10 bits": {"814048000a0b400000043d06d4daf94080", format(2, 10, false, true, false)},
		"libaom, 4:4:4, 10 bits": {"812040000a0a200000043d06d4daf942", format(1, 10, false, false, false)},
		"libaom, 4:2:0, 12 bits": {"81406c000a0b400000043d06d4daf96308", format(2, 12, false, true, true)},
		"libaom, 4:2:2, 12 bits": {"814068000a0b400000043d06d4daf96220", format(2, 12, false, true, false)},
		"libaom, 4:4:4, 12 bits": {"814060000a0b400000043d06d4daf96040", format(2, 12, false, false, false)},
		"libaom, grey":           {"81001c000a0a000000043d06d4daf92a", format(0, 8, true, true, true)},
		"libaom, grey, 10 bits":  {"81005c000a0a000000043d06d4daf96a", format(0, 10, true, true, true)},
		"libaom, RGB": {"812000000a0d200000043d06d4daf92021a004", func() AV1Sequence {
			s := format(1, 8, false, false, false)
			s.Colour = &Colour{1, 13, 0, true}
			return s
		}()},
		"libaom, still picture": {"81010c000a071866281b4b4010",
			with(func(s *AV1Sequence) { s.Level, s.Width, s.Height = 1, 642, 362 })},
		"SVT-AV1": {"81090c000a0b0000004aabbfc3700be001",
			with(func(s *AV1Sequence) { s.Level, s.Width, s.Height = 9, 1920, 1080 })},
		"SVT-AV1, colours": {"81010c000a0e0000000cc5036936be4404040410",
			with(func(s *AV1Sequence) { s.Level, s.Width, s.Height, s.Colour = 1, 642, 362, &Colour{1, 1, 1, false} })},
		"rav1e, 4:4:4, timing": {"813f00000a0e200000fa627fb48842a408080940",
			AV1Sequence{Width: 640, Height: 362, Profile: 1, Level: 31, BitDepth: 8}},
		"Chromium": {"81000c000a0a000000043cfecc01a008",
			with(func(s *AV1Sequence) { s.Width, s.Height = 320, 180 })},
		"Chromium, L2T2": {"81010c000a1100330309808440c22021989fece00d0040",
			with(func(s *AV1Sequence) { s.Level, s.Width, s.Height = 1, 640, 360 })},
	} {
		t.Run(name, func(t *testing.T) {
			obu := c.record[8:]
			for _, payload := range []string{"28" + hex.EncodeToString([]byte{byte(len(obu) / 2)}) + obu + "3010", "28" + "03" +
				"280101" + obu} {
				var d AV1Depacketizer
				unit, err := depacketize(t, &d, payload)
				require.NoError(t, err)
				got, ok := unit.Sequence()
				require.True(t, ok)
				require.Equal(t, c.record, hex.EncodeToString(got.Record()))
				got.obu, got.frames = nil, av1FrameFormat{} // TestAV1Frames
				require.Equal(t, c.want, got)
			}
		})
	}
}

// With chroma position, tier and delays, which no encoder at hand writes.
func TestAV1SequenceFields(t *testing.T) {
	w := new(bitWriter).u(3, 0).u(1, 0).u(1, 0).
		u(1, 1).u(32, 1).u(32, 25).u(1, 1).u(3, 3).u(1, 1).u(5, 9).u(32, 7).u(5, 9).u(5, 9). // timing with a decoder model
		u(1, 1).u(5, 1).                                                                     // delays, two points
		u(12, 0x303).u(5, 13).u(1, 1).u(1, 1).u(10, 1).u(10, 2).u(1, 0).u(1, 1).u(4, 3).
		u(12, 0x101).u(5, 4).u(1, 0).u(1, 0).
		u(4, 9).u(4, 8).u(10, 639).u(9, 359).
		u(1, 1).u(4, 3).u(3, 2).         // frame ids
		u(3, 5).u(4, 0xF).u(1, 0).       // tools, no order hint
		u(1, 0).u(1, 1).u(1, 0).u(1, 1). // screen content tools and integer vectors are forced
		u(3, 7).
		u(1, 1).u(1, 0).u(1, 1).u(24, 0x010101).u(1, 0).u(2, 2). // 10 bits, described, chroma colocated
		u(2, 0).u(8, 0x80)
	s, err := parseAV1Sequence(w.data)
	require.NoError(t, err)
	s.frames = av1FrameFormat{}
	require.Equal(t, AV1Sequence{Width: 640, Height: 360, Level: 13, Tier: 1, BitDepth: 10, SubsamplingX: true,
		SubsamplingY: true, ChromaSite: 2, Colour: &Colour{Primaries: 1, Transfer: 1, Matrix: 1}}, s)
	require.Equal(t, []byte{0x81, 13, 0x80 | 0x40 | 0x0C | 2, 0}, s.Record())
	for n := range len(w.data) - 2 {
		_, err := parseAV1Sequence(w.data[:n])
		require.ErrorIs(t, err, ErrTruncated, "%d bytes", n)
	}

	other := s
	other.Level, other.Tier, other.ChromaSite = 4, 0, 0
	require.True(t, s.SameFormat(other))
	for _, change := range []func(*AV1Sequence){
		func(s *AV1Sequence) { s.Width-- }, func(s *AV1Sequence) { s.Height-- }, func(s *AV1Sequence) { s.Profile = 1 },
		func(s *AV1Sequence) { s.BitDepth = 8 }, func(s *AV1Sequence) { s.Monochrome = true },
		func(s *AV1Sequence) { s.SubsamplingX = false }, func(s *AV1Sequence) { s.SubsamplingY = false },
	} {
		other := s
		change(&other)
		require.False(t, s.SameFormat(other))
	}
}

func TestAV1NoSequence(t *testing.T) {
	for name, data := range map[string]string{
		"nothing": "", "no sequence header": "1200" + "320130", "one that is cut off": "1200" + "0a03000000",
		"no size": "1200" + "0a", "too long": "1200" + "0a0a00", "damaged": "1200" + "0a0b" + "60000000043cfecc01a00800",
	} {
		_, ok := AV1Unit{Data: unhex(t, data)}.Sequence()
		require.False(t, ok, name)
	}
}
