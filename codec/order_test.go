package codec

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// orders are streams of x264 and x265 with three B-frames in a row, of which the middle one is predicted from: their
// NAL units, as far as they are looked at, and where each picture is shown.
var orders = map[string]struct {
	codec, units string
	want         []int
}{
	"H.264": {"h264", `67f4000a919b2884d80880000003008000000f078912cb 68ebe3c44844 6588840057d3a4b40847fe116e22
		419a246c467f3729c360e4f7bcb9 419e427884bf60c1 019e617442df69c0 019e636a42df69c1 419a6749a84168994c085bff1ce4
		419e8545112c2dff69c1 019ea66a42df69c1 67f4000a919b2884d80880000003008000000f078912cb 68ebe3c44844
		6588820011ffe480412b0ffc2360 419a246c42df1cbb6fe8d1923100 419e427884bf60c1 019e617442df69c0 019e636a42df69c0`,
		[]int{0, 4, 2, 1, 3, 7, 5, 6, 8, 12, 10, 9, 11}},
	"H.265, open groups": {"h265", `40010c01ffff0408000003009e0800000300001e959409
		4201010408000003009e0800000300001e90041020b2cacb24995e02dc08080010000003001000000300f080 4401c172860c4224
		2801af198049dffff3d55fff6ebb 0201d02149e10c6330171fd36fbf 0201e04495786390fb9ffde0937f
		0001e024fd7e8b0860fac7aee6ff 0001e066b5fd461040fb9ffd3443 2a01ac2049089c5248bffff403ff
		1201e0c225555f718ec0fb9ffff7 1001e0a6f5d7d22c2080fcbffb7ef1 1001e0e22d57f71841fac7aee6f7
		0201d06149e10c631017dfb4ee3f 0201e14495786390fb9ede3dcdff 0001e124fd7e8b0860fac7aeebff 0001e166b5fd4610c0fb9ffffee8`,
		[]int{0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11}},
	"no parameter sets": {"h264", "6588840057 419a246c46 419e427884", []int{0, 0, 0}},
	"cut off":           {"h264", "67f4000a919b2884d80880000003008000000f078912cb 68ebe3c44844 6588840057 41 019e", []int{0, 0}},
}

func TestPictureOrder(t *testing.T) {
	for name, tt := range orders {
		t.Run(name, func(t *testing.T) {
			o := NewPictureOrder(tt.codec)
			var got []int64
			for _, text := range strings.Fields(tt.units) {
				nal, err := hex.DecodeString(text)
				require.NoError(t, err)
				o.Add(nal)
				if picture := nal[0]&0x1F <= 5; len(nal) > 1 && (tt.codec == "h264" && picture || nal[0]>>1 <= h265LastVCL) {
					got = append(got, o.Place())
				}
			}
			require.Len(t, got, len(tt.want))
			for i, a := range got {
				for k, b := range got[:i] {
					require.Equal(t, tt.want[k] < tt.want[i], b < a, "pictures %d and %d", k, i)
				}
			}
		})
	}
}

// The count has few bits: it wraps, also between a picture and one that is shown before it.
func TestPictureOrderWraps(t *testing.T) {
	for _, group := range [][]int64{{1}, {4, 2, 1, 3}} { // the first of a group is what others are predicted from
		o := PictureOrder{}
		o.slice(count{bits: 4, begins: true, tells: true})
		for before := int64(0); before < 200; before += int64(len(group)) {
			for i, n := range group {
				o.slice(count{low: (before + n) & 15, bits: 4, tells: i == 0})
				require.Equal(t, 1<<32+before+n, o.Place())
			}
		}
	}
}

func FuzzPictureOrder(f *testing.F) {
	for _, tt := range orders {
		f.Add(tt.codec == "h264", strings.Join(strings.Fields(tt.units), " "))
	}
	f.Fuzz(func(_ *testing.T, avc bool, units string) {
		o := NewPictureOrder(map[bool]string{true: "h264", false: "h265"}[avc])
		for _, nal := range strings.Fields(units) {
			b, _ := hex.DecodeString(nal)
			o.Add(b)
			o.Place()
		}
	})
}
