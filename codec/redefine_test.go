package codec

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// ppsOf is a picture parameter set of H.264 with a number of two bits and something behind it.
func ppsOf(number string, content byte) []byte {
	first := map[string]byte{"0": 0b1_1_000000, "1": 0b010_1_0000}[number] // ue(id), ue(0)
	return []byte{0x68, first, content, 0x80}
}

func TestRedefined(t *testing.T) {
	for _, c := range []struct {
		name     string
		packets  [][]byte
		redefine []bool
	}{
		{"the same again", [][]byte{ppsOf("0", 1), ppsOf("0", 1)}, []bool{false, false}},
		{"another number", [][]byte{ppsOf("0", 1), ppsOf("1", 2), ppsOf("0", 1)}, []bool{false, false, false}},
		{"the same number, other content", [][]byte{ppsOf("0", 1), ppsOf("0", 2), ppsOf("0", 2)}, []bool{false, true, false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			i, ok := New("h264")
			require.True(t, ok)
			for n, p := range c.packets {
				info, err := look(i, p)
				require.NoError(t, err)
				require.Equal(t, c.redefine[n], info.Redefines, "packet %d", n)
			}
		})
	}
}

// TestRedefinedH265 reads all three kinds of sets, alone and together in one packet.
func TestRedefinedH265(t *testing.T) {
	set := func(kind, content byte) []byte { return []byte{kind << 1, 1, 0x80, content, 0x80} }
	for _, kind := range []byte{h265VPS, h265PPS} {
		i, ok := New("h265")
		require.True(t, ok)
		for n, content := range []byte{1, 1, 2} {
			p := set(kind, content)
			if n == 2 {
				p = append([]byte{h265AP << 1, 1, 0, byte(len(p))}, p...)
			}
			info, err := look(i, p)
			require.NoError(t, err)
			require.Equal(t, n == 2, info.Redefines, "type %d, packet %d", kind, n)
		}
	}
}
