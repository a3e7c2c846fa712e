package daemon

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/deliver"
	"github.com/upright-media/upright/daemon/internal/natstest"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/loopback"
)

// A conversion that ends while the queue's server is away is not done again, however long that takes.
func TestConversionThatEndsDuringAnOutage(t *testing.T) {
	t.Parallel()
	address, dir := loopback.Address(t), t.TempDir()
	s := natstest.StartAt(t, address, dir)
	converted := make(chan struct{})
	b := newBenchOn(t, queue.Options{URL: s.ClientURL(), Heartbeat: time.Second},
		func(context.Context, int, work.Request, work.Options) work.Result {
			defer close(converted)
			s.Shutdown()
			s.WaitForShutdown()
			return succeeds()
		})
	b.submit("a")
	<-converted
	// longer than a daemon that ends would try, and than a lease lives without heartbeats
	time.Sleep(farewell + 2*time.Second)
	natstest.StartAt(t, address, dir)
	r := b.ends("a")
	require.Equal(t, job.Done, r.State)
	require.Equal(t, 1, b.count())
	require.Len(t, r.Attempts, 1)
}

// What the queue does not take is tried again, and not held for ever.
func TestJobIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(context.Context, int, work.Request, work.Options) work.Result { return succeeds() })
	var delivered atomic.Int32
	b.stop()
	<-b.stopped
	b.runner.deliver = func(context.Context, job.Record, deliver.Options) deliver.Result {
		if delivered.Add(1) == 1 {
			return deliver.Result{Err: errors.New("the record cannot be kept")}
		}
		return deliver.Result{Finished: true}
	}
	take, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); b.runner.run(take, t.Context()) }()
	b.submit("a")
	require.Equal(t, job.Done, b.ends("a").State)
	require.EqualValues(t, 2, delivered.Load())
	require.Equal(t, 1, b.count(), "it was not converted again")
	stop()
	<-ended
}
