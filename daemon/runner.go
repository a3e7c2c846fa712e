package daemon

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/upright-media/upright/daemon/deliver"
	"github.com/upright-media/upright/daemon/internal/metrics"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/mounts"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/work"
)

// runner takes jobs from the queue and brings each to its end, or to the next moment when something can be done for it.
type runner struct {
	queue   queue.Interface
	owner   string
	sched   *scheduler
	metrics *metrics.Metrics
	log     *slog.Logger

	settings func() work.Settings // as configured now
	convert  func(context.Context, work.Request, work.Options) work.Result
	deliver  func(context.Context, job.Record, deliver.Options) deliver.Result
	locate   func(job.Source) (path string, ok bool) // where a source is that was moved; nil: nowhere
	mounts   *mounts.Memory

	mu      sync.Mutex
	running map[string]bool
}

// errDrained is why a conversion was stopped that the daemon's end did not wait for.
var errDrained = errors.New("the daemon was stopped")

// run works until take ends. What is under way then goes on until abort ends.
func (r *runner) run(take, abort context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { r.help(take, abort) })
	for {
		release, err := r.sched.child(take)
		if err != nil {
			return
		}
		lease, err := r.queue.Next(take)
		if err != nil {
			release()
			return
		}
		group.Go(func() {
			defer release()
			r.handle(abort, lease)
		})
	}
}

// handle does what can be done for a job now.
func (r *runner) handle(abort context.Context, lease queue.Lease) {
	rec := lease.Record()
	log := r.log.With("job", rec.Spec.ID, "recording", rec.Spec.Recording, "participant", rec.Spec.Participant)
	r.count(rec.Spec.ID, true)
	defer r.count(rec.Spec.ID, false)

	ctx, stop := context.WithCancelCause(abort)
	defer stop(nil)
	go func() {
		select {
		case <-lease.Canceled():
			stop(errCanceled)
		case <-lease.Lost():
			stop(queue.ErrLost)
		case <-ctx.Done():
		}
	}()
	t := &task{runner: r, lease: lease, log: log, abort: abort}
	err := t.run(ctx)
	switch {
	case err == nil:
	case errors.Is(err, queue.ErrLost):
		log.Warn("another daemon has this job now: what was done here is dropped")
	default:
		// A lease that is not ended lives as long as this daemon, and no other can go on with the job.
		log.Error("the queue did not take what became of a job; it is taken up again", "error", err, "in", r.again())
		lease.Release(r.again())
	}
}

// again is when a job is taken up again that the queue had something against.
func (r *runner) again() time.Duration { return backoff(r.settings().Retry, time.Minute, 1) }

func (r *runner) count(id string, running bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running == nil {
		r.running = map[string]bool{}
	}
	if running {
		r.running[id] = true
	} else {
		delete(r.running, id)
	}
}

func (r *runner) load() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.running)
}

// backoff doubles with every time that something was tried.
func backoff(first, most time.Duration, times int) time.Duration {
	return min(most, first<<min(max(times, 0), 16))
}
