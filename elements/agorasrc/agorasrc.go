// Package agorasrc is the element agorasrc: it plays one medium of one presence of a recording that Agora's
// on-premise recorder has made, over all of its files, as one timed stream.
//
// Package recording/agora does the work; here it gets properties, caps, events and errors as GStreamer knows them.
package agorasrc

import (
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/recording/agora"
	"github.com/upright-media/upright/timeline"
)

const name = agora.ElementName

// Values of the property head.
const (
	headEmpty = "empty"
	headHold  = "hold"
	headTrim  = "trim"
)

// Caps of all that a user's pictures and sound can be.
const (
	videoCaps = "video/x-h264, stream-format=(string)avc, alignment=(string)au; " +
		"video/x-h265, stream-format=(string)hvc1, alignment=(string)au; video/x-vp8; video/x-vp9"
	audioCaps = "audio/mpeg, mpegversion=(int)4, stream-format=(string)raw; audio/mpeg, mpegversion=(int)1, layer=(int)3"
)

var class = gstx.Class{
	Name:     name,
	LongName: "Agora recording source",
	Klass:    "Source/File",
	Description: "Plays the pictures or the sound of one user in a folder of Agora's on-premise recorder, over all " +
		"of their files: " +
		"repaired where they are broken, timed, in sync with each other, with image-orientation tags",
	Example: "gst-launch-1.0 agorasrc location=uid_111_20190208042729165.txt medium=video ! h264parse ! mp4mux " +
		"name=m ! filesink location=out.mp4 " +
		"agorasrc location=uid_111_20190208042729165.txt medium=audio ! aacparse ! m.",
	Since: "0.1",
	Pads: []gstx.Pad{{Name: "src", Caps: strings.Join(
		[]string{videoCaps, audioCaps, gstx.Blocks(videoCaps), gstx.Blocks(audioCaps)}, "; ")}},
	Properties: []gstx.Property{
		{Name: "location", Nick: "File location", Kind: gstx.String,
			Blurb: "Path of the text file of the user's presence (uid_….txt); it may be empty, or only its hidden " +
				"copy be there"},
		{Name: "medium", Nick: "Medium", Kind: gstx.Choice, Default: agora.MediumVideo, Blurb: "What to play",
			Choices: &gstx.Enum{TypeName: "UprightAgorasrcMedium", Values: []gstx.EnumValue{
				{Nick: agora.MediumVideo, Name: "The pictures"},
				{Nick: agora.MediumAudio, Name: "The sound"},
			}}},
		{Name: "run", Nick: "Run", Kind: gstx.Int, Default: -1, Min: -1, Max: 1<<31 - 1,
			Blurb: "Which stretch of one codec to play, counted from 0, where the user's codec changes (-1 = all)"},
		{Name: "head", Nick: "Head", Kind: gstx.Choice, Default: headEmpty,
			Blurb: "The time before the first picture, if sound begins earlier",
			Choices: &gstx.Enum{TypeName: "UprightAgorasrcHead", Values: []gstx.EnumValue{
				{Nick: headEmpty, Name: "No picture yet"},
				{Nick: headHold, Name: "The first picture stands from the start"},
				{Nick: headTrim, Name: "The sound before it is left out"},
			}}},
		{Name: timeline.OffsetProperty, Nick: "Offset", Kind: gstx.Int64, Default: int64(0), Max: 1<<63 - 1,
			Blurb: "By how much everything is later, in ns: of a user who came so long after another one"},
		{Name: "from", Nick: "From", Kind: gstx.Int64, Default: int64(0), Max: 1<<63 - 1,
			Blurb: "Where to begin, in ns of running time without it: that moment becomes running time 0, and the " +
				"picture that stands then comes with it"},
		{Name: "to", Nick: "To", Kind: gstx.Int64, Default: int64(0), Max: 1<<63 - 1,
			Blurb: "Where to end, in ns; 0: at the end"},
		{Name: "fill-gaps", Nick: "Fill gaps", Kind: gstx.Bool, Default: true,
			Blurb: "Fill holes in the sound with frames of silence instead of GAP events"},
		{Name: "stats", Nick: "Statistics", Kind: gstx.Statistic,
			Blurb: "What was found in the files, once they have been opened"},
	},
}

// Register makes the element known, in the process (plugin nil) or as part of a plugin.
func Register(plugin unsafe.Pointer) error {
	return gstx.RegisterSource(plugin, &class, func() *source {
		s := new(source)
		s.Defaults(&class)
		return s
	})
}

// settings are what the user has set.
type settings struct {
	Location string `property:"location"`
	Medium   string `property:"medium"`
	Run      int    `property:"run"`
	Head     string `property:"head"`
	Offset   int64  `property:"offset"`
	From     int64  `property:"from"`
	To       int64  `property:"to"`
	FillGaps bool   `property:"fill-gaps"`
}

// options are the settings that decide how media become a timeline.
func (s *settings) options() timeline.Options {
	return timeline.Options{Head: map[string]timeline.HeadPolicy{headHold: timeline.HoldHead,
		headTrim: timeline.TrimHead}[s.Head]}
}

// source is one element. The base class never runs two of its methods at the same time, but properties come from any
// thread.
type source struct {
	gstx.Settings[settings]
	last atomic.Pointer[timeline.Track] // that is, or was last, open

	reading
}

func (s *source) Constructed(gstx.Element) {}

// Property adds the statistics.
func (s *source) Property(name string) any {
	if name == "stats" {
		return stats(s.last.Load())
	}
	return s.Settings.Property(name)
}

// stats is the property of this name.
func stats(t *timeline.Track) *gstx.Structure {
	s := gstx.NewStructure("application/x-agora-stats")
	if t == nil {
		t = &timeline.Track{}
	}
	files := 0
	if t.Given != nil {
		files = len(t.Given.Parts)
	}
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"files", int64(files)},
		{"units", int64(t.Units)},
		{"key-units", int64(t.KeyFrames)},
		{"undecodable", int64(t.Counts.Undecodable)},
		{"damaged-bytes", t.DamagedBytes},
		{"holes", int64(len(t.Holes))},
		{"start", int64(t.Start)},
		{"end", int64(t.End)},
	} {
		s.Set(f.name, uint64(max(f.value, 0)))
	}
	s.Set("drift-ppm", t.DriftPPM)
	s.Set("drift-known", t.DriftKnown)
	s.Set("complete", t.Complete)
	return s
}
