package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/internal/human"
)

// A room is complete when the videos of its participants are, too. So what follows its composition waits for them: who
// is told that the call is complete gets all its files, and no source goes that somebody still needs.

// Between two looks at whether the others have ended.
const (
	gatherFirst = 2 * time.Second
	gatherMost  = 30 * time.Second
)

// gather waits for the jobs of a room's participants. wait: the job was given back until then.
func (t *task) gather(ctx context.Context) (wait bool, err error) {
	rec := t.lease.Record()
	if !rec.Spec.IsRoom() || rec.Gathered {
		return false, nil
	}
	jobs, open, err := t.others(ctx, rec.Spec.Compose)
	if errors.Is(err, context.Cause(ctx)) && ctx.Err() != nil { // stopped or canceled
		ctx, cancel := t.last(ctx)
		defer cancel()
		if errors.Is(err, errCanceled) {
			return true, t.canceled(ctx)
		}
		return true, t.lease.Postpone(ctx, 0, func(*job.Record) {})
	}
	if err != nil {
		return false, err
	}
	ctx, cancel := t.last(ctx)
	defer cancel()
	if open > 0 {
		since := rec.Spec.Submitted
		if n := len(rec.Attempts); n > 0 {
			since = rec.Attempts[n-1].Ended
		}
		return true, t.lease.Postpone(ctx, min(gatherMost, max(gatherFirst, time.Since(since)/4)), func(r *job.Record) {
			if r.Outcome == job.Done {
				r.Reason = "it is composed, and waits for the end of " + human.Count(open, "other job") + " of the same room"
			}
		})
	}
	return false, t.lease.Update(ctx, func(r *job.Record) {
		r.Gathered = true
		if r.Outcome == job.Done {
			r.Reason = ""
		}
		if r.Outcome != job.Done {
			r.People = unseen(r.Spec.Compose)
		}
		r.People, r.Kept = complete(r, jobs)
	})
}

// others are the other jobs of a room as they stand, and how many of them have not ended. Those that nobody knows any
// more are not among them.
func (t *task) others(ctx context.Context, c *job.Compose) (jobs map[string]*job.Record, open int, err error) {
	jobs = map[string]*job.Record{}
	ids := slices.Clone(c.Besides)
	for _, p := range c.Parts {
		ids = append(ids, p.Job)
	}
	for _, id := range ids {
		rec, err := t.queue.Get(ctx, id)
		if errors.Is(err, queue.ErrNotFound) {
			continue
		}
		if err != nil {
			if ctx.Err() != nil {
				return nil, 0, context.Cause(ctx)
			}
			return nil, 0, fmt.Errorf("the other jobs of the room cannot be looked at: %w", err)
		}
		jobs[id] = rec
		if !ended(rec) {
			open++
		}
	}
	return jobs, open, nil
}

// ended says that the outputs of a job are what they will be. One that is composed and waits for others as we do
// counts.
func ended(rec *job.Record) bool {
	return rec.State.Ended() || rec.Spec.IsRoom() && rec.Outcome != ""
}

// unseen are the people of a room of which there is no report to say who is in it: all who were not to be left out.
func unseen(c *job.Compose) (list []job.Person) {
	choice, err := c.Choose()
	for _, p := range c.Parts {
		if err == nil && choice.Filter.LeavesAll(p.User, p.Participant) ||
			slices.ContainsFunc(list, func(o job.Person) bool { return o.ID == p.User }) {
			continue
		}
		list = append(list, job.Person{ID: p.User, Name: p.User})
	}
	return list
}

// complete says what became of each person's own videos, and which sources are to stay. Those of people who were left
// out are nobody's here.
func complete(rec *job.Record, jobs map[string]*job.Record) (people []job.Person, kept []string) {
	c := rec.Spec.Compose
	people = slices.Clone(rec.People)
	free := map[string]bool{}
	for _, p := range c.Parts {
		other := jobs[p.Job]
		if other == nil {
			continue
		}
		if releases(rec, other) {
			for _, s := range other.Spec.Sources {
				free[s.Path] = true
			}
		}
		if i := slices.IndexFunc(people, func(o job.Person) bool { return o.ID == p.User }); i >= 0 {
			people[i].Videos = append(slices.Clone(people[i].Videos), job.Video{Participant: p.Participant, Job: p.Job,
				State: other.State, Outputs: other.Outputs})
		}
	}
	alone := len(c.Parts) == 0
	for _, id := range c.Besides {
		if other := jobs[id]; other == nil || other.Outcome != job.Done && other.State != job.Done {
			alone, free = false, nil // somebody may want it done again
		}
	}
	for _, s := range rec.Spec.Sources {
		if !alone && !free[s.Path] {
			kept = append(kept, s.Path)
		}
	}
	return people, kept
}

// releases says that a participant's job needs its sources no longer, and nobody else will.
func releases(room, part *job.Record) bool {
	if part.State != job.Done {
		return false
	}
	return room.Spec.Delivery.Sources == "move" || !slices.ContainsFunc(part.Warnings,
		func(code string) bool { return slices.Contains(job.NotWhole, code) })
}
