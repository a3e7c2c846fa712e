package codec

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"github.com/pion/rtp/codecs"
	"github.com/stretchr/testify/require"
)

// depacketize pushes the payloads of one unit.
func depacketize(t testing.TB, d *AV1Depacketizer, payloads ...string) (AV1Unit, error) {
	for _, p := range payloads {
		_ = d.Push(unhex(t, p)) // End returns it
	}
	return d.End()
}

func TestAV1Units(t *testing.T) {
	const delimiter, sequence = "1200", "0a0a" + "000000043cfecc01a008"
	for name, c := range map[string]struct {
		payloads []string
		want     string
		key      bool
	}{
		"browser, key":   {[]string{"28" + "0b" + av1Sequence320 + "30104ac0"}, delimiter + sequence + "3203104ac0", true},
		"browser, delta": {[]string{"10" + "3030c040"}, delimiter + "320330c040", false},
		"fragments": {[]string{"68" + "0b" + av1Sequence320 + "301000", "d0" + "8786", "90" + "aabb"},
			delimiter + sequence + "3206" + "100087" + "86aabb", true},
		"last fragment has a size": {[]string{"50" + "3030aa", "80" + "02" + "bbcc"}, delimiter + "3204" + "30aabbcc",
			false},
		"first fragment has a size": {[]string{"40" + "03" + "3030aa", "90" + "bbcc"}, delimiter + "3204" + "30aabbcc",
			false},
		"fragment, then another OBU": {[]string{"50" + "1830aa", "a0" + "01" + "bb" + "20cc"}, delimiter + "1a0330aabb" +
			"2201cc", false},
		"OBU, then a fragment": {[]string{"60" + "03" + "1830aa" + "20bb", "90" + "cc"}, delimiter + "1a0230aa" +
			"2202bbcc", false},
		"fragment of nothing":          {[]string{"40" + "00", "90" + "3030"}, delimiter + "320130", false},
		"header alone in the fragment": {[]string{"50" + "34", "90" + "0830"}, delimiter + "36080130", false},
		"three elements": {[]string{"30" + "02" + "1830" + "02" + "20aa" + "20bb"}, delimiter + "1a0130" +
			"2201aa" + "2201bb", false},
		"four elements, all with sizes": {[]string{"00" + "02" + "1830" + "02" + "20aa" + "02" + "20bb" + "02" + "20cc"},
			delimiter + "1a0130" + "2201aa" + "2201bb" + "2201cc", false},
		"size longer than it need be": {[]string{"00" + "828000" + "3030"}, delimiter + "320130", false},
		"two spatial layers": {[]string{"10" + "340031aa", "10" + "340830bb"}, delimiter + "36000231aa" +
			"36080230bb", false},
		"delimiter is not repeated": {[]string{"20" + "02" + "1200" + "3030aa"}, delimiter + "320230aa", false},
		"delimiter without a size":  {[]string{"20" + "01" + "10" + "3030aa"}, delimiter + "320230aa", false},
		"delimiter alone":           {[]string{"10" + "1200"}, "", false},
		"tile list is left out": {[]string{"30" + "02" + "40aa" + "02" + "3030" + "40bb"}, delimiter + "320130",
			false},
		"padding is left out": {[]string{"20" + "02" + "3030" + "780080"}, delimiter + "320130", false},
		"OBUs have sizes": {[]string{"20" + "03" + "1a0130" + "2201bb"}, delimiter + "1a0130" + "2201bb",
			false},
		"some OBUs have sizes": {[]string{"20" + "03" + "1a0130" + "20bb"}, delimiter + "1a0130" + "2201bb", false},
		"several OBUs in one element": {[]string{"18" + "1200" + sequence + "32021000"}, delimiter + sequence + "32021000",
			true},
		"sizes and fragments": {[]string{"50" + "3203" + "30aa", "90" + "bb" + "7a00"}, delimiter + "320330aabb",
			false},
		"empty element": {[]string{"20" + "00" + "3030"}, delimiter + "320130", false},
		"metadata stays": {[]string{"20" + "03" + "280102" + "3030"}, delimiter + "2a020102" + "320130",
			false},
		"reserved bit stays": {[]string{"10" + "3130"}, delimiter + "330130", false},
		"shown again":        {[]string{"10" + "18a0"}, delimiter + "1a01a0", false},
		"key without the N bit": {[]string{"20" + "0b" + av1Sequence320 + "3010"}, delimiter + sequence + "320110",
			true},
		"sequence header, no key": {[]string{"20" + "0b" + av1Sequence320 + "3030"}, delimiter + sequence + "320130",
			false},
		"hidden key frame": {[]string{"20" + "0b" + av1Sequence320 + "3000"}, delimiter + sequence + "320100",
			false},
		"key frame, no sequence header": {[]string{"10" + "3010"}, delimiter + "320110", false},
		"padding-only packets":          {[]string{"", "10" + "3030", ""}, delimiter + "320130", false},
		"nothing":                       {nil, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			var d AV1Depacketizer
			unit, err := depacketize(t, &d, c.payloads...)
			require.NoError(t, err)
			require.Equal(t, c.want, hex.EncodeToString(unit.Data))
			require.Equal(t, c.key, unit.Key)
			// It leaves nothing behind.
			unit, err = depacketize(t, &d, "10"+"3030ff")
			require.NoError(t, err)
			require.Equal(t, AV1Unit{Data: unhex(t, delimiter, "320230ff")}, unit)
		})
	}
}

func TestAV1SizesAreLEB128(t *testing.T) {
	var d AV1Depacketizer
	for _, n := range []int{0, 127, 128, 16383, 16384, 60000} {
		require.NoError(t, d.Push(append([]byte{0x10, 0x28}, make([]byte, n)...)))
		unit, err := d.End()
		require.NoError(t, err)
		size, used, err := leb128(unit.Data[3:])
		require.NoError(t, err)
		require.EqualValues(t, n, size)
		require.Len(t, unit.Data, 3+used+n)
	}
}

func TestAV1IncompleteUnits(t *testing.T) {
	for name, c := range map[string]struct {
		payloads []string
		want     error
	}{
		"beginning missing":           {[]string{"90" + "aabb"}, ErrIncomplete},
		"middle missing":              {[]string{"50" + "3030", "10" + "3030"}, ErrIncomplete},
		"end missing":                 {[]string{"50" + "3030"}, ErrIncomplete},
		"tiles without their header":  {[]string{"10" + "20aa"}, ErrIncomplete},
		"header again, but not first": {[]string{"10" + "38aa"}, ErrIncomplete},
		"good part, then damage":      {[]string{"10" + "3030", "10" + "b0"}, ErrInvalid},
		"damage, then a good part":    {[]string{"10" + "b0", "10" + "3030"}, ErrInvalid},
		"no elements":                 {[]string{"10"}, ErrTruncated},
		"new sequence, continued":     {[]string{"983010"}, ErrInvalid},
		"element too long":            {[]string{"00033010"}, ErrTruncated},
		"element size cut off":        {[]string{"0080"}, ErrTruncated},
		"element size of 33 bits":     {[]string{"00ffffffff1f"}, ErrInvalid},
		"elements missing":            {[]string{"30023010"}, ErrTruncated},
		"forbidden bit":               {[]string{"10b010"}, ErrInvalid},
		"OBU extension cut off":       {[]string{"1034"}, ErrTruncated},
		"OBU size cut off":            {[]string{"103280"}, ErrTruncated},
		"OBU longer than element":     {[]string{"10320530"}, ErrTruncated},
	} {
		t.Run(name, func(t *testing.T) {
			var d AV1Depacketizer
			unit, err := depacketize(t, &d, c.payloads...)
			require.ErrorIs(t, err, c.want)
			require.Empty(t, unit)
			unit, err = depacketize(t, &d, "10"+"3030")
			require.NoError(t, err, "the next unit is none the worse for it")
			require.Equal(t, unhex(t, "1200320130"), unit.Data)
		})
	}
}

func TestAV1PushSaysWhyAtOnce(t *testing.T) {
	var d AV1Depacketizer
	require.NoError(t, d.Push(unhex(t, "103030")))
	require.ErrorIs(t, d.Push(unhex(t, "10b0")), ErrInvalid)
	require.ErrorIs(t, d.Push(unhex(t, "103030")), ErrInvalid)
}

func TestAV1Loss(t *testing.T) {
	const whole, base, upper, key = "10" + "3030", "10" + "340030", "10" + "340830", "28" + "0b" + av1Sequence320 +
		"341010"
	var d AV1Depacketizer
	end := func(payloads ...string) error {
		_, err := depacketize(t, &d, payloads...)
		return err
	}

	require.NoError(t, d.Push(unhex(t, whole)))
	d.Lost()
	require.ErrorIs(t, d.Push(unhex(t, whole)), ErrIncomplete, "in the middle of a unit")
	require.ErrorIs(t, end(), ErrIncomplete)
	require.NoError(t, end(whole))

	d.Lost()
	require.NoError(t, end(whole), "between units")
	d.Lost()
	require.ErrorIs(t, end("90"+"aabb"), ErrIncomplete, "the rest of a unit")
	require.NoError(t, end(whole))

	require.NoError(t, end(base, upper))
	d.Lost()
	require.ErrorIs(t, end(upper), ErrIncomplete, "the base layer is what was lost")
	require.ErrorIs(t, end(upper), ErrIncomplete, "as long as it does not come again")
	require.NoError(t, end(base, upper))
	require.NoError(t, end(upper), "nothing lost: the sender knows what it does")
	d.Lost()
	require.NoError(t, end(upper), "units begin with this layer now")
	require.NoError(t, end(base, upper))
	d.Lost()
	require.NoError(t, end(key), "a higher layer that needs no other")
}

// A sender that never ends a unit.
func TestAV1UnitsAreBounded(t *testing.T) {
	for name, payload := range map[string]string{"OBUs": "10", "fragments": "d0"} {
		t.Run(name, func(t *testing.T) {
			var d AV1Depacketizer
			if payload != "10" {
				require.NoError(t, d.Push(unhex(t, "5030")))
			}
			p := append(append(unhex(t, payload), 0x28), make([]byte, 60000)...)
			var err error
			for pushed := 0; err == nil; pushed += len(p) {
				require.Less(t, pushed, 2*maxAV1Unit)
				err = d.Push(p)
			}
			require.ErrorIs(t, err, ErrInvalid)
			require.ErrorContains(t, err, "64 MiB")
			_, err = d.End()
			require.ErrorIs(t, err, ErrInvalid)
		})
	}
}

// obus takes a unit apart.
func obus(t testing.TB, unit []byte) (kinds []int, spatial []int) {
	for len(unit) > 0 {
		head := 1
		require.NotZero(t, unit[0]&obuSized)
		layer := -1
		if unit[0]&obuExtended != 0 {
			head, layer = 2, int(unit[1]>>3&3)
		}
		size, used := binary.Uvarint(unit[head:])
		require.Positive(t, used)
		kinds, spatial = append(kinds, int(unit[0]>>3&0x0F)), append(spatial, layer)
		unit = unit[head+used+int(size):]
	}
	return kinds, spatial
}

// TestAV1Recordings compares with pion's depacketizer, which knows no units.
func TestAV1Recordings(t *testing.T) {
	for pattern, want := range map[string]struct {
		units, keys int
		layers      bool
	}{
		"pion-av1-opus/*-video-*.mjr":    {120, 4, false},
		"chromium-av1-svc/*-video-*.mjr": {106, 1, true},
	} {
		t.Run(pattern, func(t *testing.T) {
			codecName, packets := recordedPayloads(t, recordingPath(t, pattern))
			require.Equal(t, "av1", codecName)
			var ours AV1Depacketizer
			var theirs codecs.AV1Depacketizer
			var expected []byte
			units, keys, single := 0, 0, 0
			for _, p := range packets {
				require.NoError(t, ours.Push(p.Payload))
				part, err := theirs.Unmarshal(p.Payload)
				require.NoError(t, err)
				expected = append(expected, part...)
				if !p.Marker {
					continue
				}
				unit, err := ours.End()
				require.NoError(t, err)
				require.Equal(t, append([]byte{0x12, 0}, expected...), unit.Data)
				kinds, spatial := obus(t, unit.Data)
				require.Equal(t, unit.Key, kinds[1] == obuSequenceHeader)
				if want.layers {
					last := spatial[len(spatial)-1]
					single += 1 - last
					require.Equal(t, 0, spatial[len(spatial)-1-last])
				}
				units++
				if unit.Key {
					keys++
				}
				expected = nil
			}
			require.Equal(t, want.units, units)
			require.Equal(t, want.keys, keys)
			require.LessOrEqual(t, single, units/10, "units with one layer only")
		})
	}
}

// Units of all shapes, taken apart by pion's packetizer at random sizes.
func TestAV1RoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var d AV1Depacketizer
	for range 2000 {
		var unit []byte
		obu := func(kind byte, size int) {
			unit = append(unit, kind<<3|obuSized)
			unit = binary.AppendUvarint(unit, uint64(size))
			for range size {
				unit = append(unit, byte(random.Uint32()))
			}
		}
		obu(obuTemporalDelimiter, 0)
		if random.IntN(4) == 0 {
			obu(obuSequenceHeader, 10)
		}
		for range random.IntN(3) {
			obu(5, 1+random.IntN(30)) // metadata
		}
		obu(obuFrameHeader, 1+random.IntN(10))
		for range 1 + random.IntN(6) {
			obu(obuTileGroup, 1+random.IntN(500))
		}
		payloader := codecs.AV1Payloader{}
		payloads := payloader.Payload(uint16(20+random.IntN(400)), unit)
		for _, p := range payloads {
			require.NoError(t, d.Push(p))
		}
		got, err := d.End()
		require.NoError(t, err)
		require.True(t, bytes.Equal(unit, got.Data), "%d payloads", len(payloads))
	}
}
