package daemon

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
)

var errCanceled = errors.New("canceled by a user")

// task is one job while this daemon has it.
type task struct {
	*runner
	lease queue.Lease
	log   *slog.Logger
	abort context.Context // ends when the daemon does
}

// farewell is how long a daemon that ends tries to tell the queue what became of its jobs.
const farewell = 10 * time.Second

// last is for what has to be written whatever has ended ctx. It takes as long as the queue's server is away, unless
// this daemon ends meanwhile: what was converted is not to be converted again.
func (t *task) last(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(t.abort, func() { time.AfterFunc(farewell, cancel) })
	return ctx, func() { stop(); cancel() }
}

func (t *task) run(ctx context.Context) error {
	rec := t.lease.Record()
	switch {
	case rec.State.Ended():
		return t.lease.Finish(ctx, func(*job.Record) {})
	case rec.Cancel:
		return t.canceled(ctx)
	case rec.Outcome == "":
		if more, err := t.attempt(ctx); err != nil || !more {
			return err
		}
	}
	return t.follow(ctx)
}

// canceled ends a job that a user does not want. What was converted already stays.
func (t *task) canceled(ctx context.Context) error {
	ctx, cancel := t.last(ctx)
	defer cancel()
	t.log.Info("canceled")
	t.clearParts(t.lease.Record().Spec)
	return t.lease.Finish(ctx, func(rec *job.Record) {
		if n := len(rec.Attempts); n > 0 && rec.Attempts[n-1].Outcome == "" {
			rec.Attempts[n-1].Outcome, rec.Attempts[n-1].Ended = "canceled", time.Now()
		}
		rec.State, rec.Reason, rec.Code, rec.Ended = job.Canceled, "canceled by a user", "", time.Now()
	})
}
