package cvorotate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/cvorotate"
	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/orient"
)

func TestMain(m *testing.M) {
	if err := cvorotate.Register(nil); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// corners are the luma of a picture's corners, clockwise from the upper left.
var corners = [4]byte{200, 150, 100, 50}

// shown is what the corners are after a receiver has done what o says: mirror left-right, then turn clockwise.
func shown(o cvo.Orientation) (c [4]byte) {
	c = corners
	if o.Flip {
		c = [4]byte{c[1], c[0], c[3], c[2]}
	}
	for range o.Degrees / 90 {
		c = [4]byte{c[3], c[0], c[1], c[2]}
	}
	return c
}

// picture makes one I420 picture with corners of a quarter of the size and its number as the luma in the middle.
func picture(width, height, number int) []byte {
	p := make([]byte, width*height, width*height*3/2)
	for y := range height {
		for x := range width {
			v := byte(20 + number)
			top, bottom, left, right := y < height/4, y >= height*3/4, x < width/4, x >= width*3/4
			switch {
			case top && left:
				v = corners[0]
			case top && right:
				v = corners[1]
			case bottom && right:
				v = corners[2]
			case bottom && left:
				v = corners[3]
			}
			p[y*width+x] = v
		}
	}
	return append(p, slices.Repeat([]byte{128}, width*height/2)...)
}

// source returns the part of a line that delivers pictures numbered from..to-1.
func source(t *testing.T, width, height, from, to int) string {
	path := filepath.Join(t.TempDir(), "pictures")
	f, err := os.Create(path)
	require.NoError(t, err)
	for n := from; n < to; n++ {
		_, err = f.Write(picture(width, height, n))
		require.NoError(t, err)
	}
	require.NoError(t, f.Close())
	return fmt.Sprintf("filesrc location=%s ! rawvideoparse format=i420 width=%d height=%d framerate=30/1", path, width, height)
}

// pictures are the contents of the buffers.
func pictures(r *gsttest.Record) (frames [][]byte) {
	for _, b := range r.Buffers() {
		frames = append(frames, b.Data)
	}
	return frames
}

// tagged sends a tag in front of the pictures with these numbers.
func tagged(t *testing.T, p *gstx.Pipeline, turns map[int]cvo.Orientation) {
	e, ok := p.Element("in")
	require.True(t, ok)
	n := 0
	require.True(t, e.Probe("src", gstx.ProbeBuffers, func(p *gstx.Probe) gstx.Verdict {
		if o, ok := turns[n]; ok {
			p.Pad.Push(gstx.TagEvent(gstx.TagImageOrientation, orient.Tag(o)))
		}
		n++
		return gstx.Pass
	}))
}

// look returns the corners and the number in a canvas, where the picture is in the rectangle given.
func look(frame []byte, canvasWidth, x, y, w, h int) (c [4]byte, number int) {
	at := func(px, py int) byte { return frame[(y+h*py/100)*canvasWidth+x+w*px/100] }
	return [4]byte{at(12, 12), at(88, 12), at(88, 88), at(12, 88)}, int(at(50, 50)) - 20
}

func requireCorners(t *testing.T, want, got [4]byte, msg ...any) {
	t.Helper()
	for i := range want {
		require.InDelta(t, want[i], got[i], 6, "corners %v instead of %v: %v", got, want, msg)
	}
}

// Every turn and flip, each of them in front of one certain picture: all pictures before it are as before, it and all after it
// are turned, none is lost, and those downstream see one size from the start to the end.
func TestEveryOrientationAtItsPicture(t *testing.T) {
	turns := map[int]cvo.Orientation{}
	var order []cvo.Orientation
	for i := range 2 * len(orient.All) {
		order = append(order, orient.All[(i*5+1)%len(orient.All)])
		turns[i*7] = order[i]
	}
	total := 7 * len(order)
	p := gsttest.Parse(t, source(t, 64, 48, 0, total)+" ! identity name=in ! cvorotate ! fakesink name=out")
	out := gsttest.Watch(t, p, "out", "sink")
	tagged(t, p, turns)
	gsttest.Play(t, p)
	frames, caps := pictures(out), out.Events(gstx.EventCaps)

	require.Len(t, frames, total)
	require.Len(t, caps, 1, "those downstream must not see the canvas change")
	first := order[0]
	require.NotZero(t, first.Degrees%180, "the test wants a first picture on its side")
	require.Contains(t, caps[0], "width=(int)48, height=(int)64")
	require.Contains(t, caps[0], "pixel-aspect-ratio=(fraction)1/1")
	for n, frame := range frames {
		o := order[n/7]
		x, y, w, h := 0, 0, 48, 64
		if o.Degrees%180 == 0 {
			y, h = 14, 36 // 64x48 in 48x64
		}
		c, number := look(frame, 48, x, y, w, h)
		require.InDelta(t, n, number, 1, "picture %d has the number %d", n, number)
		requireCorners(t, shown(o), c, "picture", n, orient.Tag(o))
		if y > 0 {
			require.InDelta(t, 16, frame[2*48+20], 1, "bar above picture %d", n)
			require.InDelta(t, 16, frame[62*48+20], 1, "bar below picture %d", n)
		}
	}
	for _, tag := range out.Tags() {
		require.Equal(t, "rotate-0", tag, "whoever honours the tag downstream would turn the pictures again")
	}
	require.NotEmpty(t, out.Tags())
}

func TestFixedOrientationIgnoresTags(t *testing.T) {
	for _, o := range orient.All {
		p := gsttest.Parse(t, source(t, 64, 48, 0, 3)+" ! identity name=in ! cvorotate orientation="+orient.Tag(o)+" ! fakesink name=out")
		out := gsttest.Watch(t, p, "out", "sink")
		tagged(t, p, map[int]cvo.Orientation{0: {Degrees: 180}, 1: {Degrees: 90}})
		gsttest.Play(t, p)
		frames := pictures(out)
		w, h := 64, 48
		if o.Degrees%180 != 0 {
			w, h = 48, 64
		}
		require.Len(t, frames, 3)
		require.Equal(t, w*h*3/2, len(frames[0]), orient.Tag(o))
		for _, frame := range frames {
			c, _ := look(frame, w, 0, 0, w, h)
			requireCorners(t, shown(o), c, orient.Tag(o))
		}
	}
}

// A picture that is not turned and has the size of the canvas is passed on as it is.
func TestUprightPictureIsUntouched(t *testing.T) {
	p := gsttest.Parse(t, source(t, 64, 48, 0, 2)+" ! cvorotate ! fakesink name=out")
	out := gsttest.Watch(t, p, "out", "sink")
	gsttest.Play(t, p)
	frames := pictures(out)
	require.Equal(t, [][]byte{picture(64, 48, 0), picture(64, 48, 1)}, frames)
}

func TestCanvas(t *testing.T) {
	for _, c := range []struct {
		name, properties string
		width, height    int // of the picture
		turn             cvo.Orientation
		canvas           [2]int
		rect             [4]int // where the picture is
	}{
		{"given", "width=96 height=96", 64, 48, cvo.Orientation{}, [2]int{96, 96}, [4]int{0, 12, 96, 72}},
		{"given, turned", "width=96 height=96", 64, 48, cvo.Orientation{Degrees: 90}, [2]int{96, 96}, [4]int{12, 0, 72, 96}},
		{"width given", "width=128", 64, 48, cvo.Orientation{}, [2]int{128, 96}, [4]int{0, 0, 128, 96}},
		{"height given", "height=96", 64, 48, cvo.Orientation{Degrees: 270}, [2]int{72, 96}, [4]int{0, 0, 72, 96}},
		{"odd width becomes even", "", 61, 48, cvo.Orientation{}, [2]int{62, 48}, [4]int{0, 0, 62, 48}},
		{"odd size becomes even", "", 61, 47, cvo.Orientation{Degrees: 90}, [2]int{48, 62}, [4]int{0, 0, 48, 62}},
		{"an odd size that is asked for stays", "width=63 height=47", 64, 48, cvo.Orientation{}, [2]int{63, 47}, [4]int{0, 0, 63, 47}},
		{"tiny", "", 2, 2, cvo.Orientation{Degrees: 90}, [2]int{2, 2}, [4]int{}},
		{"one pixel", "", 1, 1, cvo.Orientation{}, [2]int{2, 2}, [4]int{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			line := fmt.Sprintf("videotestsrc num-buffers=2 pattern=white ! video/x-raw,format=I420,width=%d,height=%d ! identity name=in", c.width, c.height)
			if c.rect != [4]int{} && c.width%4 == 0 {
				line = source(t, c.width, c.height, 0, 2) + " ! identity name=in"
			}
			p := gsttest.Parse(t, line+" ! cvorotate "+c.properties+" ! videoconvert ! video/x-raw,format=GRAY8 ! fakesink name=out")
			out := gsttest.Watch(t, p, "out", "sink")
			tagged(t, p, map[int]cvo.Orientation{0: c.turn})
			gsttest.Play(t, p)
			frames, caps := pictures(out), out.Events(gstx.EventCaps)
			require.Len(t, frames, 2)
			require.Contains(t, caps[len(caps)-1], fmt.Sprintf("width=(int)%d, height=(int)%d", c.canvas[0], c.canvas[1]))
			if c.rect != [4]int{} && c.width%4 == 0 {
				stride := (c.canvas[0] + 3) / 4 * 4
				got, _ := look(frames[1], stride, c.rect[0], c.rect[1], c.rect[2], c.rect[3])
				requireCorners(t, shown(c.turn), got, c.name)
			}
		})
	}
}

// A change of size in mid-stream, as simulcast makes it, is scaled to the canvas, from its first picture on.
func TestSizeChange(t *testing.T) {
	p := gsttest.Parse(t, "concat name=c ! identity name=in ! cvorotate ! fakesink name=out  "+
		source(t, 64, 48, 0, 5)+" ! c.  "+source(t, 128, 96, 5, 10)+" ! c.  "+source(t, 48, 64, 10, 15)+" ! c.")
	out := gsttest.Watch(t, p, "out", "sink")
	tagged(t, p, map[int]cvo.Orientation{8: {Degrees: 180}})
	gsttest.Play(t, p)
	frames, caps := pictures(out), out.Events(gstx.EventCaps)
	require.Len(t, frames, 15)
	require.Len(t, caps, 1)
	require.Contains(t, caps[0], "width=(int)64, height=(int)48")
	for n, frame := range frames {
		x, w, o := 0, 64, cvo.Orientation{}
		if n >= 8 {
			o.Degrees = 180
		}
		if n >= 10 {
			x, w = 14, 36 // 48x64 in 64x48
		}
		c, number := look(frame, 64, x, 0, w, 48)
		require.InDelta(t, n, number, 1)
		requireCorners(t, shown(o), c, n)
	}
}

func TestBackground(t *testing.T) {
	// Green: Y 145, U 54, V 34 in BT.601. Read as RGB, where it is unmistakable.
	p := gsttest.Parse(t, source(t, 64, 48, 0, 1)+" ! cvorotate width=64 height=64 background=0xff00ff00 ! videoconvert ! video/x-raw,format=RGB ! fakesink name=out")
	out := gsttest.Watch(t, p, "out", "sink")
	gsttest.Play(t, p)
	frames := pictures(out)
	require.Len(t, frames, 1)
	for _, y := range []int{1, 62} {
		px := frames[0][(y*64+32)*3:][:3]
		require.Less(t, px[0], byte(20))
		require.Greater(t, px[1], byte(235))
		require.Less(t, px[2], byte(20))
	}
	px := frames[0][(32*64+32)*3:][:3]
	require.InDelta(t, px[0], px[1], 3, "the picture itself is grey")
}

// Pixels that are not square are made so.
func TestPixelAspectRatio(t *testing.T) {
	for turn, want := range map[int]string{0: "width=(int)128, height=(int)48", 90: "width=(int)48, height=(int)128"} {
		p := gsttest.Parse(t, source(t, 64, 48, 0, 1)+" ! capssetter caps=video/x-raw,pixel-aspect-ratio=2/1 ! identity name=in ! cvorotate ! fakesink name=out")
		out := gsttest.Watch(t, p, "out", "sink")
		tagged(t, p, map[int]cvo.Orientation{0: {Degrees: turn}})
		gsttest.Play(t, p)
		frames, caps := pictures(out), out.Events(gstx.EventCaps)
		require.Len(t, frames, 1)
		require.Contains(t, caps[0], want)
	}
}

// Formats that videoflip does not know are converted.
func TestFormats(t *testing.T) {
	for _, format := range []string{"I420", "NV12", "Y42B", "Y444", "I420_10LE", "P010_10LE", "RGBA", "GRAY8", "v210"} {
		p := gsttest.Parse(t, "videotestsrc num-buffers=3 ! video/x-raw,format="+format+",width=64,height=48 ! identity name=in ! cvorotate width=64 height=64 ! fakesink name=out")
		out := gsttest.Watch(t, p, "out", "sink")
		tagged(t, p, map[int]cvo.Orientation{0: {Degrees: 90}, 2: {Degrees: 180}})
		gsttest.Play(t, p)
		frames := pictures(out)
		require.Len(t, frames, 3, format)
	}
}

// One element, used for several streams: it forgets canvas and orientation of the one before.
func TestReuse(t *testing.T) {
	p := gsttest.Parse(t, source(t, 64, 48, 0, 3)+" ! identity name=in ! cvorotate ! fakesink name=out")
	defer p.Close()
	out := gsttest.Watch(t, p, "out", "sink")
	n := 0
	e, _ := p.Element("in")
	require.True(t, e.Probe("src", gstx.ProbeBuffers, func(p *gstx.Probe) gstx.Verdict {
		if n%6 == 0 { // every other run
			p.Pad.Push(gstx.TagEvent(gstx.TagImageOrientation, "rotate-90"))
		}
		n++
		return gstx.Pass
	}))
	for i := range 20 {
		out.Clear()
		gsttest.ToEnd(t, p)
		frames, caps := pictures(out), out.Events(gstx.EventCaps)
		require.True(t, p.SetState([]gstx.State{gstx.Null, gstx.Ready}[i%2]))
		require.True(t, p.WaitState(time.Second))
		want := "width=(int)48, height=(int)64"
		if i%2 == 1 {
			want = "width=(int)64, height=(int)48"
		}
		require.Len(t, caps, 1)
		require.Contains(t, caps[0], want, "run %d", i)
		require.Len(t, frames, 3)
	}
}

// A stream that ends before its first picture, and a bin that is torn down while it holds events back.
func TestNoPictures(t *testing.T) {
	p := gsttest.Parse(t, "videotestsrc num-buffers=0 ! cvorotate ! fakesink")
	gsttest.Play(t, p)
	p = gsttest.Parse(t, "fakesrc num-buffers=1 ! identity drop-probability=1 ! cvorotate ! fakesink")
	gsttest.Play(t, p)
	p = gsttest.Parse(t, "appsrc caps=video/x-raw,format=I420,width=64,height=48,framerate=30/1 ! cvorotate ! fakesink")
	require.True(t, p.SetState(gstx.Paused))
	require.True(t, p.SetState(gstx.Null))
	p.Close()
}

// The reason to have it: what breaks muxers without it. x264enc and matroskamux refuse a stream whose size changes.
func TestEncodersAndMuxersTakeIt(t *testing.T) {
	if !gstx.HasElement("x264enc") {
		t.Fatal("x264enc is needed (gst-plugins-ugly)")
	}
	path := filepath.Join(t.TempDir(), "out.mkv")
	p := gsttest.Parse(t, source(t, 64, 48, 0, 40)+" ! identity name=in ! cvorotate ! x264enc ! video/x-h264,profile=high ! matroskamux ! filesink buffer-mode=unbuffered location="+path)
	tagged(t, p, map[int]cvo.Orientation{0: {Degrees: 90}, 20: {}})
	gsttest.Play(t, p)

	p = gsttest.Parse(t, "filesrc location="+path+" ! matroskademux ! h264parse ! avdec_h264 ! videoconvert ! video/x-raw,format=I420 ! fakesink name=out")
	out := gsttest.Watch(t, p, "out", "sink")
	gsttest.Play(t, p)
	frames, caps := pictures(out), out.Events(gstx.EventCaps)
	require.Len(t, frames, 40)
	require.True(t, strings.Contains(caps[0], "width=(int)48") && strings.Contains(caps[0], "height=(int)64"), caps[0])
}
