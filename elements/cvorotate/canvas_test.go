package cvorotate_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
)

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
		{"an odd size that is asked for stays", "width=63 height=47", 64, 48, cvo.Orientation{}, [2]int{63, 47},
			[4]int{0, 0, 63, 47}},
		{"tiny", "", 2, 2, cvo.Orientation{Degrees: 90}, [2]int{2, 2}, [4]int{}},
		{"one pixel", "", 1, 1, cvo.Orientation{}, [2]int{2, 2}, [4]int{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			line := fmt.Sprintf("videotestsrc num-buffers=2 pattern=white ! video/x-raw,format=I420,width=%d,height=%d ! "+
				"identity name=in", c.width, c.height)
			if c.rect != [4]int{} && c.width%4 == 0 {
				line = source(t, c.width, c.height, 0, 2) + " ! identity name=in"
			}
			p := gsttest.Parse(t, line+" ! cvorotate "+c.properties+" ! videoconvert ! video/x-raw,format=GRAY8 ! "+
				"fakesink name=out")
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
	p := gsttest.Parse(t, source(t, 64, 48, 0, 1)+" ! cvorotate width=64 height=64 background=0xff00ff00 ! "+
		"videoconvert ! video/x-raw,format=RGB ! fakesink name=out")
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
		p := gsttest.Parse(t, source(t, 64, 48, 0, 1)+" ! capssetter caps=video/x-raw,pixel-aspect-ratio=2/1 ! identity "+
			"name=in ! cvorotate ! fakesink name=out")
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
		p := gsttest.Parse(t, "videotestsrc num-buffers=3 ! video/x-raw,format="+format+",width=64,height=48 ! identity "+
			"name=in ! cvorotate width=64 height=64 ! fakesink name=out")
		out := gsttest.Watch(t, p, "out", "sink")
		tagged(t, p, map[int]cvo.Orientation{0: {Degrees: 90}, 2: {Degrees: 180}})
		gsttest.Play(t, p)
		frames := pictures(out)
		require.Len(t, frames, 3, format)
	}
}

// The canvas stands empty until the first picture comes, if that is asked for.
func TestEmptyFrom(t *testing.T) {
	const late = 3 * time.Second
	for _, c := range []struct {
		properties string
		pictures   int
		from       time.Duration
		luma       byte
	}{
		{"", 5, late, 0},
		{"empty-from=0", 6, 0, 16},
		{"empty-from=1000000000", 6, time.Second, 16},
		{"empty-from=0 background=0xffffffff", 6, 0, 235},
		{"empty-from=0 width=96 height=96", 6, 0, 16}, // not passed through
		{"empty-from=3000000000", 5, late, 0},
		{"empty-from=4000000000", 6, late, 0}, // behind the last one
		{"empty-from=1000000000,0", 6, time.Second, 16},
		{"empty-from=-1", 5, late, 0},
	} {
		t.Run(c.properties, func(t *testing.T) {
			p := gsttest.Parse(t, fmt.Sprintf("videotestsrc num-buffers=5 timestamp-offset=%d ! "+
				"video/x-raw,format=I420,width=64,height=48 ! cvorotate %s ! fakesink name=out",
				late, c.properties))
			out := gsttest.Watch(t, p, "out", "sink")
			gsttest.Play(t, p)
			got := out.Buffers()
			require.Equal(t, c.pictures, len(got))
			require.Equal(t, c.from, got[0].PTS)
			if c.luma == 0 {
				return
			}
			require.Equal(t, late-c.from, got[0].Duration)
			require.Equal(t, late, got[1].PTS)
			require.Len(t, got[0].Data, len(got[1].Data))
			luma := len(got[0].Data) * 2 / 3
			require.True(t, bytes.Equal(bytes.Repeat([]byte{c.luma}, luma), got[0].Data[:luma]), "%x", got[0].Data[:8])
			require.True(t, bytes.Equal(bytes.Repeat([]byte{128}, luma/2), got[0].Data[luma:]), "%x", got[0].Data[luma:luma+8])
		})
	}
}

// The canvas stands empty in each hole that is named, also in one that only ends with the stream.
func TestEmptyInHoles(t *testing.T) {
	p := gsttest.Parse(t, "concat name=c adjust-base=false ! cvorotate "+
		"empty-from=200000000,5200000000,1000000000,9000000000 ! "+
		"fakesink name=out "+part(0)+part(5*time.Second)+part(8*time.Second))
	out := gsttest.Watch(t, p, "out", "sink")
	gsttest.Play(t, p)
	var dark []time.Duration
	for _, b := range out.Buffers() {
		if b.Data[0] == 16 {
			dark = append(dark, b.PTS)
		}
	}
	require.Equal(t, []time.Duration{time.Second, 5200 * time.Millisecond, 9 * time.Second}, dark,
		"of two times in one hole the later one counts")
}

// part is a second of pictures that are white, from a time on.
func part(from time.Duration) string {
	return fmt.Sprintf(" videotestsrc pattern=white num-buffers=5 timestamp-offset=%d ! "+
		"video/x-raw,format=I420,width=64,height=48,framerate=25/1 ! c.", from)
}

// A stream that goes on at another frame rate and in other colours stays one stream behind the canvas: muxers of
// Matroska take no new caps.
func TestOneStream(t *testing.T) {
	part := func(caps string) string {
		return "videotestsrc num-buffers=4 pattern=blue ! video/x-raw,format=I420," + caps + " ! c. "
	}
	p := gsttest.Parse(t, "concat name=c adjust-base=false ! cvorotate width=64 height=48 ! fakesink name=out "+
		part("width=64,height=48,framerate=0/1,colorimetry=bt601,chroma-site=jpeg")+
		part("width=96,height=48,framerate=15/1,colorimetry=bt709,chroma-site=mpeg2")+
		part("width=64,height=48,framerate=30/1,colorimetry=bt709"))
	out := gsttest.Watch(t, p, "out", "sink")
	gsttest.Play(t, p)
	require.Len(t, out.Events(gstx.EventCaps), 1)
	got := out.Buffers()
	require.Equal(t, 12, len(got))
	middle := 24*64 + 32
	for i, b := range got { // blue in the first part's colours, whatever it was in
		require.InDelta(t, got[0].Data[middle], b.Data[middle], 2, i)
	}
}

func TestEmptyFromIsWrong(t *testing.T) {
	for text, says := range map[string]string{"soon": `"soon" is no time in nanoseconds`,
		"1,2x": `"2x" is no time in nanoseconds`} {
		err := gstrun.Run(t.Context(), "videotestsrc num-buffers=1 ! cvorotate empty-from="+text+" ! fakesink",
			gstrun.Options{})
		require.ErrorContains(t, err, says)
	}
}

// Before the first picture there may be gaps and another size: the canvas still stands empty until then.
func TestEmptyFromAfterGaps(t *testing.T) {
	p := gsttest.Parse(t, "concat name=c ! cvorotate empty-from=0 ! fakesink name=out  "+
		"videotestsrc num-buffers=2 ! video/x-raw,format=I420,width=64,height=48 ! identity drop-probability=1 ! c.  "+
		"videotestsrc num-buffers=3 timestamp-offset=3000000000 ! video/x-raw,format=I420,width=128,height=96 ! c.")
	out := gsttest.Watch(t, p, "out", "sink")
	gsttest.Play(t, p)
	require.NotEmpty(t, out.Events(gstx.EventGap))
	got := out.Buffers()
	require.Len(t, got, 4)
	require.Zero(t, got[0].PTS)
	require.Equal(t, 3*time.Second, got[0].Duration)
	require.Equal(t, 3*time.Second, got[1].PTS)
}
