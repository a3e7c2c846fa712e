package queue

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

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
	var records []job.State
	for len(records) == 0 || records[len(records)-1] != job.Running { // what comes before it is dropped
		select {
		case e := <-events:
			if e.ID == id(1) {
				records = append(records, e.Record.State)
			}
		case <-time.After(patience):
			t.Fatalf("it is not said to run after %v", records)
		}
	}
	start := time.Now()
	for i := range 1000 {
		l.Progress(job.Progress{Stage: "converting", DoneMs: float64(i)})
	}
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
