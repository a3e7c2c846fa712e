package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"

	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/pipelines/internal/place"
	"github.com/upright-media/upright/room"
)

// KindRoom is the kind of reports of whole rooms. Those of participants have none.
const KindRoom = "room"

// Room is the report of a room that became one video, written as <room>.json beside it. It is a public format. Times
// are milliseconds of the output.
type Room struct {
	Schema    int              `json:"schema"`             // Schema
	Kind      string           `json:"kind"`               // KindRoom
	Identity  string           `json:"identity,omitempty"` // of the content and of what was made of it, from a daemon
	Again     string           `json:"again,omitempty"`    // which request it answers to make the same again
	Series    string           `json:"series,omitempty"`   // the same for all sessions of one recording, from a daemon
	Recording string           `json:"recording"`
	Inputs    []Input          `json:"inputs"` // the files that are in it
	Outputs   []Output         `json:"outputs"`
	Canvas    *room.Canvas     `json:"canvas,omitempty"` // none: sound only
	Timeline  []WallSpan       `json:"timeline"`
	People    []RoomPerson     `json:"people"`
	Spans     []RoomSpan       `json:"spans"`
	Talks     []room.ScoreTalk `json:"talks"`
	Floor     []room.ScoreTurn `json:"floor"`
	Chapters  []room.Chapter   `json:"chapters"`
	Chat      []ChatMessage    `json:"chat,omitempty"`
	LeftOut   []LeftOut        `json:"left_out"`
	Chunks    []RoomChunk      `json:"chunks,omitempty"` // the parts in which the pictures were drawn
	Plan      Plan             `json:"plan"`
	Warnings  []Warning        `json:"warnings"`
	Error     string           `json:"error,omitempty"` // why there are no outputs
}

// ChatMessage is what somebody wrote.
type ChatMessage struct {
	AtMs   float64 `json:"at_ms"`
	Person string  `json:"person"`
	Text   string  `json:"text"`
}

// WallSpan is a part of the output without a cut, and the server's clock at its beginning.
type WallSpan struct {
	room.MsSpan
	WallUs int64 `json:"wall_us"` // since the Unix epoch; 0: unknown
}

// RoomChunk is a part of the output that was drawn by a process of its own, if it is not the only one.
type RoomChunk struct {
	room.MsSpan
	Attempts int    `json:"attempts"`       // 0: it was there from an earlier run
	Host     string `json:"host,omitempty"` // that has drawn it, if that is not the one that made the video
}

// RoomPerson is one of the people.
type RoomPerson struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"` // the id where no name is known
	Present   []room.MsSpan `json:"present"`
	TalkMs    float64       `json:"talk_ms"`
	VisibleMs float64       `json:"visible_ms"`
	Loudness  *float64      `json:"loudness,omitempty"` // LUFS, as it was recorded; none: not heard
	GainDB    float64       `json:"gain_db"`            // by which it was made louder
}

// RoomSpan is a stretch of time with one arrangement.
type RoomSpan struct {
	room.MsSpan
	Layout  string       `json:"layout"`
	Regions []RoomRegion `json:"regions"`
}

// RoomRegion is a rectangle of the canvas, in pixels, and what is in it.
type RoomRegion struct {
	Person string          `json:"person"`
	Source room.SourceKind `json:"source"`
	File   string          `json:"file"`
	X      int             `json:"x"`
	Y      int             `json:"y"`
	W      int             `json:"w"`
	H      int             `json:"h"`
	Z      int             `json:"z"`
	Fit    string          `json:"fit"`
}

// LeftOut is a file that is not in the output. Of people who were to be left out nothing else is said anywhere.
type LeftOut struct {
	File   string `json:"file"`
	Reason string `json:"reason"`
}

// Excluded is the reason for files that were to be left out.
const Excluded = "excluded"

// SaveRoom writes a report as JSON, in one step; see Report.Save.
func (r *Room) SaveRoom(path, work string, overwrite bool) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // people read it, too
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		return err
	}
	partial := filepath.Join(work, "."+filepath.Base(path)+".partial")
	if err := place.Write(partial, b.Bytes()); err != nil {
		return errors.Join(place.Explain(err), place.Remove(partial))
	}
	if err := place.File(partial, path, overwrite || RoomReplaceable(path)); err != nil {
		return errors.Join(err, place.Remove(partial))
	}
	return nil
}

// LoadRoom reads a report of a room; false if the file is none.
func LoadRoom(path string) (*Room, bool) {
	text, err := files.Read(path, 256<<20)
	if err != nil {
		return nil, false
	}
	return ParseRoom(text)
}

// ParseRoom reads a report of a room from its JSON; false if it is none.
func ParseRoom(text []byte) (*Room, bool) {
	r := new(Room)
	return r, json.Unmarshal(text, r) == nil && r.Schema == Schema && r.Kind == KindRoom
}

// RoomReplaceable says whether a file is the report of a room of which nothing was made.
func RoomReplaceable(path string) bool {
	r, ok := LoadRoom(path)
	return ok && len(r.Outputs) == 0
}
