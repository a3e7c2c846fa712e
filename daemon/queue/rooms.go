package queue

import (
	"cmp"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// about says which room a job composes. Entries of the same room share it.
type about struct{ watch, series, recording, room string }

// Room is a room that jobs compose, or have composed.
type Room struct {
	Watch     string // the watch folder
	Series    string // job.Compose.Series
	Recording string
	Name      string    // of the room, as the recorder calls it
	Jobs      []string  // their ids, the newest first
	End       time.Time // when the recording ended, as far as its newest job knows

	text string
}

// Contains says whether what a user may look for is part of what the room's jobs are found by.
func (r Room) Contains(text string) bool { return strings.Contains(r.text, strings.ToLower(text)) }

// rooms are the rooms of all jobs, in no order.
func (x *index) rooms() []Room {
	type hit struct {
		id string
		e  *entry
	}
	type room struct{ watch, series string }
	all := map[room][]hit{}
	x.mu.Lock()
	for k, e := range x.jobs {
		if e.room {
			a := e.about.Value()
			of := room{a.watch, a.series}
			all[of] = append(all[of], hit{hex.EncodeToString(k[:]), e})
		}
	}
	x.mu.Unlock()
	list := make([]Room, 0, len(all))
	for _, hits := range all {
		slices.SortFunc(hits, func(a, b hit) int {
			return cmp.Or(cmp.Compare(b.e.submitted, a.e.submitted), cmp.Compare(a.id, b.id))
		})
		newest := hits[0].e
		a := newest.about.Value()
		r := Room{Watch: a.watch, Series: a.series, Recording: a.recording, Name: a.room,
			End: time.Unix(0, newest.start+newest.media*int64(time.Millisecond))}
		for _, h := range hits {
			r.Jobs = append(r.Jobs, h.id)
			r.text += h.e.text
		}
		list = append(list, r)
	}
	return list
}
