// Package cvorotate is the element cvorotate: it turns pictures as the tag image-orientation says and puts them on a
// canvas of one size, so that a picture that turns or changes its size in mid-stream leaves one stream that any encoder
// and any muxer takes.
//
// It is a bin:
//
//	videoconvert ! videoflip ! (canvas)
//
// videoconvert lets everything through that videoflip can turn. The canvas is private, see canvas.c. Pictures that are
// not in system memory take another path: by an element of their device that turns and scales, or down to this one.
package cvorotate

import (
	"strings"
	"time"
	"unsafe"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/orient"
)

const (
	name      = "cvorotate"
	automatic = "auto"
	black     = 0xff000000
)

var class = gstx.Class{
	Name:     name,
	LongName: "Upright canvas",
	Klass:    "Filter/Effect/Video",
	Description: "Turns pictures as the image-orientation tag says and fits them into one size, so that a turn or a " +
		"change of size " +
		"in mid-stream leaves one clean stream; in system memory, or on the device where they are",
	Example: "gst-launch-1.0 mjrsrc location=video.mjr ! decodebin ! cvorotate ! x264enc ! mp4mux ! filesink " +
		"location=upright.mp4",
	Since: "0.1",
	Pads: []gstx.Pad{
		{Name: "sink", Sink: true, Caps: "video/x-raw; video/x-raw(ANY)"},
		{Name: "src", Caps: "video/x-raw, pixel-aspect-ratio=(fraction)1/1; video/x-raw(ANY), " +
			"pixel-aspect-ratio=(fraction)1/1"},
	},
	Properties: []gstx.Property{
		{Name: "orientation", Nick: "Orientation", Kind: gstx.Choice, Default: automatic,
			Blurb: "What to do to the pictures to show them upright: auto follows the image-orientation tags of the " +
				"stream",
			Choices: &gstx.Enum{TypeName: "UprightCvorotateOrientation",
				Values: orient.Values(gstx.EnumValue{Nick: automatic,
					Name: "As the image-orientation tags of the stream say"})}},
		{Name: "width", Nick: "Width", Kind: gstx.Int, Default: 0, Max: 16384,
			Blurb: "Width of the canvas in pixels (0 = that of the first picture when it is upright, made even)"},
		{Name: "height", Nick: "Height", Kind: gstx.Int, Default: 0, Max: 16384,
			Blurb: "Height of the canvas in pixels (0 = that of the first picture when it is upright, made even)"},
		{Name: "background", Nick: "Background", Kind: gstx.Uint, Default: uint(black), Max: 0xffffffff,
			Blurb: "Colour of the bars around a picture of another shape than the canvas, as ARGB"},
		{Name: "empty-from", Nick: "Empty from", Kind: gstx.String,
			Blurb: "Timestamps, in nanoseconds with commas between them, from which on an empty canvas stands until " +
				"the next picture; only in system memory (empty = none)"},
	},
}

// Register makes the element known, in the process (plugin nil) or as part of a plugin.
func Register(plugin unsafe.Pointer) error {
	return gstx.RegisterBin(plugin, &class, func() *rotate {
		r := new(rotate)
		r.Defaults(&class)
		return r
	})
}

// settings are what the user has set.
type settings struct {
	Orientation string `property:"orientation"`
	Width       int    `property:"width"`
	Height      int    `property:"height"`
	Background  uint   `property:"background"`
	EmptyFrom   string `property:"empty-from"` // ns, ns, …
}

type rotate struct {
	gstx.Settings[settings]
	missing string // element that GStreamer does not have
	probe   probe
	canvas  canvas

	system        *path            // for system memory
	paths         map[string]*path // others, by caps feature and whether bars have a colour
	now           *path
	width, height int // of the canvas, once it is known
}

// Constructed makes the children for system memory.
func (r *rotate) Constructed(bin gstx.Element) {
	r.canvas = makeCanvas(bin, "canvas")
	var chain []gstx.Element
	for _, factory := range []string{"videoconvert", "videoflip"} {
		child, ok := bin.Make(factory, factory)
		if !ok {
			r.missing = factory
			bin.Expose(gstx.Element{}, "sink")
			bin.Expose(gstx.Element{}, "src")
			return
		}
		chain = append(chain, child)
	}
	chain = append(chain, r.canvas.Element)
	for i := 1; i < len(chain); i++ {
		chain[i-1].Link(chain[i])
	}
	bin.Expose(chain[0], "sink")
	bin.Expose(r.canvas.Element, "src")
	bin.ProbeInput("sink")
	r.system = &path{first: chain[0], last: r.canvas.Element, turner: chain[1]}
	r.paths, r.now, r.probe.turner, r.probe.rotate = map[string]*path{}, r.system, chain[1], r
	var more []string
	for _, d := range devices {
		if caps := d.takes(); caps != "" {
			more = append(more, caps)
		}
	}
	takes(bin, "sink", chain[0], strings.Join(more, ";"))
	if len(more) > 0 {
		gives(bin, "src")
	}
}

// Open applies the settings.
func (r *rotate) Open(gstx.Element) error {
	if r.missing != "" {
		return &gstx.Error{Domain: gstx.CoreDomain, Code: gstx.CoreMissingPlugin,
			Text: "GStreamer's element " + r.missing +
				" is not installed: install the package gst-plugins-good and gst-plugins-base.",
			Debug: "gst_element_factory_make(" + r.missing + ") returned NULL"}
	}
	s := r.Get()
	r.canvas.set(s.Width, s.Height, uint32(s.Background))
	times, err := gstx.ParseTimes(s.EmptyFrom)
	if err != nil {
		return &gstx.Error{Domain: gstx.LibraryDomain, Code: gstx.LibrarySettings,
			Text: "The property empty-from is wrong: " + err.Error() + "."}
	}
	r.canvas.emptyFrom(times)
	r.probe.close(s.Orientation)
	return nil
}

// Reset makes the bin ready for another stream.
func (r *rotate) Reset(bin gstx.Element) {
	if err := r.Open(bin); err != nil {
		bin.Logf(gstx.LogError, "%v", err)
	}
}

// EnterEvent and EnterData are those of the input probe.
func (r *rotate) EnterEvent(bin gstx.Element, pad gstx.PadRef, e gstx.Event) gstx.Event {
	return r.probe.event(bin, pad, e)
}
func (r *rotate) EnterData(bin gstx.Element, pad gstx.PadRef, pts time.Duration) bool {
	if class.Logs(gstx.LogDebug) {
		verb := map[bool]string{true: "left out", false: "turned by " + r.probe.turned}[r.probe.hidden]
		bin.Logf(gstx.LogDebug, "picture at %v: %s", pts, verb)
	}
	if r.probe.hidden {
		return false
	}
	r.probe.let(bin, pad)
	return true
}

// EOS lets the end of the stream pass.
func (r *rotate) EOS(gstx.Element) error { return nil }

// direction is the value of video-direction that does to a picture what o says. An upright picture mirrored (horiz) and
// turned is the same as one transposed: ur-ll swaps the corners upper right and lower left.
func direction(o cvo.Orientation) string {
	if o.Flip {
		return map[int]string{0: "horiz", 90: "ur-ll", 180: "vert", 270: "ul-lr"}[o.Degrees]
	}
	return map[int]string{0: "identity", 90: "90r", 180: "180", 270: "90l"}[o.Degrees]
}
