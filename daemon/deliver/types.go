// Package deliver does what is to be done after a conversion: upload the outputs, tell hooks and webhooks, move or
// delete the sources. Each step is kept in the job's record, retried by itself, and done at least once: what was done
// when a daemon died, but not written down any more, is found done (an upload, a moved source) or done again (a hook).
//
// The services that outputs can be uploaded to are in the folder bucket: a program that uploads imports it.
package deliver

import (
	"context"
	"log/slog"
	"time"

	"github.com/upright-media/upright/daemon/job"
)

// Options are what delivering needs from its caller.
type Options struct {
	// Keep changes the job's record durably, before and after everything that cannot be undone.
	Keep    func(ctx context.Context, change func(*job.Record)) error
	Backoff func(attempt int) time.Duration // nil: 5 s, doubling, at most 10 min
	// GiveUp is how long hooks and webhooks are tried. Uploads and sources are tried without limit. 0: 24 h
	GiveUp time.Duration
	Log    *slog.Logger
	Now    func() time.Time // nil: time.Now
	Stall  time.Duration    // how long an upload may make no progress; 0: 5 min
	// Mounted says why the file system that a folder is on is not mounted; nil: it is not known.
	Mounted func(folder string) error
}

// Result is where the delivery of a job stands.
type Result struct {
	Finished bool      // nothing is left to be done
	Next     time.Time // when to call again, if it is not finished
	Err      error     // the record could not be kept; nothing is known of the steps
}

// Names and states of steps (job.Step).
const (
	StepUpload  = "upload"
	StepSources = "sources"
	StepHook    = "hook"
	StepWebhook = "webhook"

	StepWaiting = "waiting"
	StepDone    = "done"
	StepFailed  = "failed"
)
