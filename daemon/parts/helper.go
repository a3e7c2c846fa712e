package parts

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/work"
)

// Helper draws parts of rooms that other daemons compose, or this one, on cores that have nothing else to do.
type Helper struct {
	Peers queue.Peers
	Owner string // this daemon: host and process
	Pace  Pace
	Log   *slog.Logger
	// Cores takes cores for a part, if they are free and nothing waits for them.
	Cores func(n int) (release func(), ok bool)
	// Draw draws a part in a child process.
	Draw func(ctx context.Context, p work.Part, o work.Options) work.Result
	// Needed says of the job of a room that nobody answers for whether it will be taken up again, as far as is known.
	Needed func(ctx context.Context, id string) bool
	// Clear removes the parts of a room that is not needed.
	Clear func(ctx context.Context, id string)
	Ended func(result string) // counts parts: made, failed, refused, stopped
}

// errNotNeeded is why a part is not drawn to its end.
var errNotNeeded = errors.New("the part is not needed here any more")

// askWait is how long the daemon that composes a room may take to answer.
const askWait = 5 * time.Second

// Run takes parts until take ends. Those that are under way then go on until abort ends.
func (h *Helper) Run(take, abort context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	heard := make(chan job.PartOffer, 1)
	stop, err := h.Peers.Hear(offers, func(data []byte) []byte {
		var o job.PartOffer
		if json.Unmarshal(data, &o) == nil && o.Job != "" && o.Order != "" {
			select {
			case heard <- o:
			default: // it is said again
			}
		}
		return nil
	})
	if err != nil {
		h.Log.Warn("no parts of other daemons' rooms are drawn here", "error", err)
		return
	}
	defer stop()
	for {
		select {
		case o := <-heard:
			h.take(take, abort, &group, o)
		case <-take.Done():
			return
		}
	}
}

// take takes as many parts of a room as there are free cores.
func (h *Helper) take(take, abort context.Context, group *sync.WaitGroup, o job.PartOffer) {
	for take.Err() == nil {
		release, ok := h.Cores(o.Cores)
		if !ok {
			return
		}
		part := h.get(take, o)
		if part == "" {
			release()
			return
		}
		group.Go(func() {
			for part != "" && take.Err() == nil {
				if !h.draw(abort, o, part) {
					break
				}
				// Whoever waits for the core is first.
				release()
				if release, ok = h.Cores(o.Cores); !ok {
					return
				}
				part = h.get(take, o)
			}
			release()
		})
	}
}

// get asks for a part, "" if there is none.
func (h *Helper) get(ctx context.Context, o job.PartOffer) string {
	ctx, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	a, err := ask(ctx, h.Peers, o.Job, job.PartWord{Kind: job.PartTake, Who: h.Owner})
	if err != nil {
		return ""
	}
	return a.Part
}

// draw draws a part, and says how that ended. It returns whether it is there.
func (h *Helper) draw(ctx context.Context, o job.PartOffer, part string) bool {
	log := h.Log.With("job", o.Job, "part", part, "composed_by", o.Who)
	log.Info("drawing a part of a room")
	drawing, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var mu sync.Mutex
	var at float64
	var beating sync.WaitGroup
	beats, still := context.WithCancel(drawing)
	beating.Go(func() {
		h.beat(beats, o, part, func() float64 { mu.Lock(); defer mu.Unlock(); return at }, stop)
	})
	began := time.Now()
	r := h.Draw(drawing, work.Part{Order: o.Order, ID: part}, work.Options{Log: log, Progress: func(p job.Progress) {
		mu.Lock()
		defer mu.Unlock()
		at = p.DoneMs
	}})
	still()
	beating.Wait()
	w := ending(r, context.Cause(drawing) != nil)
	w.Who, w.Part = h.Owner, part
	switch w.Kind {
	case job.PartMade:
		log.Info("drew a part of a room", "took", time.Since(began).Round(time.Millisecond), "cpu_ms", r.Attempt.CPUMs)
		h.Ended("made")
	case job.PartBack:
		log.Info("a part of a room is not drawn to its end", "why", context.Cause(drawing))
		h.Ended("stopped")
	case job.PartRefused:
		log.Warn("parts of a room are not drawn here", "why", w.Why)
		h.Ended("refused")
	default:
		log.Warn("a part of a room could not be drawn", "why", w.Why)
		h.Ended("failed")
	}
	// What is made although it was to be stopped is in the way, too.
	stopped := errors.Is(context.Cause(drawing), errNotNeeded)
	unheard := stopped || errors.Is(h.tell(o, w), queue.ErrNobody)
	if unheard && w.Kind == job.PartMade && !h.Needed(ctx, o.Job) {
		h.Clear(ctx, o.Job)
	}
	return !stopped && w.Kind == job.PartMade
}

// ending is what is to be said of how a child ended.
func ending(r work.Result, stopped bool) job.PartWord {
	switch f := r.Final; {
	case f.Event == "done":
		return job.PartWord{Kind: job.PartMade}
	case stopped:
		return job.PartWord{Kind: job.PartBack}
	case f.Code == work.CodeRefused:
		return job.PartWord{Kind: job.PartRefused, Why: f.Error}
	default:
		return job.PartWord{Kind: job.PartFailed, Why: cmp.Or(f.Error, f.Code)}
	}
}

// beat gives signs of life until ctx ends, and ends what nobody needs any more.
func (h *Helper) beat(ctx context.Context, o job.PartOffer, part string, at func() float64,
	stop context.CancelCauseFunc) {
	tick := time.NewTicker(h.Pace.beat())
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		try, cancel := context.WithTimeout(ctx, askWait)
		a, err := ask(try, h.Peers, o.Job, job.PartWord{Kind: job.PartAt, Who: h.Owner, Part: part, DoneMs: at()})
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && a.OK:
		case err == nil, !h.Needed(ctx, o.Job):
			// It was given to somebody else, or the room is done, or canceled. Who takes up a room whose daemon has died
			// has use for the part: it goes on.
			stop(errNotNeeded)
			return
		}
	}
}

// tellLimit is how long it is tried to say how a part ended. If that is not heard, its signs of life are missed.
const tellLimit = 10 * time.Second

// tell says how a part ended. If nobody composes the room now, who takes it up sees what is made.
func (h *Helper) tell(o job.PartOffer, w job.PartWord) error {
	ctx, cancel := context.WithTimeout(context.Background(), tellLimit)
	defer cancel()
	for {
		_, err := ask(ctx, h.Peers, o.Job, w)
		if err == nil || errors.Is(err, queue.ErrNobody) || errors.Is(err, queue.ErrClosed) {
			return err
		}
		select {
		case <-time.After(h.Pace.beat() / 4):
		case <-ctx.Done():
			return err
		}
	}
}
