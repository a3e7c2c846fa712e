package mp4sink

import (
	"testing"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/movie"
)

func TestAC3Entry(t *testing.T) {
	for name, c := range map[string]struct {
		frame []byte
		want  mp4.Dac3Box
	}{
		"stereo, 192 kbit/s": {[]byte{0x0B, 0x77, 1, 2, 0<<6 | 20, 8<<3 | 1, 2<<5 | 1<<3, 0},
			mp4.Dac3Box{BSID: 8, BSMod: 1, ACMod: 2, BitRateCode: 10}},
		"5.1, 448 kbit/s, 44.1 kHz": {[]byte{0x0B, 0x77, 1, 2, 1<<6 | 31, 8 << 3, 7<<5 | 1, 0},
			mp4.Dac3Box{FSCod: 1, BSID: 8, ACMod: 7, LFEOn: 1, BitRateCode: 15}},
		"mono and bass": {[]byte{0x0B, 0x77, 1, 2, 0, 6 << 3, 1<<5 | 1<<4, 0}, mp4.Dac3Box{BSID: 6, ACMod: 1, LFEOn: 1}},
	} {
		e, err := ac3Entry(movie.Entry{Type: "ac-3"}, c.frame)
		require.NoError(t, err, name)
		box, err := mp4.DecodeDac3SR(mp4.BoxHeader{Name: "dac3", Size: 11, Hdrlen: 8}, 0, bits.NewFixedSliceReader(e.Config))
		require.NoError(t, err, name)
		require.Equal(t, &c.want, box, name)
		_, err = ac3Entry(movie.Entry{}, c.frame[:7])
		require.ErrorIs(t, err, errNoAC3, name)
	}
	for _, frame := range [][]byte{nil, {0x0B}, make([]byte, 8), {0x0B, 0x77, 0, 0, 0, 16 << 3, 0, 0}} { // the last: E-AC-3
		_, err := ac3Entry(movie.Entry{}, frame)
		require.ErrorIs(t, err, errNoAC3)
	}
}

func FuzzAC3Entry(f *testing.F) {
	f.Add([]byte{0x0B, 0x77, 1, 2, 0<<6 | 20, 8<<3 | 1, 2<<5 | 1<<3, 0})
	f.Fuzz(func(t *testing.T, frame []byte) {
		e, err := ac3Entry(movie.Entry{Type: "ac-3"}, frame)
		require.Equal(t, err != nil, e.Config == nil)
	})
}
