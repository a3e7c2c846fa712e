package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// maxRooms is how many jobs of rooms are looked through.
const maxRooms = 1000

// Rooms are those that lie in watched folders and those that were composed, the newest first.
func Rooms(ctx context.Context, b Backend) ([]Room, error) {
	records, _, err := b.Queue().List(ctx, queue.Filter{Kind: job.KindRoom, Limit: maxRooms})
	if err != nil {
		return nil, err
	}
	type key struct{ watch, id string }
	rooms := map[key]*Room{}
	for _, f := range b.Rooms() {
		rooms[key{f.Watch, f.ID}] = found(f)
	}
	for _, rec := range records { // the newest first
		if rec.Spec.Compose == nil {
			continue
		}
		k := key{rec.Spec.Watch, rec.Spec.Compose.Series}
		if rooms[k] == nil {
			rooms[k] = gone(rec)
		}
		rooms[k].add(rec)
	}
	list := make([]Room, 0, len(rooms))
	for _, r := range rooms {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b Room) int {
		return cmp.Or(b.Last.Compare(a.Last), strings.Compare(a.ID, b.ID), strings.Compare(a.Watch, b.Watch))
	})
	return list, nil
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
	rooms, err := Rooms(ctx, b)
	if err != nil {
		return Room{}, err
	}
	for _, is := range []func(r Room) bool{
		func(r Room) bool { return r.ID == name },
		func(r Room) bool { return r.Room == name },
		func(r Room) bool { return r.Recording == name },
	} {
		for _, r := range rooms {
			if is(r) && (watch == "" || r.Watch == watch) {
				return r, nil
			}
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
	all, err := Rooms(q.Context(), s.backend)
	if err != nil {
		s.error(w, err)
		return
	}
	text := strings.ToLower(f.Text)
	all = slices.DeleteFunc(all, func(r Room) bool {
		return f.Watch != "" && r.Watch != f.Watch ||
			!strings.Contains(strings.ToLower(r.Title+"\n"+r.Recording+"\n"+strings.Join(r.People, "\n")), text)
	})
	page := all[min(f.Offset, len(all)):]
	s.answer(w, RoomList{page[:min(f.Limit, len(page))], len(all)})
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
