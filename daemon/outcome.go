package daemon

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/pipelines/report"
)

// artifactLimit is how long a job's end waits for what is only nice to have.
const artifactLimit = 30 * time.Second

// ending is an attempt that has ended, and what it says of the job.
type ending struct {
	work.Result
	took     time.Duration
	settings work.Settings // in force when the attempt began
}

// keep puts the attempt into the record.
func (e *ending) keep(rec *job.Record) {
	if n := len(rec.Attempts); n > 0 && rec.Attempts[n-1].Number == e.Attempt.Number {
		rec.Attempts[n-1] = e.Attempt
	}
}

// queued says of a record why it waits for its next attempt.
func (e *ending) queued(rec *job.Record, code, reason string) {
	e.keep(rec)
	rec.State, rec.Code, rec.Reason = job.Queued, code, reason
}

// learn keeps what a child said. more says whether there is something to deliver now.
func (t *task) learn(ctx context.Context, e *ending) (more bool, err error) {
	cause := context.Cause(ctx)
	if errors.Is(cause, queue.ErrLost) {
		return false, queue.ErrLost
	}
	ctx, cancel := t.last(ctx)
	defer cancel()
	t.keepGraph(ctx, e)
	t.keepPosters(ctx, e)
	final := e.Final
	finished := final.Event == "done" || final.Event == "empty"
	if !finished && errors.Is(cause, errCanceled) {
		return false, t.canceled(ctx)
	}
	t.metrics.Attempts.WithLabelValues(e.Attempt.Outcome).Inc()
	switch {
	case final.Event == "done":
		return true, t.converted(ctx, e)
	case final.Event == "empty":
		t.log.Info("there is nothing to convert", "reason", final.Error)
		return true, t.lease.Update(ctx, func(rec *job.Record) {
			e.keep(rec)
			rec.State, rec.Outcome, rec.Reason, rec.Code = job.Delivering, job.Empty, final.Error, job.CodeNoMedia
			rec.ReportFile = final.ReportFile
			summarise(rec, final, e.took)
		})
	case errors.Is(cause, errDrained) || errors.Is(cause, context.Canceled):
		return false, t.lease.Postpone(ctx, 0, func(rec *job.Record) {
			e.queued(rec, job.CodeInterrupted, "the daemon was stopped while it worked on this")
		})
	case job.Transient(final.Code):
		return false, t.postponed(ctx, e)
	}
	return t.failed(ctx, e)
}

// keepGraph stores the graph of a pipeline that failed.
func (t *task) keepGraph(ctx context.Context, e *ending) {
	if e.Graph == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, artifactLimit)
	defer cancel()
	id := t.lease.Record().Spec.ID
	if err := t.queue.PutArtifact(ctx, id, e.Attempt.Number, job.GraphName, []byte(e.Graph)); err != nil {
		t.log.Warn("the graph of the failed pipeline could not be kept", "error", err)
		return
	}
	e.Attempt.Graph = true
}

// keepPosters stores the pictures of outputs.
func (t *task) keepPosters(ctx context.Context, e *ending) {
	ctx, cancel := context.WithTimeout(ctx, artifactLimit)
	defer cancel()
	id := t.lease.Record().Spec.ID
	for i, poster := range e.Final.Posters[:min(len(e.Final.Posters), len(e.Final.Outputs))] {
		if len(poster) == 0 {
			continue
		}
		if err := t.queue.PutArtifact(ctx, id, job.PosterAttempt, job.PosterName(i), poster); err != nil {
			t.log.Warn("the picture of an output could not be kept", "error", err)
			return
		}
		e.Final.Outputs[i].Poster = true
	}
}

// converted notes what was made, and counts it.
func (t *task) converted(ctx context.Context, e *ending) error {
	final := e.Final
	var used report.Plan
	err := t.lease.Update(ctx, func(rec *job.Record) {
		e.keep(rec)
		rec.State, rec.Outcome, rec.Reason, rec.Code = job.Delivering, job.Done, "", ""
		rec.Outputs, rec.ReportFile, rec.Mode = final.Outputs, final.ReportFile, final.Mode
		rec.Adopted, rec.People = final.Adopted, final.People
		used = summarise(rec, final, e.took)
	})
	rec := t.lease.Record()
	t.log.Info("converted", "mode", rec.Mode, "adopted", final.Adopted, "outputs", len(rec.Outputs), "media_ms",
		rec.MediaMs, "wall_ms", rec.WallMs)
	if final.Adopted {
		return err
	}
	t.metrics.Media.Add(rec.MediaMs / 1000)
	t.metrics.Work.Add(rec.WallMs / 1000)
	if used.Encoder != "" {
		t.metrics.Encoders.WithLabelValues(used.Encoder).Inc()
	}
	to, _, _ := strings.Cut(used.Encoder, ",") // that of the pictures
	for _, r := range used.Rejected {
		t.metrics.Fallbacks.WithLabelValues(r.Encoder, to, r.Kind).Inc()
	}
	return err
}

// postponed puts a job off whose surroundings are at fault (a full disk, a share that is away): it costs no attempt.
func (t *task) postponed(ctx context.Context, e *ending) error {
	wait := 0
	before := t.lease.Record().Attempts
	for i := len(before) - 2; i >= 0 && job.Transient(before[i].Code); i-- {
		wait++
	}
	d := backoff(e.settings.Retry, 5*time.Minute, wait)
	final := e.Final
	t.metrics.Postponed.WithLabelValues(final.Code).Inc()
	t.log.Warn("the job is postponed", "code", final.Code, "reason", final.Error, "again_in", d)
	return t.lease.Postpone(ctx, d, func(rec *job.Record) { e.queued(rec, final.Code, final.Error) })
}

// failed counts an attempt. The job is tried again later, or it has failed and its hooks are to hear of it.
func (t *task) failed(ctx context.Context, e *ending) (more bool, err error) {
	final, most := e.Final, e.settings.Attempts
	tried := t.lease.Record().Tried + 1
	if tried < most && !hopeless(final.Code) {
		d := backoff(2*e.settings.Retry, 10*time.Minute, tried-1)
		t.log.Warn("an attempt failed", "code", final.Code, "reason", final.Error, "attempt", tried, "of", most,
			"again_in", d)
		return false, t.lease.Postpone(ctx, d, func(rec *job.Record) {
			e.queued(rec, final.Code, final.Error)
			rec.Tried = tried
		})
	}
	err = t.lease.Update(ctx, func(rec *job.Record) {
		e.keep(rec)
		rec.Tried = tried
		rec.ReportFile = final.ReportFile
		summarise(rec, final, e.took)
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
	t.clearParts(t.lease.Record().Spec)
	return t.lease.Update(ctx, func(rec *job.Record) {
		rec.State, rec.Outcome, rec.Reason, rec.Code = job.Delivering, job.Failed, reason, code
	})
}

// hopeless says whether another attempt would end in the same way.
func hopeless(code string) bool {
	return code == job.CodeEncrypted || code == job.CodeNoElement || code == job.CodeSettings ||
		code == job.CodeSourcesChanged || code == job.CodeTooMuch
}
