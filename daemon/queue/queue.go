package queue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
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

// Limits of Open. Options.Stage is told where it stands.
const (
	// openLimit is for all of it: a server that cannot be reached, a disk that is full.
	openLimit = 10 * time.Minute
	// storeLimit is how long the embedded server may take to answer once it has started.
	storeLimit = 15 * time.Second
	// readLimit is how long no record may come of the embedded server.
	readLimit = 15 * time.Second
)

var errOpenLimit = fmt.Errorf("given up after %v", openLimit)

// Open starts the embedded server or connects to another one, makes what is missing there and reads what jobs there
// are. It tries until the context ends or for openLimit, unless that cannot help (a folder that is locked, files that
// are missing, a server that refuses). Afterwards the context has no influence.
//
// If the store of the embedded server is damaged, it is set aside as queue.damaged-DATE in Options.Dir, and a new one
// is begun, with all records that could still be read.
func Open(ctx context.Context, o Options) (*Queue, error) {
	if o.Name == "" {
		o.Name = "upright"
	}
	if !nameOK.MatchString(o.Name) {
		return nil, fmt.Errorf("queue.name %q: use letters, digits, - and _ only", o.Name)
	}
	if o.Heartbeat <= 0 {
		o.Heartbeat = 10 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Owner == "" {
		host, _ := os.Hostname()
		o.Owner = fmt.Sprintf("%s/%d", host, os.Getpid())
	}
	ctx, cancel := context.WithTimeoutCause(ctx, openLimit, errOpenLimit)
	defer cancel()
	q, err := openOnce(ctx, o)
	if damaged := (*storeError)(nil); errors.As(err, &damaged) {
		if aside := setAside(o.Dir, o.Log, damaged); aside != nil || errors.Is(err, errNotStopped) {
			return nil, errors.Join(err, aside)
		}
		q, err = openOnce(ctx, o)
	}
	return q, err
}

func openOnce(ctx context.Context, o Options) (*Queue, error) {
	q := &Queue{
		opts: o, names: newNames(o.Name), instance: rand.Text(), index: newIndex(),
		wake: make(chan struct{}, 1), fetching: make(chan struct{}, 1), leases: map[string]*lease{},
	}
	q.ctx, q.cancel = context.WithCancelCause(context.Background())
	q.watched.init()
	if err := q.open(ctx); err != nil {
		return nil, errors.Join(err, q.Close())
	}
	return q, nil
}

// stage says how far opening is.
func (q *Queue) stage(format string, a ...any) {
	if q.opts.Stage != nil {
		q.opts.Stage(fmt.Sprintf(format, a...))
	}
}

func (q *Queue) open(ctx context.Context) (err error) {
	limit := time.Duration(0)
	if q.opts.URL == "" {
		q.stage("starting the embedded server")
		if q.server, err = startEmbedded(ctx, q.opts.Dir, q.opts.Log,
			func() { q.storeFailed.Store(true) }); err != nil {
			return err
		}
		limit = readLimit
	}
	if err = q.attach(ctx, limit); err == nil || q.server == nil || ctx.Err() != nil {
		return err
	}
	if full := writable(q.server.dir); full != nil {
		return fmt.Errorf("%w (%w)", err, full)
	}
	return &storeError{err}
}

// attach connects to the server and reads what there is. What an embedded server takes too long for is an error.
func (q *Queue) attach(ctx context.Context, limit time.Duration) error {
	if err := q.reach(ctx); err != nil {
		return err
	}
	if q.server != nil {
		if err := q.restore(ctx); err != nil {
			return err
		}
	}
	q.hub.init(q)
	q.done.Go(q.watch)
	if err := q.standing(ctx, q.watched.complete, limit); err != nil {
		return err
	}
	if q.server != nil {
		if err := retry(ctx, q.opts.Log, "looking through the queue", q.checkMessages); err != nil {
			return err
		}
		if key := q.broken.Load(); key != nil {
			return errors.Join(fmt.Errorf("what it has as %s cannot be read", *key), q.salvage(ctx))
		}
	}
	q.done.Go(q.maintain)
	if q.server != nil {
		q.done.Go(func() { q.server.supervise(q.ctx, func() bool { return q.storeFailed.Swap(false) }) })
	}
	return nil
}

// reach connects to the server, and makes and opens the streams.
func (q *Queue) reach(ctx context.Context) (err error) {
	if q.server == nil {
		q.stage("connecting to the queue's server")
	}
	if q.nc, err = q.connect(ctx); err != nil {
		return err
	}
	if q.js, err = jetstream.New(q.nc); err != nil {
		return err
	}
	if q.fetcher, err = q.newFetcher(); err != nil {
		return err
	}
	q.stage("setting the queue up")
	if q.server != nil && writable(q.server.dir) == nil { // on a disk that is full, waiting may help
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, storeLimit)
		defer cancel()
	}
	if err := retry(ctx, q.opts.Log, "setting the queue up", func(ctx context.Context) error {
		_, err := q.setup(ctx)
		return err
	}); err != nil {
		return err
	}
	for name, s := range map[string]*jetstream.Stream{q.names.jobs: &q.jobs, q.names.work: &q.work,
		q.names.artifacts: &q.artifacts} {
		err := retry(ctx, q.opts.Log, "opening stream "+name, func(ctx context.Context) (err error) {
			*s, err = q.js.Stream(ctx, name)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

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
		s, _, _, err := q.get(ctx, id)
		if err == nil {
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
