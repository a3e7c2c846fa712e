package codec

import (
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
)

// lost stands for packets that are missing.
const lost = ""

// unitOf is the unit of payloads in hexadecimal.
func unitOf(t testing.TB, d Depacketizer, payloads ...string) string {
	for _, p := range payloads {
		if p == lost {
			d.Lost()
			continue
		}
		_ = d.Push(unhex(t, p)) // what is left is what counts
	}
	return hex.EncodeToString(d.End(nil))
}

func TestDepacketize(t *testing.T) {
	const sps264, pps264 = h264SPS320, h264PPS320
	for name, c := range map[string]struct {
		codec    string
		payloads []string
		want     string
	}{
		"H.264, single units":       {"h264", []string{"0605aa", "6588"}, "00000003" + "0605aa" + "00000002" + "6588"},
		"parameter sets stay apart": {"h264", []string{sps264, pps264, "6588"}, "00000002" + "6588"},
		"… also in STAP-A": {"h264", []string{"78" + "0004" + pps264 + "0002" + "6588" + "0001" + "0c"},
			"00000002" + "6588" + "00000001" + "0c"},
		"STAP-B": {"h264", []string{"79" + "0007" + "0002" + "6588"}, "00000002" + "6588"},
		"MTAP16": {"h264", []string{"7a" + "0007" + "0002" + "01" + "0203" + "6588"}, "00000002" +
			"6588"},
		"FU-A":                         {"h264", []string{"7c85aabb", "7c05cc", "7c45dd"}, "00000005" + "65aabbccdd"},
		"FU-B and FU-A":                {"h264", []string{"7d850007aabb", "7c45dd"}, "00000004" + "65aabbdd"},
		"a parameter set in fragments": {"h264", []string{"7c88ef3c", "7c48b0", "6588"}, "00000002" + "6588"},
		"the middle of a unit is lost": {"h264", []string{"0605aa", "7c85aabb", lost, "7c45dd", "6188"}, "00000003" +
			"0605aa" + "00000002" + "6188"},
		"the beginning of a unit":     {"h264", []string{lost, "7c45dd", "6188"}, "00000002" + "6188"},
		"the end of a unit":           {"h264", []string{"6188", "7c85aabb"}, "00000002" + "6188"},
		"another unit begins instead": {"h264", []string{"7c85aabb", "7c85cc", "7c45dd"}, "00000003" + "65ccdd"},
		"a STAP-A that is cut": {"h264", []string{"78" + "0002" + "6588" + "0009" + "aa", "6188"}, "00000002" +
			"6588" + "00000002" + "6188"},
		"H.265, single units": {"h265", []string{"4e01aa", "2601bb"}, "00000003" + "4e01aa" + "00000003" +
			"2601bb"},
		"H.265, AP with a parameter set": {"h265", []string{"6001" + "0003" + "4401aa" + "0003" + "2601bb"}, "00000003" +
			"2601bb"},
		"H.265, FU":                     {"h265", []string{"629393aa", "629313bb", "629353cc"}, "00000005" + "2693aabbcc"},
		"H.265, PACI":                   {"h265", []string{"6401" + "2600" + "bb"}, "00000003" + "2601bb"},
		"H.265, PACI with an extension": {"h265", []string{"6401" + "2620" + "ffff" + "bb"}, "00000003" + "2601bb"},
		"VP8":                           {"vp8", []string{"90e0d8987f20" + "b01b", "80e0d8987f20" + "cc"}, "b01bcc"},
		"VP8, its beginning":            {"vp8", []string{"10" + "b01b", lost, "00" + "cc"}, "b01b"},
		"VP9":                           {"vp9", []string{"88" + "36" + "82", "84" + "36" + "cc"}, "82cc"},
		"AV1":                           {"av1", []string{"10" + "3010"}, "1200" + "320110"},
		"AV1 that is not whole":         {"av1", []string{"50" + "3010"}, ""},
	} {
		d, ok := NewDepacketizer(c.codec)
		require.True(t, ok)
		require.Equal(t, c.want, unitOf(t, d, c.payloads...), name)
		require.Empty(t, d.End(nil), "%s: nothing stays behind", name)
		require.Equal(t, c.want, unitOf(t, d, c.payloads...), "%s, once more", name)
	}
	_, ok := NewDepacketizer("opus")
	require.False(t, ok)
}

// What comes is put behind what is there.
func TestDepacketizeAppends(t *testing.T) {
	d, _ := NewDepacketizer("h264")
	require.NoError(t, d.Push(unhex(t, "6588")))
	require.Equal(t, "aa000000026588", hex.EncodeToString(d.End([]byte{0xAA})))
}

// Units in buffers that are used again and again: none changes another one that is still in use.
func TestDepacketizeIntoOldBuffers(t *testing.T) {
	for name, payloads := range map[string][]string{"h264": {"6588aa", "61bb", "7c85cc", "65ddeeff0011"},
		"vp8": {"10b01b", "1001cc", "1001", "1001ddeeff"}} {
		d, _ := NewDepacketizer(name)
		old := [][]byte{make([]byte, 0, 4), nil, make([]byte, 0, 64)}
		var units [][]byte
		var want []string
		for i := range 20 {
			payload := payloads[i%len(payloads)]
			fresh, _ := NewDepacketizer(name)
			want = append(want, unitOf(t, fresh, payload))
			require.NoError(t, d.Push(unhex(t, payload)))
			units = append(units, d.End(old[0][:0]))
			old = old[1:]
			if i >= 2 { // the one before the last is done with
				require.Equal(t, want[i-2], hex.EncodeToString(units[i-2]), "%s, unit %d", name, i-2)
				old = append(old, units[i-2])
			}
		}
	}
}

// h265SPSColours is a parameter set that x265 wrote for 70×50 pixels in 4:2:2 with 10 bits and PQ.
const h265SPSColours = "420101" + "0408000003009d0800000300001eb024839d4ed96566b9395e0ad424402410000003001000000300f080"

func TestRecords(t *testing.T) {
	for name, c := range map[string]struct {
		codec  string
		sets   []string
		want   string
		format PictureFormat
	}{
		"H.264 high": {"h264", []string{h264PPS320, h264SPS320},
			"0164000cffe10019" + h264SPS320 + "010004" + h264PPS320 + "fdf8f800",
			PictureFormat{Width: 320, Height: 180, ParNum: 1, ParDen: 1, Chroma: 1, LumaBits: 8, ChromaBits: 8}},
		"H.264 baseline": {"h264", []string{"6742c015" + "8c8d40a0cbcf37010d0107844235", "68ce3c80"},
			"0142c015ffe10012" + "6742c0158c8d40a0cbcf37010d0107844235" + "01000468ce3c80",
			PictureFormat{Width: 320, Height: 180, Chroma: 1, LumaBits: 8, ChromaBits: 8, Colour: &Colour{1, 13, 1, true}}},
		"H.264 with colours": {"h264",
			[]string{"6764000aacd945279a23016a02020280000003008000000f078912cb", "68ebe3cb22c0"},
			"0164000affe1001c" + "6764000aacd945279a23016a02020280000003008000000f078912cb" + "010006" + "68ebe3cb22c0" +
				"fdf8f800",
			PictureFormat{Width: 70, Height: 50, ParNum: 1, ParDen: 1, Chroma: 1, LumaBits: 8, ChromaBits: 8,
				Colour: &Colour{1, 1, 1, false}}},
		"H.265, 10 bits, 4:2:2, lists for scaling, colours": {"h265",
			[]string{"4401c173d189", h265SPSColours, "40010c01ffff0408000003009d0800000300001e959809"},
			"0104080000009d08000000001ef000fcfefafa00000f03" + "a000010017" + "40010c01ffff0408000003009d0800000300001e959809" +
				"a10001002d" + h265SPSColours + "a200010006" + "4401c173d189", // the same as FFmpeg makes
			PictureFormat{Width: 70, Height: 50, ParNum: 40, ParDen: 33, Chroma: 2, LumaBits: 10, ChromaBits: 10,
				Colour: &Colour{9, 16, 9, false}}},
	} {
		s := ParameterSets{h265: c.codec == "h265"}
		for i, set := range c.sets {
			require.True(t, s.Add(unhex(t, set)), name)
			require.Equal(t, i+1, s.Changes())
			require.False(t, s.Add(unhex(t, set)), "%s: no news", name)
		}
		f, ok := s.Format()
		require.True(t, ok, name)
		require.Equal(t, c.format, f, name)
		require.Equal(t, c.want, hex.EncodeToString(s.Record()), name)
	}
}

// What no encoder at hand writes: shapes of pixels by numbers, and overscan.
func TestUsability(t *testing.T) {
	for name, c := range map[string]struct {
		bits *bitWriter
		want PictureFormat
	}{
		"nothing":          {new(bitWriter).u(3, 0), PictureFormat{}},
		"shape from table": {new(bitWriter).u(1, 1).u(8, 14).u(2, 0), PictureFormat{ParNum: 4, ParDen: 3}},
		"shape by numbers": {new(bitWriter).u(1, 1).u(8, 255).u(16, 7).u(16, 5).u(2, 0), PictureFormat{ParNum: 7, ParDen: 5}},
		"no such shape":    {new(bitWriter).u(1, 1).u(8, 17).u(2, 0), PictureFormat{}},
		"shape of nothing": {new(bitWriter).u(1, 1).u(8, 255).u(16, 7).u(16, 0).u(2, 0), PictureFormat{}},
		"overscan and colours": {new(bitWriter).u(1, 0).u(2, 3).u(1, 1).u(3, 5).u(1, 1).u(1, 1).u(8, 9).u(8, 16).u(8, 9),
			PictureFormat{Colour: &Colour{9, 16, 9, true}}},
		"unspecified colours": {new(bitWriter).u(2, 0).u(1, 1).u(3, 5).u(1, 1).u(1, 1).u(8, 2).u(8, 2).u(8, 2),
			PictureFormat{}},
		"cut colours": {new(bitWriter).u(2, 0).u(1, 1).u(3, 5).u(1, 1).u(1, 1).u(8, 2).u(8, 2), PictureFormat{}},
	} {
		var f PictureFormat
		f.usability(&bits{data: c.bits.data})
		require.Equal(t, c.want, f, name)
	}
}

// A number stands for what was said last, and the others stay.
func TestParameterSetsAreReplaced(t *testing.T) {
	var s ParameterSets
	s.Add(unhex(t, h264SPS320))
	s.Add(unhex(t, "68ce3c80"))
	require.Nil(t, (&ParameterSets{}).Record())
	require.Contains(t, hex.EncodeToString(s.Record()), "010004"+"68ce3c80")
	require.True(t, s.Add(unhex(t, "68ce3c81"))) // of the same number
	require.Contains(t, hex.EncodeToString(s.Record()), "010004"+"68ce3c81")
	require.True(t, s.Add(unhex(t, "6848")))
	require.Contains(t, hex.EncodeToString(s.Record()), "02"+"0004"+"68ce3c81"+"0002"+"6848")
	require.False(t, s.Add(unhex(t, "6588")), "no parameter set")
	require.False(t, s.Add(unhex(t, "6764")), "one that is cut")
	require.Equal(t, 4, s.Changes())
}

func TestVP9Format(t *testing.T) {
	f, profile, ok := VP9Format(unhex(t, "824983420013f00b3410"))
	require.True(t, ok)
	require.Equal(t, 0, profile)
	require.Equal(t, PictureFormat{Width: 320, Height: 180, Chroma: 1, LumaBits: 8, ChromaBits: 8}, f)
	f, profile, ok = VP9Format(unhex(t, "a249834240008a0062c187048383"))
	require.True(t, ok)
	require.Equal(t, 1, profile)
	require.Equal(t, PictureFormat{Width: 70, Height: 50, Chroma: 3, LumaBits: 8, ChromaBits: 8,
		Colour: &Colour{1, 1, 1, false}}, f)
	_, _, ok = VP9Format(unhex(t, "860040"))
	require.False(t, ok, "no key frame")
}

func FuzzDepacketize(f *testing.F) {
	for i, codecName := range []string{"h264", "h265", "vp8", "vp9", "av1"} {
		for _, p := range []string{"78" + "001a" + h264SPS320 + "0004" + h264PPS320, "7c85888405", "6001" + "0003" + "4401aa",
			"629393aa", "90e0d8987f20b01b", "9bb6a310014000b4824983420013f00b34", "103010"} {
			f.Add(uint8(i), unhex(f, p), unhex(f, "7c45dd"), codecName == "av1")
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, a, b []byte, gap bool) {
		codecName := []string{"h264", "h265", "vp8", "vp9", "av1"}[which%5]
		d, ok := NewDepacketizer(codecName)
		require.True(t, ok)
		pushed := 0
		for _, p := range [][]byte{a, b, a} {
			before := string(p)
			_ = d.Push(p)
			require.Equal(t, before, string(p), "the payload was changed")
			pushed += len(p)
			if gap {
				d.Lost()
			}
		}
		unit := d.End(nil)
		require.LessOrEqual(t, len(unit), 4*pushed+8)
		require.Empty(t, d.End(nil))
		nal, ok := d.(*NALDepacketizer)
		if !ok {
			return
		}
		for len(unit) > 0 { // lengths fit
			require.GreaterOrEqual(t, len(unit), lengthSize)
			n := int(binary.BigEndian.Uint32(unit))
			require.LessOrEqual(t, n, len(unit)-lengthSize)
			unit = unit[lengthSize+n:]
		}
		_, _ = nal.Sets.Format()
		_ = nal.Sets.Record()
	})
}
