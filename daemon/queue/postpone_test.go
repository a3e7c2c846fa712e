package queue

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestPostpone(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	submit(t, q, spec(1))
	l := next(t, q)
	require.NoError(t, l.Update(background(t), run))
	start := time.Now()
	require.NoError(t, l.Postpone(background(t), 2*time.Second,
		func(r *job.Record) { r.Reason, r.Code = "no room", job.CodeNoSpace }))
	r, err := q.Get(background(t), id(1))
	require.NoError(t, err)
	require.Equal(t, job.Queued, r.State)
	require.Equal(t, "no room", r.Reason)
	require.Empty(t, r.Owner)
	require.False(t, r.NotBefore.Before(start.Add(2*time.Second)), r.NotBefore)
	require.ErrorIs(t, l.Update(background(t), run), ErrLost)

	l = next(t, q)
	require.GreaterOrEqual(t, time.Since(start), 1900*time.Millisecond)
	require.Equal(t, job.Queued, l.Record().State, "nobody died")
	// A delivery that is put off stays one.
	require.NoError(t, l.Postpone(background(t), time.Millisecond,
		func(r *job.Record) { r.State, r.Outcome = job.Delivering, job.Done }))
	require.Equal(t, job.Delivering, state(t, q, 1))
	finish(t, next(t, q))
}

func TestPostponedMessageThatComesEarly(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	submit(t, q, spec(1))
	l := next(t, q).(*lease)
	start := time.Now()
	// As if the process died after it had written the record.
	require.NoError(t, l.change(background(t), func(s *stored) error {
		s.NotBefore, s.claim.Holder = now().Add(3*time.Second), ""
		return nil
	}))
	l.silent.Store(true)
	l.end()
	finish(t, next(t, q))
	require.GreaterOrEqual(t, time.Since(start), 2900*time.Millisecond)
}

func TestRelease(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	submit(t, q, spec(0))
	l := next(t, q)
	require.NoError(t, l.Update(background(t), func(r *job.Record) { r.State = job.Running }))
	l.Release(100 * time.Millisecond)
	require.True(t, closed(l.Lost()))
	require.ErrorIs(t, l.Update(background(t), func(*job.Record) {}), ErrLost)
	again := next(t, q)
	require.Equal(t, job.Running, again.Record().State, "it was cut off")
	finish(t, again)
}

// A clock that was an hour ahead and is put right must not keep a job waiting for that hour.
func TestClockIsSetBack(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	submit(t, q, spec(0))
	l := next(t, q).(*lease)
	s, _, rev, err := q.get(background(t), l.id)
	require.NoError(t, err)
	s.Updated = now().Add(time.Hour)
	s.NotBefore, s.claim.Holder = s.Updated.Add(time.Minute), ""
	_, _, err = q.put(background(t), s, rev)
	require.NoError(t, err)
	l.silent.Store(true)
	l.end()
	finish(t, next(t, q))
}
