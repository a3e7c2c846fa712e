package queue

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestPause(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	require.NoError(t, q.Pause(background(t), true))
	require.True(t, q.Paused())
	submit(t, q, spec(1))
	none(t, q, time.Second)
	require.NoError(t, q.Pause(background(t), false))
	finish(t, next(t, q))
	require.False(t, q.Paused())
}

func TestCancel(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	submit(t, q, spec(1))
	require.NoError(t, q.Cancel(background(t), id(1)))
	require.Equal(t, job.Canceled, state(t, q, 1))
	require.ErrorIs(t, q.Cancel(background(t), id(1)), ErrState)
	none(t, q, time.Second)
	requireMessages(t, q, 0)

	submit(t, q, spec(2))
	l := next(t, q)
	require.NoError(t, l.Update(background(t), run))
	require.False(t, closed(l.Canceled()))
	require.NoError(t, q.Cancel(background(t), id(2)))
	require.NoError(t, q.Cancel(background(t), id(2)), "asked twice")
	require.Equal(t, job.Running, state(t, q, 2))
	eventually(t, "canceled", func() bool { return closed(l.Canceled()) })
	require.NoError(t, l.Update(background(t), func(r *job.Record) { r.Mode = "copy" }),
		"the lease goes on until its holder ends it")
	require.NoError(t, l.Finish(background(t), func(r *job.Record) { r.State = job.Canceled }))
	require.Equal(t, job.Canceled, state(t, q, 2))

	// A job that is given back although it is canceled ends.
	submit(t, q, spec(3))
	l = next(t, q)
	require.NoError(t, q.Cancel(background(t), id(3)))
	require.NoError(t, l.Postpone(background(t), time.Hour, func(*job.Record) {}))
	require.Equal(t, job.Canceled, state(t, q, 3))
	requireMessages(t, q, 0)

	// So does one whose daemon is dead.
	submit(t, q, spec(4))
	dead := next(t, q).(*lease)
	dead.silent.Store(true)
	require.NoError(t, q.Cancel(background(t), id(4)))
	none(t, q, 3*time.Second)
	require.Equal(t, job.Canceled, state(t, q, 4))
}

func TestCancelAndRetryOfPostponed(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	submit(t, q, spec(1))
	require.NoError(t, next(t, q).Postpone(background(t), time.Hour, func(*job.Record) {}))
	require.NoError(t, q.Cancel(background(t), id(1)))
	require.NoError(t, q.Retry(background(t), id(1)))
	finish(t, next(t, q)) // and not in an hour
}

func TestRetry(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	submit(t, q, spec(1))
	require.ErrorIs(t, q.Retry(background(t), id(1)), ErrState)
	l := next(t, q)
	require.ErrorIs(t, q.Retry(background(t), id(1)), ErrState)
	require.NoError(t, l.Finish(background(t), func(r *job.Record) {
		r.State, r.Outcome, r.Code, r.Reason = job.Failed, job.Failed, job.CodeVerify, "no picture"
		r.Tried, r.Interruptions = 3, 2
		r.Attempts = []job.Attempt{{Number: 1, Outcome: "failed"}}
		r.Steps = []job.Step{{Name: "hook", State: "done"}}
	}))
	require.NoError(t, q.Retry(background(t), id(1)))
	l = next(t, q)
	r := l.Record()
	require.Equal(t, job.Queued, r.State)
	require.Equal(t, 1, r.Round)
	require.Zero(t, r.Tried)
	require.Zero(t, r.Interruptions)
	require.Empty(t, r.Code+r.Reason+string(r.Outcome))
	require.Len(t, r.Attempts, 1, "history stays")
	require.Empty(t, r.Steps)
	require.True(t, r.Ended.IsZero())

	// Converted, and the upload failed for good: only that is done again.
	require.NoError(t, l.Finish(background(t), func(r *job.Record) {
		r.State, r.Outcome, r.Reason = job.Failed, job.Done, "the bucket is gone"
		r.Outputs = []job.Output{{File: "/out/a.mp4"}}
		r.Steps = []job.Step{{Name: "upload", State: "failed", Attempts: 9, Error: "no bucket"},
			{Name: "hook", State: "done", Attempts: 1}}
	}))
	require.NoError(t, q.Retry(background(t), id(1)))
	r = next(t, q).Record()
	require.Equal(t, job.Delivering, r.State)
	require.Equal(t, job.Done, r.Outcome)
	require.Equal(t, 2, r.Round)
	require.Len(t, r.Outputs, 1)
	require.Equal(t, []job.Step{{Name: "upload", State: "waiting"}, {Name: "hook", State: "done", Attempts: 1}},
		r.Steps)
}

// A new round of what was converted and delivered converts again; so does one that a user asks for, whatever is
// missing.
func TestAgain(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	submit(t, q, spec(1))
	require.ErrorIs(t, q.Again(background(t), id(1)), ErrState)
	request := ""
	for hook, begin := range map[string]func(context.Context, string) error{"done": q.Retry, "failed": q.Again} {
		require.NoError(t, next(t, q).Finish(background(t), func(r *job.Record) {
			r.State, r.Outcome, r.Outputs = job.Done, job.Done, []job.Output{{File: "/out/a.mp4"}}
			r.Steps = []job.Step{{Name: "hook", State: hook}}
		}))
		require.NoError(t, begin(background(t), id(1)))
		r, err := q.Get(background(t), id(1))
		require.NoError(t, err)
		require.Equal(t, job.Queued, r.State)
		require.Empty(t, r.Outputs)
		require.Empty(t, r.Steps)
		require.NotEmpty(t, r.Again)
		require.NotEqual(t, request, r.Again)
		request = r.Again
	}
	// One that failed was made of nothing: what another daemon has made meanwhile is as good.
	require.NoError(t, next(t, q).Finish(background(t), func(r *job.Record) {
		r.State, r.Outcome, r.Again = job.Failed, job.Failed, ""
	}))
	require.NoError(t, q.Retry(background(t), id(1)))
	require.Empty(t, next(t, q).Record().Again)
}
