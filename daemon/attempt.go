package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
)

// maxInterruptions is how often a daemon may end in the middle of one job before the job is suspected to be the reason.
const maxInterruptions = 20

// attempt converts once. more says whether there is something to deliver now.
func (t *task) attempt(ctx context.Context) (more bool, err error) {
	settings := t.settings()
	number := 0
	err = t.lease.Update(ctx, func(rec *job.Record) {
		if n := len(rec.Attempts); n > 0 {
			number = rec.Attempts[n-1].Number
			if a := &rec.Attempts[n-1]; a.Outcome == "" {
				a.Outcome, a.Code, a.Ended = "interrupted", job.CodeInterrupted, time.Now()
				a.Error = fmt.Sprintf("the daemon %s ended while it worked on this", a.Owner)
				rec.Interruptions++
			}
		}
		number++
		if rec.Interruptions > maxInterruptions {
			return
		}
		rec.State, rec.Owner, rec.Reason, rec.Code, rec.NotBefore = job.Running, t.owner, "", "", time.Time{}
		rec.Attempts = append(rec.Attempts, job.Attempt{Number: number, Owner: t.owner, Started: time.Now()})
		if n := len(rec.Attempts); n > job.MaxAttemptsKept {
			rec.Attempts = rec.Attempts[n-job.MaxAttemptsKept:]
		}
	})
	if err != nil {
		return false, err
	}
	if n := t.lease.Record().Interruptions; n > maxInterruptions {
		reason := fmt.Sprintf("daemons ended %d times while they worked on this; it may be the reason: try it alone "+
			"with upright convert", n)
		return true, t.fails(ctx, job.CodeInterrupted, reason)
	}
	waiting := 0
	if stats, err := t.queue.Stats(ctx); err == nil {
		for _, n := range stats.Waiting {
			waiting += n
		}
	}
	rec := t.lease.Record()
	t.log.Info("converting", "attempt", number, "output", rec.Spec.Output, "name", rec.Spec.Name)
	began := time.Now()
	_ = t.mounts.Use(rec.Spec.Delivery.MoveTo) // the step says if it is missing
	if err := t.mounts.Use(rec.Spec.Output); err != nil {
		return t.learn(ctx, &ending{
			Result: unstarted(number, t.owner, began, job.CodeIO, err), settings: settings,
		})
	}
	offer := t.sharing(rec.Spec)
	result := t.convert(ctx, work.Request{
		Spec: t.located(rec.Spec), Owner: t.owner, Again: rec.Again, Threads: t.sched.threads(waiting, t.load()),
		MinFree: settings.MinFree, Bounds: settings.Bounds, Profiles: settings.Profiles, Layouts: settings.Layouts,
		Encoders: settings.Encoders,
		Avoid:    avoid(rec, settings), Share: offer != nil,
	}, work.Options{
		Limits: settings.Limits, Turn: t.turn, Progress: t.lease.Progress, Offer: offer, Log: t.log,
		Alone: number > 1, // what others have left in a child may have been the reason
	})
	result.Attempt.Number, result.Attempt.Owner = number, t.owner
	return t.learn(ctx, &ending{Result: result, took: time.Since(began), settings: settings})
}

// unstarted is the result of an attempt that was not begun.
func unstarted(number int, owner string, at time.Time, code string, why error) work.Result {
	return work.Result{
		Attempt: job.Attempt{Number: number, Owner: owner, Started: at, Ended: at, Outcome: "failed", Code: code,
			Error: why.Error()},
		Final: work.Event{Event: "failed", Code: code, Error: why.Error()},
	}
}

// turn waits for cores. A job that has to wait says so: it has a worker, but nothing is converted.
func (t *task) turn(ctx context.Context, cost int) (release func(), err error) {
	release, ok := t.sched.tryTurn(cost)
	if ok {
		return release, nil
	}
	say := func(reason string) {
		ctx, cancel := context.WithTimeout(ctx, sayWait)
		defer cancel()
		if err := t.lease.Update(ctx, func(rec *job.Record) { rec.Reason = reason }); err != nil {
			t.log.Debug("that the job waits for cores could not be said", "error", err)
		}
	}
	say("waits for free cores")
	if release, err = t.sched.turn(ctx, cost); err == nil {
		say("")
	}
	return release, err
}

// sayWait is how long the queue may take to keep what is good to know and not needed.
const sayWait = 2 * time.Second

// avoid is what was in use when attempts of this round died: a driver may have been the reason. Where nothing else may
// be used it is tried again.
func avoid(rec job.Record, settings work.Settings) (list []work.Avoid) {
	if rec.Tried == 0 || settings.Encoders != nil && settings.Encoders.Strict {
		return nil
	}
	for _, a := range rec.Attempts {
		if a.Code != job.CodeCrashed && a.Code != job.CodeStalled {
			continue
		}
		for _, element := range a.Hardware {
			if !slices.ContainsFunc(list, func(o work.Avoid) bool { return o.Element == element }) {
				list = append(list, work.Avoid{Element: element,
					Reason: fmt.Sprintf("was in use when attempt %d %s", a.Number, a.Outcome)})
			}
		}
	}
	return list
}

// located is what is to be done with the sources where they are now. The record keeps where they were: the one who
// moved them may want to keep them, so they are converted, and neither moved nor deleted afterwards.
func (t *task) located(spec job.Spec) job.Spec {
	if t.locate == nil {
		return spec
	}
	now := slices.Clone(spec.Sources)
	for i, s := range now {
		if _, err := os.Lstat(s.Path); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			continue
		}
		path, ok := t.locate(s)
		if !ok {
			continue // the child says so
		}
		t.log.Info("a source is somewhere else now", "was", s.Path, "is", path)
		now[i].Path = path
	}
	spec.Sources = now
	return spec
}
