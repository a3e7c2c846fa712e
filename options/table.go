package options

import (
	"reflect"
	"strings"
)

// Option is what there is to know about one of the Options where it can be set or shown.
type Option struct {
	Name    string  // of the flag, and of mjrsrc's property: on-loss
	Help    string  // a sentence without its full stop
	Values  []Value // of an enumeration, the default first; nil: a number, or a switch
	Min     int     // of a number
	Max     int     //
	Zero    string  // what some of its values mean, if it is out of them
	Reading bool    // upright inspect has it: it changes what is read
	Room    bool    // upright compose has it: it changes what is read of each file, and not when that was
}

// Value is one of an enumeration.
type Value struct {
	Name    string // as it is written
	Text    string // what it means, as part of a sentence
	Planned bool   // a plan does it, not mjrsrc
}

// table has all options, in the order in which a plan sets those of mjrsrc.
var table = []Option{
	{Name: "audio", Help: "Sound", Values: []Value{
		{Name: "auto", Text: "copied if the container holds the codec, else encoded"},
		{Name: "copy", Text: "copied, or fail"},
		{Name: "aac", Text: "encoded as AAC"},
	}},
	{Name: "subtitles", Help: "Also add text messages as a subtitle track of the video (MP4 and Matroska)"},
	{Name: "orientation-id", Min: -1, Max: 255, Zero: "0 finds it, -1 is for none", Reading: true, Room: true,
		Help: "Id of the RTP header extension for video orientation (0 = from the file, else found in the packets; " +
			"-1 = none)"},
	{Name: "ignore-rtp-ts", Reading: true, Room: true,
		Help: "Ignore RTP timestamps, where they are garbage: sound plays packet after packet, pictures are shown " +
			"at their arrival times"},
	{Name: "pauses", Help: "Times at which the recording was paused", Reading: true,
		Values: []Value{
			{Name: "keep", Text: "the last picture stands, without sound"},
			{Name: "cut", Text: "they are left out"},
		}},
	{Name: "on-loss", Help: "Pictures damaged by packet loss", Reading: true, Room: true, Values: []Value{
		{Name: "freeze", Text: "they are left out, and the last good one stands"},
		{Name: "keep", Text: "they are kept"},
	}},
	{Name: "head", Help: "The time before the first picture, if sound begins earlier",
		Values: []Value{
			{Name: "empty", Text: "no picture yet (MP4 edit list)"},
			{Name: "hold", Text: "the first picture stands from the start"},
			{Name: "black", Text: "a black picture (copies VP8 and VP9 for WebM and Matroska, encodes others)", Planned: true},
			{Name: "trim", Text: "the sound before it is left out"},
		}},
	{Name: "gap", Help: "What is shown while the camera is off, once it was on",
		Values: []Value{
			{Name: "hold", Text: "the last picture stands", Planned: true},
			{Name: "black", Text: "a black picture (encodes the pictures)", Planned: true},
		}},
	{Name: "split", Help: "Make one output of every file, even if several are one camera that was switched off and " +
		"on again"},
	{Name: "rejoin", Reading: true,
		Help: "Join sessions of one person whose gap is at most this long, as after a lost connection (0 = none)"},
}

// All returns every option.
func All() []Option { return table }

// Key is what the option is called in YAML and JSON: on_loss.
func (o Option) Key() string { return strings.ReplaceAll(o.Name, "-", "_") }

// Source says whether mjrsrc has the option as a property.
func (o Option) Source() bool {
	i, ok := fields[o.Name]
	return ok && reflect.TypeFor[Options]().Field(i).Tag.Get("property") == o.Name
}

// Names are the values of an enumeration, the default first.
func (o Option) Names() []string {
	var names []string
	for _, v := range o.Values {
		names = append(names, v.Name)
	}
	return names
}

// Explained is Help with what each value means.
func (o Option) Explained() string {
	var parts []string
	for _, v := range o.Values {
		parts = append(parts, v.Name+" = "+v.Text)
	}
	if parts == nil {
		return o.Help + "."
	}
	return o.Help + ": " + strings.Join(parts, "; ") + "."
}
