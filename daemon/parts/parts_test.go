package parts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/internal/natstest"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/work"
)

const patience = 2 * time.Minute

// quick has a lease that a busy machine does not let run out.
var quick = Pace{Beat: 20 * time.Millisecond, Lease: 15 * time.Second}

func TestLeases(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	word := func(kind, who, part string) job.PartWord { return job.PartWord{Kind: kind, Who: who, Part: part} }
	l := leases{}
	l.heard(word(job.PartTake, "n2/7", ""), job.PartAnswer{}, at)
	require.Empty(t, l, "there was none")
	l.heard(word(job.PartTake, "n2/7", ""), job.PartAnswer{Part: "a", OK: true}, at)
	l.heard(word(job.PartAt, "n3/7", "b"), job.PartAnswer{OK: true}, at) // had it for somebody else
	l.heard(word(job.PartAt, "n4/7", "c"), job.PartAnswer{}, at)
	require.Len(t, l, 2)
	l.heard(word(job.PartAt, "n2/7", "a"), job.PartAnswer{OK: true}, at.Add(10*time.Second))
	require.Empty(t, l.over(15*time.Second, at.Add(15*time.Second)))
	over := l.over(15*time.Second, at.Add(20*time.Second))
	require.Len(t, over, 1)
	require.Equal(t, "b", over[0].Part)
	require.Equal(t, "n3/7", over[0].Who)
	require.Equal(t, job.PartBack, over[0].Kind)
	require.Contains(t, over[0].Why, "n3/7")
	l.heard(word(job.PartMade, "n9/7", "a"), job.PartAnswer{OK: true}, at)
	require.Len(t, l, 1, "not theirs")
	l.heard(word(job.PartAt, "n2/7", "a"), job.PartAnswer{}, at)
	require.Empty(t, l)
}

func TestEnding(t *testing.T) {
	result := func(event, code, text string) work.Result {
		return work.Result{Final: work.Event{Event: event, Code: code, Error: text}}
	}
	for _, c := range []struct {
		r       work.Result
		stopped bool
		want    job.PartWord
	}{
		{result("done", "", ""), false, job.PartWord{Kind: job.PartMade}},
		{result("done", "", ""), true, job.PartWord{Kind: job.PartMade}},
		{result("failed", job.CodeInterrupted, "it was stopped"), true, job.PartWord{Kind: job.PartBack}},
		{result("failed", work.CodeRefused, "x264"), false, job.PartWord{Kind: job.PartRefused, Why: "x264"}},
		{result("failed", job.CodeCrashed, "SIGSEGV"), false, job.PartWord{Kind: job.PartFailed, Why: "SIGSEGV"}},
		{result("failed", job.CodeIO, ""), false, job.PartWord{Kind: job.PartFailed, Why: job.CodeIO}},
	} {
		require.Equal(t, c.want, ending(c.r, c.stopped))
	}
}

// room is a child that composes one: it has parts to give.
type room struct {
	mu    sync.Mutex
	open  []string
	words []job.PartWord
	stop  bool // no part is anybody's any more
}

func (r *room) ask(_ context.Context, w job.PartWord) (a job.PartAnswer, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a.OK = !r.stop
	switch w.Kind {
	case job.PartTake:
		if a.OK = len(r.open) > 0; a.OK {
			a.Part, r.open = r.open[0], r.open[1:]
		}
		return a, nil
	case job.PartAt:
	case job.PartBack:
		r.open = append(r.open, w.Part)
	}
	r.words = append(r.words, w)
	return a, nil
}

// said are the words of a kind.
func (r *room) said(kind string) (list []job.PartWord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.words {
		if w.Kind == kind {
			list = append(list, w)
		}
	}
	return list
}

// cluster is a server that several queues share.
func cluster(t *testing.T) func() *queue.Queue {
	t.Helper()
	s := natstest.Start(t, &server.Options{})
	return func() *queue.Queue {
		q, err := queue.Open(t.Context(), queue.Options{URL: s.ClientURL()})
		require.NoError(t, err)
		t.Cleanup(func() { _ = q.Close() })
		return q
	}
}

var offer = job.PartOffer{Job: fmt.Sprintf("%032x", 1), Who: "n1/1", Order: "/out/order", Cores: 1}

// helping runs a helper with so many cores until stop is called, which waits for it.
func helping(t *testing.T, q *queue.Queue, cores int32, h Helper) (stop func()) {
	t.Helper()
	busy := new(atomic.Int32)
	h.Peers, h.Owner, h.Log = q.Peers(), "n2/2", slog.New(slog.DiscardHandler)
	if h.Pace == (Pace{}) {
		h.Pace = quick
	}
	h.Cores = func(n int) (func(), bool) {
		require.Equal(t, offer.Cores, n)
		if busy.Add(1) > cores {
			busy.Add(-1)
			return nil, false
		}
		return sync.OnceFunc(func() { busy.Add(-1) }), true
	}
	if h.Needed == nil {
		h.Needed = func(context.Context, string) bool { return true }
	}
	if h.Clear == nil {
		h.Clear = func(context.Context, string) {}
	}
	if h.Ended == nil {
		h.Ended = func(string) {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); h.Run(ctx, ctx) }()
	stop = func() { cancel(); <-ended; require.Zero(t, busy.Load(), "cores are given back") }
	t.Cleanup(stop)
	return stop
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	require.Eventually(t, is, patience, 5*time.Millisecond, what)
}

func TestPartsAreShared(t *testing.T) {
	t.Parallel()
	another := cluster(t)
	r := &room{open: []string{"a", "b", "c", "d", "e"}}
	var now, most, ended atomic.Int32
	stop := helping(t, another(), 2, Helper{
		Draw: func(_ context.Context, p work.Part, o work.Options) work.Result {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			require.Equal(t, offer.Order, p.Order)
			if p.ID == "a" { // until it was heard of
				o.Progress(job.Progress{DoneMs: 7})
				eventually(t, "progress", func() bool {
					return slices.ContainsFunc(r.said(job.PartAt), func(w job.PartWord) bool {
						return w == job.PartWord{Kind: job.PartAt, Who: "n2/2", Part: "a", DoneMs: 7}
					})
				})
			}
			if p.ID == "b" {
				return work.Result{Final: work.Event{Event: "failed", Error: "no"}}
			}
			return work.Result{Final: work.Event{Event: "done"}}
		},
		Ended: func(string) { ended.Add(1) },
	})
	withdraw := Offer(offer, another().Peers(), r.ask, quick, slog.New(slog.DiscardHandler))
	defer withdraw()
	eventually(t, "all are drawn", func() bool { return len(r.said(job.PartMade)) == 4 })
	eventually(t, "one has failed", func() bool { return len(r.said(job.PartFailed)) > 0 })
	require.Equal(t, []job.PartWord{{Kind: job.PartFailed, Who: "n2/2", Part: "b", Why: "no"}}, r.said(job.PartFailed))
	stop()
	require.LessOrEqual(t, most.Load(), int32(2))
	require.EqualValues(t, 5, ended.Load())
	require.Empty(t, r.said(job.PartBack))
}

// A host that is gone costs the attempt at its part, and nothing else.
func TestAHostIsGone(t *testing.T) {
	t.Parallel()
	another := cluster(t)
	r := &room{open: []string{"a"}}
	gone := another()
	hangs := func(ctx context.Context, _ work.Part, _ work.Options) work.Result {
		<-ctx.Done()
		return work.Result{Final: work.Event{Event: "failed", Code: job.CodeInterrupted}}
	}
	helping(t, gone, 1, Helper{Draw: hangs})
	withdraw := Offer(offer, another().Peers(), r.ask, Pace{Beat: quick.Beat, Lease: 5 * time.Second},
		slog.New(slog.DiscardHandler))
	defer withdraw()
	eventually(t, "it lives", func() bool { return len(r.said(job.PartAt)) > 3 })
	require.Empty(t, r.said(job.PartBack))
	require.NoError(t, gone.Close()) // nothing is heard of it any more
	eventually(t, "it is missed", func() bool { return len(r.said(job.PartBack)) == 1 })
	require.Contains(t, r.said(job.PartBack)[0].Why, "does not answer")
	helping(t, another(), 1, Helper{Draw: func(context.Context, work.Part, work.Options) work.Result {
		return work.Result{Final: work.Event{Event: "done"}}
	}})
	eventually(t, "somebody else has drawn it", func() bool { return len(r.said(job.PartMade)) == 1 })
}

func TestAHostIsStopped(t *testing.T) {
	t.Parallel()
	another := cluster(t)
	r := &room{open: []string{"a"}}
	begun := make(chan struct{})
	stop := helping(t, another(), 1, Helper{Draw: func(ctx context.Context, _ work.Part, _ work.Options) work.Result {
		close(begun)
		<-ctx.Done()
		return work.Result{Final: work.Event{Event: "failed", Code: job.CodeInterrupted}}
	}})
	withdraw := Offer(offer, another().Peers(), r.ask, Pace{Beat: quick.Beat}, slog.New(slog.DiscardHandler))
	defer withdraw()
	<-begun
	stop()
	require.Equal(t, []job.PartWord{{Kind: job.PartBack, Who: "n2/2", Part: "a"}}, r.said(job.PartBack), "it says so")
}

// What nobody needs is not drawn to its end: the room was canceled, or somebody else has the part.
func TestNotNeeded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		then   func(r *room, withdraw func())
		needed bool
		ends   bool
	}{
		"canceled":     {func(_ *room, withdraw func()) { withdraw() }, false, true},
		"taken over":   {func(_ *room, withdraw func()) { withdraw() }, true, false},
		"given away":   {func(r *room, _ func()) { r.mu.Lock(); r.stop = true; r.mu.Unlock() }, true, true},
		"is still his": {func(*room, func()) {}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			another := cluster(t)
			r := &room{open: []string{"a"}}
			begun, ended := make(chan struct{}), make(chan struct{})
			asked := new(atomic.Int32)
			helping(t, another(), 1, Helper{
				Draw: func(ctx context.Context, _ work.Part, _ work.Options) work.Result {
					close(begun)
					<-ctx.Done()
					if context.Cause(ctx) == errNotNeeded {
						close(ended)
					}
					return work.Result{Final: work.Event{Event: "failed", Code: job.CodeInterrupted}}
				},
				Needed: func(context.Context, string) bool { asked.Add(1); return c.needed },
			})
			withdraw := Offer(offer, another().Peers(), r.ask, quick, slog.New(slog.DiscardHandler))
			defer withdraw()
			<-begun
			c.then(r, withdraw)
			if c.ends {
				select {
				case <-ended:
				case <-time.After(patience):
					t.Fatal("it is still drawn")
				}
				require.Empty(t, r.said(job.PartBack))
				return
			}
			if c.needed {
				eventually(t, "it is asked for", func() bool { return asked.Load() > 2 })
			} else {
				eventually(t, "it lives", func() bool { return len(r.said(job.PartAt)) > 5 })
			}
			select {
			case <-ended:
				t.Fatal("it was to go on")
			default:
			}
		})
	}
}

// What is made when the room is no longer wanted does not stay, whether that was noticed meanwhile or not.
func TestTooLate(t *testing.T) {
	t.Parallel()
	for i := range 4 {
		needed, noticed := i%2 == 0, i/2 == 0
		pace := quick
		if !noticed {
			pace = Pace{Beat: time.Hour}
		}
		asked := new(atomic.Int32)
		another := cluster(t)
		r := &room{open: []string{"a"}}
		begun, finish, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
		cleared := new(atomic.Int32)
		stop := helping(t, another(), 1, Helper{
			Pace: pace,
			Draw: func(context.Context, work.Part, work.Options) work.Result {
				close(begun)
				<-finish
				return work.Result{Final: work.Event{Event: "done"}}
			},
			Needed: func(context.Context, string) bool { asked.Add(1); return needed },
			Clear: func(_ context.Context, id string) {
				require.Equal(t, offer.Job, id)
				cleared.Add(1)
			},
			Ended: func(string) { close(ended) },
		})
		withdraw := Offer(offer, another().Peers(), r.ask, Pace{Beat: time.Hour}, slog.New(slog.DiscardHandler))
		<-begun
		withdraw()
		eventually(t, "nobody hears any more", func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			_, err := ask(ctx, another().Peers(), offer.Job, job.PartWord{Kind: job.PartAt, Who: "n3/3"})
			return errors.Is(err, queue.ErrNobody)
		})
		if noticed {
			eventually(t, "it is noticed", func() bool { return asked.Load() > 0 })
		}
		close(finish)
		<-ended
		stop()
		require.Equal(t, !needed, cleared.Load() == 1)
	}
}
