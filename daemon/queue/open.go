package queue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

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
