package profile

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// CheckName says what is wrong with the name of a profile of one's own; nil: nothing.
func CheckName(name string) error {
	switch {
	case IsBuiltin(name):
		return Problem{Offset: -1, Text: fmt.Sprintf("the profile %s is built in", name),
			Hint: "take another name, and from: " + name}
	case !identifier.MatchString(name) || strings.Contains(name, ":") || len(name) > 64:
		return Problem{Offset: -1, Text: fmt.Sprintf("%q is no name for a profile", name),
			Hint: "take letters, digits, - and _"}
	}
	return nil
}

// Check says what is wrong with a profile that was found, as far as it can be known without GStreamer.
func Check(p Profile) []Problem {
	c := &checker{}
	c.medium("video", p.Video, VideoCodecs, p.VideoCodec)
	c.medium("audio", p.Audio, AudioCodecs, p.AudioCodec)
	if p.Video == None && p.Audio == None && p.Pipeline == "" {
		c.report("audio", -1, "neither video nor audio is left", "")
	}
	c.mux(p.Mux)
	c.pipeline(p.Pipeline)
	c.codec("video_codec", p.VideoCodec, VideoCodecs)
	c.codec("audio_codec", p.AudioCodec, AudioCodecs)
	for _, n := range []struct {
		field           string
		value, from, to int
	}{
		{"width", p.Width, 16, 8192}, {"height", p.Height, 16, 8192}, {"frame_rate", p.FrameRate, 1, 120},
		{"quality", p.Quality, 1, 100},
		{"bitrate", p.Bitrate, 10, 100000}, {"audio_bitrate", p.AudioBitrate, 6, 512},
	} {
		if n.value != 0 && (n.value < n.from || n.value > n.to) {
			c.report(n.field, -1, fmt.Sprintf("%d is not between %d and %d", n.value, n.from, n.to), "")
		}
	}
	if p.Quality != 0 && p.Bitrate != 0 {
		c.report("bitrate", -1, "there are a quality and a bitrate", "choose one of them")
	}
	return c.problems
}

type checker struct{ problems []Problem }

func (c *checker) report(field string, offset int, text, hint string) {
	c.problems = append(c.problems, Problem{Field: field, Offset: offset, Text: text, Hint: hint})
}

// tokens splits a line and looks at each token.
func (c *checker) tokens(field, text string) ([]Token, bool) {
	list, err := Tokens(text)
	if err != nil {
		p, _ := err.(Problem)
		c.report(field, p.Offset, p.Text, p.Hint)
		return nil, false
	}
	good, element := true, ""
	for _, t := range list {
		switch t.Kind {
		case Element:
			element = t.Name
			if text, hint := Forbidden(t.Name); text != "" {
				c.report(field, t.Offset, text, hint)
				good = false
			}
		case Property:
			if name, bad := unknownSlot(t.Value); bad {
				c.report(field, t.Offset, fmt.Sprintf("there is no slot ${%s} for text", name),
					"there are "+strings.Join(Texts, ", "))
				good = false
			}
			if text := forbiddenProperty(t); text != "" {
				c.report(field, t.Offset, text, "leave it out")
				good = false
			}
			if text, hint := refused(t); element == MP4Mux && text != "" {
				c.report(field, t.Offset, text, hint)
				good = false
			}
		}
	}
	return list, good && c.names(field, list)
}

// reserved are names of elements around fragments.
var reserved = regexp.MustCompile(`^(mux|sound)[0-9]*$`)

// names says whether elements can be told apart by their names, and are there.
func (c *checker) names(field string, list []Token) bool {
	named := map[string]bool{}
	for _, t := range list {
		if t.Kind == Property && t.Name == "name" {
			if field != "pipeline" && reserved.MatchString(t.Value) {
				c.report(field, t.Offset, t.Value+" is what Upright calls an element of its own", "take another name")
				return false
			}
			if named[t.Value] {
				c.report(field, t.Offset, "two elements are called "+t.Value, "give them different names")
				return false
			}
			named[t.Value] = true
		}
	}
	for _, t := range list {
		if t.Kind == Ref && !named[t.Name] {
			c.report(field, t.Offset, "nothing in it is called "+t.Name,
				"give the element that is meant its name: name="+t.Name)
			return false
		}
	}
	return true
}

func (c *checker) medium(field, text string, codecs []string, codec string) {
	if !IsFragment(text) {
		return
	}
	list, ok := c.tokens(field, text)
	if !ok {
		return
	}
	if chains := Chains(list); len(chains) != 1 {
		if len(chains) > 1 {
			c.report(field, chains[1][0].Offset, "a second chain of elements begins here",
				"an exclamation mark is missing, or it takes a whole pipeline:")
		} else {
			c.report(field, -1, "there is nothing in it", "write auto, copy, encode, none, or elements")
		}
		return
	}
	ends := list[len(list)-1]
	for _, t := range list {
		switch {
		case t.Kind == Slot || t.Kind == Ref:
			c.report(field, t.Offset, "a fragment is one chain of elements", "use a whole pipeline:")
			return
		case t.Kind == Element && t.Name == Auto && t != ends:
			c.report(field, t.Offset, "auto is the encoder, behind which nothing can be", "make it the last word")
			return
		case t.Kind == Element && (t.Name == Copy || t.Name == Encode || t.Name == None):
			c.report(field, t.Offset, t.Name+" stands for itself", "write it alone")
			return
		}
	}
	if got, _ := Codec(list, codecs); got == "" && codec == "" && !(ends.Kind == Element && ends.Name == Auto) {
		c.report(field, -1, "there is no encoder in it that is known",
			fmt.Sprintf("let it end with auto, or say %s_codec", field))
	} else if got != "" && codec != "" && got != codec {
		c.report(field, -1, fmt.Sprintf("its encoder makes %s, but %s_codec is %s", got, field, codec), "")
	}
}

func (c *checker) mux(line string) {
	if line == Auto || line == "" {
		return
	}
	list, ok := c.tokens("mux", line)
	if !ok {
		return
	}
	for i, t := range list {
		if i > 0 && t.Kind != Property || t.Kind == Property && t.Name == "name" {
			c.report("mux", t.Offset, "mux is one muxer with its properties", "use a whole pipeline:")
			return
		}
	}
	name := ""
	if len(list) > 0 && list[0].Kind == Element {
		name = list[0].Name
	}
	if text, hint := relative(name); text != "" {
		c.report("mux", 0, text, hint)
	} else if Containers[name] == "" {
		c.report("mux", 0, fmt.Sprintf("%q is no muxer that can be used", line),
			"there are auto, "+strings.Join(muxers(), ", "))
	}
}

func muxers() []string { return slices.Sorted(maps.Keys(Containers)) }

func (c *checker) pipeline(text string) {
	if text == "" {
		return
	}
	list, ok := c.tokens("pipeline", text)
	if !ok {
		return
	}
	seen := map[string]int{}
	var found []string
	for i, t := range list {
		switch t.Kind {
		case Element:
			if t.Name == Thumbs {
				c.report("pipeline", t.Offset, Thumbs+" cannot be in a whole pipeline", "use mux: "+Thumbs)
				return
			}
			if text, hint := relative(t.Name); text != "" {
				c.report("pipeline", t.Offset, text, hint)
				return
			}
			if Containers[t.Name] != "" {
				found = append(found, t.Name)
			}
			if t.Name == Auto || t.Name == Copy {
				c.report("pipeline", t.Offset, t.Name+" means nothing in a whole pipeline",
					"name the encoder, or use ${video.copy}")
				return
			}
		case Slot:
			seen[t.Name]++
			switch {
			case t.Name == SlotOutput:
				if i == 0 || list[i-1].Kind != Link || i+1 < len(list) && list[i+1].Kind == Link {
					c.report("pipeline", t.Offset, "${output} is the file, where a chain ends",
						"write muxer ! ${output}")
					return
				}
			case !slices.Contains(MediaSlots, t.Name):
				c.report("pipeline", t.Offset, fmt.Sprintf("there is no slot ${%s} that can be an element", t.Name),
					"there are output, "+strings.Join(MediaSlots, ", "))
				return
			case i > 0 && list[i-1].Kind == Link || i+1 == len(list) || list[i+1].Kind != Link:
				c.report("pipeline", t.Offset, fmt.Sprintf("${%s} is a source, with which a chain begins", t.Name),
					"write ${"+t.Name+"} ! …")
				return
			}
		}
	}
	video, audio := seen[SlotVideo]+seen[SlotVideoCopy], seen[SlotAudio]+seen[SlotAudioCopy]
	switch {
	case seen[SlotOutput] != 1:
		c.report("pipeline", -1, fmt.Sprintf("${output} is in it %d times", seen[SlotOutput]),
			"the file has to be written once: muxer ! ${output}")
	case video+audio == 0:
		c.report("pipeline", -1, "nothing of the recording is in it", "begin a chain with ${video} or ${audio}")
	case video > 1 || audio > 1:
		c.report("pipeline", -1, "the same medium is read twice", "use a tee")
	case len(found) != 1:
		c.report("pipeline", -1, "it takes one muxer, not "+fmt.Sprint(len(found)),
			"use one of "+strings.Join(muxers(), ", "))
	default:
		if _, err := Sunk(list); err != nil {
			p, _ := err.(Problem)
			c.report("pipeline", p.Offset, p.Text, p.Hint)
		}
	}
}

func (c *checker) codec(field, value string, codecs []string) {
	if value != "" && !slices.Contains(codecs, value) {
		c.report(field, -1, fmt.Sprintf("%q is no codec that can be made", value),
			"there are "+strings.Join(codecs, ", "))
	}
}

// harmless are sinks that go nowhere.
var harmless = []string{"fakesink", "fakevideosink", "fakeaudiosink"}

// Harmless says whether an element is a sink that goes nowhere.
func Harmless(element string) bool { return slices.Contains(harmless, element) }

// writers are elements that write or send, though their names do not end in sink.
var writers = []string{"webrtcbin", "rtpbin", "playbin", "playbin3"}

// Forbidden says why an element cannot be in a profile, by its name; "" if it can. What it cannot know it leaves to who
// knows the installed elements.
func Forbidden(element string) (text, hint string) {
	switch {
	case Harmless(element):
	case strings.HasSuffix(element, "sink") || strings.HasSuffix(element, "sink2") ||
		strings.HasSuffix(element, "sink3"):
		return element + " would write elsewhere than into the output",
			"only Upright writes: link the muxer to ${output}, and use hooks or uploads for the rest"
	case slices.Contains(writers, element):
		return element + " is for networks and screens, not for files", "leave it out"
	case element == "mjrsrc":
		return "mjrsrc is what ${video} and ${audio} stand for", "begin the chain with one of them"
	}
	return "", ""
}

// forbiddenProperty says why a property cannot be set: it makes an encoder write a file of its own.
func forbiddenProperty(t Token) string {
	if t.Name == "multipass-cache-file" || t.Name == "stats-file" {
		return t.Name + " would write a file of its own"
	}
	return ""
}
