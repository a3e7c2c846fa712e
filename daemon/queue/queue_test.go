package queue

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestJobFromSubmitToDone(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir(), Owner: "here/1"})
	require.NoError(t, q.Ready())
	require.False(t, q.Known(id(1)))
	submit(t, q, spec(1))
	require.True(t, q.Known(id(1)))
	created, err := q.Submit(background(t), spec(1))
	require.NoError(t, err)
	require.False(t, created, "submitted twice")

	l := next(t, q)
	require.Equal(t, job.Queued, l.Record().State)
	require.Equal(t, spec(1), l.Record().Spec)
	require.NoError(t, l.Update(background(t), run))
	require.Equal(t, "here/1", l.Record().Owner)
	require.Equal(t, job.Running, state(t, q, 1))
	require.Error(t, l.Update(background(t), done), "Update must not end a job")
	require.Error(t, l.Finish(background(t), run), "Finish must")
	none(t, q, time.Second)
	finish(t, l)
	require.ErrorIs(t, l.Update(background(t), run), ErrLost)
	require.False(t, closed(l.Lost()), "finished is not lost")

	r, err := q.Get(background(t), id(1))
	require.NoError(t, err)
	require.Equal(t, job.Done, r.State)
	require.Equal(t, 1, r.Schema)
	require.False(t, r.Ended.IsZero())
	none(t, q, 1500*time.Millisecond)
	created, err = q.Submit(background(t), spec(1))
	require.NoError(t, err)
	require.False(t, created, "an ended job submitted again")
	requireMessages(t, q, 0)
}

func TestWrongIDs(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	for _, bad := range []string{"", "paused", id(1)[1:], strings.ToUpper(id(0xabc)), id(1) + "0",
		"..............................>.", strings.Repeat("*", 32)} {
		s := spec(1)
		s.ID = bad
		_, err := q.Submit(background(t), s)
		require.Error(t, err, bad)
		require.False(t, q.Known(bad))
		_, err = q.Get(background(t), bad)
		require.ErrorIs(t, err, ErrNotFound)
		require.ErrorIs(t, q.Cancel(background(t), bad), ErrNotFound)
		require.ErrorIs(t, q.Forget(background(t), bad), ErrNotFound)
		_, err = q.Artifact(background(t), bad, 1, "x")
		require.ErrorIs(t, err, ErrNotFound)
	}
	_, err := q.Get(background(t), id(1))
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorIs(t, q.Retry(background(t), id(1)), ErrNotFound)
}

func TestPriorities(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	for n, p := range []job.Priority{job.Low, job.Normal, job.High, "", job.Low, job.High} {
		s := spec(n)
		s.Priority = p
		submit(t, q, s)
	}
	stats, err := q.Stats(background(t))
	require.NoError(t, err)
	require.Equal(t, map[job.Priority]int{job.High: 2, job.Normal: 2, job.Low: 2}, stats.Waiting)
	require.Equal(t, spec(0).Submitted, stats.Oldest)
	for _, n := range []int{2, 5, 1, 3, 0, 4} {
		l := next(t, q)
		require.Equal(t, id(n), l.Record().Spec.ID)
		finish(t, l)
	}
	stats, err = q.Stats(background(t))
	require.NoError(t, err)
	require.Equal(t, Stats{States: map[job.State]int{job.Done: 6}, Waiting: map[job.Priority]int{}}, stats)
}

func TestNextWakesAtOnce(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	got := make(chan time.Duration, 1)
	var start time.Time
	ready := make(chan struct{})
	go func() {
		close(ready)
		if _, err := q.Next(t.Context()); err == nil {
			got <- time.Since(start)
		}
	}()
	<-ready
	start = time.Now()
	submit(t, q, spec(1))
	select {
	case d := <-got:
		require.Less(t, d, 4*time.Second, "the idle look comes after five seconds")
	case <-time.After(patience):
		t.Fatal("no job")
	}
}

func TestManyWaitAtOnce(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir(), Heartbeat: 10 * time.Second})
	const n = 30
	var mu sync.Mutex
	seen := map[string]int{}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			for {
				l, err := q.Next(ctx)
				if err != nil {
					return
				}
				mu.Lock()
				seen[l.Record().Spec.ID]++
				mu.Unlock()
				if err := l.Finish(ctx, done); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range n {
		submit(t, q, spec(i))
	}
	eventually(t, "all done", func() bool { s, _ := q.Stats(ctx); return s.States[job.Done] == n })
	stop()
	wg.Wait()
	for i := range n {
		require.Equal(t, 1, seen[id(i)])
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	submit(t, q, spec(1))
	l := next(t, q)
	waits := make(chan error, 1)
	go func() { _, err := q.Next(t.Context()); waits <- err }()
	events := q.Events(t.Context())
	require.NoError(t, q.Close())
	require.NoError(t, q.Close())
	require.ErrorIs(t, <-waits, ErrClosed)
	for range events {
	}
	require.True(t, closed(l.Lost()))
	err := l.Update(t.Context(), run)
	require.True(t, errors.Is(err, ErrLost) || errors.Is(err, ErrClosed), err)
	_, err = q.Submit(t.Context(), spec(2))
	require.ErrorIs(t, err, ErrClosed)
	_, err = q.Get(t.Context(), id(1))
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, q.Ready(), ErrClosed)
	_, err = q.Next(t.Context())
	require.ErrorIs(t, err, ErrClosed)
}
