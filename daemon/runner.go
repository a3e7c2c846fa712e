package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/upright-media/upright/daemon/deliver"
	"github.com/upright-media/upright/daemon/internal/metrics"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/mounts"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/pipelines/report"
)

// maxInterruptions is how often a daemon may end in the middle of one job before the job is suspected to be the reason.
const maxInterruptions = 20

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

// artifactLimit is how long a job's end waits for what is only nice to have.
const artifactLimit = 30 * time.Second

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
		return t.learn(ctx, unstarted(number, t.owner, began, job.CodeIO, err), 0, settings)
	}
	result := t.convert(ctx, work.Request{
		Spec: t.located(rec.Spec), Owner: t.owner, Again: rec.Again, Threads: t.sched.threads(waiting, t.load()),
		MinFree: settings.MinFree, Bounds: settings.Bounds, Profiles: settings.Profiles, Layouts: settings.Layouts,
		Encoders: settings.Encoders,
		Avoid:    avoid(rec, settings),
	}, work.Options{
		Limits: settings.Limits, Turn: t.turn, Progress: t.lease.Progress, Log: t.log,
	})
	result.Attempt.Number, result.Attempt.Owner = number, t.owner
	return t.learn(ctx, result, time.Since(began), settings)
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

// learn keeps what a child said.
func (t *task) learn(ctx context.Context, result work.Result, took time.Duration, settings work.Settings) (more bool,
	err error) {
	cause := context.Cause(ctx)
	if errors.Is(cause, queue.ErrLost) {
		return false, queue.ErrLost
	}
	ctx, cancel := t.last(ctx)
	defer cancel()
	id := t.lease.Record().Spec.ID
	if result.Graph != "" {
		ctx, cancel := context.WithTimeout(ctx, artifactLimit)
		defer cancel()
		if err := t.queue.PutArtifact(ctx, id, result.Attempt.Number, job.GraphName, []byte(result.Graph)); err != nil {
			t.log.Warn("the graph of the failed pipeline could not be kept", "error", err)
		} else {
			result.Attempt.Graph = true
		}
	}
	final := result.Final
	finished := final.Event == "done" || final.Event == "empty"
	if !finished && errors.Is(cause, errCanceled) {
		return false, t.canceled(ctx)
	}
	t.metrics.Attempts.WithLabelValues(result.Attempt.Outcome).Inc()
	keep := func(rec *job.Record) {
		if n := len(rec.Attempts); n > 0 && rec.Attempts[n-1].Number == result.Attempt.Number {
			rec.Attempts[n-1] = result.Attempt
		}
	}
	switch {
	case final.Event == "done":
		var used report.Plan
		err := t.lease.Update(ctx, func(rec *job.Record) {
			keep(rec)
			rec.State, rec.Outcome, rec.Reason, rec.Code = job.Delivering, job.Done, "", ""
			rec.Outputs, rec.ReportFile, rec.Mode = final.Outputs, final.ReportFile, final.Mode
			rec.Adopted, rec.People = final.Adopted, final.People
			used = summarise(rec, final, took)
		})
		rec := t.lease.Record()
		t.log.Info("converted", "mode", rec.Mode, "adopted", final.Adopted, "outputs", len(rec.Outputs), "media_ms",
			rec.MediaMs, "wall_ms", rec.WallMs)
		if !final.Adopted {
			t.metrics.Media.Add(rec.MediaMs / 1000)
			t.metrics.Work.Add(rec.WallMs / 1000)
			if used.Encoder != "" {
				t.metrics.Encoders.WithLabelValues(used.Encoder).Inc()
			}
			to, _, _ := strings.Cut(used.Encoder, ",") // that of the pictures
			for _, r := range used.Rejected {
				t.metrics.Fallbacks.WithLabelValues(r.Encoder, to, r.Kind).Inc()
			}
		}
		return true, err
	case final.Event == "empty":
		t.log.Info("there is nothing to convert", "reason", final.Error)
		return true, t.lease.Update(ctx, func(rec *job.Record) {
			keep(rec)
			rec.State, rec.Outcome, rec.Reason, rec.Code = job.Delivering, job.Empty, final.Error, job.CodeNoMedia
			rec.ReportFile = final.ReportFile
			summarise(rec, final, took)
		})
	case errors.Is(cause, errDrained) || errors.Is(cause, context.Canceled):
		return false, t.lease.Postpone(ctx, 0, func(rec *job.Record) {
			keep(rec)
			rec.State, rec.Reason, rec.Code = job.Queued, "the daemon was stopped while it worked on this", job.CodeInterrupted
		})
	case job.Transient(final.Code):
		wait := 0
		for i := len(t.lease.Record().Attempts) - 2; i >= 0 && job.Transient(t.lease.Record().Attempts[i].Code); i-- {
			wait++
		}
		d := backoff(settings.Retry, 5*time.Minute, wait)
		t.metrics.Postponed.WithLabelValues(final.Code).Inc()
		t.log.Warn("the job is postponed", "code", final.Code, "reason", final.Error, "again_in", d)
		return false, t.lease.Postpone(ctx, d, func(rec *job.Record) {
			keep(rec)
			rec.State, rec.Reason, rec.Code = job.Queued, final.Error, final.Code
		})
	}
	tried := t.lease.Record().Tried + 1
	if tried < settings.Attempts && !hopeless(final.Code) {
		d := backoff(2*settings.Retry, 10*time.Minute, tried-1)
		t.log.Warn("an attempt failed", "code", final.Code, "reason", final.Error, "attempt", tried, "of",
			settings.Attempts, "again_in", d)
		return false, t.lease.Postpone(ctx, d, func(rec *job.Record) {
			keep(rec)
			rec.State, rec.Reason, rec.Code, rec.Tried = job.Queued, final.Error, final.Code, tried
		})
	}
	err = t.lease.Update(ctx, func(rec *job.Record) {
		keep(rec)
		rec.Tried = tried
		rec.ReportFile = final.ReportFile
		summarise(rec, final, took)
	})
	if err != nil {
		return false, err
	}
	return true, t.fails(ctx, final.Code, final.Error)
}

// fails notes that a job will not be tried again; hooks are still to hear of it.
func (t *task) fails(ctx context.Context, code, reason string) error {
	t.metrics.Failures.WithLabelValues(code).Inc()
	t.log.Error("the job failed", "code", code, "reason", reason)
	return t.lease.Update(ctx, func(rec *job.Record) {
		rec.State, rec.Outcome, rec.Reason, rec.Code = job.Delivering, job.Failed, reason, code
	})
}

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

// canceled ends a job that a user does not want. What was converted already stays.
func (t *task) canceled(ctx context.Context) error {
	ctx, cancel := t.last(ctx)
	defer cancel()
	t.log.Info("canceled")
	return t.lease.Finish(ctx, func(rec *job.Record) {
		if n := len(rec.Attempts); n > 0 && rec.Attempts[n-1].Outcome == "" {
			rec.Attempts[n-1].Outcome, rec.Attempts[n-1].Ended = "canceled", time.Now()
		}
		rec.State, rec.Reason, rec.Code, rec.Ended = job.Canceled, "canceled by a user", "", time.Now()
	})
}

func states(steps []job.Step) map[string]job.Step {
	m := map[string]job.Step{}
	for _, s := range steps {
		m[s.Name] = s
	}
	return m
}

// hopeless says whether another attempt would end in the same way.
func hopeless(code string) bool {
	return code == job.CodeEncrypted || code == job.CodeNoElement || code == job.CodeSettings ||
		code == job.CodeSourcesChanged || code == job.CodeTooMuch
}

// backoff doubles with every time that something was tried.
func backoff(first, most time.Duration, times int) time.Duration {
	return min(most, first<<min(max(times, 0), 16))
}
