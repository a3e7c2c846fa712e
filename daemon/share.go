package daemon

import (
	"context"
	"errors"
	"time"

	"github.com/upright-media/upright/daemon/claim"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/parts"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/work"
)

// sharing is how others are given parts of a room, nil if there are no others, or it is no room.
func (t *task) sharing(spec job.Spec) func(order string, cores int, ask work.Ask) func() {
	peers := t.queue.Peers()
	if peers == nil || !spec.IsRoom() {
		return nil
	}
	return func(order string, cores int, ask work.Ask) func() {
		offer := job.PartOffer{Job: spec.ID, Who: t.owner, Order: order, Cores: cores}
		return parts.Offer(offer, peers, ask, parts.Pace{}, t.log)
	}
}

// help draws parts of rooms that other daemons of the queue compose, if there are any, until take ends; what is under
// way then, until abort does.
func (r *runner) help(take, abort context.Context) {
	peers := r.queue.Peers()
	if peers == nil {
		return
	}
	h := &parts.Helper{
		Peers: peers, Owner: r.owner, Log: r.log, Cores: r.cores, Draw: r.drawPart, Needed: r.needed, Clear: r.clearRoom,
		Ended: func(result string) { r.metrics.Parts.WithLabelValues(result).Inc() },
	}
	h.Run(take, abort)
}

// cores takes cores for a part: never those that a job waits for.
func (r *runner) cores(n int) (release func(), ok bool) {
	if r.queue.Paused() {
		return nil, false
	}
	return r.sched.tryTurn(n)
}

// drawPart draws a part of a room in a child process.
func (r *runner) drawPart(ctx context.Context, p work.Part, o work.Options) work.Result {
	o.Limits = r.settings().Limits
	return r.convert(ctx, work.Request{Owner: r.owner, Part: &p}, o)
}

// needed says whether somebody will go on with a job.
func (r *runner) needed(ctx context.Context, id string) bool {
	ctx, cancel := context.WithTimeout(ctx, sayWait)
	defer cancel()
	rec, err := r.queue.Get(ctx, id)
	switch {
	case errors.Is(err, queue.ErrNotFound):
		return false
	case err != nil: // who knows
		return true
	}
	return !rec.State.Ended() && !rec.Cancel && rec.Outcome == ""
}

// clearRoom removes the parts of a room's video that lie beside it, by the room's job.
func (r *runner) clearRoom(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, sayWait)
	defer cancel()
	if rec, err := r.queue.Get(ctx, id); err == nil {
		r.clearParts(rec.Spec)
	}
}

// clearLimit is how long a file system may take to remove parts.
const clearLimit = 10 * time.Second

// clearParts removes the parts of a room's video that nobody goes on with. If that fails they go a week later.
func (r *runner) clearParts(spec job.Spec) {
	if !spec.IsRoom() {
		return
	}
	done := make(chan error, 1)
	go func() { done <- claim.RemoveParts(spec) }()
	select {
	case err := <-done:
		if err != nil {
			r.log.Warn("parts of a room cannot be removed", "job", spec.ID, "error", err)
		}
	case <-time.After(clearLimit):
		r.log.Warn("parts of a room cannot be removed: the file system does not answer", "job", spec.ID)
	}
}
