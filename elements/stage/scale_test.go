package stage_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/room"
)

// slope is how bright a picture is that becomes brighter to the right, and more so downwards, at parts of its width and
// height.
func slope(x, y float64) float64 { return 20 + 70*x + 130*y }

// slopes is a camera that shows such a picture.
func slopes(t *testing.T, w, h int, o cvo.Orientation) string {
	t.Helper()
	path := raw(t, w, h, func(x, y int) byte {
		return byte(slope((float64(x)+0.5)/float64(w), (float64(y)+0.5)/float64(h)) + 0.5)
	})
	return fmt.Sprintf("filesrc location=%s ! rawvideoparse width=%d height=%d format=i420 framerate=10/1 ! "+
		"taginject tags=\"image-orientation=%s\"", path, w, h, o.ImageOrientation())
}

// lies is where a part of a picture that is shown upright lies in what was sent.
func lies(o cvo.Orientation, x, y float64) (float64, float64) {
	switch o.Degrees {
	case 90:
		x, y = y, 1-x
	case 180:
		x, y = 1-x, 1-y
	case 270:
		x, y = 1-y, x
	}
	if o.Flip {
		x = 1 - x
	}
	return x, y
}

// inPlace plays pictures of some sizes in cells, turned, and looks at every pixel.
func inPlace(t *testing.T, sizes [][2]int, cells [][4]int, o cvo.Orientation) {
	t.Helper()
	var regions []room.Region
	var sources []string
	for i, c := range cells {
		regions = append(regions, camera(i, c[0], c[1], c[2], c[3], "stretch"))
		sources = append(sources, slopes(t, sizes[i][0], sizes[i][1], o))
	}
	f := play(t, score(regions...), "skip-still=false", sources...)[1]
	for i, c := range cells {
		worst, where := 0.0, ""
		for y := range c[3] {
			for x := range c[2] {
				px, py := lies(o, (float64(x)+0.5)/float64(c[2]), (float64(y)+0.5)/float64(c[3]))
				w, h := float64(sizes[i][0]), float64(sizes[i][1])
				px, py = min(max(px, 0.5/w), 1-0.5/w), min(max(py, 0.5/h), 1-0.5/h) // nothing is known beyond the edge
				off := slope(px, py) - float64(at(f, c[0]+x, c[1]+y))
				if off = max(off, -off); off > worst {
					worst, where = off, fmt.Sprint(x, ",", y)
				}
			}
		}
		require.Less(t, worst, 2.0, "%v: %v in %v at %s", o, sizes[i], c, where)
	}
}

// Every pixel of a picture is where it belongs, whatever its size and that of its cell are, and however it is turned.
func TestEveryPixelHasItsPlace(t *testing.T) {
	sizes := [][2]int{{64, 48}, {88, 160}, {320, 180}, {40, 22}, {480, 270}, {56, 122}, {640, 362}, {200, 150}, {104, 86}}
	cells := [][4]int{{0, 0, 106, 60}, {106, 0, 108, 58}, {214, 0, 106, 60}, {0, 60, 100, 60}, {106, 60, 46, 44},
		{214, 60, 90, 54}, {0, 120, 106, 60}, {108, 120, 34, 60}, {214, 120, 98, 50}}
	for i, o := range cvo.Orientations() {
		inPlace(t, append(sizes[i:len(sizes):len(sizes)], sizes[:i]...), cells, o)
	}
}

// What scaling keeps of sizes is enough for one picture, also where many are on one canvas.
func TestManySizes(t *testing.T) {
	var sizes [][2]int
	var cells [][4]int
	for i := range 9 {
		sizes = append(sizes, [2]int{64, 90 + 10*i})
		cells = append(cells, [4]int{34 * i, 0, 34, 100 + 6*i})
	}
	inPlace(t, sizes, cells, cvo.Orientation{})
}
