package pipelines

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/lazy"
	"github.com/upright-media/upright/internal/nearest"
	"github.com/upright-media/upright/pipelines/internal/debian"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
)

// CheckProfile says what is wrong with a profile that profile.Find returned: what profile.Check says, and then what
// GStreamer says to its elements, their properties and how they are linked. Nothing is run.
func CheckProfile(p profile.Profile) []profile.Problem {
	if problems := profile.Check(p); len(problems) > 0 {
		return problems
	}
	var problems []profile.Problem
	if HasElements(p) {
		_ = Register() // cvorotate can be in a profile
	}
	for _, f := range ownLines(p) {
		c := lineCheck{field: f.field}
		c.tokens(f.list)
		if len(c.problems) == 0 {
			c.parse(f)
		}
		problems = append(problems, c.problems...)
	}
	return append(problems, plan.Unheld(p)...)
}

// HasElements says whether elements of its own are in a profile, which GStreamer has to be asked about.
func HasElements(p profile.Profile) bool { return len(ownLines(p)) > 0 }

// ownLine is a part of a profile in the language of gst-launch-1.0, and what is to be put around it to parse it.
type ownLine struct {
	field         string
	list          []profile.Token
	before, after launch.Line
}

// ownLines are those parts of a profile, except for muxers without properties.
func ownLines(p profile.Profile) (lines []ownLine) {
	add := func(field, text string, before, after launch.Line) {
		list, err := profile.Tokens(text)
		if err != nil || len(list) == 0 {
			return // profile.Check says so
		}
		if last := len(list) - 1; list[last].Kind == profile.Element && list[last].Name == profile.Auto {
			list, after = list[:max(0, last-1)], launch.Line{"!"}.Add(sinkOf(field))
		}
		if len(list) > 0 {
			lines = append(lines, ownLine{field, list, before, after})
		}
	}
	if profile.IsFragment(p.Video) {
		add("video", p.Video, stub(profile.SlotVideo), launch.Line{"!", "fakesink", "name=" + afterName})
	}
	if profile.IsFragment(p.Audio) {
		add("audio", p.Audio, stub(profile.SlotAudio), launch.Line{"!", "fakesink", "name=" + afterName})
	}
	if profile.Containers[p.Mux] == "" && p.Mux != profile.Auto {
		if p.Thumbnails() {
			add("mux", p.Mux, stub(profile.SlotVideo), nil)
		} else {
			add("mux", p.Mux, nil, launch.Line{"!", "fakesink"})
		}
	}
	if p.Pipeline != "" {
		add("pipeline", p.Pipeline, nil, nil)
	}
	return lines
}

// stub is what stands for a slot where a line is only parsed.
func stub(slot string) launch.Line {
	switch slot {
	case profile.SlotVideo:
		return launch.Line{"fakesrc", "!", "videoconvert", "!", "capssetter", "name=pictures",
			"caps=video/x-raw,framerate=30/1"}
	case profile.SlotAudio:
		return launch.Line{"fakesrc", "!", "audioconvert", "name=sound"}
	case profile.SlotOutput:
		return launch.Line{"fakesink"}
	}
	return launch.Line{"fakesrc"}
}

// afterName is what the element behind a fragment is called.
const afterName = "next-element"

// sinkOf takes what the encoder of Upright takes.
func sinkOf(field string) string {
	if field == "audio" {
		return "audioconvert name=" + afterName + " ! fakesink"
	}
	return "videoconvert name=" + afterName + " ! fakesink"
}

// lineCheck looks at one line.
type lineCheck struct {
	field    string
	problems []profile.Problem
}

func (c *lineCheck) report(offset int, text, hint string) {
	c.problems = append(c.problems, profile.Problem{Field: c.field, Offset: offset, Text: text, Hint: hint})
}

// tokens looks at each word by itself.
func (c *lineCheck) tokens(list []profile.Token) {
	element := ""
	for _, t := range list {
		switch t.Kind {
		case profile.Element:
			element = ""
			if c.element(t) {
				element = t.Name
			}
		case profile.Property:
			if element != "" {
				c.property(element, t)
			}
		case profile.Caps:
			if !gstrun.ValidCaps(t.Value) {
				c.report(t.Offset, fmt.Sprintf("%q is no filter", t.Value),
					"write it as in video/x-raw,format=I420,width=640")
			}
		}
	}
}

// generators make media of nothing, which no other source may.
var generators = []string{"videotestsrc", "audiotestsrc"}

// element says whether there is an element that a profile can have.
func (c *lineCheck) element(t profile.Token) bool {
	info, ok := gstrun.Inspect(t.Name)
	klass := strings.Split(info.Klass, "/")
	switch {
	case !ok && t.Name == profile.MP4Mux: // it only stands for what writes MP4s here
		return false
	case !ok:
		text, hint := unknownElement(t.Name)
		c.report(t.Offset, text, hint)
		return false
	case profile.Harmless(t.Name), c.field == "mux" && t.Name == profile.Thumbs:
	case slices.Contains(klass, "Network"):
		c.report(t.Offset, t.Name+" is for networks", "a profile only works on the recording: leave it out")
		return false
	case !info.Sources || slices.Contains(klass, "Sink"):
		c.report(t.Offset, t.Name+" would write elsewhere than into the output",
			"only Upright writes: link the muxer to ${output}, and use hooks or uploads for the rest")
		return false
	case (!info.Sinks || slices.Contains(klass, "Source")) && !slices.Contains(generators, t.Name):
		c.report(t.Offset, t.Name+" would read elsewhere than in the recording",
			"begin chains with ${video} or ${audio}; for a picture in the picture there is gdkpixbufoverlay")
		return false
	}
	return true
}

// unknownElement says what may have been meant by the name of an element that GStreamer does not have.
func unknownElement(name string) (text, hint string) {
	if p := debian.Package(name); p != "" {
		return "the GStreamer element " + name + " is not installed", "install " + p
	}
	text = "there is no GStreamer element " + name
	near := nearest.Option(name, gstrun.ElementNames())
	if near == "" {
		near = nearest.Option(name, debian.Elements())
	}
	if near == "" {
		return text, "gst-inspect-1.0 lists those that are installed"
	}
	return text, "did you mean " + near + "?"
}

var (
	// named are properties that hold the name of a file or place.
	named = lazy.Regexp(`(^|-)(location|sprite|index|file|filename|path|dir|directory|uri|url|host|socket)(-|$)`)
	// writes are options of encoders' option strings that make them write, or read, files.
	writes = lazy.Regexp(`(?i)(^|[:,\s])(stats|csv[a-z-]*|recon[a-z-]*|dump-yuv|[a-z-]*file|analysis-(save|load))\s*=`)
	// overlays are properties of that kind that only read a picture, to show it.
	overlays = []string{"gdkpixbufoverlay.location", "rsvgoverlay.location", "gloverlay.location"}
)

// property looks at a property of an element that there is.
func (c *lineCheck) property(element string, t profile.Token) {
	if info, _ := gstrun.Inspect(element); info.Children && strings.Contains(t.Name, "::") {
		return // of a pad or a child that is not made yet
	}
	value := profile.Expand(t.Value, sampleText)
	state, span, text := gstrun.CheckProperty(element, t.Name, value)
	switch {
	case state == gstrun.PropertyNone:
		hint := "gst-inspect-1.0 " + element + " lists those that there are"
		if near := nearest.Option(t.Name, gstrun.PropertyNames(element)); near != "" {
			hint = "did you mean " + near + "?"
		}
		c.report(t.Offset, element+" has no property "+t.Name, hint)
	case state == gstrun.PropertyFixed:
		c.report(t.Offset, fmt.Sprintf("the property %s of %s cannot be set", t.Name, element), "leave it out")
	case state == gstrun.PropertyObject:
		c.report(t.Offset, fmt.Sprintf("the property %s of %s takes no text", t.Name, element), "leave it out")
	case state == gstrun.PropertyBad && strings.Contains(t.Value, "!"):
		c.report(t.At, fmt.Sprintf("%s of %s cannot be %s", t.Name, element, strconv.Quote(t.Value)),
			"put spaces around the exclamation mark")
	case state == gstrun.PropertyBad && span != "":
		c.report(t.At, fmt.Sprintf("%s of %s cannot be %s", t.Name, element, strconv.Quote(t.Value)), "it is "+span)
	case state == gstrun.PropertyBad:
		c.report(t.At, fmt.Sprintf("%s of %s cannot be %s", t.Name, element, strconv.Quote(t.Value)),
			"gst-inspect-1.0 "+element+" says what it can be")
	case text && named().MatchString(t.Name) && !slices.Contains(overlays, element+"."+t.Name):
		c.report(t.Offset, fmt.Sprintf("with %s %s would use a file of its own", t.Name, element), "leave it out")
	case text && writes().MatchString(value):
		c.report(t.At, fmt.Sprintf("with %s %s would use a file of its own",
			strings.Trim(writes().FindString(value), ":=, "), element), "leave it out")
	}
}

// sampleText is something that can be in a slot.
func sampleText(slot string) string {
	switch slot {
	case "width", "height":
		return "640"
	case "frame_rate", "key_frames":
		return "30"
	case "started":
		return "2006-01-02T15:04:05Z"
	}
	return "text"
}

// marks are names that elements get so that they can be found in what GStreamer says.
var marks = lazy.Regexp(`upright-at-(\d+)`)

// parse lets GStreamer link the elements.
func (c *lineCheck) parse(f ownLine) {
	var err error
	if f.list, err = profile.Sunk(f.list); err != nil {
		return // profile.Check says so
	}
	if f.list[0].Name == profile.MP4Sink {
		f.after = nil
	}
	l := slices.Clone(f.before)
	if len(l) > 0 {
		l = append(l, "!")
	}
	named := map[string]profile.Token{}
	for i, t := range f.list {
		switch t.Kind {
		case profile.Slot:
			if i == 0 || t.Name != profile.SlotOutput || f.list[i-1].Kind == profile.Link { // else a sink has it
				l = append(l, stub(t.Name)...)
			}
			continue
		case profile.Element:
			if name := nameOf(f.list[i+1:]); name != "" {
				named[name] = t
				break
			}
			l = append(l, t.Name, fmt.Sprintf("name=upright-at-%d", i))
			continue
		}
		l = append(l, plan.Words([]profile.Token{t}, sampleText)...)
	}
	elements, err := gstrun.Parse(append(l, f.after...).String())
	if err == nil {
		c.others(f, elements)
		return
	}
	said := strings.TrimPrefix(err.Error(), "the pipeline cannot be made: ")
	at := -1
	for _, m := range marks().FindAllStringSubmatch(said, -1) {
		i, _ := strconv.Atoi(m[1])
		at = i
	}
	said = marks().ReplaceAllStringFunc(said, func(s string) string {
		i, _ := strconv.Atoi(strings.TrimPrefix(s, "upright-at-"))
		return f.list[i].Name
	})
	offset := -1
	switch next := c.filterBehind(f.list, at); {
	case at > 1 && f.list[at-1].Kind == profile.Link && f.list[at-2].Kind == profile.Caps:
		offset = f.list[at-2].Offset
	case next >= 0 && strings.Contains(said, afterName): // what is behind the profile's elements
		offset = f.list[next].Offset
	case at >= 0:
		offset = f.list[at].Offset
	}
	c.report(offset, "its elements do not fit together: "+said,
		"gst-inspect-1.0 shows what each of them takes and gives")
}

// others looks for elements that GStreamer has found in the line and we have not, and so have not looked at.
func (c *lineCheck) others(f ownLine, elements []string) {
	known := []string{"capsfilter"}
	for _, l := range []launch.Line{f.before, f.after, stub(profile.SlotVideo), stub(profile.SlotAudio),
		stub(profile.SlotOutput)} {
		known = append(known, l...)
	}
	for _, t := range f.list {
		if t.Kind == profile.Element {
			known = append(known, t.Name)
		}
	}
	for _, e := range elements {
		if !slices.Contains(known, e) {
			c.report(-1, "GStreamer finds the element "+e+" in it, which is not to be seen",
				"write it without quotation marks and backslashes around it")
		}
	}
}

// filterBehind is the filter that an element is linked to, -1 if there is none.
func (c *lineCheck) filterBehind(list []profile.Token, at int) int {
	for i := max(at, 0) + 1; i+1 < len(list) && at >= 0; i++ {
		switch {
		case list[i].Kind == profile.Link && list[i+1].Kind == profile.Caps:
			return i + 1
		case list[i].Kind != profile.Property:
			return -1
		}
	}
	return -1
}

// nameOf is the name that an element's properties give it.
func nameOf(rest []profile.Token) string {
	for _, t := range rest {
		if t.Kind != profile.Property {
			break
		}
		if t.Name == "name" {
			return t.Value
		}
	}
	return ""
}
