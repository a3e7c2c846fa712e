package queue

import (
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

// TestSomebodyRemovesOneThing takes one thing away from a running daemon, in the middle of a job. What can be known of
// jobs is kept, and work goes on.
func TestSomebodyRemovesOneThing(t *testing.T) {
	for _, what := range []string{"consumers", "work", "artifacts"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := natsServer(t, &server.Options{})
			q := open(t, Options{URL: s.ClientURL()})
			submit(t, q, spec(1))
			submit(t, q, spec(2))
			l := next(t, q)
			require.NoError(t, l.Update(background(t), run))
			switch what {
			case "consumers":
				for _, p := range job.Priorities {
					require.NoError(t, q.js.DeleteConsumer(background(t), q.names.work, string(p)))
				}
			case "work":
				require.NoError(t, q.js.DeleteStream(background(t), q.names.work))
			case "artifacts":
				require.NoError(t, q.js.DeleteStream(background(t), q.names.artifacts))
			}
			if what != "consumers" { // those are missed by who asks for work
				var last maintained
				eventually(t, "mended", func() bool {
					err := q.maintainOnce(background(t), &last)
					if errors.Is(err, jetstream.ErrStreamNotFound) {
						require.NoError(t, q.mend(background(t)))
					}
					return err == nil && q.Ready() == nil
				})
			}
			require.NoError(t, q.PutArtifact(background(t), id(1), 1, job.GraphName, []byte("a graph")))
			other := next(t, q)
			require.Equal(t, id(2), other.Record().Spec.ID)
			require.NoError(t, l.Update(background(t), run))
			none(t, q, time.Second)
			finish(t, l)
			finish(t, other)
			requireMessages(t, q, 0)
		})
	}
}

// TestSomebodyRemovesTheStreams takes everything away from a running daemon, whether its watch of the records has got
// as far as its own writes or not.
func TestSomebodyRemovesTheStreams(t *testing.T) {
	for name, late := range map[string]bool{"seen": false, "before the watch saw them": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := natsServer(t, &server.Options{})
			q := open(t, Options{URL: s.ClientURL()})
			submit(t, q, spec(1))
			finish(t, next(t, q))
			newest := q.index.newest()
			eventually(t, "seen", func() bool { return q.watched.rev.Load() >= newest })
			for _, name := range []string{q.names.jobs, q.names.work, q.names.artifacts} {
				require.NoError(t, q.js.DeleteStream(background(t), name))
			}
			if late {
				q.watched.rev.Store(0)
			}
			// The daemon itself may look after it at any moment, and then there is nothing left to be mended here.
			var last maintained
			eventually(t, "forgotten", func() bool {
				if err := q.maintainOnce(background(t), &last); err != nil {
					require.ErrorIs(t, err, jetstream.ErrStreamNotFound)
					require.NoError(t, q.mend(background(t)))
				}
				return !q.Known(id(1))
			})
			submit(t, q, spec(2))
			finish(t, next(t, q))
		})
	}
}
