package codec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Values of ITU-T G.711, tables 1a to 2b, in 16 bits.
func TestG711(t *testing.T) {
	for b, want := range map[byte]int16{0x00: -32124, 0x80: 32124, 0x7F: 0, 0xFF: 0, 0xFE: 8, 0x7E: -8, 0xEF: 132,
		0xF0: 120} {
		require.Equal(t, want, PCMUSample(b), "µ-law %02X", b)
	}
	for b, want := range map[byte]int16{0xD5: 8, 0x55: -8, 0xAA: 32256, 0x2A: -32256, 0xD4: 24, 0xC5: 264, 0x80: 5504} {
		require.Equal(t, want, PCMASample(b), "A-law %02X", b)
	}
}

// What is changed into the other law is as near as that law has it: one of its steps at most, of which there are 16 in
// each power of two.
func TestLaws(t *testing.T) {
	for i := range 256 {
		u, a := []byte{byte(i)}, []byte{byte(i)}
		PCMUToPCMA(u)
		PCMAToPCMU(a)
		v, w := float64(PCMUSample(byte(i))), float64(PCMASample(byte(i)))
		require.InDelta(t, v, float64(PCMASample(u[0])), 8+max(v, -v)/32, "µ-law %02X", i)
		require.InDelta(t, w, float64(PCMUSample(a[0])), 8+max(w, -w)/32, "A-law %02X", i)
	}
}

// FFmpeg's encoder made the bytes of a sine in noise, and its decoder the samples.
func TestG722(t *testing.T) {
	data := unhex(t, "882084208420af2118ad28a1adbe112b0b8986062a0719b4221834b3a83209356132bb8a0cb24712cbaea44651b1ae332e2da90c7d9686843a060913")
	want := []int16{
		-1, 0, 0, -1, -1, 2, 0, -9, -2, 29, -4, -110, -14, 250, -2, -588, 11, 1227, 68, -2486, -647, 4460, 4378, 286,
		3506, 11588, 9047, -2706, -4464, 5236, 9348, 6361, 11176, 21839, 20804, 8308, 1537, 3590, -232, -8017, -3331,
		8557, 7103, -8144, -14982, -11445, -10619, -14840, -22474, -24335, -10563, 6449, 4803, -16316, -18855, -4184,
		4219, -1667, 1830, 17648, 18625, -2502, -5570, -169, 8434, 4273, -843, 12590, 9592, 4203, 2864, -15559, -6818,
		-10609, 15781, 19717, 19143, 402, 4972, 5421, -10324, 3240, -15871, -20146, 1634, 9705, -7022, -14247, -11797,
		-13314, -239, -10771, -15391, 4036, 5256, 26090, 135, -14168, -18657, -14009, 1187, 5212, -1484, 17294, 1881,
		-2084, 10303, -3292, 13113, -5392, 12689, 21192, -1938, -8359, -2349, -6864, 1557, 2793, -13214, -5630,
	}
	require.Equal(t, want, NewG722Decoder().Decode(nil, data))
	d := NewG722Decoder()
	require.Equal(t, want, d.Decode(d.Decode(nil, data[:7]), data[7:]), "in two parts")
}

func FuzzG722(f *testing.F) {
	f.Add([]byte{0, 0xFF, 0x80})
	f.Fuzz(func(t *testing.T, data []byte) {
		require.Len(t, NewG722Decoder().Decode(nil, data), 2*len(data))
	})
}
