package daemon

import (
	"context"
	"errors"
	"time"

	"github.com/upright-media/upright/daemon/deliver"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
)

// follow does what is to be done after the conversion.
func (t *task) follow(ctx context.Context) error {
	t.lease.Progress(job.Progress{Stage: "delivering"})
	if rec := t.lease.Record(); rec.Owner != t.owner {
		if err := t.lease.Update(ctx, func(rec *job.Record) { rec.Owner = t.owner }); err != nil {
			return err
		}
	}
	if wait, err := t.gather(ctx); err != nil || wait {
		return err
	}
	before := states(t.lease.Record().Steps)
	result := t.deliver(ctx, t.lease.Record(), deliver.Options{Keep: t.lease.Update, Log: t.log,
		Mounted: t.mounts.Check})
	cause := context.Cause(ctx)
	if errors.Is(cause, queue.ErrLost) {
		return queue.ErrLost
	}
	ctx, cancel := t.last(ctx)
	defer cancel()
	rec := t.lease.Record()
	for _, s := range rec.Steps {
		switch {
		case s.State == "waiting" && s.Attempts > before[s.Name].Attempts:
			t.metrics.Steps.WithLabelValues(s.Name, "retried").Inc()
		case s.State != before[s.Name].State && s.State != "waiting":
			t.metrics.Steps.WithLabelValues(s.Name, s.State).Inc()
		}
	}
	switch {
	case result.Err != nil:
		return result.Err
	case result.Finished:
		t.log.Info("finished", "state", rec.Outcome)
		if rec.Spec.IsRoom() {
			t.metrics.Rooms.WithLabelValues(string(rec.Outcome)).Inc()
		}
		return t.lease.Finish(ctx, func(rec *job.Record) {
			rec.State, rec.Ended, rec.NotBefore = rec.Outcome, time.Now(), time.Time{}
		})
	case errors.Is(cause, errCanceled):
		return t.canceled(ctx)
	}
	return t.lease.Postpone(ctx, max(0, time.Until(result.Next)), func(*job.Record) {})
}

func states(steps []job.Step) map[string]job.Step {
	m := map[string]job.Step{}
	for _, s := range steps {
		m[s.Name] = s
	}
	return m
}
