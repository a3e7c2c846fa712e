package queue

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/upright-media/upright/daemon/job"
)

// Queue is the queue as one daemon sees it.
type Queue struct {
	opts     Options
	names    names
	instance string // this Queue among all there ever were; Options.Owner may come again after a restart

	ctx    context.Context // ends with Close
	cancel context.CancelCauseFunc
	done   sync.WaitGroup

	server    *embedded // nil with Options.URL
	nc        *nats.Conn
	js        jetstream.JetStream
	jobs      jetstream.Stream
	work      jetstream.Stream
	artifacts jetstream.Stream
	setupMu   sync.Mutex

	index       *index
	watched     watched
	hub         hub
	paused      atomic.Bool
	unreached   atomic.Pointer[string] // why the connection is not back
	storeFailed atomic.Bool            // the server cannot write
	broken      atomic.Pointer[string] // a key under which something is that the server cannot read
	unanswered  atomic.Int32           // writes, one after the other
	dirty       atomic.Bool            // a record may have no message: see reconcile
	wake        chan struct{}          // somebody may take a job
	fetching    chan struct{}          // taken by the one Next that asks the server
	fetcher     fetcher

	mu     sync.Mutex
	leases map[string]*lease

	readyMu sync.Mutex
	readyAt time.Time
	ready   error
}

var _ Interface = (*Queue)(nil)

// now is the time in records: whole microseconds, so that it stays the same in JSON and is easy to read.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

var nameOK = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Close gives the leases back that are still held, and ends everything. It may be called twice.
func (q *Queue) Close() error {
	q.mu.Lock()
	if q.ctx.Err() != nil {
		q.mu.Unlock()
		return nil
	}
	q.cancel(ErrClosed)
	held := make([]*lease, 0, len(q.leases))
	for _, l := range q.leases {
		held = append(held, l)
	}
	q.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, l := range held {
		l.release(ctx, time.Millisecond)
	}
	if q.nc != nil {
		if q.nc.IsConnected() {
			_ = q.nc.FlushTimeout(2 * time.Second)
			if q.server != nil && len(held) > 0 {
				time.Sleep(50 * time.Millisecond) // it has our answers, and looks at them now
			}
		}
		q.nc.Close()
	}
	q.done.Wait()
	if q.server != nil {
		return q.server.close()
	}
	return nil
}

// with is a context that also ends when the queue is closed.
func (q *Queue) with(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(q.ctx, func() { cancel(ErrClosed) })
	return ctx, func() { stop(); cancel(nil) }
}

// do runs an operation of the interface.
func (q *Queue) do(ctx context.Context, f func(ctx context.Context) error) error {
	if q.ctx.Err() != nil {
		return ErrClosed
	}
	ctx, cancel := q.with(ctx)
	defer cancel()
	err := f(ctx)
	switch {
	case err == nil:
	case q.ctx.Err() != nil && !errors.Is(err, ErrClosed):
		return fmt.Errorf("%w: %w", ErrClosed, err)
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", ErrUnanswered, err)
	}
	return err
}

// Submit implements Interface. A job is kept as soon as its record is written: if this process dies before the message
// is published, reconcile does it.
func (q *Queue) Submit(ctx context.Context, s job.Spec) (created bool, err error) {
	if _, ok := parseID(s.ID); !ok {
		return false, fmt.Errorf("job id %q: it has to be 32 hexadecimal digits in lower case", s.ID)
	}
	if q.Known(s.ID) {
		return false, nil
	}
	if s.Submitted.IsZero() {
		s.Submitted = now()
	}
	s.Priority = priority(&s)
	err = q.do(ctx, func(ctx context.Context) error {
		created, err = q.submit(ctx, s)
		return err
	})
	return created, err
}

func (q *Queue) submit(ctx context.Context, s job.Spec) (created bool, err error) {
	rec, err := newStored(s)
	if err != nil {
		return false, err
	}
	rev := uint64(0)
	for tries := 0; ; tries++ {
		_, _, err = q.put(ctx, rec, rev)
		if !errors.Is(err, errConflict) || tries == maxConflicts {
			break
		}
		// It is there, or was there and is forgotten: then its mark is overwritten.
		_, raw, cur, gerr := q.get(ctx, s.ID)
		switch {
		case gerr == nil:
			q.index.put(s.ID, cur, raw)
			return false, nil
		case errors.Is(gerr, errUnreadable):
		case !errors.Is(gerr, ErrNotFound):
			return false, gerr
		case cur == 0 && tries > 0: // there is something, and nothing can be read
			q.damaged(s.ID)
			return false, fmt.Errorf("job %s: %w", s.ID, errDamaged)
		}
		rev = cur
	}
	if err != nil {
		return false, err
	}
	if err := q.publish(ctx, &s); err != nil {
		q.dirty.Store(true)
		q.opts.Log.Warn("a job is kept, but could not be queued; that is made up for", "job", s.ID, "error", err)
	}
	q.wakeUp()
	return true, nil
}

// maxConflicts is how often in a row others may be faster at writing a record.
const maxConflicts = 50

// Known implements Interface.
func (q *Queue) Known(id string) bool { return q.index.known(id) }

// Get implements Interface.
func (q *Queue) Get(ctx context.Context, id string) (rec *job.Record, err error) {
	if _, ok := parseID(id); !ok {
		return nil, ErrNotFound
	}
	err = q.do(ctx, func(ctx context.Context) error {
		s, _, rev, err := q.get(ctx, id)
		if err == nil {
			s.Revision = rev
			rec = &s.Record
		}
		return err
	})
	return rec, err
}

// listers is how many records of a list are read at a time, since a cluster answers each only after a round trip.
const listers = 8

// Records implements Interface.
func (q *Queue) Records(ctx context.Context, ids []string) ([]*job.Record, error) {
	found := make([]*job.Record, len(ids))
	err := q.do(ctx, func(ctx context.Context) error {
		return each(len(ids), func(i int) error {
			s, _, _, err := q.get(ctx, ids[i])
			if err == nil {
				found[i] = &s.Record
			} else if !errors.Is(err, ErrNotFound) { // forgotten meanwhile
				return err
			}
			return nil
		}, func(int) {})
	})
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(r *job.Record) bool { return r == nil }), nil
}

// List implements Interface.
func (q *Queue) List(ctx context.Context, f Filter) (records []*job.Record, total int, err error) {
	ids, total := q.index.list(f)
	if records, err = q.Records(ctx, ids); err != nil {
		return nil, 0, err
	}
	return records, total, nil
}

// Rooms implements Interface.
func (q *Queue) Rooms() ([]Room, error) { return q.index.rooms(), nil }

// Stats implements Interface.
func (q *Queue) Stats(context.Context) (Stats, error) {
	if q.ctx.Err() != nil {
		return Stats{}, ErrClosed
	}
	return q.index.stats(), nil
}

// Ready implements Interface. The answer may be a second old, so that health checks cost nothing.
func (q *Queue) Ready() error {
	if q.ctx.Err() != nil {
		return ErrClosed
	}
	q.readyMu.Lock()
	defer q.readyMu.Unlock()
	if time.Since(q.readyAt) > time.Second {
		q.ready = q.check()
		q.readyAt = time.Now()
	}
	return q.ready
}

func (q *Queue) check() error {
	if why := q.unreached.Load(); why != nil {
		return fmt.Errorf("the queue's server is not connected; it is tried again: %s", *why)
	}
	if !q.nc.IsConnected() {
		return errors.New("the queue's server is not connected; it is tried again")
	}
	if q.storeFailed.Load() {
		return errors.New("the queue's server cannot write: make room on its disk")
	}
	if key := q.broken.Load(); key != nil && q.server != nil {
		return fmt.Errorf("%w (%s): start the daemon again, which saves what can be read", errDamaged, *key)
	}
	ctx, cancel := context.WithTimeout(q.ctx, 2*time.Second)
	defer cancel()
	for _, s := range []jetstream.Stream{q.jobs, q.work} {
		info, err := s.Info(ctx)
		if err == nil && info.Cluster != nil && info.Cluster.Name != "" && info.Cluster.Leader == "" {
			err = errors.New("its servers have not agreed on a leader")
		}
		if err != nil {
			return fmt.Errorf("the queue's stream %s does not answer: %w", s.CachedInfo().Config.Name, err)
		}
	}
	return nil
}

// wakeUp has a Next that waits look again at once.
func (q *Queue) wakeUp() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
