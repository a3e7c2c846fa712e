package work

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestOthersAreGivenParts(t *testing.T) {
	var group sync.WaitGroup
	var later Ask
	withdrawn := 0
	o := opts("room")
	o.Offer = func(order string, cores int, ask Ask) func() {
		require.Equal(t, "/out/order", order)
		require.Equal(t, 2, cores)
		later = ask
		group.Go(func() {
			say := func(kind, part string) job.PartAnswer {
				a, err := ask(t.Context(), job.PartWord{Kind: kind, Who: "n2/7", Part: part, DoneMs: 5})
				require.NoError(t, err)
				return a
			}
			require.Equal(t, job.PartAnswer{Part: "p1"}, say(job.PartTake, ""))
			var many sync.WaitGroup
			for range 10 {
				many.Go(func() { require.True(t, say(job.PartAt, "p1").OK) })
			}
			many.Wait()
			require.False(t, say(job.PartAt, "p2").OK)
			require.True(t, say(job.PartMade, "p1").OK)
		})
		return func() { withdrawn++ }
	}
	r := Run(t.Context(), request, o)
	require.Equal(t, "done", r.Final.Event, r.Attempt)
	group.Wait()
	require.Equal(t, 1, withdrawn)
	_, err := later(t.Context(), job.PartWord{Kind: job.PartTake, Who: "n2/7"})
	require.ErrorIs(t, err, errNoAnswer)
}

// Whoever asks a child that does not answer is not stuck with it, nor is the child's end.
func TestNoAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	o := opts("deaf")
	var group sync.WaitGroup
	o.Offer = func(_ string, _ int, ask Ask) func() {
		group.Go(func() {
			short, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer stop()
			_, err := ask(short, job.PartWord{Kind: job.PartTake})
			require.ErrorIs(t, err, context.DeadlineExceeded)
			for range 200 { // more than there is room for on the way
				group.Go(func() {
					_, err := ask(t.Context(), job.PartWord{Kind: job.PartTake, Why: strings.Repeat("x", 10_000)})
					require.ErrorIs(t, err, errNoAnswer)
				})
			}
			cancel()
		})
		return func() {}
	}
	r := Run(ctx, request, o)
	require.Equal(t, job.CodeInterrupted, r.Final.Code)
	group.Wait()
}
