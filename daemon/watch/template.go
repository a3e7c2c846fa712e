package watch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/upright-media/upright/recording"
)

// Fields are what a template's placeholders stand for. All texts come from outside and may hold anything.
type Fields struct {
	Folder    string // of the sources, below the watched folder, "/" between components; "" or "." for itself
	Name      string // recording.Participant.Stem
	Recording string // recording.Recording.Name
	Title     string // recording.Recording.Title
	Room      string
	User      string
	Session   int // recording.Participant.Session
	Watch     string
	Start     time.Time // zero if unknown
	ID        string    // of the job
}

const (
	unknown      = "unknown"
	startLayout  = "2006-01-02T15-04-05"
	maxTemplate  = 500 // bytes
	maxFolder    = 600 // bytes of {folder}, which is replaced by one component if it is longer
	maxComponent = 200 // bytes of a folder's name
	// maxBase leaves room within the 255 bytes of a file name for what is put around an output's name: a dot in front,
	// a number (.9999), a label (61 bytes), an extension (5) and .partial (8).
	maxBase = 170
)

// mediaExtensions are cut off at the end of a template: the profile decides about the extension.
var mediaExtensions = []string{".mp4", ".m4v", ".m4a", ".mov", ".mkv", ".mka", ".webm", ".ogg", ".opus", ".srt", ".vtt",
	".json"}

var placeholders = []string{"folder", "name", "recording", "title", "room", "user", "session", "watch", "start",
	"start_local", "id"}

// CheckTemplate says what is wrong with a template, in one sentence.
func CheckTemplate(template string) error {
	if _, err := parse(template); err != nil {
		return fmt.Errorf("the template %q %w", template, err)
	}
	return nil
}

// ExpandTemplate makes the path of an output, below the output folder and without extension. "/" separates folders in
// it.
//
// A template is text with placeholders: {folder} (the folder of the sources below the watched one), {name} (what
// upright convert would call the output), {recording}, {title}, {room}, {user}, {session}, {watch}, {start} and
// {start:LAYOUT} (when the recording began, in UTC, by a layout of Go's package time), {start_local} and
// {start_local:LAYOUT} (the same in the daemon's time zone), {id} (the job's first 8 digits). {{ and }} are braces. An
// extension of media at the end is dropped: the profile decides about it.
//
// Whatever the fields hold, the path is relative and stays below its folder. Only {folder} and layouts make folders.
// Each component is as recording.SafeName makes it, folders of at most 200 bytes, the last one of at most 170. What is
// not known is "unknown"; a component that is only a {folder} that is empty is left out.
func ExpandTemplate(template string, f Fields) (string, error) {
	parts, err := parse(template)
	if err != nil {
		return "", fmt.Errorf("the template %q %w", template, err)
	}
	var path strings.Builder
	for _, p := range parts {
		path.WriteString(p.value(f))
	}
	var components []string
	for c := range strings.SplitSeq(path.String(), "/") {
		if c != "" {
			components = append(components, c)
		}
	}
	if len(components) == 0 {
		return unknown, nil
	}
	last := len(components) - 1
	for i, c := range components {
		limit := maxComponent
		if i == last {
			limit = maxBase
		}
		components[i] = recording.SafeName(c, limit)
	}
	return strings.Join(components, "/"), nil
}

// part is text, or a placeholder.
type part struct {
	text   string
	name   string // of the placeholder
	layout string
}

func (p part) value(f Fields) string {
	var v string
	switch p.name {
	case "":
		return p.text
	case "folder":
		return folderValue(f.Folder)
	case "start":
		if !f.Start.IsZero() {
			return f.Start.UTC().Format(p.layout)
		}
	case "start_local":
		if !f.Start.IsZero() {
			return f.Start.Local().Format(p.layout)
		}
	case "name":
		v = f.Name
	case "recording":
		v = f.Recording
	case "title":
		v = f.Title
	case "room":
		v = f.Room
	case "user":
		v = f.User
	case "session":
		v = fmt.Sprint(max(1, f.Session))
	case "watch":
		v = f.Watch
	case "id":
		v = f.ID[:min(8, len(f.ID))]
	}
	// Separators go here, the rest when the component is complete.
	v = strings.ReplaceAll(strings.TrimSpace(v), "/", "_")
	if v == "" {
		return unknown
	}
	return v
}

// folderValue keeps the separators between components, and drops those that are none.
func folderValue(folder string) string {
	var components []string
	for c := range strings.SplitSeq(folder, "/") {
		if c != "" && c != "." {
			components = append(components, recording.SafeName(c, maxComponent))
		}
	}
	value := strings.Join(components, "/")
	if len(value) > maxFolder {
		return recording.SafeName(strings.Join(components, "_"), maxComponent)
	}
	return value
}

// parse reads a template. Errors go on after "the template …".
func parse(template string) ([]part, error) {
	text := template
	for _, ext := range mediaExtensions {
		if n := len(text) - len(ext); n > 0 && strings.EqualFold(text[n:], ext) {
			text = text[:n]
			break
		}
	}
	switch {
	case strings.TrimSpace(text) == "":
		return nil, errors.New("is empty; {name} is a good one")
	case len(text) > maxTemplate:
		return nil, fmt.Errorf("has more than %d bytes", maxTemplate)
	case !utf8.ValidString(text):
		return nil, errors.New("is not valid UTF-8")
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return nil, errors.New("holds a control character")
	case strings.HasPrefix(text, "/"):
		return nil, errors.New(`begins with "/"; it is a path below the output folder`)
	case strings.HasSuffix(text, "/"):
		return nil, errors.New(`ends in "/"; the last component is the name of the file`)
	case strings.Contains(text, `\`):
		return nil, errors.New(`holds "\"; use "/" between folders`)
	}
	parts, err := split(text)
	if err != nil {
		return nil, err
	}
	shape := "" // placeholders as a letter, layouts as they are
	for _, p := range parts {
		switch {
		case p.name == "":
			shape += p.text
		case p.layout != "":
			shape += p.layout
		default:
			shape += "x"
		}
	}
	for c := range strings.SplitSeq(shape, "/") {
		switch strings.TrimSpace(c) {
		case "":
			return nil, errors.New(`has nothing between two "/"`)
		case ".", "..":
			return nil, fmt.Errorf("has %q as a component, which would lead out of the output folder or nowhere", c)
		}
	}
	return parts, nil
}

// split takes a template apart.
func split(text string) ([]part, error) {
	var parts []part
	literal := func(s string) {
		if n := len(parts) - 1; n >= 0 && parts[n].name == "" {
			parts[n].text += s
		} else if s != "" {
			parts = append(parts, part{text: s})
		}
	}
	for text != "" {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			literal(text)
			break
		}
		literal(text[:i])
		rest := text[i+1:]
		switch {
		case rest != "" && rest[0] == text[i]:
			literal(text[i : i+1])
			text = rest[1:]
			continue
		case text[i] == '}':
			return nil, errors.New(`has a "}" without "{"; write "}}" for the character itself`)
		}
		inside, after, ok := strings.Cut(rest, "}")
		if !ok {
			return nil, errors.New(`has a "{" without "}"; write "{{" for the character itself`)
		}
		p, err := placeholder(inside)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
		text = after
	}
	return parts, nil
}

func placeholder(inside string) (part, error) {
	name, layout, hasLayout := strings.Cut(inside, ":")
	p := part{name: name, layout: layout}
	isStart := name == "start" || name == "start_local"
	switch {
	case !slices.Contains(placeholders, name):
		return part{}, fmt.Errorf("has an unknown placeholder {%s}; there are {%s}", name,
			strings.Join(placeholders, "}, {"))
	case hasLayout && !isStart:
		return part{}, fmt.Errorf("has a layout in {%s}; only {start} and {start_local} take one", inside)
	case isStart && !hasLayout:
		p.layout = startLayout
	case isStart && !isLayout(layout):
		return part{},
			fmt.Errorf("has {%s}, which does not say how to write a time: write it like the example "+
				"2006-01-02T15-04-05, "+
				"in which 2006 is the year, 01 the month, 02 the day, 15 the hour, 04 the minute and 05 the second", inside)
	case isStart && (strings.HasPrefix(layout, "/") || strings.HasSuffix(layout, "/")):
		return part{}, fmt.Errorf("has {%s}, whose layout begins or ends in %q; put it outside of the braces", inside,
			"/")
	}
	return p, nil
}

// isLayout says that a layout tells different times apart at all.
func isLayout(layout string) bool {
	a := time.Date(2001, 2, 3, 4, 5, 6, 7, time.UTC)
	b := time.Date(2112, 11, 20, 19, 38, 47, 89, time.UTC)
	return a.Format(layout) != b.Format(layout)
}
