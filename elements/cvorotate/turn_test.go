package cvorotate_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
)

// Every turn and flip, each of them in front of one certain picture: all pictures before it are as before, it and all
// after it are turned, none is lost, and those downstream see one size from the start to the end.
func TestEveryOrientationAtItsPicture(t *testing.T) {
	turns := map[int]cvo.Orientation{}
	var order []cvo.Orientation
	for i := range 2 * len(cvo.Orientations()) {
		order = append(order, cvo.Orientations()[(i*5+1)%len(cvo.Orientations())])
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
		requireCorners(t, shown(o), c, "picture", n, o.ImageOrientation())
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
	for _, o := range cvo.Orientations() {
		p := gsttest.Parse(t, source(t, 64, 48, 0, 3)+" ! identity name=in ! cvorotate orientation="+
			o.ImageOrientation()+" ! fakesink name=out")
		out := gsttest.Watch(t, p, "out", "sink")
		tagged(t, p, map[int]cvo.Orientation{0: {Degrees: 180}, 1: {Degrees: 90}})
		gsttest.Play(t, p)
		frames := pictures(out)
		w, h := 64, 48
		if o.Degrees%180 != 0 {
			w, h = 48, 64
		}
		require.Len(t, frames, 3)
		require.Equal(t, w*h*3/2, len(frames[0]), o.ImageOrientation())
		for _, frame := range frames {
			c, _ := look(frame, w, 0, 0, w, h)
			requireCorners(t, shown(o), c, o.ImageOrientation())
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
		require.True(t, p.SetState([]pipeline.State{pipeline.Null, pipeline.Ready}[i%2]))
		require.True(t, p.WaitState(time.Minute))
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
	require.True(t, p.SetState(pipeline.Paused))
	require.True(t, p.SetState(pipeline.Null))
	p.Close()
}

// The reason to have it: what breaks muxers without it. x264enc and matroskamux refuse a stream whose size changes.
func TestEncodersAndMuxersTakeIt(t *testing.T) {
	if !gstx.HasElement("x264enc") {
		t.Fatal("x264enc is needed (gst-plugins-ugly)")
	}
	path := filepath.Join(t.TempDir(), "out.mkv")
	p := gsttest.Parse(t, source(t, 64, 48, 0, 40)+" ! identity name=in ! cvorotate ! x264enc ! "+
		"video/x-h264,profile=high ! matroskamux ! filesink buffer-mode=unbuffered location="+path)
	tagged(t, p, map[int]cvo.Orientation{0: {Degrees: 90}, 20: {}})
	gsttest.Play(t, p)

	p = gsttest.Parse(t, "filesrc location="+path+" ! matroskademux ! h264parse ! avdec_h264 ! videoconvert ! "+
		"video/x-raw,format=I420 ! fakesink name=out")
	out := gsttest.Watch(t, p, "out", "sink")
	gsttest.Play(t, p)
	frames, caps := pictures(out), out.Events(gstx.EventCaps)
	require.Len(t, frames, 40)
	require.True(t, strings.Contains(caps[0], "width=(int)48") && strings.Contains(caps[0], "height=(int)64"), caps[0])
}
