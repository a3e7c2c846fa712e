package codec

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIsOpus(t *testing.T) {
	for name, c := range map[string]struct {
		packet string
		want   bool
	}{
		"nothing":                       {"", false},
		"one frame":                     {"f8fffe", true},
		"two of equal size":             {"f9fffefffe", true},
		"two of equal size, odd":        {"f9fffeff", false},
		"two":                           {"fa02fffefffeff", true},
		"two, the first beyond the end": {"fa09fffe", false},
		"two, size cut off":             {"fafc", false},
		"three":                         {"fb03fffefffefffe", true},
		"three that cannot be":          {"fb03fffefffeff", false},
		"three of any size":             {"fb83" + "0102" + "aabbccdd", true},
		"three of any size, beyond":     {"fb83" + "0105" + "aabb", false},
		"three, size cut off":           {"fb83" + "01", false},
		"padding":                       {"fb41" + "02" + "fffe" + "0000", true},
		"padding beyond":                {"fb41" + "09" + "fffe", false},
		"padding cut off":               {"fb41", false},
		"none":                          {"fb00", false},
		"silence of µ-law":              {"ffffffffffffffff", false},
		"silence of A-law, by bad luck": {"d5d5d5d5d5d5d5d5d5", true},
	} {
		require.Equal(t, c.want, IsOpus(unhex(t, c.packet)), name)
	}
	large := append([]byte{0xF8}, make([]byte, 1276)...)
	require.False(t, IsOpus(large))
	require.True(t, IsOpus(large[:1276]))
}

func FuzzIsOpus(f *testing.F) {
	f.Add([]byte{0xFB, 0x83, 1, 2, 1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, packet []byte) {
		if IsOpus(packet) {
			d, err := OpusDuration(packet)
			require.NoError(t, err)
			require.LessOrEqual(t, d, MaxOpusDuration)
		}
	})
}

// Noise is nothing, however much there is of it, and neither is what begins like a codec.
func TestRecogniserOfNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	for name, head := range map[string]string{"noise": "", "VP8": "90e0d8987f20", "VP9": "9bb6a31001", "H.264": "67",
		"H.265": "4201", "AV1": "28"} {
		var x Recogniser
		for i := range 5000 {
			x.Add(append(unhex(t, head), noise(100)...), uint32(i/3))
		}
		require.Empty(t, x.Codec(), name)
	}
}

func FuzzRecogniser(f *testing.F) {
	f.Add([]byte("abcdefgh"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var x Recogniser
		for i := 0; len(b) > 2; i++ {
			n := min(len(b), 1+int(binary.BigEndian.Uint16(b)))
			x.Add(b[:n], uint32(i/2))
			b = b[n:]
		}
		if c := x.Codec(); c != "" {
			require.True(t, x.Fits(c))
		}
	})
}
