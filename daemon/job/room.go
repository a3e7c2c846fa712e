package job

import "github.com/upright-media/upright/pipelines/arrangement"

// Kinds of jobs.
const (
	KindRoom        = "room"        // one video of a whole room
	KindParticipant = "participant" // in records it is left out
)

// Compose is what to make of a room.
type Compose struct {
	arrangement.Arrangement        // without what is the default
	Series                  string `json:"series"` // the same for all sessions of one recording, whatever comes later
	// the jobs that make the participants' own videos; none if these are not wanted
	Parts []Part `json:"parts,omitempty"`
	// other jobs of the same room: sources are moved or deleted when these have ended, too
	Besides []string `json:"besides,omitempty"`
}

// About is what a job is about, for people: a participant, or a room.
func (s Spec) About() string {
	if s.IsRoom() {
		return "room " + s.Recording
	}
	return s.Participant
}

// Part is a participant of a room, and the job that makes their own video.
type Part struct {
	Participant string `json:"participant"`
	User        string `json:"user"` // as in the report of the room
	Job         string `json:"job"`
}

// Person is one of the people in the video of a room, and what was made of their own recordings.
type Person struct {
	ID     string  `json:"id"`
	Name   string  `json:"name"` // the id where no name is known
	Videos []Video `json:"videos,omitempty"`
}

// Video is what became of one participant's own recording.
type Video struct {
	Participant string   `json:"participant"`
	Job         string   `json:"job"`
	State       State    `json:"state"` // an end
	Outputs     []Output `json:"outputs,omitempty"`
}
