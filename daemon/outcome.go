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

// hopeless says whether another attempt would end in the same way.
func hopeless(code string) bool {
	return code == job.CodeEncrypted || code == job.CodeNoElement || code == job.CodeSettings ||
		code == job.CodeSourcesChanged || code == job.CodeTooMuch
}
