// Package thumbsink is the element uprightthumbs: a sink that makes of a video what one shows of it before it plays: a
// poster, and a sprite, which is one JPEG with small pictures in a grid, with a WebVTT file that says which is when.
//
// It is a bin:
//
//	videoconvert ! capsfilter ! fakesink
//
// and looks at what comes to the fakesink. It is meant for a few pictures per second at most (videorate).
package thumbsink

import (
	"sync"
	"time"
	"unsafe"

	"github.com/upright-media/upright/elements/internal/gstx"
)

const (
	defaultColumns = 10
	defaultQuality = 75
	defaultTile    = 160
	maxTiles       = 1000
)

var class = gstx.Class{
	Name:     "uprightthumbs",
	LongName: "Upright thumbnails",
	Klass:    "Sink/Video/Image",
	Description: "Makes a poster of a video (its first picture in which there is something to be seen), and a sprite " +
		"(small pictures in a grid) with a WebVTT file that says which is when",
	Example: "gst-launch-1.0 mjrsrc location=video.mjr ! decodebin ! cvorotate ! videorate drop-only=true ! " +
		"video/x-raw,framerate=1/1 ! " +
		"uprightthumbs location=poster.jpg sprite=sprite.jpg index=sprite.vtt interval=5000000000",
	Since: "0.1",
	Pads:  []gstx.Pad{{Name: "sink", Sink: true, Caps: "video/x-raw"}},
	Properties: []gstx.Property{
		{Name: "location", Nick: "Poster", Kind: gstx.String,
			Blurb: "Path of the poster to write, a JPEG as large as the pictures (empty = none)"},
		{Name: "sprite", Nick: "Sprite", Kind: gstx.String, Blurb: "Path of the sprite to write, a JPEG (empty = none)"},
		{Name: "index", Nick: "Index of the sprite", Kind: gstx.String,
			Blurb: "Path of the WebVTT file to write, which says where in the sprite to look when (empty = none)"},
		{Name: "sprite-url", Nick: "URL of the sprite", Kind: gstx.String,
			Blurb: "What the index calls the sprite (empty = its base name)"},
		{Name: "interval", Nick: "Interval", Kind: gstx.Int64, Default: int64(time.Second), Max: 1<<63 - 1,
			Blurb: "Time from one picture of the sprite to the next, in nanoseconds"},
		{Name: "start", Nick: "Start", Kind: gstx.Int64, Default: int64(0), Max: 1<<63 - 1,
			Blurb: "Time at which the index begins, in nanoseconds"},
		{Name: "tiles", Nick: "Number of tiles", Kind: gstx.Int, Default: 0, Max: maxTiles,
			Blurb: "How many pictures the sprite has (0 = as many as there are intervals until the last picture, 1000 at most)"},
		{Name: "tile-width", Nick: "Width of tiles", Kind: gstx.Int, Default: defaultTile, Max: 1024,
			Blurb: "Width into which pictures of the sprite fit, in pixels"},
		{Name: "tile-height", Nick: "Height of tiles", Kind: gstx.Int, Default: defaultTile, Max: 1024,
			Blurb: "Height into which pictures of the sprite fit, in pixels"},
		{Name: "columns", Nick: "Columns", Kind: gstx.Int, Default: defaultColumns, Max: 100,
			Blurb: "How many pictures are side by side in the sprite"},
		{Name: "quality", Nick: "Quality", Kind: gstx.Int, Default: defaultQuality, Max: 100,
			Blurb: "Of the JPEGs, from 1 to 100 (best)"},
	},
}

// Register makes the element known, in the process (plugin nil) or as part of a plugin.
func Register(plugin unsafe.Pointer) error {
	return gstx.RegisterBin(plugin, &class, func() *sink {
		s := new(sink)
		s.Defaults(&class)
		return s
	})
}

// settings are what the user has set.
type settings struct {
	Location   string `property:"location"`
	Sprite     string `property:"sprite"`
	Index      string `property:"index"`
	URL        string `property:"sprite-url"`
	Interval   int64  `property:"interval"`
	Start      int64  `property:"start"`
	Tiles      int    `property:"tiles"`
	TileWidth  int    `property:"tile-width"`
	TileHeight int    `property:"tile-height"`
	Columns    int    `property:"columns"`
	Quality    int    `property:"quality"`
}

type sink struct {
	gstx.Settings[settings]
	missing string // element that is not there

	mu    sync.Mutex
	album *album // what has come so far
	wrong bool   // something that is no picture came
}

// Constructed makes the children.
func (s *sink) Constructed(bin gstx.Element) {
	var chain []gstx.Element
	for _, name := range []string{"videoconvert", "capsfilter", "fakesink"} {
		e, ok := bin.Make(name, name)
		if !ok {
			s.missing = name
			bin.Expose(gstx.Element{}, "sink")
			return
		}
		chain = append(chain, e)
	}
	chain[1].SetArg("caps", "video/x-raw,format=RGBA") // videoconvert then looks after range and matrix of the colours
	chain[0].Link(chain[1])
	chain[1].Link(chain[2])
	bin.Expose(chain[0], "sink")
	chain[2].SetArg("enable-last-sample", "false")
	chain[2].Probe("sink", gstx.ProbeBuffers, func(p *gstx.Probe) gstx.Verdict { return s.see(bin, p) })
}

// Open begins anew.
func (s *sink) Open(gstx.Element) error {
	if s.missing != "" {
		return &gstx.Error{Domain: gstx.CoreDomain, Code: gstx.CoreMissingPlugin,
			Text: "GStreamer's element " + s.missing + " is not installed: install the package gstreamer1.0-plugins-base."}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.album, s.wrong = newAlbum(s.Get()), false
	return nil
}

// Reset forgets the pictures.
func (s *sink) Reset(gstx.Element) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.album = newAlbum(s.Get())
}

// see takes a picture.
func (s *sink) see(bin gstx.Element, p *gstx.Probe) gstx.Verdict {
	picture, at, ok := p.Picture()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !ok:
		s.wrong = true
	case s.album != nil && at >= 0:
		if better := s.album.add(picture, at); better {
			bin.Logf(gstx.LogInfo, "the picture at %v is the best poster so far", at)
		}
		if class.Logs(gstx.LogDebug) {
			bin.Logf(gstx.LogDebug, "picture at %v; the sprite has %d", at, len(s.album.tiles))
		}
	}
	return gstx.Pass
}

// EOS writes what was made.
func (s *sink) EOS(bin gstx.Element) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wrong || s.album == nil || s.album.last == nil {
		return &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamDecode,
			Text: "There is no picture of which a thumbnail could be made."}
	}
	if err := s.album.write(); err != nil {
		return err
	}
	bin.Logf(gstx.LogInfo, "poster %q, sprite %q with %d pictures, index %q", s.album.set.Location, s.album.set.Sprite,
		len(s.album.tiles), s.album.set.Index)
	return nil
}
