package queue

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

const patience = 2 * time.Minute // for what takes a moment on a quiet machine

func TestMain(m *testing.M) {
	if dir := os.Getenv("UPRIGHT_QUEUE_CRASH"); dir != "" {
		crashChild(dir)
	}
	if dir := os.Getenv("UPRIGHT_QUEUE_DAMAGED"); dir != "" {
		damageChild(dir)
	}
	os.Exit(m.Run())
}

func background(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func open(t testing.TB, o Options) *Queue {
	t.Helper()
	if o.Log == nil && testing.Verbose() {
		o.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	if o.Heartbeat == 0 {
		o.Heartbeat = 300 * time.Millisecond
	}
	q, err := Open(background(t), o)
	require.NoError(t, err)
	t.Cleanup(func() { q.Close() })
	return q
}

func id(n int) string { return fmt.Sprintf("%032x", n+1) }

func spec(n int) job.Spec {
	return job.Spec{
		ID: id(n), Identity: id(n), Watch: "calls", Submitted: time.Unix(1_800_000_000+int64(n), 0).UTC(),
		Priority:  job.Normal,
		Recording: fmt.Sprintf("room-%d", n), Participant: "alice", Output: "/out", Name: fmt.Sprintf("a/%d", n),
		Sources: []job.Source{{Path: fmt.Sprintf("/recordings/Monday/room-%d-video.mjr", n), Size: 1}},
	}
}

func submit(t testing.TB, q *Queue, s job.Spec) {
	t.Helper()
	created, err := q.Submit(background(t), s)
	require.NoError(t, err)
	require.True(t, created)
}

// next is a lease that has to come soon.
func next(t testing.TB, q *Queue) Lease {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	l, err := q.Next(ctx)
	require.NoError(t, err)
	return l
}

// none makes sure that no job comes for a while.
func none(t testing.TB, q *Queue, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	l, err := q.Next(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Nil(t, l)
}

func run(r *job.Record)  { r.State = job.Running }
func done(r *job.Record) { r.State, r.Outcome = job.Done, job.Done }

func finish(t testing.TB, l Lease) {
	t.Helper()
	require.NoError(t, l.Finish(background(t), done))
}

func state(t testing.TB, q *Queue, n int) job.State {
	t.Helper()
	r, err := q.Get(background(t), id(n))
	require.NoError(t, err)
	return r.State
}

func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	require.Eventually(t, f, patience, 20*time.Millisecond, what)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func requireMessages(t testing.TB, q *Queue, n int) {
	t.Helper()
	info, err := q.work.Info(background(t))
	require.NoError(t, err)
	require.EqualValues(t, n, info.State.Msgs)
}
