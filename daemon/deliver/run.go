package deliver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/upright-media/upright/daemon/job"
)

const (
	firstBackoff  = 5 * time.Second
	mostBackoff   = 10 * time.Minute
	defaultGiveUp = 24 * time.Hour
	leastAttempts = 10 // before anything is given up: a clock that was set ahead is no reason
	keepTimeout   = 10 * time.Second
	maxErrorBytes = 1 << 10 // of a step's Error
)

// delivery is one call of Run.
type delivery struct {
	Options
	rec job.Record // as kept
	log *slog.Logger
}

// Run does what can be done now of the steps that follow a conversion: upload, sources, hook, webhook, in this order.
// The first call puts them into the record; later calls go on with those that are waiting. A step that fails is tried
// again when its Next has come, and does not stop those that do not need it:
//
//   - upload (outcome Done only) is tried without limit.
//   - sources (Done only, unless they are kept) waits until the upload is proven, and is tried without limit.
//   - hook and webhook wait for the end of the upload, since they tell where the outputs are, but not for the sources.
//     They are tried for Options.GiveUp, whatever the outcome.
//
// What trying again cannot help (an output or a source that is not what the record says) ends a step as failed at once.
//
// The end of ctx leaves the steps as they are; that is no error. Whoever has a job converted again empties
// Record.Steps.
func Run(ctx context.Context, rec job.Record, o Options) Result {
	d := newDelivery(rec, o)
	if err := d.plan(ctx); err != nil {
		return d.broken(ctx, err)
	}
	for _, s := range slices.Clone(d.rec.Steps) {
		if s.State != StepWaiting || d.early(s) || d.blocked(s.Name) {
			continue
		}
		if err := d.try(ctx, s.Name); err != nil {
			return d.broken(ctx, err)
		}
		if ctx.Err() != nil {
			return Result{Next: d.Now()}
		}
	}
	return d.result()
}

func newDelivery(rec job.Record, o Options) *delivery {
	rec.Steps, rec.Outputs = slices.Clone(rec.Steps), slices.Clone(rec.Outputs)
	if o.Backoff == nil {
		o.Backoff = Backoff
	}
	if o.GiveUp <= 0 {
		o.GiveUp = defaultGiveUp
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Mounted == nil {
		o.Mounted = func(string) error { return nil }
	}
	if o.Stall <= 0 {
		o.Stall = stallTimeout
	}
	return &delivery{Options: o, rec: rec, log: o.Log}
}

// Backoff is how long to wait after so many attempts: 5 s, doubling, at most 10 min.
func Backoff(attempt int) time.Duration {
	return min(mostBackoff, firstBackoff<<min(max(attempt-1, 0), 10))
}

// steps are the names of what is to be done for an outcome.
func steps(rec *job.Record) []string {
	var names []string
	dl := &rec.Spec.Delivery
	if rec.Outcome == job.Done {
		if dl.Upload != nil {
			names = append(names, StepUpload)
		}
		if dl.Sources != "" && dl.Sources != "keep" {
			names = append(names, StepSources)
		}
	}
	if rec.Outcome == job.Done || rec.Outcome == job.Empty || rec.Outcome == job.Failed {
		if dl.Hook != nil {
			names = append(names, StepHook)
		}
		if dl.Webhook != nil {
			names = append(names, StepWebhook)
		}
	}
	return names
}

// plan puts the steps into the record.
func (d *delivery) plan(ctx context.Context) error {
	names := steps(&d.rec)
	missing := func(rec *job.Record) []job.Step {
		var add []job.Step
		for _, name := range names {
			if find(rec, name) == nil {
				add = append(add, job.Step{Name: name, State: StepWaiting})
			}
		}
		return add
	}
	if len(missing(&d.rec)) == 0 {
		return nil
	}
	return d.keep(ctx, func(rec *job.Record) {
		rec.Steps = append(rec.Steps, missing(rec)...)
		slices.SortStableFunc(rec.Steps, func(a, b job.Step) int {
			return slices.Index(names, a.Name) - slices.Index(names, b.Name)
		})
	})
}

// early says that a step is not to be tried yet.
func (d *delivery) early(s job.Step) bool {
	now := d.Now()
	return s.Next.After(now) && !job.SetBack(d.rec.Updated, now)
}

// blocked says that a step needs one that has not ended.
func (d *delivery) blocked(name string) bool {
	upload := find(&d.rec, StepUpload)
	return name != StepUpload && upload != nil && upload.State == StepWaiting
}

// try does a step once.
func (d *delivery) try(ctx context.Context, name string) error {
	began := d.Now()
	err := d.keepStep(ctx, name, func(s *job.Step) {
		if !s.Ended.IsZero() { // a user has it tried again
			*s = job.Step{Name: s.Name, State: StepWaiting}
		}
		if s.Attempts == 0 {
			s.Since = began
		}
		s.Attempts++
		s.Next = time.Time{}
	})
	if err != nil {
		return err
	}
	failure := d.do(ctx, name)
	if kept := (*keepError)(nil); errors.As(failure, &kept) {
		return kept.err
	}
	if failure != nil && ctx.Err() != nil { // it was cut short: that says nothing about the step
		return d.keepStep(ctx, name, func(s *job.Step) { s.Attempts-- })
	}
	s := d.judge(*find(&d.rec, name), failure)
	log := d.log.With("step", name, "attempt", s.Attempts)
	switch {
	case s.State == StepDone:
		log.Info("a step is done")
	case s.State == StepFailed:
		log.Error("a step failed", "error", s.Error)
	default:
		log.Warn("a step failed and is tried again", "error", s.Error, "next", s.Next)
	}
	return d.keepStep(ctx, name, func(kept *job.Step) { *kept = s })
}

func (d *delivery) do(ctx context.Context, name string) error {
	switch name {
	case StepUpload:
		return d.upload(ctx)
	case StepSources:
		return d.sources(ctx)
	case StepHook:
		return d.tell(ctx, name, d.hook)
	case StepWebhook:
		return d.tell(ctx, name, d.webhook)
	}
	return final("there is no step called %q", name)
}

// tell has a hook or webhook told, unless it was told of the same before.
func (d *delivery) tell(ctx context.Context, name string, call func(context.Context) error) error {
	if d.remembered(name) {
		return nil
	}
	if something, err := d.something(); err != nil || !something {
		return err
	}
	err := call(ctx)
	if err == nil {
		d.remember(ctx, name)
	}
	return err
}

// something says whether there is anything to tell of: a job that failed, or outputs that are here or were uploaded.
// All may have been taken away before they were found again. One that is gone and should not be is an error.
func (d *delivery) something() (bool, error) {
	if d.rec.Outcome != job.Done {
		return true, nil
	}
	found := false
	for _, o := range d.rec.Outputs {
		if o.URL == "" && !o.Removed {
			if _, err := os.Lstat(o.File); err != nil {
				return false, fmt.Errorf("nobody is told of %s, which is not there any more: %w", o.File, plain(err))
			}
		}
		found = found || o.URL != "" || !o.Removed
	}
	if !found {
		d.log.Info("nobody is told: the outputs were taken away before they were found again")
	}
	return found, nil
}

// judge says what happens to a step that was tried.
func (d *delivery) judge(s job.Step, failure error) job.Step {
	now := d.Now()
	if failure == nil {
		s.State, s.Error, s.Ended = StepDone, "", now
		return s
	}
	s.Error = sentence(failure)
	if isFinal(failure) {
		s.State, s.Ended = StepFailed, now
		return s
	}
	s.Next = now.Add(d.Backoff(s.Attempts))
	if s.Name != StepHook && s.Name != StepWebhook {
		return s
	}
	if later := (*laterError)(nil); errors.As(failure, &later) && later.until.After(s.Next) {
		s.Next = later.until
	}
	end := s.Since.Add(d.GiveUp)
	if !now.Before(end) && s.Attempts >= leastAttempts {
		s.State, s.Next, s.Ended = StepFailed, time.Time{}, now
		s.Error = sentence(fmt.Errorf("given up after %d attempts: %s", s.Attempts, s.Error))
	} else if now.Before(end) && s.Next.After(end) {
		s.Next = end // one last time
	}
	return s
}

// result says where the steps stand.
func (d *delivery) result() Result {
	r := Result{Finished: true}
	for _, s := range d.rec.Steps {
		if s.State != StepWaiting {
			continue
		}
		r.Finished = false
		if !d.blocked(s.Name) && (r.Next.IsZero() || s.Next.Before(r.Next)) {
			r.Next = s.Next
		}
	}
	return r
}

// broken is the result when the record could not be kept.
func (d *delivery) broken(ctx context.Context, err error) Result {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return Result{Next: d.Now()}
	}
	return Result{Err: err}
}

// keepError is that the record could not be kept: its caller stops.
type keepError struct{ err error }

func (e *keepError) Error() string { return e.err.Error() }
func (e *keepError) Unwrap() error { return e.err }

// keep changes the record, here and where it is kept. What has been done is written down even if ctx has ended
// meanwhile.
func (d *delivery) keep(ctx context.Context, change func(*job.Record)) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTimeout)
	defer cancel()
	if err := d.Keep(ctx, change); err != nil {
		return &keepError{err}
	}
	change(&d.rec)
	return nil
}

func (d *delivery) keepStep(ctx context.Context, name string, change func(*job.Step)) error {
	return d.keep(ctx, func(rec *job.Record) {
		if s := find(rec, name); s != nil {
			change(s)
		}
	})
}

func find(rec *job.Record, name string) *job.Step {
	for i := range rec.Steps {
		if rec.Steps[i].Name == name {
			return &rec.Steps[i]
		}
	}
	return nil
}
