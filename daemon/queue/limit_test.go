package queue

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// TestStreamIsFull has somebody limit a stream on an external server. What does not fit is refused and can be submitted
// again; what is under way goes on as soon as there is room.
func TestStreamIsFull(t *testing.T) {
	t.Parallel()
	s := natsServer(t, &server.Options{})
	q := open(t, Options{URL: s.ClientURL()})
	submit(t, q, spec(0))
	l := next(t, q)

	limit := func(n int64) {
		for _, stream := range []jetstream.Stream{q.jobs, q.work} {
			info, err := stream.Info(t.Context())
			require.NoError(t, err)
			info.Config.MaxBytes = n
			_, err = q.js.UpdateStream(t.Context(), info.Config)
			require.NoError(t, err)
		}
	}
	limit(2048)
	submitted := 1
	var err error
	for err == nil && submitted < 100 {
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		var created bool
		if created, err = q.Submit(ctx, spec(submitted)); err == nil {
			require.True(t, created)
			submitted++
		}
		cancel()
	}
	t.Logf("%d fit: %v", submitted, err)
	require.Error(t, err)
	require.NotErrorIs(t, err, ErrClosed)
	require.False(t, q.Known(id(submitted)), "what is not kept is not known")

	finished := make(chan error, 1)
	go func() { finished <- l.Finish(background(t), done) }()
	select {
	case err := <-finished:
		require.NoError(t, err)
		finished <- nil
	case <-time.After(time.Second):
	}
	limit(-1)
	require.NoError(t, <-finished)
	submit(t, q, spec(submitted))
	for range submitted {
		finish(t, next(t, q))
	}
	none(t, q, 500*time.Millisecond)
}
