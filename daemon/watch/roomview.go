package watch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/upright-media/upright/recording"
)

// found is a room as a scan has found it.
type found struct {
	rec    *recording.Recording
	lost   []*recording.File
	series string
	last   time.Time // when the last of its files grew
	end    time.Time // when somebody was recorded last, by the files; zero: nobody has asked yet
	waits  *waiting  // what it waits for; nil: for nothing
	busy   bool      // somebody is still recorded
	jobs   []RoomJob // that the scan has looked at
}

// RoomJob is a job that composes a room.
type RoomJob struct {
	ID      string
	Name    string // of the video
	Created bool   // by this request
}

// Room is a room in a watched folder.
type Room struct {
	ID        string    // the same for all sessions of one recording
	Name      string    // recording.Recording.Name
	Title     string    // what people call it
	Room      string    // as the server wrote it; "" if it has none
	Watch     string    // the folder's name
	People    []string  // ids
	First     time.Time // when somebody began to be recorded; zero if unknown
	Last      time.Time // when somebody was recorded last
	Recording bool      // somebody is being recorded, or it is not sure yet that nobody is
	Waits     string    // what composing it waits for, in a sentence; "": for nothing
}

// Rooms are those that were found in the last scan, the newest first.
func (w *Watcher) Rooms() []Room {
	w.scanning.Lock()
	defer w.scanning.Unlock()
	name := w.state.folder.Name
	list := make([]Room, 0, len(w.state.rooms))
	left := mostEnds
	for _, f := range w.state.rooms {
		if f.end.IsZero() && !f.busy && left > 0 {
			f.end = endOf(f.rec)
			left--
		}
		if !f.end.IsZero() && !f.busy {
			f.last = f.end // a copied file's time says nothing
		}
		r := Room{ID: f.series, Name: f.rec.Name, Title: f.rec.Title, Room: f.rec.Room, Watch: name, Last: f.last,
			Recording: f.busy}
		if f.rec.StartUs > 0 {
			r.First = time.UnixMicro(f.rec.StartUs)
		}
		if f.waits != nil {
			r.Waits = f.waits.why
		}
		for _, p := range f.rec.People {
			r.People = append(r.People, cmp.Or(p.User, p.Participants[0].Stem, p.Participants[0].Name))
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Room) int { return cmp.Or(b.First.Compare(a.First), cmp.Compare(a.ID, b.ID)) })
	return list
}

// mostEnds is of how many rooms the files are looked into for one list.
const mostEnds = 500

// endOf is when somebody was recorded last, zero if the files do not say it.
func endOf(rec *recording.Recording) (end time.Time) {
	for _, p := range rec.Participants {
		for _, f := range p.Tracks {
			if f.Content == nil || f.Err != nil {
				continue
			}
			if us := f.Span().ToUs; us > 0 {
				end = later(end, time.UnixMicro(us))
			}
		}
	}
	return end
}

// ErrNoRoom says that there is no such room in the watched folder.
var ErrNoRoom = errors.New("there is no such room in a watched folder")

// ComposeRoom says that a room is over and has it composed, as soon as nobody is recorded in it any more. waits is what
// it still waits for: "" if jobs were submitted, or known.
func (w *Watcher) ComposeRoom(ctx context.Context, series, layout string) (jobs []RoomJob, waits string, err error) {
	w.scanning.Lock()
	defer w.scanning.Unlock()
	if w.state.rooms[series] == nil {
		return nil, "", ErrNoRoom
	}
	name := w.state.folder.Name
	if err := w.o.Endings.set(name, series, Ending{At: w.o.Now(), Layout: layout}); err != nil {
		return nil, "", fmt.Errorf("it cannot be kept that the room is over: %w", err)
	}
	if _, err := w.scan(ctx, nil); err != nil {
		return nil, "", err
	}
	room := w.state.rooms[series]
	switch {
	case room == nil:
		return nil, "", ErrNoRoom
	case room.waits != nil:
		return room.jobs, room.waits.why, nil
	}
	return room.jobs, "", nil
}
