package compose

import (
	"slices"
	"time"

	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/room"
)

// progress is how much of each kind of work is done, from 0 to 1.
type progress struct {
	heard, drawn, mixed float64
	kept                float64 // of what is drawn: what was there from an earlier run
}

// How much work there is, where drawing all pictures is 1.
const (
	hearWork = 0.125
	mixWork  = 0.125
)

// portion is how much of something is done.
func portion(done, of time.Duration) float64 {
	if of <= 0 {
		return 0
	}
	return min(1, max(0, float64(done)/float64(of)))
}

// tell says how far all of it is, as a part of the room's time.
func (c *composing) tell(p progress) {
	pictures := slices.ContainsFunc(c.cast.People, func(p room.Person) bool { return len(p.Sources) > 0 })
	sound := slices.ContainsFunc(c.cast.People, func(p room.Person) bool { return len(p.Voices) > 0 })
	var done, kept, all float64
	if pictures {
		done, kept, all = p.drawn, p.kept, 1
	}
	if sound {
		done, all = done+hearWork*p.heard+mixWork*p.mixed, all+hearWork+mixWork
	}
	if all == 0 {
		return
	}
	time := func(part float64) time.Duration { return time.Duration(part / all * float64(c.total)) }
	c.progress(pipelines.Progress{Done: time(done), Kept: time(kept), Total: c.total})
}
