package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

const patience = 20 * time.Second // for what takes a moment on a quiet machine

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
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
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

func requireMessages(t testing.TB, q *Queue, n int) {
	t.Helper()
	info, err := q.work.Info(background(t))
	require.NoError(t, err)
	require.EqualValues(t, n, info.State.Msgs)
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
	q := open(t, Options{Dir: t.TempDir()})
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
	require.WithinDuration(t, start.Add(2*time.Second), r.NotBefore, time.Second)
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

// A new round of what was converted and delivered converts again; so does one that a user asks for, whatever is missing.
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

func TestMarkAndForget(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	submit(t, q, spec(1))
	removed := func(r *job.Record) {
		r.State = job.Running // is not up to it
		r.Mode = "marked"
	}
	require.ErrorIs(t, q.Mark(background(t), id(1), removed), ErrState)
	require.ErrorIs(t, q.Forget(background(t), id(1)), ErrState)
	finish(t, next(t, q))
	require.NoError(t, q.Mark(background(t), id(1), removed))
	r, err := q.Get(background(t), id(1))
	require.NoError(t, err)
	require.Equal(t, "marked", r.Mode)
	require.Equal(t, job.Done, r.State)

	require.NoError(t, q.PutArtifact(background(t), id(1), 1, job.GraphName, []byte("digraph {}")))
	require.NoError(t, q.Forget(background(t), id(1)))
	require.False(t, q.Known(id(1)))
	_, err = q.Get(background(t), id(1))
	require.ErrorIs(t, err, ErrNotFound)
	_, err = q.Artifact(background(t), id(1), 1, job.GraphName)
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorIs(t, q.Forget(background(t), id(1)), ErrNotFound)

	// What is forgotten may come again, before and after its mark is swept.
	submit(t, q, spec(1))
	finish(t, next(t, q))
	require.NoError(t, q.Forget(background(t), id(1)))
	require.NoError(t, q.sweep(background(t), 0))
	info, err := q.jobs.Info(background(t))
	require.NoError(t, err)
	require.Zero(t, info.State.Msgs)
	submit(t, q, spec(1))
	finish(t, next(t, q))
}

func TestArtifacts(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	submit(t, q, spec(1))
	big := make([]byte, 3<<20) // does not compress
	for i, x := 0, uint32(1); i < len(big); i++ {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		big[i] = byte(x)
	}
	for name, data := range map[string][]byte{"graph.dot": []byte("digraph {}"), "a b/../c.*.>": big, "empty": {}} {
		require.NoError(t, q.PutArtifact(background(t), id(1), 2, name, data))
		got, err := q.Artifact(background(t), id(1), 2, name)
		require.NoError(t, err)
		require.Equal(t, len(data), len(got))
		require.True(t, string(data) == string(got))
		_, err = q.Artifact(background(t), id(1), 1, name)
		require.ErrorIs(t, err, ErrNotFound, "of another attempt")
	}
	before, err := q.artifacts.Info(background(t))
	require.NoError(t, err)
	require.NoError(t, q.PutArtifact(background(t), id(1), 2, "a b/../c.*.>", big[:2<<20]))
	got, err := q.Artifact(background(t), id(1), 2, "a b/../c.*.>")
	require.NoError(t, err)
	require.Len(t, got, 2<<20)
	after, err := q.artifacts.Info(background(t))
	require.NoError(t, err)
	require.Less(t, after.State.Bytes, before.State.Bytes, "the old version goes")
	require.ErrorIs(t, q.PutArtifact(background(t), id(2), 1, "graph.dot", nil), ErrNotFound)
	require.Error(t, q.PutArtifact(background(t), id(1), 1, "huge", make([]byte, maxArtifactBytes+1)))

	// What was put while the job was forgotten is removed later.
	require.NoError(t, q.store(background(t), q.names.artifact(id(9))+".1.x", []byte("{}")))
	require.NoError(t, q.sweepArtifacts(background(t)))
	_, err = q.load(background(t), q.names.artifact(id(9))+".1.x")
	require.ErrorIs(t, err, ErrNotFound)
	_, err = q.Artifact(background(t), id(1), 2, "graph.dot")
	require.NoError(t, err)
}

func TestList(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	for n := range 12 {
		s := spec(n)
		if n%2 == 1 {
			s.Watch = "other"
		}
		if n == 7 {
			s.User, s.Room = "Jürgen", "Küche"
		}
		submit(t, q, s)
	}
	for range 3 {
		finish(t, next(t, q))
	}
	list := func(f Filter) (ids []string, total int) {
		records, total, err := q.List(background(t), f)
		require.NoError(t, err)
		for _, r := range records {
			ids = append(ids, r.Spec.ID)
		}
		return ids, total
	}
	ids, total := list(Filter{})
	require.Equal(t, 12, total)
	require.Equal(t, id(11), ids[0], "the newest first")
	require.Equal(t, id(0), ids[11])
	ids, total = list(Filter{Limit: 2, Offset: 3})
	require.Equal(t, 12, total)
	require.Equal(t, []string{id(8), id(7)}, ids)
	ids, _ = list(Filter{Offset: 100})
	require.Empty(t, ids)
	_, total = list(Filter{States: []job.State{job.Done, job.Failed}})
	require.Equal(t, 3, total)
	_, total = list(Filter{Watch: "other"})
	require.Equal(t, 6, total)
	for text, want := range map[string]int{"jürg": 1, "KÜCHE": 1, "monday": 12, "room-1": 3, "video.MJR": 12,
		"ALICE": 12, "bob": 0, "room-7-video": 1} {
		_, total = list(Filter{Text: text})
		require.Equal(t, want, total, text)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	submit(t, q, spec(0)) // before anyone listens
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events := q.Events(ctx)
	slow := q.Events(ctx)
	submit(t, q, spec(1))
	finish(t, next(t, q))
	l := next(t, q)
	require.NoError(t, l.Update(ctx, run))
	start := time.Now()
	for i := range 1000 {
		l.Progress(job.Progress{Stage: "converting", DoneMs: float64(i)})
	}
	var records []job.State
	var progress []job.Progress
	for len(progress) == 0 || progress[len(progress)-1].DoneMs != 999 {
		select {
		case e := <-events:
			if e.Progress != nil {
				require.Equal(t, id(1), e.ID)
				progress = append(progress, *e.Progress)
			} else if e.ID == id(1) {
				records = append(records, e.Record.State)
			}
		case <-time.After(patience):
			t.Fatalf("the last progress is missing after %v and %v", records, progress)
		}
	}
	require.LessOrEqual(t, len(progress), 2+int(time.Since(start)/progressEvery), "at most four a second")
	require.Equal(t, job.Running, records[len(records)-1], "versions that followed each other closely may be missing")
	finish(t, l)
	// The slow reader has lost progress, which was overtaken by the end, and no state.
	var last *job.Record
	for last == nil || last.State != job.Done || last.Spec.ID != id(1) {
		select {
		case e := <-slow:
			if e.Record != nil {
				last = e.Record
			}
		case <-time.After(patience):
			t.Fatal("the end is missing")
		}
	}
	cancel()
	for range events {
	}
	for range slow {
	}
	require.False(t, q.hub.heard())
}

func TestSlowReaderIsBounded(t *testing.T) {
	t.Parallel()
	r := &reader{progress: map[string]*job.Progress{}, more: make(chan struct{}, 1)}
	for i := range 3 * recordsKept {
		r.put(job.Event{ID: id(i), Record: &job.Record{Round: i}})
		r.put(job.Event{ID: id(1), Progress: &job.Progress{DoneMs: float64(i)}})
	}
	require.Len(t, r.records, recordsKept)
	require.Len(t, r.progress, 1)
	e, ok := r.next()
	require.True(t, ok)
	require.Equal(t, 2*recordsKept, e.Record.Round, "the oldest go")
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
