package profile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/upright-media/upright/internal/nearest"
)

// MP4Mux is the muxer of GStreamer by which profiles ask for an MP4, and MP4Sink the element that writes it in its
// place: muxer and file sink in one.
const (
	MP4Mux  = "mp4mux"
	MP4Sink = "uprightmp4sink"
)

// granted are properties of mp4mux that a profile may set, as it always could: what they ask for is so in any case (the
// index in front, chunks of a second, times to a 90,000th of a second, edit lists that are exact), or is about how
// mp4mux works.
var granted = []string{
	"dts-method", "emit-signals", "faststart", "force-chunks", "fragment-mode", "interleave-bytes", "interleave-time",
	"latency", "max-raw-audio-drift", "min-upstream-latency", "movie-timescale", "name", "presentation-time",
	"reserved-bytes-per-sec", "reserved-max-duration", "reserved-moov-update-period", "reserved-prefill",
	"start-gap-threshold", "start-time", "start-time-selection", "streamable", "trak-timescale",
}

// switched are properties of mp4mux that can only be off, with the values that mean that and what there is to say of
// others.
var switched = map[string]struct {
	off        []string
	text, hint string
}{
	"fragment-duration": {[]string{"0"}, noFragments, "leave it out; " + fragments},
	"force-create-timecode-trak": {[]string{"false", "no", "0"}, "MP4s have no track of time codes here",
		"leave it out; the file says when the recording began"},
}

// What there is to say to who wants fragments.
const (
	noFragments = "MP4s have one index in front here, and no fragments"
	fragments   = "a hook can cut the finished file into fragments: ffmpeg -i FILE -c copy -movflags cmaf OTHER"
)

// relatives are muxers of GStreamer that are much like mp4mux, and whether they write fragments.
var relatives = map[string]bool{"qtmux": false, "3gppmux": false, "mj2mux": false, "isomp4mux": false,
	"isofmp4mux": true, "cmafmux": true, "dashmp4mux": true, "ismlmux": true}

// relative says what there is instead of a muxer that is much like mp4mux; "" if it is none.
func relative(muxer string) (text, hint string) {
	fragmented, ok := relatives[muxer]
	switch {
	case fragmented:
		return noFragments, "take " + MP4Mux + "; " + fragments
	case ok:
		return muxer + " cannot be used", "take " + MP4Mux + ", for an MP4 that plays everywhere"
	}
	return "", ""
}

// ofFiles are properties of mp4mux that name a file.
var ofFiles = []string{"faststart-file", "moov-recovery-file"}

// refused says why mp4mux cannot have a property, "" if it can. Those of its pads have the pad in front: sink_0::….
func refused(t Token) (text, hint string) {
	name := t.Name
	if i := strings.LastIndex(name, "::"); i >= 0 {
		name = name[i+2:]
	}
	if s, ok := switched[name]; ok {
		if slices.Contains(s.off, strings.ToLower(strings.TrimSpace(t.Value))) {
			return "", ""
		}
		return s.text, s.hint
	}
	switch {
	case slices.Contains(granted, name):
		return "", ""
	case slices.Contains(ofFiles, name):
		return "with " + name + " " + MP4Mux + " would use a file of its own", "leave it out"
	}
	hint = "leave it out"
	if near := nearest.Option(name, granted); near != "" {
		hint = "did you mean " + near + "?"
	}
	return fmt.Sprintf("%s has no property %s that means anything here", MP4Mux, name), hint
}

// passive are elements that change nothing of what passes.
var passive = []string{"queue", "queue2", "identity"}

// Sunk puts MP4Sink in the place of mp4mux, its properties but the name, and all that is between it and the output,
// whose slot comes right behind the sink: where the properties go that say what to write. Other lines stay as they are.
// The error is a Problem without Field.
func Sunk(list []Token) ([]Token, error) {
	mux := slices.IndexFunc(list, func(t Token) bool { return t.Kind == Element && t.Name == MP4Mux })
	if mux < 0 {
		return list, nil
	}
	sink := list[mux]
	sink.Name = MP4Sink
	sunk, end, name := []Token{sink}, mux+1, ""
	for ; end < len(list) && list[end].Kind == Property; end++ {
		if list[end].Name == "name" {
			name = list[end].Value
			sunk = append(sunk, list[end])
		}
	}
	output := slices.IndexFunc(list, func(t Token) bool { return t.Kind == Slot && t.Name == SlotOutput })
	if output < 0 {
		return slices.Concat(list[:mux], sunk, list[end:]), nil
	}
	sunk = append(sunk, list[output])
	from, err := toOutput(list, end, output, name)
	switch {
	case err != nil:
		return nil, err
	case from == end:
		return slices.Concat(list[:mux], sunk, list[output+1:]), nil
	case from < mux: // the output is written in front of the muxer
		return slices.Concat(list[:from], list[output+1:mux], sunk, list[end:]), nil
	}
	return slices.Concat(list[:mux], sunk, list[end:from], list[output+1:]), nil
}

// toOutput is where that begins which leads to the output: at end, right behind the muxer, or at the name by which the
// line comes back to it.
func toOutput(list []Token, end, output int, name string) (from int, err error) {
	start := output // of its chain
	for start > 0 && (list[start].Kind == Link || list[start].Kind == Property || list[start-1].Kind == Link) {
		start--
	}
	between := list[end:max(end, output)]
	switch {
	case start < end && end <= output:
		from = end
	case list[start].Kind == Ref && list[start].Name == name:
		from, between = start, list[start+1:output]
	default:
		return 0, Problem{Offset: list[output].Offset, Text: MP4Mux + " does not lead to ${output}",
			Hint: "write " + MP4Mux + " ! ${output}"}
	}
	for _, t := range between {
		if t.Kind == Link || t.Kind == Property || t.Kind == Element && slices.Contains(passive, t.Name) {
			continue
		}
		return 0, Problem{Offset: t.Offset, Hint: "leave it out",
			Text: "nothing can be between " + MP4Mux + " and ${output}, which are one element"}
	}
	return from, nil
}
