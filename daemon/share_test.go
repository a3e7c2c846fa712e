package daemon

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/internal/natstest"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/loopback"
)

// TestDaemonsDrawARoomTogether has a room whose parts are drawn by two daemons: on the cores that no job has, and
// without any job for them.
func TestDaemonsDrawARoomTogether(t *testing.T) {
	t.Parallel()
	s := natstest.StartAt(t, loopback.Address(t), t.TempDir())
	const parts = 5
	var mu sync.Mutex
	given, drawn, made := 0, map[string]int{}, map[string]bool{}
	all := make(chan struct{})
	ask := func(_ context.Context, w job.PartWord) (a job.PartAnswer, err error) {
		mu.Lock()
		defer mu.Unlock()
		a.OK = true
		switch {
		case w.Kind == job.PartTake && given == parts:
			a.OK = false
		case w.Kind == job.PartTake:
			given++
			a.Part = fmt.Sprint("p", given)
		case w.Kind == job.PartMade:
			if !made[w.Part] && len(made) == parts-1 { // it may be told again, if the answer is late
				close(all)
			}
			made[w.Part] = true
		}
		return a, nil
	}
	convert := func(ctx context.Context, _ int, r work.Request, o work.Options) work.Result {
		switch {
		case r.Part != nil:
			require.Equal(t, "/out/order", r.Part.Order)
			mu.Lock()
			defer mu.Unlock()
			drawn[r.Part.ID]++
			return succeeds()
		case !r.Share || o.Offer == nil:
			return fails(job.CodeInternal, "nobody else can draw parts")
		}
		release, err := o.Turn(ctx, 1)
		require.NoError(t, err)
		defer release()
		defer o.Offer("/out/order", 1, ask)()
		select {
		case <-all:
			return succeeds()
		case <-ctx.Done():
			return fails(job.CodeInterrupted, "it was stopped")
		}
	}
	a := newBenchOn(t, queue.Options{URL: s.ClientURL()}, convert)
	b := newBenchOn(t, queue.Options{URL: s.ClientURL()}, convert)
	_, err := a.queue.Submit(t.Context(), job.Spec{ID: full("1"), Kind: job.KindRoom, Compose: &job.Compose{},
		Submitted: time.Now(), Delivery: job.Delivery{Sources: "keep"}})
	require.NoError(t, err)
	require.Equal(t, job.Done, a.ends("1").State)
	require.Eventually(t, func() bool { return b.queue.Known(full("1")) }, time.Minute, 10*time.Millisecond,
		"the other daemon hears of it")
	records, total, err := b.queue.List(t.Context(), queue.Filter{})
	require.NoError(t, err)
	require.Equal(t, 1, total, "parts are no jobs")
	require.Len(t, records[0].Attempts, 1)
	require.Eventually(t, func() bool {
		return testutil.ToFloat64(a.runner.metrics.Parts.WithLabelValues("made"))+
			testutil.ToFloat64(b.runner.metrics.Parts.WithLabelValues("made")) == parts
	}, time.Minute, 10*time.Millisecond)
	for part, n := range drawn {
		require.Equal(t, 1, n, part)
	}
	for _, bench := range []*bench{a, b} {
		require.Eventually(t, func() bool { busy, _ := bench.runner.sched.load(); return busy == 0 }, time.Minute,
			10*time.Millisecond, "cores are given back")
	}

	require.NoError(t, a.queue.Pause(t.Context(), true))
	_, ok := a.runner.cores(1)
	require.False(t, ok, "a queue that is paused begins nothing")
}

// Alone, nobody is offered anything, and no participant's video has parts.
func TestNothingIsOfferedAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(_ context.Context, _ int, r work.Request, o work.Options) work.Result {
		require.False(t, r.Share)
		require.Nil(t, o.Offer)
		return succeeds()
	})
	_, err := b.queue.Submit(t.Context(), job.Spec{ID: full("1"), Kind: job.KindRoom, Compose: &job.Compose{},
		Submitted: time.Now(), Delivery: job.Delivery{Sources: "keep"}})
	require.NoError(t, err)
	require.Equal(t, job.Done, b.ends("1").State)
}

func TestPartsAreNeeded(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(ctx context.Context, _ int, _ work.Request, _ work.Options) work.Result {
		<-ctx.Done()
		return fails(job.CodeInterrupted, "it was stopped")
	})
	require.False(t, b.runner.needed(t.Context(), full("1")), "no job")
	b.submit("1")
	b.reaches("1", func(r *job.Record) bool { return r.State == job.Running })
	require.True(t, b.runner.needed(t.Context(), full("1")))
	require.NoError(t, b.queue.Cancel(t.Context(), full("1")))
	require.False(t, b.runner.needed(t.Context(), full("1")))
	b.ends("1")
	require.False(t, b.runner.needed(t.Context(), full("1")))

	require.NoError(t, b.queue.Close())
	require.True(t, b.runner.needed(t.Context(), full("1")), "who knows")
}

// The parts of a room that is canceled, or given up, go; those of others stay.
func TestPartsOfWhatIsGivenUpGo(t *testing.T) {
	t.Parallel()
	for _, cancel := range []bool{true, false} {
		dir := t.TempDir()
		put := func(name string) string {
			path := filepath.Join(dir, name)
			require.NoError(t, os.WriteFile(path, nil, 0o600))
			return path
		}
		const part = "part-0123456789abcdef"
		ours := []string{put(".77." + part + ".mp4"), put("..77." + part + ".m4a.part"),
			put(".77.2." + part + ".ELBEHI2G3VKJ4ERDJINWP2X3CW.mp4")}
		others := []string{put(".78." + part + ".mp4"), put(".77.3." + part + ".mp4"), put(".77.3.claim"), put("77.mp4")}
		b := newBench(t, func(ctx context.Context, _ int, _ work.Request, _ work.Options) work.Result {
			if cancel {
				<-ctx.Done()
			}
			return fails(job.CodeSettings, "it cannot be")
		})
		_, err := b.queue.Submit(t.Context(), job.Spec{ID: full("1"), Kind: job.KindRoom, Compose: &job.Compose{},
			Output: dir, Name: "77", Submitted: time.Now(), Delivery: job.Delivery{Sources: "keep"}})
		require.NoError(t, err)
		if cancel {
			b.reaches("1", func(r *job.Record) bool { return r.State == job.Running })
			require.NoError(t, b.queue.Cancel(t.Context(), full("1")))
		}
		b.ends("1")
		for _, path := range ours {
			require.NoFileExists(t, path)
		}
		for _, path := range others {
			require.FileExists(t, path)
		}
	}
}
