package inspectpage

import (
	"time"

	"github.com/upright-media/upright/timeline"
)

// Page is what one page shows.
type Page struct {
	Recordings []Recording
	Unusable   []string // what was found and cannot be used: a sentence each, with the file's name
}

// Recording is a room or call with those who were recorded in it.
type Recording struct {
	Name         string
	Title        string // the room's own name; "" or Name if it has none
	Participants []Participant
}

// Participant is one person or source, with all tracks on one time axis. All times of its tracks are presentation
// times.
type Participant struct {
	Name     string
	Person   string    // who it is, if they may be several participants; "" if Name says it
	Start    time.Time // wall clock of presentation time 0; zero: unknown
	Created  time.Time // when the first recorder was created; zero: unknown
	Duration time.Duration
	Warnings []Warning
	Tracks   []Track
}

// Warning is something that a user should know.
type Warning struct {
	Code string // stable
	Text string
	Help string // what the code means and what to do; may be ""
}

// Kinds of tracks.
const (
	Video = "video"
	Audio = "audio"
	Data  = "data"
)

// Track is one file.
type Track struct {
	File        string // name
	Description string // of the stream, by its publisher
	Kind        string // Video, Audio, Data; "" if nothing says it
	Codec       string
	Bytes       int64  // size of the file
	State       string // a word or two: complete, cut off, …
	Problem     string // why nothing in it could be used; all below is zero then

	Units         int           // pictures, audio packets or messages that can be shown
	Start, End    time.Duration // of these; zero without any
	FrameDuration time.Duration // most common step between them; 0: unknown
	Master        bool          // this track's clock is the participant's
	Counts        timeline.Counts
	DriftPPM      float64 // positive: the sender's clock is fast
	DriftKnown    bool
	DamagedBytes  int64
	Orientations  []timeline.OrientationSpan
	Sizes         []timeline.SizeSpan
	Holes         []timeline.Hole
	Activity      []timeline.Activity
	Delays        []timeline.Delay
}

// Add puts a participant under the recording of the given name, which is added if the page does not have it. title is
// the room's own name, if it has one.
func (p *Page) Add(name, title string, who Participant) {
	for i := range p.Recordings {
		if p.Recordings[i].Name == name {
			p.Recordings[i].Participants = append(p.Recordings[i].Participants, who)
			return
		}
	}
	p.Recordings = append(p.Recordings, Recording{Name: name, Title: title, Participants: []Participant{who}})
}
