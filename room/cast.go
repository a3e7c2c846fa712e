package room

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/room/layout"
)

// Kind is what a file holds.
type Kind string

// Kinds of files.
const (
	Video Kind = "video"
	Audio Kind = "audio"
	Chat  Kind = "data"
)

// File is one recorded stream of somebody, usable or not.
type File struct {
	Name        string // base name
	Kind        Kind
	User        string // id of the person
	Session     int    // counts the sessions of this person: files of one were published together
	Description string // that the sender gave
	Index       int    // SDP m-line, -1 if unknown
	Runs        Span   // from the first packet to the end of the last one
	Seen        Span   // video: from the first picture that can be shown to the end of the last
	Holes       []Span // without packets, at least a second or two long, in order
	Sizes       []Size // video: when upright, in order of time
	FPS         float64
}

// Size is the size of a source's upright pictures from a moment on, in pixels.
type Size struct {
	At            time.Duration
	Width, Height int
}

// SourceKind is what a picture shows.
type SourceKind string

// Kinds of sources, and of what a region shows.
const (
	Camera SourceKind = "camera"
	Screen SourceKind = "screen"
	Avatar SourceKind = "avatar" // no picture: initials
	More   SourceKind = "more"   // "+7": people who have no region of their own
	Fill   SourceKind = "fill"   // nobody: a colour or a picture behind others
)

// Source is one video of a person.
type Source struct {
	File string
	Kind SourceKind
	Span
	Holes []Span
	Sizes []Size
	FPS   float64
}

// Person is all that was recorded of one user, however often they came.
type Person struct {
	ID, Name string
	Present  []Span // when any of their files runs, in order; short absences are not closed
	Sources  []Source
	Voices   []string // files of sound
	Messages []string // files of text
}

// Cast is the people of a recording, in order of coming.
type Cast struct {
	People  []Person
	Guessed []string // files that are taken for screens only because they are second videos
}

// Person returns somebody by id, nil if there is nobody.
func (c *Cast) Person(id string) *Person {
	for i := range c.People {
		if c.People[i].ID == id {
			return &c.People[i]
		}
	}
	return nil
}

// Called are the ids of those whom somebody may mean: of the one who has the id, or else of all who have the name.
func (c *Cast) Called(who string) (ids []string) {
	if c.Person(who) != nil {
		return []string{who}
	}
	for _, p := range c.People {
		if p.Name == who {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// Names are what people are called, by id.
type Names map[string]string

// Of is what somebody is called: the id if nothing is known.
func (n Names) Of(id string) string { return cmp.Or(CleanName(n[id]), id) }

// Filter says who is left out. The zero value leaves out nobody.
type Filter struct{ Who, Without []string }

// Check says what is wrong with the patterns of a filter.
func (f Filter) Check() error {
	for _, p := range slices.Concat(f.Who, f.Without) {
		if _, pattern := split(p); pattern == "" {
			return fmt.Errorf("%q matches no one: give an id or a name; * matches any letters", p)
		} else if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("%q: %w: close each [ with a ]", p, err)
		}
	}
	return nil
}

// split takes the medium off a pattern: "video:*" is about pictures only.
func split(pattern string) (kind Kind, rest string) {
	for _, k := range []Kind{Video, Audio} {
		if rest, ok := strings.CutPrefix(pattern, string(k)+":"); ok {
			return k, rest
		}
	}
	return "", pattern
}

// Leaves says whether a person's files of a kind are left out. other are further names of the person, such as titles.
func (f Filter) Leaves(kind Kind, id, name string, other ...string) bool {
	any := func(patterns []string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool {
			only, pattern := split(p)
			if only != "" && only != kind {
				return false
			}
			return slices.ContainsFunc(append([]string{id, name}, other...), func(s string) bool {
				return s != "" && layout.Matches(pattern, s)
			})
		})
	}
	concerned := slices.ContainsFunc(f.Who, func(p string) bool { only, _ := split(p); return only == "" || only == kind })
	return concerned && !any(f.Who) || any(f.Without)
}

// LeavesAll says whether nothing of a person is to be seen or heard.
func (f Filter) LeavesAll(id, name string) bool {
	return f.Leaves(Video, id, name) && f.Leaves(Audio, id, name)
}

// screenWords say in a description that a video is of a screen.
var screenWords = regexp.MustCompile(`(?i)(^|[^a-z])(screen(share|sharing|cast)?|display|desktop|slides?|window|presentation)([^a-z]|$)`)

// NewCast puts the files of a recording together to people, those who came first in front.
func NewCast(files []File, names Names) *Cast {
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(a, b File) int {
		return cmp.Or(cmp.Compare(a.Runs.From, b.Runs.From), cmp.Compare(a.Name, b.Name))
	})
	c := &Cast{}
	for _, f := range files {
		p := c.Person(f.User)
		if p == nil {
			c.People = append(c.People, Person{ID: f.User, Name: names.Of(f.User)})
			p = &c.People[len(c.People)-1]
		}
		p.Present = append(p.Present, f.Runs)
		switch f.Kind {
		case Video:
			kind, guessed := f.source(files)
			if guessed {
				c.Guessed = append(c.Guessed, f.Name)
			}
			p.Sources = append(p.Sources, Source{File: f.Name, Kind: kind, Span: f.Seen, Holes: f.Holes, Sizes: f.Sizes,
				FPS: f.FPS})
		case Audio:
			p.Voices = append(p.Voices, f.Name)
		case Chat:
			p.Messages = append(p.Messages, f.Name)
		}
	}
	for i := range c.People {
		c.People[i].Present = Joined(c.People[i].Present, time.Millisecond)
	}
	return c
}

// source says what a video shows: what its description says, else a screen if it runs beside a video of the same
// session that comes before it.
func (f File) source(all []File) (kind SourceKind, guessed bool) {
	if screenWords.MatchString(f.Description) {
		return Screen, false
	}
	for _, o := range all {
		if o.Kind != Video || o.User != f.User || o.Session != f.Session || o.Name == f.Name ||
			screenWords.MatchString(o.Description) {
			continue
		}
		before := o.Index < f.Index
		if o.Index == f.Index || o.Index < 0 || f.Index < 0 {
			before = o.Runs.From < f.Runs.From || o.Runs.From == f.Runs.From && o.Name < f.Name
		}
		if before && o.Runs.From < f.Runs.To && f.Runs.From < o.Runs.To {
			return Screen, true
		}
	}
	return Camera, false
}

func sortedSpans(spans []Span) []Span {
	return slices.SortedFunc(slices.Values(spans), func(a, b Span) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
}
