package daemon

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/deliver"
	"github.com/upright-media/upright/daemon/internal/metrics"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/watch"
	"github.com/upright-media/upright/daemon/work"
)

// bench is a runner on a real queue, with children that do what a test says.
type bench struct {
	t       *testing.T
	queue   *queue.Queue
	runner  *runner
	stop    context.CancelFunc
	abort   context.CancelCauseFunc
	stopped chan struct{}

	mu    sync.Mutex
	calls []work.Request
}

func newBench(t *testing.T, convert func(ctx context.Context, n int, r work.Request,
	o work.Options) work.Result) *bench {
	t.Helper()
	return newBenchOn(t, queue.Options{Dir: t.TempDir()}, convert)
}

func newBenchOn(t *testing.T, o queue.Options,
	convert func(ctx context.Context, n int, r work.Request, o work.Options) work.Result) *bench {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	o.Owner, o.Log = "test/1", log
	q, err := queue.Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = q.Close() })
	b := &bench{t: t, queue: q, stopped: make(chan struct{})}
	sched := newScheduler(2)
	b.runner = &runner{
		queue: q, owner: "test/1", sched: sched, log: log,
		metrics: metrics.New(metrics.Sources{Stats: q.Stats, Folders: func() []watch.Status { return nil },
			Capacity: sched.load, Ready: func() error { return nil }}),
		settings: func() work.Settings { return work.Settings{Attempts: 3, Retry: 10 * time.Millisecond} },
		convert: func(ctx context.Context, r work.Request, o work.Options) work.Result {
			b.mu.Lock()
			b.calls = append(b.calls, r)
			n := len(b.calls)
			b.mu.Unlock()
			return convert(ctx, n, r, o)
		},
		deliver: func(_ context.Context, _ job.Record, _ deliver.Options) deliver.Result {
			return deliver.Result{Finished: true}
		},
	}
	var take, abort context.Context
	take, b.stop = context.WithCancel(context.Background())
	abort, b.abort = context.WithCancelCause(context.Background())
	go func() {
		defer close(b.stopped)
		b.runner.run(take, abort)
	}()
	t.Cleanup(func() {
		b.stop()
		b.abort(nil)
		<-b.stopped
	})
	return b
}

// full makes a job's id of a short name.
func full(name string) string { return fmt.Sprintf("%032x", name) }

func (b *bench) submit(id string) {
	b.t.Helper()
	created, err := b.queue.Submit(b.t.Context(),
		job.Spec{ID: full(id), Submitted: time.Now(), Priority: job.Normal, Delivery: job.Delivery{Sources: "keep"}})
	require.NoError(b.t, err)
	require.True(b.t, created)
}

// ends waits for a job's end.
func (b *bench) ends(id string) *job.Record {
	b.t.Helper()
	return b.reaches(id, func(r *job.Record) bool { return r.State.Ended() })
}

func (b *bench) reaches(id string, there func(*job.Record) bool) *job.Record {
	b.t.Helper()
	var last *job.Record
	require.Eventually(b.t, func() bool {
		r, err := b.queue.Get(b.t.Context(), full(id))
		last = r
		return err == nil && there(r)
	}, 5*time.Minute, 10*time.Millisecond, "job %s", id)
	return last
}

func (b *bench) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.calls)
}

func fails(code, text string) work.Result {
	return work.Result{
		Attempt: job.Attempt{Started: time.Now(), Ended: time.Now(), Outcome: "failed", Code: code, Error: text},
		Final:   work.Event{Event: "failed", Code: code, Error: text},
	}
}

func succeeds() work.Result {
	return work.Result{
		Attempt: job.Attempt{Started: time.Now(), Ended: time.Now(), Outcome: "done"},
		Final: work.Event{
			Event: "done", ReportFile: "/out/a.json", Outputs: []job.Output{{File: "/out/a.mp4", DurationMs: 5000}},
			Report: json.RawMessage(`{"schema":1,"plan":{"mode":"copy"},"warnings":[{"code":"LOSS"},{"code":"LOSS"}]}`),
		},
	}
}

func TestJobIsConvertedAndDelivered(t *testing.T) {
	b := newBench(t, func(_ context.Context, _ int, _ work.Request, o work.Options) work.Result {
		release, err := o.Turn(t.Context(), 7) // more than there are: gets all
		require.NoError(t, err)
		release()
		return succeeds()
	})
	b.submit("a")
	r := b.ends("a")
	require.Equal(t, job.Done, r.State)
	require.Equal(t, "copy", r.Mode)
	require.Equal(t, []string{"LOSS"}, r.Warnings)
	require.Equal(t, 5000.0, r.MediaMs)
	require.Len(t, r.Attempts, 1)
	require.Equal(t, 1, b.count())
	busy, _ := b.runner.sched.load()
	require.Zero(t, busy)
}

func TestRecordingAtFaultIsGivenUpAfterItsAttempts(t *testing.T) {
	b := newBench(t, func(context.Context, int, work.Request, work.Options) work.Result {
		r := fails(job.CodeCrashed, "the child died of SIGSEGV")
		r.Graph = "digraph {}"
		return r
	})
	b.submit("a")
	r := b.ends("a")
	require.Equal(t, job.Failed, r.State)
	require.Equal(t, job.CodeCrashed, r.Code)
	require.Contains(t, r.Reason, "SIGSEGV")
	require.Len(t, r.Attempts, 3)
	require.Equal(t, 3, b.count())
	for _, a := range r.Attempts {
		require.True(t, a.Graph)
		graph, err := b.queue.Artifact(t.Context(), full("a"), a.Number, job.GraphName)
		require.NoError(t, err)
		require.Equal(t, "digraph {}", string(graph))
	}
	// Nobody tries again until a user asks for it.
	require.NoError(t, b.queue.Retry(t.Context(), full("a")))
	r = b.reaches("a", func(r *job.Record) bool { return r.State.Ended() && r.Round == 1 })
	require.Equal(t, job.Failed, r.State)
	require.Equal(t, 6, b.count())
}

// What was in use on hardware when an attempt died is not used by the next; a user's retry begins anew.
func TestWhatDiedIsAvoided(t *testing.T) {
	b := newBench(t, func(_ context.Context, n int, r work.Request, _ work.Options) work.Result {
		res := fails(job.CodeCrashed, "SIGSEGV")
		res.Attempt.Outcome = "crashed"
		switch n {
		case 1, 4:
			require.Empty(t, r.Avoid)
			res.Attempt.Hardware = []string{"nvh264dec", "nvh264enc"}
		case 2:
			require.Equal(t, []work.Avoid{{Element: "nvh264dec", Reason: "was in use when attempt 1 crashed"},
				{Element: "nvh264enc", Reason: "was in use when attempt 1 crashed"}}, r.Avoid)
			res.Attempt.Hardware = []string{"vah264enc"}
		case 3:
			require.Len(t, r.Avoid, 3)
			res.Attempt.Code, res.Final.Code = job.CodeEncrypted, job.CodeEncrypted
		case 5:
			return succeeds()
		}
		return res
	})
	b.submit("a")
	require.Equal(t, job.Failed, b.ends("a").State)
	require.Equal(t, 3, b.count())
	require.NoError(t, b.queue.Retry(t.Context(), full("a")))
	require.Equal(t, job.Done, b.reaches("a",
		func(r *job.Record) bool { return r.State.Ended() && r.Round == 1 }).State)

	rec := job.Record{Tried: 1, Attempts: []job.Attempt{{Code: job.CodeCrashed, Hardware: []string{"vah264enc"}},
		{Code: job.CodePipeline, Hardware: []string{"qsvh264enc"}}}}
	require.Len(t, avoid(rec, work.Settings{Encoders: &work.Encoders{Encoder: "va"}}), 1)
	require.Empty(t, avoid(rec, work.Settings{Encoders: &work.Encoders{Encoder: "va", Strict: true}}),
		"there is nothing else that may be used")
}

func TestFallbacksAreCounted(t *testing.T) {
	b := newBench(t, func(context.Context, int, work.Request, work.Options) work.Result {
		r := succeeds()
		r.Final.Report = json.RawMessage(`{"schema":1,"plan":{"mode":"encode","encoder":"x264enc, avenc_aac","rejected":[{"encoder":"vah264enc","kind":"stream","reason":"it is gone"}]}}`)
		return r
	})
	b.submit("a")
	require.Equal(t, job.Done, b.ends("a").State)
	require.InDelta(t, 1, testutil.ToFloat64(b.runner.metrics.Fallbacks.WithLabelValues("vah264enc", "x264enc",
		"stream")), 0)
	require.InDelta(t, 1, testutil.ToFloat64(b.runner.metrics.Encoders.WithLabelValues("x264enc, avenc_aac")), 0)
}

func TestHopelessRecordingIsNotTriedAgain(t *testing.T) {
	b := newBench(t, func(context.Context, int, work.Request, work.Options) work.Result {
		return fails(job.CodeEncrypted, "the media is encrypted")
	})
	b.submit("a")
	require.Equal(t, job.Failed, b.ends("a").State)
	require.Equal(t, 1, b.count())
}

func TestSurroundingsCostNoAttempts(t *testing.T) {
	var b *bench
	b = newBench(t, func(ctx context.Context, n int, _ work.Request, _ work.Options) work.Result {
		if n > 5 { // more often than a recording may fail
			return succeeds()
		}
		if n == 5 {
			require.NoError(t, b.queue.Pause(ctx, true)) // so that the job stays where it is for us to see
		}
		return fails(job.CodeNoSpace, "no space is left in /out")
	})
	b.submit("a")
	waits := b.reaches("a", func(r *job.Record) bool {
		return r.State.Ended() || r.State == job.Queued && len(r.Attempts) == 5
	})
	require.Equal(t, job.Queued, waits.State)
	require.Equal(t, job.CodeNoSpace, waits.Code)
	require.Equal(t, "no space is left in /out", waits.Reason)
	require.NoError(t, b.queue.Pause(t.Context(), false))
	r := b.ends("a")
	require.Equal(t, job.Done, r.State)
	require.Zero(t, r.Tried)
	require.Empty(t, r.Reason)
}

func TestCancelStopsARunningJob(t *testing.T) {
	began := make(chan struct{})
	b := newBench(t, func(ctx context.Context, _ int, _ work.Request, _ work.Options) work.Result {
		close(began)
		<-ctx.Done()
		return fails(job.CodeInterrupted, "stopped")
	})
	b.submit("a")
	<-began
	require.NoError(t, b.queue.Cancel(t.Context(), full("a")))
	r := b.ends("a")
	require.Equal(t, job.Canceled, r.State)
	require.Equal(t, 1, b.count())
}

func TestDrainLetsJobsEndAndAbortGivesThemBack(t *testing.T) {
	began, free := make(chan string, 2), make(chan struct{})
	b := newBench(t, func(ctx context.Context, _ int, r work.Request, _ work.Options) work.Result {
		began <- r.Spec.ID
		if r.Spec.ID == full("ends") {
			<-free
			return succeeds()
		}
		<-ctx.Done()
		return fails(job.CodeInterrupted, "stopped")
	})
	b.submit("ends")
	b.submit("hangs")
	<-began
	<-began
	b.stop()
	close(free)
	require.Equal(t, job.Done, b.ends("ends").State)
	b.abort(errDrained)
	<-b.stopped
	r, err := b.queue.Get(t.Context(), full("hangs"))
	require.NoError(t, err)
	require.Equal(t, job.Queued, r.State)
	require.Equal(t, job.CodeInterrupted, r.Code)
	require.Zero(t, r.Tried)
}

func TestJobThatEndsDaemonsIsGivenUp(t *testing.T) {
	b := newBench(t, func(context.Context, int, work.Request, work.Options) work.Result { return succeeds() })
	b.stop() // before it takes the job
	<-b.stopped
	b.submit("a")
	lease, err := b.queue.Next(t.Context())
	require.NoError(t, err)
	require.NoError(t, lease.Update(t.Context(), func(r *job.Record) {
		r.State, r.Owner, r.Interruptions = job.Running, "dead/1", maxInterruptions
		r.Attempts = []job.Attempt{{Number: 1, Owner: "dead/1", Started: time.Now()}}
	}))
	require.NoError(t, lease.Postpone(t.Context(), 0, func(*job.Record) {}))
	lease, err = b.queue.Next(t.Context())
	require.NoError(t, err)
	b.runner.handle(t.Context(), lease)
	r := b.ends("a")
	require.Equal(t, job.Failed, r.State)
	require.Equal(t, job.CodeInterrupted, r.Code)
	require.Zero(t, b.count())
}

func TestStepsAreWaitedForWithoutConvertingAgain(t *testing.T) {
	b := newBench(t, func(context.Context, int, work.Request, work.Options) work.Result { return succeeds() })
	times := 0
	b.runner.deliver = func(ctx context.Context, _ job.Record, o deliver.Options) deliver.Result {
		times++
		state := "waiting"
		if times == 3 {
			state = "done"
		}
		require.NoError(t, o.Keep(ctx, func(r *job.Record) {
			r.Steps = []job.Step{{Name: "upload", State: state,
				Attempts: times}}
		}))
		return deliver.Result{Finished: times == 3, Next: time.Now()}
	}
	b.submit("a")
	r := b.ends("a")
	require.Equal(t, job.Done, r.State)
	require.Equal(t, 3, times)
	require.Equal(t, 1, b.count())
}

func TestThreadsAreShared(t *testing.T) {
	s := newScheduler(8)
	require.Equal(t, 8, s.threads(0, 1))
	require.Equal(t, 4, s.threads(1, 1))
	require.Equal(t, 1, s.threads(100, 3))
	require.Equal(t, 1, newScheduler(1).threads(0, 1))
}

// A job that has a worker and waits for cores says so, until it has them.
func TestWaitingForCoresIsSaid(t *testing.T) {
	free, has := make(chan struct{}), make(chan struct{})
	b := newBench(t, func(ctx context.Context, n int, _ work.Request, o work.Options) work.Result {
		release, err := o.Turn(ctx, 2)
		if err != nil {
			return fails(job.CodeInterrupted, err.Error())
		}
		defer release()
		if n == 1 {
			close(has)
			<-free
		}
		return succeeds()
	})
	b.submit("a")
	<-has
	b.submit("b")
	require.Empty(t, b.reaches("a", func(r *job.Record) bool { return true }).Reason)
	waits := b.reaches("b", func(r *job.Record) bool { return r.Reason == "waits for free cores" })
	require.Equal(t, job.Running, waits.State)
	close(free)
	require.Empty(t, b.ends("b").Reason)
	require.Equal(t, job.Done, b.ends("a").State)
}
