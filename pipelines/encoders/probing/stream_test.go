package probing

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/pipelines/encoders"
)

func newInspector(t testing.TB, name string) codec.Inspector {
	t.Helper()
	i, ok := codec.New(name)
	require.True(t, ok)
	return i
}

// What begins a VP8 key frame of 160x120 (RFC 6386 section 9.1), and another frame.
var (
	vp8Key   = []byte{0x50, 0x01, 0x00, 0x9d, 0x01, 0x2a, 160, 0, 120, 0, 0, 0}
	vp8Other = []byte{0x51, 0x01, 0x00, 0, 0, 0}
)

func TestCheckStream(t *testing.T) {
	good := [][]byte{vp8Key, vp8Other, vp8Other}
	require.NoError(t, checkStream("vp8", good, 3, 160, 120))
	require.EqualError(t, checkStream("vp8", good, 4, 160, 120), "made 3 pictures of 4")
	require.EqualError(t, checkStream("vp8", good, 3, 176, 120), "made pictures of 160x120 out of 176x120")
	require.EqualError(t, checkStream("vp8", [][]byte{vp8Other, vp8Key}, 2, 160, 120),
		"the first picture that it made is no key frame")
	require.ErrorContains(t, checkStream("vp8", [][]byte{vp8Key, {}}, 2, 160, 120), "picture 2 of what it made is not VP8")
	require.ErrorContains(t, checkStream("h264", [][]byte{vp8Key}, 1, 160, 120), "picture 1 of what it made is not H.264")
	require.ErrorContains(t, checkStream("av1", [][]byte{vp8Key}, 1, 160, 120), "picture 1 of what it made is not AV1")
	require.Error(t, checkStream("mpeg2", good, 3, 160, 120))
}

func TestUnits(t *testing.T) {
	require.Equal(t, [][]byte{{0x67, 1}, {0x68}, {0x65, 0, 3}},
		units([]byte{0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 0, 0, 0, 1, 0x65, 0, 3, 0}))
	require.Empty(t, units([]byte{1, 2, 3, 4}))
	require.Empty(t, units([]byte{0, 0, 1}))
}

func FuzzCheckStream(f *testing.F) {
	for _, name := range encoders.Codecs {
		f.Add(name, vp8Key)
		f.Add(name, []byte{0, 0, 0, 1, 0x67, 0x42, 0, 0x1e, 0, 0, 1, 0x65})
		f.Add(name, []byte{0x12, 0, 0x0a, 0x0b, 0, 0, 0})
	}
	f.Fuzz(func(t *testing.T, name string, coded []byte) {
		_ = checkStream(name, [][]byte{coded, coded}, 2, 160, 120)
	})
}
