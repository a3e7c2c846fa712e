// Package mjrsrc is the element mjrsrc: it reads a Janus recording of one stream (.mjr) and delivers what is in it in
// order, with the times at which it is to be played.
//
// Package timeline does the work; here it gets properties, caps, events and errors as GStreamer knows them.
//
// There are two forms. Timeline has pictures whole, and to make packets of them that elements downstream make pictures
// of again is what copying a recording cost most for; so it gives them as decoders and containers take them. And it
// gives the packets, for pipelines that begin with a depayloader, as everybody writes them. Those downstream choose:
// both forms are in the caps. Packets come first, since elements that take anything, such as decodebin, had only these
// before; of AV1 pictures do, which need no depayloader.
package mjrsrc

import (
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/timeline"
)

const name = "mjrsrc"

// Values of the properties that are enumerations.
const (
	originParticipant = "participant"
	originRecording   = "recording"
	originFile        = "file"

	clockAudio  = "audio"
	clockServer = "server"
)

var class = gstx.Class{
	Name:     name,
	LongName: "Janus recording source",
	Klass:    "Source/File/RTP",
	Description: "Reads one stream of a Janus recording (.mjr): pictures, sound, or their RTP packets, in order, timed, " +
		"in sync with the other files of the recording, with image-orientation tags",
	Example: "gst-launch-1.0 mjrsrc location=video.mjr ! mp4mux name=m ! filesink location=out.mp4 " +
		"mjrsrc location=audio.mjr ! m.",
	Since:    "0.1",
	Rank:     gstx.RankPrimary,
	Protocol: scheme,
	Pads: []gstx.Pad{{Name: "src", Caps: strings.Join([]string{videoCaps, audioCaps, Text, dataCaps,
		gstx.Blocks(CodedVideo), gstx.Blocks(CodedAudio)}, "; ")}},
	Properties: append([]gstx.Property{
		{Name: "location", Nick: "File location", Kind: gstx.String, Blurb: "Path of the recording (.mjr) to read"},
		{Name: "parts", Nick: "Parts", Kind: gstx.String,
			Blurb: "Paths of the files that go on where the one before ends, such as a camera that was switched on again, " +
				"with colons between them; " +
				"empty: found by their names in the folder of the file, unless siblings are given or origin is file"},
		{Name: "siblings", Nick: "Siblings", Kind: gstx.String,
			Blurb: "Paths of the other files whose earliest start is running time 0, with colons between them (\\: is a " +
				"colon in a path); empty: found by their names in the folder of the file"},
		{Name: "origin", Nick: "Origin", Kind: gstx.Choice, Default: originParticipant,
			Blurb: "Whose earliest start is running time 0",
			Choices: &gstx.Enum{TypeName: "UprightMjrsrcOrigin", Values: []gstx.EnumValue{
				{Nick: originParticipant, Name: "All files of the same participant's session"},
				{Nick: originRecording, Name: "All files of the same room or call"},
				{Nick: originFile, Name: "This file alone"},
			}}},
		{Name: "from", Nick: "From", Kind: gstx.Int64, Default: int64(0), Max: 1<<63 - 1,
			Blurb: "Where in the recording to begin, in ns of running time without it: that moment becomes running time 0, " +
				"and the picture that stands then comes with it"},
		{Name: "to", Nick: "To", Kind: gstx.Int64, Default: int64(0), Max: 1<<63 - 1,
			Blurb: "Where in the recording to end, in ns; 0: at its end"},
		{Name: "clock", Nick: "Clock", Kind: gstx.Choice, Default: clockAudio,
			Blurb: "Whose clock running time follows",
			Choices: &gstx.Enum{TypeName: "UprightMjrsrcClock", Values: []gstx.EnumValue{
				{Nick: clockAudio, Name: "The sound's, which need not be cut or stretched then"},
				{Nick: clockServer, Name: "The server's, for several people's media together"},
			}}},
	}, append(optionProperties(),
		gstx.Property{Name: "fill-gaps", Nick: "Fill gaps", Kind: gstx.Bool, Default: true,
			Blurb: "Fill holes in audio with packets of silence instead of GAP events"},
		gstx.Property{Name: "stats", Nick: "Statistics", Kind: gstx.Statistic,
			Blurb: "What was found in the file, once it has been opened"})...),
}

// optionProperties are the properties for options of a conversion that decide how a file is read.
func optionProperties() (list []gstx.Property) {
	defaults := options.Default()
	for _, o := range options.All() {
		if !o.Source() {
			continue
		}
		p := gstx.Property{
			Name: o.Name, Nick: capital(strings.ReplaceAll(o.Name, "-", " ")), Blurb: o.Help, Default: defaults.Get(o.Name),
		}
		switch p.Default.(type) {
		case string:
			p.Kind, p.Choices = gstx.Choice, &gstx.Enum{TypeName: "UprightMjrsrc"}
			for word := range strings.SplitSeq(o.Name, "-") {
				p.Choices.TypeName += capital(word)
			}
			for _, v := range o.Values {
				if !v.Planned {
					p.Choices.Values = append(p.Choices.Values, gstx.EnumValue{Nick: v.Name, Name: capital(v.Text)})
				}
			}
		case int:
			p.Kind, p.Min, p.Max = gstx.Int, int64(o.Min), int64(o.Max)
		case bool:
			p.Kind = gstx.Bool
		}
		list = append(list, p)
	}
	return list
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

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
	Parts    string `property:"parts"`
	Siblings string `property:"siblings"`
	Origin   string `property:"origin"`
	Clock    string `property:"clock"`
	From     int64  `property:"from"`
	To       int64  `property:"to"`
	FillGaps bool   `property:"fill-gaps"`
	options.Options
}

// timeline are the options of the timeline that the file is read with.
func (s *settings) timeline() timeline.Options {
	o := s.Options.Timeline()
	if s.Clock == clockServer {
		o.Clock = timeline.ServerClock
	}
	return o
}

// source is one element. The base class never runs two of its methods at the same time, but properties come from any
// thread.
type source struct {
	gstx.Settings[settings]
	last atomic.Pointer[timeline.Track] // of the file that is, or was last, open

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
