package verify

import (
	"bytes"
	"image"
	"image/jpeg"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
)

func TestSmallOf(t *testing.T) {
	for size, want := range map[[2]int]small{
		{1280, 720}: {160, 90}, {640, 480}: {160, 120}, {720, 1280}: {88, 160}, {16, 16}: {160, 160},
		{10000, 2}: {160, 8}, {0, 0}: {160, 90}, {176, 144}: {160, 130},
	} {
		got := smallOf(size[0], size[1])
		require.Equal(t, want, got, size)
		require.Zero(t, got.width%8)
		require.Zero(t, got.height%2)
	}
}

// even is a picture in which all points are as bright.
func even(s small, v byte) []byte {
	return append(bytes.Repeat([]byte{v}, s.width*s.height), bytes.Repeat([]byte{128}, s.width*s.height/2)...)
}

// halves is a picture that is darker on its left.
func halves(s small, left, right byte) []byte {
	p := even(s, left)
	for y := range s.height {
		for x := s.width / 2; x < s.width; x++ {
			p[y*s.width+x] = right
		}
	}
	return p
}

func TestLight(t *testing.T) {
	for _, s := range []small{{240, 136}, {8, 240}, {240, 8}} {
		brightest, spread := s.light(even(s, 30))
		require.InDelta(t, 30, brightest, 0)
		require.InDelta(t, 0, spread, 1e-6)
		brightest, spread = s.light(halves(s, 0, 200))
		require.InDelta(t, 200, brightest, 0)
		require.InDelta(t, 100, spread, 1e-6)
		require.False(t, (&poster{small: s}).see([][]byte{even(s, 0), even(s, 30)}))
		require.True(t, (&poster{small: s}).see([][]byte{even(s, 0), even(s, 40)}))
		noisy := even(s, 16)
		noisy[3] = 255
		require.False(t, (&poster{small: s}).see([][]byte{noisy}), "a point is nothing to be seen")
	}
	s := small{240, 136}
	require.Len(t, s.split(append(even(s, 1), even(s, 2)...)), 2)
	require.Len(t, s.split(append(even(s, 1), 2)), 1)
}

func TestPosterShowsSomething(t *testing.T) {
	s := small{240, 136}
	black, noise, call, later, white := even(s, 0), halves(s, 8, 12), halves(s, 60, 160), halves(s, 40, 180), even(s, 255)
	for name, c := range map[string]struct {
		seen [][]byte
		want []byte
	}{
		"the first":            {[][]byte{call, later}, call},
		"behind black":         {[][]byte{black, black, call, later}, call},
		"behind nearly black":  {[][]byte{noise, black, call}, call},
		"nothing else":         {[][]byte{black, noise}, noise},
		"white":                {[][]byte{black, white}, white},
		"in front of black":    {[][]byte{call, black, black}, call},
		"in front of white":    {[][]byte{call, white}, call},
		"from different looks": {[][]byte{noise, later}, later},
	} {
		p := poster{small: s}
		for _, one := range c.seen {
			p.see([][]byte{one})
		}
		require.True(t, bytes.Equal(c.want, p.picture), name)
	}
	require.Nil(t, (&poster{small: s}).jpeg(cvo.Orientation{}))
}

// A picture of three rows and four columns, as each orientation has it shown.
func TestPlanesAreTurned(t *testing.T) {
	p := plane{[]byte("abcdefghijkl"), 4, 3}
	for _, o := range cvo.Orientations() {
		got := p.shown(o)
		rows := strings.Join(slices.Collect(func(yield func(string) bool) {
			for y := range got.height {
				if !yield(string(got.points[y*got.width : (y+1)*got.width])) {
					return
				}
			}
		}), " ")
		require.Equal(t, map[string]string{
			"rotate-0": "abcd efgh ijkl", "rotate-90": "iea jfb kgc lhd", "rotate-180": "lkji hgfe dcba",
			"rotate-270": "dhl cgk bfj aei", "flip-rotate-0": "dcba hgfe lkji", "flip-rotate-90": "lhd kgc jfb iea",
			"flip-rotate-180": "ijkl efgh abcd", "flip-rotate-270": "aei bfj cgk dhl",
		}[o.ImageOrientation()], rows, o)
	}
}

func TestPosterIsAJPEG(t *testing.T) {
	p := poster{small: small{240, 136}}
	p.see([][]byte{halves(p.small, 20, 220)})
	text := p.jpeg(cvo.Orientation{Degrees: 90})
	require.Less(t, len(text), 10<<10)
	got, err := jpeg.Decode(bytes.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, image.Pt(136, 240), got.Bounds().Size())
	gray := func(x, y int) int { r, _, _, _ := got.At(x, y).RGBA(); return int(r >> 8) }
	require.InDelta(t, 20, gray(68, 40), 8, "left is above when it is turned clockwise")
	require.InDelta(t, 220, gray(68, 200), 8)
}
