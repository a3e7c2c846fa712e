package cvorotate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/cvorotate"
	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
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
	return fmt.Sprintf("filesrc location=%s ! rawvideoparse format=i420 width=%d height=%d framerate=30/1", path, width,
		height)
}

// pictures are the contents of the buffers.
func pictures(r *gsttest.Record) (frames [][]byte) {
	for _, b := range r.Buffers() {
		frames = append(frames, b.Data)
	}
	return frames
}

// tagged sends a tag in front of the pictures with these numbers.
func tagged(t *testing.T, p *pipeline.Pipeline, turns map[int]cvo.Orientation) {
	e, ok := p.Element("in")
	require.True(t, ok)
	n := 0
	require.True(t, e.Probe("src", gstx.ProbeBuffers, func(p *gstx.Probe) gstx.Verdict {
		if o, ok := turns[n]; ok {
			p.Pad.Push(gstx.TagEvent(gstx.TagImageOrientation, o.ImageOrientation()))
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
