package samplesrc

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// config is a record of constrained baseline with one SPS and one PPS.
var config = []byte{1, 66, 0xC0, 30, 0xFF, 0xE1, 0, 3, 0x67, 66, 0xC0, 1, 0, 2, 0x68, 0xCE}

func TestByteStream(t *testing.T) {
	s := byteStreamOf(config)
	require.Equal(t, "video/x-h264,stream-format=byte-stream,alignment=au,profile=constrained-baseline", s.caps)
	sets := []byte{0, 0, 0, 1, 0x67, 66, 0xC0, 0, 0, 0, 1, 0x68, 0xCE}
	sample := []byte{0, 0, 0, 2, 0x65, 7, 0, 0, 0, 0, 0, 0, 0, 1, 0x65}
	units := []byte{0, 0, 0, 1, 0x65, 7, 0, 0, 0, 1, 0, 0, 0, 1, 0x65}
	got, err := s.unit(nil, sample, true)
	require.NoError(t, err)
	require.Equal(t, append(sets, units...), got)
	got, err = s.unit(got, sample, false)
	require.NoError(t, err)
	require.Equal(t, units, got)

	for _, wrong := range [][]byte{{0, 0, 0}, {0, 0, 0, 2, 1}, {0xFF, 0xFF, 0xFF, 0xFF, 1}, {0, 0, 0, 1, 5, 0, 0, 1}} {
		_, err := s.unit(nil, wrong, true)
		require.ErrorContains(t, err, "goes beyond its sample", "% x", wrong)
	}
	require.Nil(t, byteStreamOf(nil))
	require.Nil(t, byteStreamOf(config[:10]))
	high10 := append([]byte{1, 110}, config[2:]...)
	require.Nil(t, byteStreamOf(high10), "no such profile is told")
}

func TestProfiles(t *testing.T) {
	for want, bytes := range map[string][2]byte{
		"baseline": {66, 0}, "constrained-baseline": {66, 0x40}, "main": {77, 0}, "high": {100, 0},
		"progressive-high": {100, 0x08}, "constrained-high": {100, 0x0C}, "": {122, 0},
	} {
		require.Equal(t, want, profileOf(bytes[0], bytes[1]))
	}
}

func FuzzByteStream(f *testing.F) {
	f.Add(config, []byte{0, 0, 0, 2, 0x65, 7, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, config, sample []byte) {
		s := byteStreamOf(config)
		if s == nil {
			s = new(byteStream)
		}
		unit, err := s.unit(nil, sample, true)
		if err == nil {
			require.Len(t, unit, len(s.sets)+len(sample))
		}
	})
}
