package profile

import (
	"regexp"
	"slices"
	"strings"
)

// Slots of a whole pipeline that are words of their own.
const (
	SlotVideo     = "video"      // the decoded pictures, upright and of one size
	SlotVideoCopy = "video.copy" // the pictures as they were recorded
	SlotAudio     = "audio"      // the decoded sound, 48 kHz
	SlotAudioCopy = "audio.copy" // the sound as it was recorded
	SlotOutput    = "output"     // the file: what the muxer is linked to
)

// MediaSlots are those that begin a chain.
var MediaSlots = []string{SlotVideo, SlotVideoCopy, SlotAudio, SlotAudioCopy}

// Texts are the slots that can be in the value of a property, alone or with other text around them.
var Texts = []string{
	"title",       // the output's name, without the extension
	"participant", // the participant's name
	"width",       // of the pictures behind ${video}, in pixels
	"height",      //
	"frame_rate",  // nominal, in pictures per second
	"key_frames",  // how many pictures there are to be from one key frame to the next, at most
	"started",     // when the recording began, as 2006-01-02T15:04:05Z
}

var textSlot = regexp.MustCompile(`\$\{([^{}]*)\}`)

// Expand puts values into the slots of a property's value.
func Expand(value string, of func(slot string) string) string {
	return textSlot.ReplaceAllStringFunc(value, func(s string) string { return of(s[2 : len(s)-1]) })
}

// unknownSlot returns the first slot in a property's value that there is not.
func unknownSlot(value string) (name string, ok bool) {
	for _, m := range textSlot.FindAllStringSubmatch(value, -1) {
		if !slices.Contains(Texts, m[1]) {
			return m[1], true
		}
	}
	return "", false
}

// Uses says which of the slots of a line's media lead anywhere.
func Uses(list []Token, name string) bool {
	return slices.ContainsFunc(list, func(t Token) bool { return t.Kind == Slot && t.Name == name })
}

// Without leaves out the chains that begin with a slot for which gone is true, and those that then have nothing to
// begin with: a pad of an element that is left out, or an element into which only such chains lead. ok is false if the
// output goes with them.
func Without(list []Token, gone func(slot string) bool) (rest []Token, ok bool) {
	chains := Chains(list)
	out := make([]bool, len(chains))
	for changed := true; changed; {
		changed = false
		for i, chain := range chains {
			if !out[i] && dry(i, chains, out, gone) {
				out[i], changed = true, true
				if Uses(chain, SlotOutput) {
					return nil, false
				}
			}
		}
	}
	for i, chain := range chains {
		if !out[i] {
			rest = append(rest, chain...)
		}
	}
	return rest, true
}

// dry says whether nothing comes into a chain any more.
func dry(i int, chains [][]Token, out []bool, gone func(slot string) bool) bool {
	switch first := chains[i][0]; first.Kind {
	case Slot:
		return gone(first.Name)
	case Ref:
		for k, c := range chains {
			if slices.Contains(names(c), first.Name) {
				return out[k]
			}
		}
	case Element:
		fed, left := false, false
		for k, c := range chains {
			for _, t := range c[1:] {
				if t.Kind == Ref && t.Name == named(chains[i]) {
					fed, left = true, left || !out[k]
				}
			}
		}
		return fed && !left
	}
	return false
}

// named is the name that a chain gives to its first element, "" if it gives none.
func named(chain []Token) string {
	for _, t := range chain[1:] {
		if t.Kind != Property {
			break
		}
		if t.Name == "name" {
			return t.Value
		}
	}
	return ""
}

// names are all names in a chain.
func names(chain []Token) (list []string) {
	for _, t := range chain {
		if t.Kind == Property && t.Name == "name" {
			list = append(list, t.Value)
		}
	}
	return list
}

// codecs are parts of encoders' names, and what they make.
var codecs = []struct{ part, codec string }{
	{"x264", "h264"}, {"h264", "h264"}, {"x265", "h265"}, {"h265", "h265"}, {"hevc", "h265"}, {"vp8", "vp8"},
	{"vp9", "vp9"},
	{"av1", "av1"}, {"rav1e", "av1"}, {"opus", "opus"}, {"aac", "aac"},
}

// CodecOf returns what an encoder makes, by its name, and "" if it is none, or not of a codec that is known.
func CodecOf(element string) string {
	if !strings.Contains(element, "enc") {
		return ""
	}
	for _, c := range codecs {
		if strings.Contains(element, c.part) {
			return c.codec
		}
	}
	return ""
}

// Codec returns what the last encoder in a line makes that makes one of these codecs, and the encoder; "" if there is
// none.
func Codec(list []Token, among []string) (codec, element string) {
	for _, t := range slices.Backward(list) {
		if c := CodecOf(t.Name); t.Kind == Element && slices.Contains(among, c) {
			return c, t.Name
		}
	}
	return "", ""
}
