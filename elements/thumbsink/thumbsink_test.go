package thumbsink_test

import (
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/elements/thumbsink"
)

func TestMain(m *testing.M) {
	if err := thumbsink.Register(nil); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// seconds is a line of pictures of one colour (ARGB) for so many seconds each, 320x180, two pictures a second.
func seconds(colors ...string) string {
	l := "concat name=c ! videoconvert ! "
	var parts string
	for _, c := range colors {
		n := 2
		pattern := "pattern=" + c
		if strings.HasPrefix(c, "0x") {
			pattern = "pattern=solid-color foreground-color=" + c
		}
		parts += fmt.Sprintf(" videotestsrc num-buffers=%d %s ! video/x-raw,width=320,height=180,framerate=2/1 ! c.", n,
			pattern)
	}
	return l + "%s" + parts
}

func run(t *testing.T, line, properties string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	sink := fmt.Sprintf("uprightthumbs location=%[1]s/p.jpg sprite=%[1]s/s.jpg index=%[1]s/s.vtt %[2]s", dir, properties)
	require.NoError(t, gstrun.Run(t.Context(), fmt.Sprintf(line, sink), gstrun.Options{}))
	return dir
}

func open(t *testing.T, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	p, err := jpeg.Decode(f)
	require.NoError(t, err)
	return p
}

// is says that a pixel is nearly of a colour.
func is(t *testing.T, p image.Image, x, y int, want color.RGBA, why string) {
	t.Helper()
	r, g, b, _ := p.At(x, y).RGBA()
	for i, v := range []uint32{r >> 8, g >> 8, b >> 8} {
		require.InDelta(t, []uint8{want.R, want.G, want.B}[i], v, 12, "%s: %v at %d,%d", why,
			[]uint32{r >> 8, g >> 8, b >> 8}, x, y)
	}
}

var (
	red   = color.RGBA{R: 255}
	green = color.RGBA{G: 255}
	blue  = color.RGBA{B: 255}
	white = color.RGBA{R: 255, G: 255, B: 255}
)

func TestGridAndIndex(t *testing.T) {
	dir := run(t, seconds("0xffff0000", "0xff00ff00", "0xff0000ff", "0xffff0000", "0xff00ff00"),
		"columns=3 sprite-url=\"a%20 b.jpg\"")
	grid := open(t, dir+"/s.jpg")
	require.Equal(t, image.Pt(480, 180), grid.Bounds().Size())
	for i, want := range []color.RGBA{red, green, blue, red, green} {
		is(t, grid, i%3*160+80, i/3*90+45, want, "tile")
	}
	is(t, grid, 2*160+80, 90+45, color.RGBA{}, "what is left of the grid is black")
	vtt, err := os.ReadFile(dir + "/s.vtt")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(vtt), "WEBVTT\n\n00:00:00.000 --> "+
		"00:00:01.000\na%2520%20b.jpg#xywh=0,0,160,90\n\n"), string(vtt))
	require.Equal(t, 5, strings.Count(string(vtt), "-->"))
	require.True(t, strings.HasSuffix(string(vtt), "\n00:00:04.000 --> 00:00:05.000\na%2520%20b.jpg#xywh=160,90,160,90\n"),
		string(vtt))
}

// A tile shows the picture that stands in the middle of its time, also where there are fewer pictures than tiles, or
// none yet.
func TestTilesOfTheirTime(t *testing.T) {
	dir := run(t, seconds("0xffff0000", "0xff00ff00", "0xff0000ff"), "tiles=4 interval=1500000000 start=500000000")
	grid := open(t, dir+"/s.jpg")
	require.Equal(t, image.Pt(640, 90), grid.Bounds().Size())
	for i, want := range []color.RGBA{green, blue, blue, blue} { // at 1.25 s, 2.75 s, …
		is(t, grid, i*160+80, 45, want, fmt.Sprint(i))
	}
	vtt, err := os.ReadFile(dir + "/s.vtt")
	require.NoError(t, err)
	require.Contains(t, string(vtt), "00:00:04.500 --> 00:00:06.000\ns.jpg#xywh=480,0,160,90\n")

	dir = run(t, strings.Replace(seconds("0xffff0000", "0xff00ff00"), "num-buffers=2",
		"num-buffers=2 timestamp-offset=2000000000", 1), "")
	grid = open(t, dir+"/s.jpg")
	require.Equal(t, image.Pt(640, 90), grid.Bounds().Size(), "two seconds without pictures have tiles, too")
	for i, want := range []color.RGBA{red, red, red, green} {
		is(t, grid, i*160+80, 45, want, fmt.Sprint(i))
	}
}

// The poster is the first picture in which there is something to be seen.
func TestPoster(t *testing.T) {
	dir := run(t, seconds("black", "0xff101010", "white", "smpte75", "ball"), "quality=90")
	poster := open(t, dir+"/p.jpg")
	require.Equal(t, image.Pt(320, 180), poster.Bounds().Size())
	is(t, poster, 5, 20, color.RGBA{191, 191, 191, 0}, "the first bar of SMPTE's pattern, 75 % white, in full range")
	is(t, poster, 315, 20, color.RGBA{B: 191}, "the last one")

	dir = run(t, seconds("black", "0xff050505"), "")
	is(t, open(t, dir+"/p.jpg"), 100, 100, color.RGBA{}, "if there is nothing else, black it is")
	dir = run(t, seconds("black", "white"), "tile-width=32 tile-height=32")
	require.Equal(t, image.Pt(64, 18), open(t, dir+"/s.jpg").Bounds().Size())
	is(t, open(t, dir+"/s.jpg"), 50, 9, white, "white is white")
}

func TestErrors(t *testing.T) {
	for line, want := range map[string]string{
		"videotestsrc num-buffers=0 ! uprightthumbs location=" + t.TempDir() +
			"/x.jpg": "There is no picture",
		"videotestsrc num-buffers=1 ! uprightthumbs location=" + filepath.Join(t.TempDir(), "no", "x.jpg"): "Could not write",
		"videotestsrc num-buffers=1 ! uprightthumbs sprite=/dev/full":                                      "Could not write /dev/full",
	} {
		var e *gstrun.Error
		require.ErrorAs(t, gstrun.Run(t.Context(), line, gstrun.Options{}), &e, line)
		require.Contains(t, e.Message, want)
	}
	require.NoError(t, gstrun.Run(t.Context(), "videotestsrc num-buffers=1 ! uprightthumbs", gstrun.Options{}),
		"nothing is to be written")
}
