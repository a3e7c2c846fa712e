// Package mjrsrc is the element mjrsrc: it reads a Janus recording of one stream (.mjr) and delivers its RTP packets in
// order, with the times at which they are to be played.
//
// Package timeline does the work; here it gets properties, caps, events and errors as GStreamer knows them.
package mjrsrc

import (
	"sync/atomic"
	"unsafe"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/timeline"
)

const name = "mjrsrc"

// Values of the properties that are enumerations.
const (
	originParticipant = "participant"
	originRecording   = "recording"
	originFile        = "file"

	pausesKeep = "keep"
	pausesCut  = "cut"

	lossFreeze = "freeze"
	lossKeep   = "keep"

	headEmpty = "empty"
	headHold  = "hold"
	headTrim  = "trim"
)

var class = gstx.Class{
	Name:     name,
	LongName: "Janus recording source",
	Klass:    "Source/File/RTP",
	Description: "Reads one stream of a Janus recording (.mjr): RTP packets in order, timed, in sync with the other files of the recording, " +
		"with image-orientation tags",
	Example: "gst-launch-1.0 mjrsrc location=video.mjr ! rtph264depay ! h264parse ! mp4mux name=m ! filesink location=out.mp4 " +
		"mjrsrc location=audio.mjr ! rtpopusdepay ! opusparse ! m.",
	Rank:     gstx.RankPrimary,
	Protocol: scheme,
	Pads:     []gstx.Pad{{Name: "src", Caps: "application/x-rtp, media=(string){ audio, video }; text/x-raw, format=(string)utf8; application/octet-stream"}},
	Properties: []gstx.Property{
		{Name: "location", Nick: "File location", Kind: gstx.String, Blurb: "Path of the recording (.mjr) to read"},
		{Name: "siblings", Nick: "Siblings", Kind: gstx.String,
			Blurb: "Paths of the other files whose earliest start is running time 0, with colons between them (\\: is a colon in a path); " +
				"empty: found by their names in the folder of the file"},
		{Name: "origin", Nick: "Origin", Kind: gstx.Choice, Default: originParticipant,
			Blurb: "Whose earliest start is running time 0",
			Choices: &gstx.Enum{TypeName: "UprightMjrsrcOrigin", Values: []gstx.EnumValue{
				{Nick: originParticipant, Name: "All files of the same participant's session"},
				{Nick: originRecording, Name: "All files of the same room or call"},
				{Nick: originFile, Name: "This file alone"},
			}}},
		{Name: "orientation-id", Nick: "Orientation id", Kind: gstx.Int, Default: 0, Min: -1, Max: 255,
			Blurb: "Id of the RTP header extension for video orientation (-1 = none, 0 = as the file says, else found in the packets)"},
		{Name: "pauses", Nick: "Pauses", Kind: gstx.Choice, Default: pausesKeep,
			Blurb: "What becomes of the times at which the recording was paused",
			Choices: &gstx.Enum{TypeName: "UprightMjrsrcPauses", Values: []gstx.EnumValue{
				{Nick: pausesKeep, Name: "Stay, as holes"},
				{Nick: pausesCut, Name: "Are left out"},
			}}},
		{Name: "on-loss", Nick: "On loss", Kind: gstx.Choice, Default: lossFreeze,
			Blurb: "What becomes of pictures that cannot be decoded because packets were lost",
			Choices: &gstx.Enum{TypeName: "UprightMjrsrcOnLoss", Values: []gstx.EnumValue{
				{Nick: lossFreeze, Name: "Are left out: the last good picture stands"},
				{Nick: lossKeep, Name: "Are passed on"},
			}}},
		{Name: "head", Nick: "Head", Kind: gstx.Choice, Default: headEmpty,
			Blurb: "What becomes of the time before the first picture when there is sound already",
			Choices: &gstx.Enum{TypeName: "UprightMjrsrcHead", Values: []gstx.EnumValue{
				{Nick: headEmpty, Name: "No picture yet"},
				{Nick: headHold, Name: "The first picture stands from the start"},
				{Nick: headTrim, Name: "The sound before it is left out"},
			}}},
		{Name: "fill-gaps", Nick: "Fill gaps", Kind: gstx.Bool, Default: true,
			Blurb: "Fill holes in audio with packets of silence instead of GAP events"},
		{Name: "stats", Nick: "Statistics", Kind: gstx.Statistic,
			Blurb: "What was found in the file, once it has been opened"},
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
	Location      string `property:"location"`
	Siblings      string `property:"siblings"`
	Origin        string `property:"origin"`
	OrientationID int    `property:"orientation-id"`
	Pauses        string `property:"pauses"`
	OnLoss        string `property:"on-loss"`
	Head          string `property:"head"`
	FillGaps      bool   `property:"fill-gaps"`
}

// options are the settings that decide how packets become a timeline.
func (s *settings) options() timeline.Options {
	o := timeline.Options{OrientationID: s.OrientationID}
	if s.Pauses == pausesCut {
		o.Pauses = timeline.CutPauses
	}
	if s.OnLoss == lossKeep {
		o.OnLoss = timeline.KeepOnLoss
	}
	switch s.Head {
	case headHold:
		o.Head = timeline.HoldHead
	case headTrim:
		o.Head = timeline.TrimHead
	}
	return o
}

// source is one element. The base class never runs two of its methods at the same time, but properties come from any thread.
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
