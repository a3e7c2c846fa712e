package codec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// av1Sequence320 is a sequence header OBU of a browser for 320×180, without a size field.
const av1Sequence320 = "08000000043cfecc01a008"

func TestAV1Payloads(t *testing.T) {
	plain := Info{StartKnown: true, Spatial: -1, Temporal: -1, PictureID: -1, BaseIndex: -1}
	with := func(change func(*Info)) Info {
		info := plain
		change(&info)
		return info
	}
	keyStart := with(func(i *Info) { i.Start, i.Key, i.Width, i.Height = true, true, 320, 180 })
	for name, c := range map[string]struct {
		payload string
		want    Info
	}{
		// From Chromium and, with the first fragment of a frame, from pion.
		"browser, key":     {"28" + "0b" + av1Sequence320 + "30104ac018618605089b00b5", keyStart},
		"browser, delta":   {"10" + "3030c040fdf8012f83403be0", with(func(i *Info) { i.Start = true })},
		"key in fragments": {"68" + "0c" + "08000000043cfeccdaf90040" + "3010008780618618", keyStart},
		"last fragment":    {"90" + "ebba46d4b4d3ae63c57b", plain},
		"middle fragment":  {"d0" + "ebba46d4b4d3ae63c57b", plain},
		"SVC, base layer key": {"28" + "12" + "0800330309808440c22021989fece00d0040" + "3400129face04fe0",
			with(func(i *Info) {
				i.Start, i.Key, i.Temporal, i.Spatial, i.Width, i.Height = true, true, 0, 0, 320, 180 // of a sequence of 640x360
			})},
		"SVC, upper layer key": {"10" + "340830e0400200013400ffff",
			with(func(i *Info) { i.Start, i.Temporal, i.Spatial = true, 0, 1 })},
		"SVC, temporal layer": {"10" + "342035008004008268012cb2",
			with(func(i *Info) { i.Start, i.Temporal, i.Spatial = true, 1, 0 })},
		"all sizes given":         {"08" + "0b" + av1Sequence320 + "02" + "3010", keyStart},
		"one element in fragment": {"50" + "3030c040fdf8012f83403be0", with(func(i *Info) { i.Start = true })},
		"N left out":              {"20" + "0b" + av1Sequence320 + "3010", keyStart},
		"N without a frame":       {"18" + av1Sequence320, keyStart},
		"sequence before delta": {"20" + "0b" + av1Sequence320 + "3030",
			with(func(i *Info) { i.Start, i.Width, i.Height = true, 320, 180 })},
		"key without sequence": {"10" + "3010", with(func(i *Info) { i.Start = true })},
		"hidden key frame": {"20" + "0b" + av1Sequence320 + "3000",
			with(func(i *Info) { i.Start, i.Width, i.Height = true, 320, 180 })},
		"shown existing frame":    {"10" + "1890", with(func(i *Info) { i.Start = true })},
		"tile group first":        {"10" + "2000", plain},
		"tile group, then frame":  {"20" + "02" + "2000" + "3030", plain},
		"frame behind a fragment": {"a0" + "02" + "2000" + "3030", plain},
		"temporal delimiter":      {"20" + "02" + "1200" + "3030", with(func(i *Info) { i.Start = true })},
		"metadata first":          {"20" + "02" + "2800" + "3030", with(func(i *Info) { i.Start = true })},
		"padding only":            {"10" + "7800", plain},
		"with size fields": {"28" + "0c" + "0a0a" + av1Sequence320[2:] + "320130",
			with(func(i *Info) { i.Start, i.Key, i.Width, i.Height = true, true, 320, 180 })},
		"sequence in fragments": {"58" + "080000", with(func(i *Info) { i.Start, i.Key = true, true })},
		"empty element":         {"20" + "00" + "3030", with(func(i *Info) { i.Start = true })},
	} {
		t.Run(name, func(t *testing.T) {
			got := inspect(t, "av1", unhex(t, c.payload))
			require.Equal(t, unhex(t, c.payload)[0]&0x40 != 0, got.Continues)
			got.Continues, got.Frame = false, nil // TestAV1Frames has these
			require.Equal(t, c.want, got)
		})
	}
}

func TestAV1Damage(t *testing.T) {
	for name, c := range map[string]struct {
		payload string
		want    error
	}{
		"nothing":                   {"", ErrTruncated},
		"no elements":               {"10", ErrTruncated},
		"new sequence, continued":   {"983010", ErrInvalid},
		"element too long":          {"00033010", ErrTruncated},
		"element size cut off":      {"0080", ErrTruncated},
		"element size of 9 bytes":   {"0080808080808080808001", ErrInvalid},
		"element size of 33 bits":   {"00ffffffff1f", ErrInvalid},
		"elements missing":          {"30023010", ErrTruncated},
		"more elements missing":     {"b0023010", ErrTruncated},
		"forbidden bit":             {"10b010", ErrInvalid},
		"OBU extension cut off":     {"1034", ErrTruncated},
		"OBU size cut off":          {"103280", ErrTruncated},
		"OBU longer than element":   {"10320530", ErrTruncated},
		"sequence header cut off":   {"18080000", ErrTruncated},
		"sequence of profile 3":     {"1808" + "60000000043cfecc01a008", ErrInvalid},
		"damage behind a good part": {"2802" + "3010" + "b0", ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := look(new(av1), unhex(t, c.payload))
			require.ErrorIs(t, err, c.want)
		})
	}
}

// TestAV1SizeByEncoders has sequence headers, with size fields, of encoders that were given pictures of known size.
func TestAV1SizeByEncoders(t *testing.T) {
	for name, c := range map[string]struct {
		obu  string
		want pictureSize
	}{
		"libaom":               {"0a0b000000043d06d8daf90040", pictureSize{322, 183}},
		"libaom, 10 bits":      {"0a0b00000042abbfc37766a020", pictureSize{1920, 1080}},
		"SVT-AV1":              {"0a0b0000000cc4ff693efe4010", pictureSize{640, 362}},
		"rav1e, 4:4:4, timing": {"0a0e200000fa627fb48842a408080940", pictureSize{640, 362}},
	} {
		info := inspect(t, "av1", unhex(t, "18", c.obu))
		require.Equal(t, c.want, pictureSize{info.Width, info.Height}, name)
	}
}

func TestAV1SequenceHeader(t *testing.T) {
	size := func(w *bitWriter) []byte {
		return w.u(4, 9).u(4, 8).u(10, 639).u(9, 359).data
	}
	head := func() *bitWriter { return new(bitWriter).u(3, 0).u(1, 0).u(1, 0) }
	for name, obu := range map[string][]byte{
		"reduced still picture": size(new(bitWriter).u(3, 0).u(1, 1).u(1, 1).u(5, 4)),
		"nothing optional":      size(head().u(1, 0).u(1, 0).u(5, 0).u(12, 0).u(5, 4)),
		"tier":                  size(head().u(1, 0).u(1, 0).u(5, 0).u(12, 0).u(5, 8).u(1, 1)),
		"three points, delays": size(head().u(1, 0).u(1, 1).u(5, 2).u(12, 0x103).u(5, 4).u(1, 1).u(4, 9).u(12, 0x101).u(5,
			9).u(1, 0).u(1, 0).u(12, 1).u(5, 7).u(1, 1).u(4, 3)),
		"timing": size(head().u(1, 1).u(32, 1).u(32, 25).u(1, 0).u(1, 0).u(1, 0).u(5, 0).u(12, 0).u(5, 4)),
		"equal intervals": size(head().u(1, 1).u(32, 1).u(32, 25).u(1, 1).u(3, 0).u(1, 1).u(3, 5).u(1, 0).u(1, 0).u(5,
			0).u(12, 0).u(5, 4)),
		"intervals of uvlc max": size(head().u(1, 1).u(32, 1).u(32, 25).u(1, 1).u(32, 0).u(1, 1).u(1, 0).u(1, 0).u(5, 0).u(12,
			0).u(5, 4)),
		"decoder model": size(head().u(1, 1).u(32, 1).u(32, 25).u(1, 0).u(1, 1).u(5, 22).u(32, 7).u(5, 9).u(5, 9).
			u(1, 1).u(5, 1).
			u(12, 1).u(5, 4).u(1, 1).u(23, 0x7FFFFF).u(23, 0x7FFFFF).u(1, 1).u(1, 0).
			u(12, 0).u(5, 4).u(1, 0).u(1, 1).u(4, 15)),
	} {
		w, h, err := av1Size(obu)
		require.NoError(t, err, name)
		require.Equal(t, pictureSize{640, 360}, pictureSize{w, h}, name)
		for n := range obu {
			_, _, err := av1Size(obu[:n])
			require.ErrorIs(t, err, ErrTruncated, "%s, %d bytes", name, n)
		}
	}
}
