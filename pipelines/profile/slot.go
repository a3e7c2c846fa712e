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

// Without leaves out the chains that begin with a slot for which gone is true. ok is false if the output goes with them.
func Without(list []Token, gone func(slot string) bool) (rest []Token, ok bool) {
	for _, chain := range Chains(list) {
		if chain[0].Kind == Slot && gone(chain[0].Name) {
			if Uses(chain, SlotOutput) {
				return nil, false
			}
			continue
		}
		rest = append(rest, chain...)
	}
	return rest, true
}

// codecs are parts of encoders' names, and what they make.
var codecs = []struct{ part, codec string }{
	{"x264", "h264"}, {"h264", "h264"}, {"x265", "h265"}, {"h265", "h265"}, {"hevc", "h265"}, {"vp8", "vp8"}, {"vp9", "vp9"},
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

// Codec returns what the last encoder in a line makes that makes one of these codecs, and the encoder; "" if there is none.
func Codec(list []Token, among []string) (codec, element string) {
	for _, t := range slices.Backward(list) {
		if c := CodecOf(t.Name); t.Kind == Element && slices.Contains(among, c) {
			return c, t.Name
		}
	}
	return "", ""
}
