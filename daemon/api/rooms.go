package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/watch"
	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/pipelines/report"
)

// States of a room beside those of the job that composes it.
const (
	RoomRecording = "recording" // somebody is being recorded
	RoomWaiting   = "waiting"   // nobody is, and somebody may come back
	RoomRecorded  = "recorded"  // it is over, and nothing was made of it
)

// Room is a room that lies in a watched folder, or that was composed.
type Room struct {
	ID        string    `json:"id"`        // the same for all sessions of one recording
	Recording string    `json:"recording"` //
	Room      string    `json:"room,omitempty"`
	Title     string    `json:"title"` // what people call it
	Watch     string    `json:"watch"` // name of the watch folder
	People    []string  `json:"people"`
	First     time.Time `json:"first,omitzero"` // when somebody began to be recorded
	Last      time.Time `json:"last,omitzero"`  // when somebody was recorded last
	LengthMs  float64   `json:"length_ms,omitempty"`
	State     string    `json:"state"`            // RoomRecording, RoomWaiting, RoomRecorded, or job.State
	Reason    string    `json:"reason,omitempty"` // what it waits for, or why it failed
	Jobs      []RoomJob `json:"jobs"`             // that composed it or are to, the newest first
	Video     string    `json:"video,omitempty"`  // path of the newest video in this API
}

// RoomJob is a job that composes a room.
type RoomJob struct {
	ID      string       `json:"id"`
	Name    string       `json:"name"` // of the video, below the output folder
	State   job.State    `json:"state"`
	Reason  string       `json:"reason,omitempty"`
	Layout  string       `json:"layout"`
	Outputs []job.Output `json:"outputs,omitempty"`
}

// RoomDetail is all that is known of a room.
type RoomDetail struct {
	Room
	Who    []job.Person    `json:"who"`              // the people, and the videos of their own
	Report json.RawMessage `json:"report,omitempty"` // of the newest video: report.Room
}

// RoomList is what GET /api/v1/rooms answers.
type RoomList struct {
	Rooms []Room `json:"rooms"`
	Total int    `json:"total"` // on all pages
}

// Composition is what POST /api/v1/rooms/{room}/compose takes.
type Composition struct {
	Layout string `json:"layout,omitempty"` // "": as configured
	Watch  string `json:"watch,omitempty"`  // the watch folder, if rooms of several have the same name
	Again  bool   `json:"again,omitempty"`  // also what was composed before
}

// Composed is what came of it.
type Composed struct {
	Room  string      `json:"room"`            // its id
	Jobs  []Submitted `json:"jobs"`            //
	Waits string      `json:"waits,omitempty"` // what it waits for until it is composed by itself
}

// RoomFilter selects rooms.
type RoomFilter struct {
	Watch         string // "": all
	Text          string // part of title, recording, room, a person or a source; "": all
	Limit, Offset int
}

// knownRoom is a room before anything is read about it: it lies in a watched folder, or jobs compose it.
type knownRoom struct {
	id, watch, name, recording string
	last                       time.Time
	found                      *watch.Room // nil: its recordings are not there any more
	jobs                       queue.Room
}

func (r *knownRoom) contains(text string) bool {
	if r.jobs.Contains(text) {
		return true
	}
	f := r.found
	return f != nil && strings.Contains(strings.ToLower(f.Title+"\n"+f.Name+"\n"+strings.Join(f.People, "\n")),
		strings.ToLower(text))
}

// knownRooms are all rooms of which anything is known, the newest first.
func knownRooms(b Backend) ([]*knownRoom, error) {
	type key struct{ watch, id string }
	rooms := map[key]*knownRoom{}
	for _, f := range b.Rooms() {
		rooms[key{f.Watch, f.ID}] = &knownRoom{id: f.ID, watch: f.Watch, name: f.Room, recording: f.Name, last: f.Last,
			found: &f}
	}
	composed, err := b.Queue().Rooms()
	if err != nil {
		return nil, err
	}
	for _, j := range composed {
		k := key{j.Watch, j.Series}
		if rooms[k] == nil {
			rooms[k] = &knownRoom{id: j.Series, watch: j.Watch, name: j.Name, recording: j.Recording, last: j.End}
		}
		rooms[k].jobs = j
	}
	return slices.SortedFunc(maps.Values(rooms), func(a, b *knownRoom) int {
		return cmp.Or(b.last.Compare(a.last), strings.Compare(a.id, b.id), strings.Compare(a.watch, b.watch))
	}), nil
}

// read says all about some rooms, but for those that are forgotten meanwhile.
func read(ctx context.Context, b Backend, rooms []*knownRoom) ([]Room, error) {
	var ids []string
	for _, r := range rooms {
		ids = append(ids, r.jobs.Jobs...)
	}
	records, err := b.Queue().Records(ctx, ids)
	if err != nil {
		return nil, err
	}
	byID := map[string]*job.Record{}
	for _, rec := range records {
		byID[rec.Spec.ID] = rec
	}
	list := make([]Room, 0, len(rooms))
	for _, known := range rooms {
		var r *Room
		if known.found != nil {
			r = found(*known.found)
		}
		for _, id := range known.jobs.Jobs { // the newest first
			rec := byID[id]
			if rec == nil || rec.Spec.Compose == nil {
				continue
			}
			if r == nil {
				r = gone(rec)
			}
			r.add(rec)
		}
		if r != nil {
			list = append(list, *r)
		}
	}
	return list, nil
}

// Rooms are those that lie in watched folders and those that were composed, the newest first, and how many there are on
// all pages.
func Rooms(ctx context.Context, b Backend, f RoomFilter) (page []Room, total int, err error) {
	all, err := knownRooms(b)
	if err != nil {
		return nil, 0, err
	}
	all = slices.DeleteFunc(all, func(r *knownRoom) bool {
		return f.Watch != "" && r.watch != f.Watch || !r.contains(f.Text)
	})
	wanted := all[min(f.Offset, len(all)):]
	page, err = read(ctx, b, wanted[:min(f.Limit, len(wanted))])
	return page, len(all), err
}

// found is a room that lies in a watched folder.
func found(f watch.Room) *Room {
	r := &Room{ID: f.ID, Recording: f.Name, Room: f.Room, Title: f.Title, Watch: f.Watch, People: f.People,
		First: f.First, Last: f.Last, State: RoomRecorded, Reason: f.Waits, Jobs: []RoomJob{}}
	switch {
	case f.Recording:
		r.State = RoomRecording
	case f.Waits != "":
		r.State = RoomWaiting
	}
	if !r.First.IsZero() && r.Last.After(r.First) {
		r.LengthMs = float64(r.Last.Sub(r.First).Milliseconds())
	}
	return r
}

// gone is a room that was composed and whose recordings are not in a watched folder any more.
func gone(rec *job.Record) *Room {
	s := rec.Spec
	r := &Room{ID: s.Compose.Series, Recording: s.Recording, Room: s.Room, Title: cmp.Or(s.Room, s.Recording),
		Watch: s.Watch, People: []string{}, Last: s.Submitted, State: RoomRecorded, Jobs: []RoomJob{}}
	if s.StartUs > 0 {
		r.First = time.UnixMicro(s.StartUs)
		r.Last = r.First.Add(time.Duration(rec.MediaMs * 1e6))
	}
	return r
}

// add takes in a job, after the newer ones.
func (r *Room) add(rec *job.Record) {
	if len(r.Jobs) == 0 && r.State == RoomRecorded {
		r.State, r.Reason = string(rec.State), rec.Reason
	}
	r.Jobs = append(r.Jobs, RoomJob{ID: rec.Spec.ID, Name: rec.Spec.Name, State: rec.State, Reason: rec.Reason,
		Layout: rec.Spec.Compose.Whole().Layout, Outputs: rec.Outputs})
	if len(rec.People) > 0 && (len(r.People) == 0 || r.Video == "") {
		r.People = nil
		for _, p := range rec.People {
			r.People = append(r.People, p.Name)
		}
	}
	if r.Video != "" || len(rec.Outputs) == 0 || rec.Outputs[0].Removed {
		return
	}
	r.Video = fmt.Sprintf("/api/v1/jobs/%s/outputs/0", rec.Spec.ID)
	if r.State != RoomRecording && r.State != RoomWaiting {
		r.LengthMs = rec.MediaMs
	}
}

// FindRoom is the room of an id, else the newest one that is called so, or whose recording is. watch may be "".
func FindRoom(ctx context.Context, b Backend, name, watch string) (Room, error) {
	rooms, err := knownRooms(b)
	if err != nil {
		return Room{}, err
	}
	for _, is := range []func(r *knownRoom) bool{
		func(r *knownRoom) bool { return r.id == name },
		func(r *knownRoom) bool { return r.name == name },
		func(r *knownRoom) bool { return r.recording == name },
	} {
		i := slices.IndexFunc(rooms, func(r *knownRoom) bool { return is(r) && (watch == "" || r.watch == watch) })
		if i < 0 {
			continue
		}
		if one, err := read(ctx, b, rooms[i:i+1]); err != nil || len(one) == 1 {
			return append(one, Room{})[0], err
		}
	}
	return Room{}, fmt.Errorf("%w: no room is called %q", queue.ErrNotFound, name)
}

// Detail is all that is known of a room.
func Detail(ctx context.Context, b Backend, name, watch string) (RoomDetail, error) {
	r, err := FindRoom(ctx, b, name, watch)
	if err != nil {
		return RoomDetail{}, err
	}
	d := RoomDetail{Room: r, Who: []job.Person{}}
	for _, j := range r.Jobs {
		rec, err := b.Queue().Get(ctx, j.ID)
		if errors.Is(err, queue.ErrNotFound) {
			continue
		}
		if err != nil {
			return d, err
		}
		if len(rec.People) > 0 && len(d.Who) == 0 {
			d.Who = rec.People
		}
		if len(rec.Outputs) > 0 && d.Report == nil {
			d.Report = reportOf(rec)
		}
	}
	if len(d.Who) == 0 {
		for _, id := range r.People {
			d.Who = append(d.Who, job.Person{ID: id, Name: id})
		}
	}
	return d, own(ctx, b, &d)
}

// own adds people's own videos as they stand now, where the room's job has not gathered them.
func own(ctx context.Context, b Backend, d *RoomDetail) error {
	if slices.ContainsFunc(d.Who, func(p job.Person) bool { return len(p.Videos) > 0 }) {
		return nil
	}
	records, _, err := b.Queue().List(ctx, queue.Filter{Watch: d.Watch, Text: d.Recording, Limit: 200})
	if err != nil {
		return err
	}
	for i := range d.Who {
		p := &d.Who[i]
		for _, rec := range records {
			if s := rec.Spec; !s.IsRoom() && s.Recording == d.Recording && cmp.Or(s.User, s.Participant) == p.ID {
				p.Videos = append(p.Videos, job.Video{Participant: s.Participant, Job: s.ID, State: rec.State,
					Outputs: rec.Outputs})
			}
		}
	}
	return nil
}

// maxRoomReport bounds what is read of a report that is too long for a record.
const maxRoomReport = 64 << 20

// reportOf is the report of a room's job, nil if there is none any more.
func reportOf(rec *job.Record) json.RawMessage {
	text := []byte(rec.Report)
	if text == nil && rec.ReportFile != "" {
		f, closing, err := openOutput(rec, rec.ReportFile)
		if err != nil {
			return nil
		}
		defer closing()
		if text, err = io.ReadAll(io.LimitReader(f, maxRoomReport)); err != nil {
			return nil
		}
	}
	if _, ok := report.ParseRoom(text); !ok {
		return nil
	}
	return text
}

func (s *service) rooms(w http.ResponseWriter, q *http.Request) {
	f, err := filter(q)
	if err != nil {
		s.fail(w, http.StatusBadRequest, err)
		return
	}
	page, total, err := Rooms(q.Context(), s.backend,
		RoomFilter{Watch: f.Watch, Text: f.Text, Limit: f.Limit, Offset: f.Offset})
	if err != nil {
		s.error(w, err)
		return
	}
	s.answer(w, RoomList{page, total})
}

func (s *service) room(w http.ResponseWriter, q *http.Request) {
	d, err := Detail(q.Context(), s.backend, q.PathValue("room"), q.URL.Query().Get("watch"))
	if err != nil {
		s.error(w, err)
		return
	}
	s.answer(w, d)
}

func (s *service) compose(w http.ResponseWriter, q *http.Request) {
	var c Composition
	if !s.body(w, q, &c, "a composition", true) {
		return
	}
	hurried, cancel := s.hurry(q) // the folder may be looked through as long as it takes
	r, err := FindRoom(hurried.Context(), s.backend, q.PathValue("room"), c.Watch)
	cancel()
	if err != nil {
		s.error(w, err)
		return
	}
	made, err := s.backend.Compose(q.Context(), r, c)
	if err != nil {
		s.error(w, err)
		return
	}
	if made.Jobs == nil {
		made.Jobs = []Submitted{}
	}
	s.answerWith(w, http.StatusAccepted, made)
}

// openOutput opens a file that a record names, if it is below the job's output folder.
func openOutput(rec *job.Record, path string) (io.Reader, func(), error) {
	inside, err := below(rec, path)
	if err != nil {
		return nil, nil, err
	}
	f, _, err := openBelow(rec.Spec.Output, inside)
	if err != nil {
		return nil, nil, files.Reason(err)
	}
	return f, func() { f.Close() }, nil
}
