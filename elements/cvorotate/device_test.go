package cvorotate_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
	"github.com/upright-media/upright/internal/fakedevice"
)

const (
	cuda = "memory:CUDAMemory"
	va   = "memory:VAMemory"
	gl   = "memory:GLMemory"
)

// fake registers an element of a device for a kind of memory.
func fake(t *testing.T, element string, kind fakedevice.Kind, memory string, mode fakedevice.Mode) {
	t.Helper()
	require.NoError(t, fakedevice.Register(element, kind, memory, mode))
}

// Pictures in the memory of a device stay there as far as those downstream take them there, turned by an element of the
// device, and go down by the shortest path where not. What they show is the same in any case.
func TestMemoryOfADevice(t *testing.T) {
	fake(t, "uptocuda", fakedevice.Up, cuda, fakedevice.Works)
	fake(t, "uptova", fakedevice.Up, va, fakedevice.Works)
	fake(t, "uptogl", fakedevice.Up, gl, fakedevice.Works)
	fake(t, "cudaconvertscale", fakedevice.Turner, cuda, fakedevice.Works)
	fake(t, "cudadownload", fakedevice.Down, cuda, fakedevice.Works)
	fake(t, "vapostproc", fakedevice.Turner, va, fakedevice.Works)
	fake(t, "fakevadownload", fakedevice.Down, va, fakedevice.Works)
	if !gstx.HasElement("gldownload") {
		fake(t, "gldownload", fakedevice.Down, gl, fakedevice.Works)
	}
	turns := map[int]cvo.Orientation{0: {Degrees: 90}, 4: {}, 8: {Degrees: 180, Flip: true}, 12: {Degrees: 270}}
	order := []cvo.Orientation{{Degrees: 90}, {}, {Degrees: 180, Flip: true}, {Degrees: 270}}
	for _, c := range []struct {
		name, up, properties, after string
		memory                      string // of what comes out of it, "" for the system's
		made, not                   string // names of children
	}{
		{"CUDA to CUDA", "uptocuda", "", "video/x-raw(memory:CUDAMemory) ! cudadownload !", cuda, "CUDAMemory-turner",
			"CUDAMemory-system"},
		{"CUDA to either", "uptocuda", "", "cudadownload !", cuda, "CUDAMemory-turner", "CUDAMemory-system"},
		{"CUDA down", "uptocuda", "", "", "", "CUDAMemory-turner", "CUDAMemory-system"},
		{"VA to VA", "uptova", "", "video/x-raw(memory:VAMemory) ! fakevadownload !", va, "VAMemory-turner", "VAMemory-down"},
		{"VA down", "uptova", "", "", "", "VAMemory-turner", "VAMemory-down"},
		{"CUDA with coloured bars", "uptocuda", "background=0xff808080", "", "", "CUDAMemory-system", "CUDAMemory-turner"},
		{"GL down", "uptogl", "", "", "", "GLMemory-system", "GLMemory-turner"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.up == "uptogl" && pipeline.PluginFile("gldownload") != "" {
				t.Skip("the real gldownload takes no pictures that only say that they are on a device")
			}
			p := gsttest.Parse(t, source(t, 64, 48, 0, 16)+" ! identity name=in ! "+c.up+" ! cvorotate name=r "+c.properties+" ! identity name=mid ! "+c.after+" video/x-raw,format=I420 ! fakesink name=out")
			out, mid := gsttest.Watch(t, p, "out", "sink"), gsttest.Watch(t, p, "mid", "sink")
			tagged(t, p, turns)
			gsttest.ToEnd(t, p)
			dot := strings.ReplaceAll(p.Dot(), "_", "-")
			require.Contains(t, dot, c.made)
			require.NotContains(t, dot, c.not)
			require.True(t, p.SetState(pipeline.Null))
			p.Close()
			caps := mid.Events(gstx.EventCaps)
			require.Len(t, caps, 1)
			require.Contains(t, caps[0], "width=(int)48, height=(int)64")
			if c.memory == "" {
				require.NotContains(t, caps[0], "memory:")
			} else {
				require.Contains(t, caps[0], c.memory)
			}
			frames := pictures(out)
			require.Len(t, frames, 16)
			for n, frame := range frames {
				o := order[n/4]
				y, h := 0, 64
				if o.Degrees%180 == 0 {
					y, h = 14, 36
				}
				got, number := look(frame, 48, 0, y, 48, h)
				require.InDelta(t, n, number, 2)
				requireCorners(t, shown(o), got, n)
				bar := 16.0
				if c.properties != "" {
					bar = 126
				}
				if y > 0 {
					require.InDelta(t, bar, frame[2*48+20], 4, "bar above picture %d", n)
				}
			}
			for _, tag := range mid.Tags() {
				require.Equal(t, "rotate-0", tag)
			}
		})
	}
}

// Size and shape come out as with pictures in system memory.
func TestCanvasOnADevice(t *testing.T) {
	fake(t, "uptocuda", fakedevice.Up, cuda, fakedevice.Works)
	fake(t, "cudaconvertscale", fakedevice.Turner, cuda, fakedevice.Works)
	fake(t, "cudadownload", fakedevice.Down, cuda, fakedevice.Works)
	for _, c := range []struct{ in, properties, out string }{
		{"width=64,height=48", "", "width=(int)64, height=(int)48"},
		{"width=61,height=47", "", "width=(int)62, height=(int)48"},
		{"width=61,height=47", "orientation=rotate-90", "width=(int)48, height=(int)62"},
		{"width=64,height=48", "width=128", "width=(int)128, height=(int)96"},
		{"width=64,height=48", "height=96 orientation=rotate-270", "width=(int)72, height=(int)96"},
		{"width=64,height=48", "width=63 height=47", "width=(int)63, height=(int)47"},
		{"width=64,height=48,pixel-aspect-ratio=2/1", "", "width=(int)128, height=(int)48"},
	} {
		var got []string
		for _, up := range []string{"identity", "uptocuda"} {
			p := gsttest.Parse(t, "videotestsrc num-buffers=2 ! video/x-raw,format=I420,"+c.in+" ! "+up+" ! cvorotate "+c.properties+" ! fakesink name=out")
			out := gsttest.Watch(t, p, "out", "sink")
			gsttest.Play(t, p)
			caps := out.Events(gstx.EventCaps)
			require.Contains(t, caps[len(caps)-1], c.out, up)
			require.Contains(t, caps[len(caps)-1], "pixel-aspect-ratio=(fraction)1/1", up)
			got = append(got, c.out)
		}
		require.Equal(t, got[0], got[1])
	}
}

// A decoder that changes between memories in mid-stream: the canvas stays.
func TestMemoryChanges(t *testing.T) {
	fake(t, "uptocuda", fakedevice.Up, cuda, fakedevice.Works)
	fake(t, "cudaconvertscale", fakedevice.Turner, cuda, fakedevice.Works)
	fake(t, "cudadownload", fakedevice.Down, cuda, fakedevice.Works)
	for _, order := range [][2]string{{"uptocuda", "identity"}, {"identity", "uptocuda"}} {
		p := gsttest.Parse(t, "concat name=c ! identity name=in ! cvorotate ! video/x-raw ! fakesink name=out  "+
			source(t, 64, 48, 0, 5)+" ! "+order[0]+" ! c.  "+source(t, 128, 96, 5, 10)+" ! "+order[1]+" ! c. ")
		out := gsttest.Watch(t, p, "out", "sink")
		tagged(t, p, map[int]cvo.Orientation{0: {Degrees: 90}, 8: {Degrees: 180}})
		gsttest.Play(t, p)
		frames := pictures(out)
		require.Len(t, frames, 10)
		for _, caps := range out.Events(gstx.EventCaps) {
			require.Contains(t, caps, "width=(int)48, height=(int)64")
		}
		for n, frame := range frames {
			o, y, h := cvo.Orientation{Degrees: 90}, 0, 64
			if n >= 8 {
				o, y, h = cvo.Orientation{Degrees: 180}, 14, 36
			}
			got, number := look(frame, 48, 0, y, 48, h)
			require.InDelta(t, n, number, 2)
			requireCorners(t, shown(o), got, order, n)
		}
	}
}

// The colour of the bars can change between two streams, and with it the path.
func TestColourChanges(t *testing.T) {
	fake(t, "uptocuda", fakedevice.Up, cuda, fakedevice.Works)
	fake(t, "cudaconvertscale", fakedevice.Turner, cuda, fakedevice.Works)
	fake(t, "cudadownload", fakedevice.Down, cuda, fakedevice.Works)
	p := gsttest.Parse(t, source(t, 64, 48, 0, 3)+" ! uptocuda ! cvorotate name=r width=64 height=64 ! "+
		"video/x-raw,format=I420 ! fakesink name=out")
	defer p.Close()
	r, _ := p.Element("r")
	out := gsttest.Watch(t, p, "out", "sink")
	for i, c := range []struct {
		colour string
		bar    float64
	}{{"4278190080", 16}, {"4286611584", 126}, {"4278190080", 16}, {"4294967295", 235}} {
		r.SetArg("background", c.colour)
		out.Clear()
		gsttest.ToEnd(t, p)
		frames := pictures(out)
		require.True(t, p.SetState(pipeline.Null))
		require.True(t, p.WaitState(time.Minute))
		require.Len(t, frames, 3, i)
		require.InDelta(t, c.bar, frames[1][2*64+20], 4, i)
	}
}

// Drivers that cannot do what they are told take it back in silence. cvorotate does not.
func TestDriverThatDoesNotTurn(t *testing.T) {
	fake(t, "uptocuda", fakedevice.Up, cuda, fakedevice.Works)
	fake(t, "cudadownload", fakedevice.Down, cuda, fakedevice.Works)
	fake(t, "cudaconvertscale", fakedevice.Turner, cuda, fakedevice.Stubborn)
	defer fake(t, "cudaconvertscale", fakedevice.Turner, cuda, fakedevice.Works)
	p := gsttest.Parse(t, "videotestsrc num-buffers=30 ! uptocuda ! cvorotate orientation=rotate-90 ! fakesink")
	m := failure(t, p)
	require.Equal(t, "The driver of the device cannot turn pictures by rotate-90.", m.Text)
	p = gsttest.Parse(t, "videotestsrc num-buffers=30 ! uptocuda ! cvorotate ! fakesink")
	gsttest.Play(t, p) // nothing to turn, nothing to say
}

// A turner that cannot be opened: it says so, and the pipeline can still be taken down.
func TestTurnerThatDoesNotStart(t *testing.T) {
	fake(t, "uptocuda", fakedevice.Up, cuda, fakedevice.Works)
	fake(t, "cudadownload", fakedevice.Down, cuda, fakedevice.Works)
	fake(t, "cudaconvertscale", fakedevice.Turner, cuda, fakedevice.NoStart)
	defer fake(t, "cudaconvertscale", fakedevice.Turner, cuda, fakedevice.Works)
	p := gsttest.Parse(t, "videotestsrc num-buffers=30 ! uptocuda ! cvorotate orientation=rotate-90 ! fakesink")
	defer p.Close()
	p.SetState(pipeline.Playing)
	m, ok := p.Pop(time.Minute)
	require.True(t, ok)
	require.Equal(t, "There is no device", m.Text)
	require.True(t, p.SetState(pipeline.Null))
	require.True(t, p.WaitState(time.Minute))
}

// Memory that nothing is known of is refused where pictures come from.
func TestUnknownMemory(t *testing.T) {
	fake(t, "uptonowhere", fakedevice.Up, "memory:Nowhere", fakedevice.Works)
	_, err := pipeline.Parse("videotestsrc num-buffers=3 ! uptonowhere ! cvorotate ! fakesink")
	require.ErrorContains(t, err, "could not link")
}

// With GStreamer's own elements for OpenGL, where they are installed; drawing in software will do.
func TestOpenGL(t *testing.T) {
	if !gstx.HasElement("glupload") || pipeline.PluginFile("gldownload") == "" {
		t.Skip("GStreamer's OpenGL elements are not installed (gstreamer1.0-gl)")
	}
	if os.Getenv("GST_GL_PLATFORM") == "" {
		t.Skip("for GST_GL_PLATFORM=egl GST_GL_WINDOW=egl-device")
	}
	p := gsttest.Parse(t, source(t, 64, 48, 0, 8)+" ! identity name=in ! glupload ! glcolorconvert ! "+
		"video/x-raw(memory:GLMemory),format=RGBA ! cvorotate ! videoconvert ! video/x-raw,format=I420 ! fakesink name=out")
	out := gsttest.Watch(t, p, "out", "sink")
	tagged(t, p, map[int]cvo.Orientation{0: {Degrees: 90}, 4: {}})
	gsttest.Play(t, p)
	frames := pictures(out)
	require.Len(t, frames, 8)
	for n, frame := range frames {
		o, y, h := cvo.Orientation{Degrees: 90}, 0, 64
		if n >= 4 {
			o, y, h = cvo.Orientation{}, 14, 36
		}
		got, _ := look(frame, 48, 0, y, 48, h)
		for i, want := range shown(o) {
			require.InDelta(t, want, got[i], 8, "picture %d", n)
		}
	}
}

// failure plays a pipeline until it fails.
func failure(t *testing.T, p *pipeline.Pipeline) pipeline.Message {
	t.Helper()
	defer p.Close()
	defer p.SetState(pipeline.Null)
	p.SetState(pipeline.Playing)
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); {
		if m, ok := p.Pop(time.Second); ok && m.Type == pipeline.MessageError {
			return m
		} else if ok && m.Type == pipeline.MessageEOS {
			break
		}
	}
	t.Fatal("it does not fail")
	return pipeline.Message{}
}
