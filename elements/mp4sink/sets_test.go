package mp4sink

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gstx"
)

func TestParameterSets(t *testing.T) {
	avcc := []byte{1, 66, 0, 30, 0xFF, 0xE1, 0, 2, 0x67, 1, 1, 0, 3, 0x68, 2, 3}
	want := []byte{0, 0, 0, 2, 0x67, 1, 0, 0, 0, 3, 0x68, 2, 3}
	require.Equal(t, want, parameterSets("avc1", avcc))
	hvcc := append(make([]byte, 21), 3, 1, 0xA1, 0, 1, 0, 2, 0x42, 1)
	require.Equal(t, []byte{0, 0, 0, 2, 0x42, 1}, parameterSets("hvc1", hvcc))
	for n := range avcc {
		require.NotPanics(t, func() { parameterSets("avc1", avcc[:n]) })
	}
	for n := range hvcc {
		require.NotPanics(t, func() { parameterSets("hvc1", hvcc[:n]) })
	}
	require.Nil(t, parameterSets("vp09", avcc))

	samples := []gstx.Sample{{Size: 1, Sync: 1}, {Size: 2}, {Size: 1, Sync: 1}}
	list, data := withSets([]byte{8, 9}, samples, []byte{1, 2, 3, 4})
	require.Equal(t, []gstx.Sample{{Size: 3, Sync: 1}, {Size: 2}, {Size: 3, Sync: 1}}, list)
	require.Equal(t, []byte{8, 9, 1, 2, 3, 8, 9, 4}, data)
	list, data = withSets(nil, samples, []byte{1, 2, 3, 4})
	require.Equal(t, samples, list)
	require.Len(t, data, 4)
}

func FuzzParameterSets(f *testing.F) {
	f.Add([]byte{1, 66, 0, 30, 0xFF, 0xE1, 0, 2, 0x67, 1, 1, 0, 3, 0x68, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, kind := range []string{"avc1", "hvc1"} {
			if n := len(parameterSets(kind, b)); n > 3*len(b) {
				t.Fatalf("%d bytes of sets in a record of %d", n, len(b))
			}
		}
	})
}
