package timeline

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
)

// tone is 500 Hz in a codec of one byte per sample.
func tone(law func(byte) int16) func(i int) []byte {
	best := func(want float64) (b byte) {
		off := math.MaxFloat64
		for k := range 256 {
			if d := math.Abs(float64(law(byte(k))) - want); d < off {
				off, b = d, byte(k)
			}
		}
		return b
	}
	var wave [16]byte
	for i := range wave {
		wave[i] = best(10000 * math.Sin(2*math.Pi*float64(i)/16))
	}
	return func(int) []byte {
		p := make([]byte, 160)
		for i := range p {
			p[i] = wave[i%16]
		}
		return p
	}
}

// noise is bits at random.
func noise(size int) func(i int) []byte {
	return func(i int) []byte {
		r := rand.New(rand.NewPCG(1, uint64(i)))
		p := make([]byte, size+r.IntN(size))
		for k := range p {
			p[k] = byte(r.Uint32())
		}
		return p
	}
}

// opus are packets as a sender makes them, of one kind and of different sizes.
func opus(i int) []byte {
	return append([]byte{31 << 3}, noise(60)(i)...)
}

func event(int) []byte { return []byte{5, 10, 0, 160} }

// part is a number of packets of one payload type.
type part struct {
	pt      uint8
	packets int
	payload func(i int) []byte
}

// sound is a recording of parts.
func sound(declared string, rate int, parts ...part) testmjr.Track {
	track := testmjr.Audio(0)
	track.Header.Codec, track.ClockRate = declared, rate
	var units []testmjr.Unit
	for _, p := range parts {
		for i := range p.packets {
			units = append(units, testmjr.Unit{Payloads: [][]byte{p.payload(i)}, Types: []uint8{p.pt}})
		}
	}
	track.Units = len(units)
	track.Source = func(i int) testmjr.Unit { return units[i] }
	return track
}

func TestSoundIsWhatItIs(t *testing.T) {
	u, a := tone(codec.PCMUSample), tone(codec.PCMASample)
	red := func(i int) []byte {
		if i == 0 {
			return append([]byte{111}, opus(i)...)
		}
		old := opus(i - 1)
		head := []byte{0x80 | 111, 960 >> 6, (960&0x3F)<<2 | byte(len(old)>>8), byte(len(old)), 111}
		return append(append(head, old...), opus(i)...)
	}
	for name, c := range map[string]struct {
		track    testmjr.Track
		is       string // encoding name
		declared string // that was wrong
		codecs   string
		units    int
		leftOut  string
	}{
		"as it says":                  {sound("opus", 48000, part{111, 100, opus}), "OPUS", "", "[]", 100, "[]"},
		"opus under a static number":  {sound("opus", 48000, part{0, 100, opus}), "OPUS", "", "[]", 100, "[]"},
		"pcmu called opus":            {sound("opus", 8000, part{0, 100, u}), "PCMU", "opus", "[]", 100, "[]"},
		"pcma called opus":            {sound("opus", 8000, part{8, 100, a}), "PCMA", "opus", "[]", 100, "[]"},
		"g722 called opus":            {sound("opus", 8000, part{9, 100, u}), "G722", "opus", "[]", 100, "[]"},
		"pcma called pcmu":            {sound("pcmu", 8000, part{8, 100, a}), "PCMA", "pcmu", "[]", 100, "[]"},
		"opus called pcmu":            {sound("pcmu", 48000, part{111, 100, opus}), "OPUS", "pcmu", "[]", 100, "[]"},
		"opus called pcmu, static":    {sound("pcmu", 48000, part{0, 100, opus}), "OPUS", "pcmu", "[]", 100, "[]"},
		"opus called pcmu, at 24 kHz": {sound("pcmu", 24000, part{111, 100, opus}), "OPUS", "pcmu", "[]", 100, "[]"},
		"pcmu, number chosen":         {sound("pcmu", 8000, part{96, 100, u}), "PCMU", "", "[]", 100, "[]"},
		"pcmu, wrong clock":           {sound("pcmu", 5333, part{0, 100, u}), "PCMU", "", "[]", 100, "[]"},
		"g711 of old":                 {sound("g711", 8000, part{8, 100, a}), "PCMA", "", "[]", 100, "[]"},
		"short":                       {sound("opus", 8000, part{0, 3, u}), "PCMU", "opus", "[]", 3, "[]"},
		"pcmu to pcma": {sound("pcmu", 8000, part{0, 60, u}, part{8, 40, a}), "PCMU", "", "[pcma pcmu]", 100,
			"[]"},
		"pcmu to pcma, of which more": {sound("pcmu", 8000, part{0, 40, u}, part{8, 60, a}), "PCMA", "pcmu", "[pcma pcmu]",
			100, "[]"},
		"pcma for a moment": {sound("pcmu", 8000, part{0, 400, u}, part{8, 4, a}), "PCMU", "", "[pcma pcmu]", 404,
			"[]"},
		"pcmu to g722": {sound("pcmu", 8000, part{0, 60, u}, part{9, 40, u}), "L16", "", "[g722 pcmu]", 100,
			"[]"},
		"pcmu to opus": {sound("pcmu", 8000, part{0, 60, u}, part{111, 40, opus}), "PCMU", "", "[]", 60,
			"[{111 40 opus}]"},
		"telephone events": {sound("pcmu", 8000, part{0, 90, u}, part{101, 30, event}), "PCMU", "", "[]", 90,
			"[]"},
		"more events than sound": {sound("opus", 48000, part{111, 20, opus}, part{101, 30, event}), "OPUS", "", "[]", 20,
			"[]"},
		"comfort noise": {sound("pcmu", 8000, part{0, 90, u},
			part{13, 3, func(int) []byte { return []byte{60} }}), "PCMU", "", "[]", 90, "[]"},
		"red that nobody names": {sound("opus", 48000, part{63, 100, red}), "OPUS", "", "[]", 100, "[]"},
		"another number": {sound("opus", 48000, part{111, 60, opus}, part{109, 40, opus}), "OPUS", "", "[]", 100,
			"[]"},
	} {
		t.Run(name, func(t *testing.T) {
			tl := load(t, Options{}, c.track)
			x := tl.Tracks[0]
			require.Equal(t, c.is, x.Media.EncodingName)
			require.Equal(t, c.declared, x.Declared)
			require.Equal(t, c.codecs, fmt.Sprint(x.Codecs))
			require.Equal(t, c.leftOut, fmt.Sprint(x.LeftOut))
			require.Equal(t, c.units, x.Units)
			require.Zero(t, x.Unparsed)
		})
	}
}

// What is encrypted as a whole is no sound: half of it does not even look like it.
func TestEncryptedSound(t *testing.T) {
	x := load(t, Options{}, sound("opus", 48000, part{111, 200, noise(60)})).Tracks[0]
	require.Equal(t, "OPUS", x.Media.EncodingName)
	require.Greater(t, x.Unparsed, 60)
}

// samplesOf decodes what a stream of G.711 or L16 hands out, by the millisecond: the root of the mean square.
func loudness(t *testing.T, tl *Timeline) (list []float64) {
	x := tl.Tracks[0]
	sum, n := 0.0, 0
	add := func(v int16) {
		sum += float64(v) * float64(v)
		if n++; n == x.Media.ClockRate/100 {
			list = append(list, math.Sqrt(sum/float64(n)))
			sum, n = 0, 0
		}
	}
	placed(t, tl, x, make([]time.Duration, x.Units), func(_ int, u *Unit) {
		p := payloadOf(u.Packets[0])
		for i, b := range p {
			switch x.Media.EncodingName {
			case "PCMU":
				add(codec.PCMUSample(b))
			case "PCMA":
				add(codec.PCMASample(b))
			case "L16":
				if i%2 == 1 {
					add(int16(binary.BigEndian.Uint16(p[i-1:])))
				}
			}
		}
	})
	return list
}

func TestSoundGoesOnInAnotherCodec(t *testing.T) {
	u, a := tone(codec.PCMUSample), tone(codec.PCMASample)
	silent := func(int) []byte { // G.722 of silence
		p := make([]byte, 160)
		for i := range p {
			p[i] = 0xFA
		}
		return p
	}
	for name, c := range map[string]struct {
		track testmjr.Track
		rate  int
	}{
		"pcmu first": {sound("pcmu", 8000, part{0, 60, u}, part{8, 40, a}), 8000},
		"pcma first": {sound("pcmu", 8000, part{8, 60, a}, part{0, 40, u}), 8000},
		"with g722":  {sound("pcmu", 8000, part{9, 10, silent}, part{0, 60, u}, part{8, 40, a}), 16000},
	} {
		t.Run(name, func(t *testing.T) {
			tl := load(t, Options{}, c.track)
			require.Equal(t, c.rate, tl.Tracks[0].Media.ClockRate)
			l := loudness(t, tl)
			l = l[len(l)-200:]
			for i, v := range l[2:] {
				require.InDelta(t, 10000/math.Sqrt2, v, 150, "%d ms", 10*i)
			}
			require.InDelta(t, float64(tl.Tracks[0].Units)*20, ms(tl.Duration), 1)
		})
	}
}

// Filled holes are as long as they should be, also where the sound becomes samples at another rate.
func TestMixedSoundWithAHole(t *testing.T) {
	u := tone(codec.PCMUSample)
	track := sound("pcmu", 8000, part{9, 50, u}, part{0, 50, u})
	track.Breaks = []testmjr.Break{{Unit: 70, Pause: time.Second}}
	tl := load(t, Options{}, track)
	s, err := tl.Open(tl.Tracks[0])
	require.NoError(t, err)
	defer s.Close()
	bytes := 0
	for {
		u, err := s.Next()
		if err != nil {
			break
		}
		bytes += len(payloadOf(u.Packets[0]))
	}
	require.Equal(t, 3*16000*2, bytes)
}

// contents are real pictures of each codec.
func contents(t *testing.T) map[string][]testmjr.Unit {
	m := map[string][]testmjr.Unit{}
	for name, folder := range map[string]string{"vp8": "pion-vp8-opus", "vp9": "chromium-vp9-opus", "h264": "rot-h264-90",
		"av1": "pion-av1-opus"} {
		m[name] = testmjr.Recorded(t, folder, mjr.Video)
	}
	return m
}

func of(units []testmjr.Unit) testmjr.Source { return func(i int) testmjr.Unit { return units[i] } }

func TestPicturesAreWhatTheyAre(t *testing.T) {
	all := contents(t)
	for _, declared := range []string{"vp8", "vp9", "h264", "h265", "av1"} {
		for is, units := range all {
			x := load(t, Options{}, testmjr.Video(declared, len(units), 15, of(units))).Tracks[0]
			name := declared + " is " + is
			require.Equal(t, is, x.Info.Codec, name)
			require.Equal(t, declared != is, x.Declared != "", name)
			right := load(t, Options{}, testmjr.Video(is, len(units), 15, of(units))).Tracks[0]
			require.Equal(t, right.Units, x.Units, name)
			require.NotZero(t, x.Units, name)
		}
		scrambled := testmjr.Video(declared, 300, 15, func(i int) testmjr.Unit { return testmjr.Unit{Payloads: [][]byte{noise(300)(i)}} })
		x := load(t, Options{}, scrambled).Tracks[0]
		require.Empty(t, x.Declared, declared)
		require.True(t, x.Units == 0 || x.Units <= x.Unparsed, declared)
	}
}

// protected adds a packet of forward error correction (RFC 5109) behind each picture: what it protects, under a header.
func protected(units []testmjr.Unit, pt uint8) []testmjr.Unit {
	var list []testmjr.Unit
	for _, u := range units {
		last := u.Payloads[len(u.Payloads)-1]
		fec := append([]byte{0x00, 0xE0, 0, 1, 0, 0, 0, 0, byte(len(last) >> 8), byte(len(last)), byte(len(last) >> 8),
			byte(len(last)), 0x80, 0}, last...)
		x := testmjr.Unit{Key: u.Key}
		for range u.Payloads {
			x.Types = append(x.Types, 0x80)
		}
		x.Payloads = append(append(x.Payloads, u.Payloads...), fec)
		x.Types = append(x.Types, pt)
		list = append(list, x)
	}
	return list
}

// wrapped puts packets into RED, and forward error correction behind each picture.
func wrapped(units []testmjr.Unit, red, media, fec uint8) []testmjr.Unit {
	var list []testmjr.Unit
	for _, u := range protected(units, fec) {
		x := testmjr.Unit{Key: u.Key}
		for i, p := range u.Payloads {
			inner := media
			if u.Types[i] == fec {
				inner = fec
			}
			x.Payloads = append(x.Payloads, append([]byte{inner}, p...))
			x.Types = append(x.Types, red)
		}
		list = append(list, x)
	}
	return list
}

// renumbered gives the second half of the pictures another payload type.
func renumbered(units []testmjr.Unit, pt uint8) []testmjr.Unit {
	var list []testmjr.Unit
	for i, u := range units {
		if i >= len(units)/2 {
			u.Types = make([]uint8, len(u.Payloads))
			for k := range u.Types {
				u.Types[k] = pt
			}
		}
		list = append(list, u)
	}
	return list
}

func TestOtherPacketsAmongPictures(t *testing.T) {
	for is, units := range contents(t) {
		plain := load(t, Options{}, testmjr.Video(is, len(units), 15, of(units))).Tracks[0]
		packets := plain.Counts.Used
		for name, c := range map[string]struct {
			units []testmjr.Unit
			fec   int
		}{
			"protected":  {protected(units, 122), len(units)},
			"wrapped":    {wrapped(units, 116, 96, 117), len(units)},
			"renumbered": {renumbered(units, 98), 0},
		} {
			tl := load(t, Options{}, testmjr.Video(is, len(units), 15, of(c.units)))
			x := tl.Tracks[0]
			name = is + " " + name
			require.Equal(t, plain.Units, x.Units, name)
			require.Equal(t, packets, x.Counts.Used, name)
			require.Equal(t, c.fec, x.Counts.Foreign, name)
			require.Equal(t, c.fec > 0, len(x.LeftOut) > 0, name)
			require.Empty(t, x.Declared, name)
			for i, u := range packetsOf(t, tl, x) {
				for k, p := range u {
					require.Equal(t, units[i+len(units)-plain.Units].Payloads[k], payloadOf(p), "%s, picture %d", name, i)
				}
			}
		}
	}
}

// Packets without media between those of a picture leave no hole in it.
func TestOtherPacketsInsidePictures(t *testing.T) {
	all := contents(t)
	all["av1 in layers"] = testmjr.Recorded(t, "chromium-av1-svc", mjr.Video)
	for is, units := range all {
		video := testmjr.Video(strings.Fields(is)[0], len(units), 15, of(units))
		plain := load(t, Options{}, video)
		for other, pt := range map[string]uint8{"padding": 0x80, "forward error correction": 122} {
			video.Source = of(interrupted(units, pt))
			tl := load(t, Options{}, video)
			name := is + " with " + other
			require.Equal(t, coded(t, plain, plain.Tracks[0], 0), coded(t, tl, tl.Tracks[0], 0), name)
			require.Equal(t, packetsOf(t, plain, plain.Tracks[0]), packetsOf(t, tl, tl.Tracks[0]), name)
		}
	}
}

// interrupted puts a packet in front of each of a picture's packets but the first: of another payload type, or, where
// that is 0x80, without a payload.
func interrupted(units []testmjr.Unit, pt uint8) (list []testmjr.Unit) {
	for _, u := range units {
		x := testmjr.Unit{Key: u.Key, Payloads: u.Payloads[:1:1], Types: []uint8{0x80}}
		for _, p := range u.Payloads[1:] {
			other := []byte{}
			if pt < 0x80 {
				other = append([]byte{0x00, 0xE0, 0, 1, 0, 0, 0, 0}, p...)
			}
			x.Payloads, x.Types = append(x.Payloads, other, p), append(x.Types, pt, 0x80)
		}
		list = append(list, x)
	}
	return list
}

// packetsOf copies all packets of a track.
func packetsOf(t *testing.T, tl *Timeline, x *Track) (list [][][]byte) {
	placed(t, tl, x, make([]time.Duration, x.Units), func(_ int, u *Unit) {
		var packets [][]byte
		for _, p := range u.Packets {
			packets = append(packets, append([]byte(nil), p...))
		}
		list = append(list, packets)
	})
	return list
}
