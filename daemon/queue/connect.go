package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/upright-media/upright/daemon/job"
)

// connect connects to the server and goes on trying until the context ends, unless trying again cannot help.
func (q *Queue) connect(ctx context.Context) (*nats.Conn, error) {
	o := q.opts
	opts := []nats.Option{
		nats.Name("upright " + o.Owner),
		nats.MaxReconnects(-1),
		nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(500 * time.Millisecond),
		nats.ReconnectJitter(200*time.Millisecond, 500*time.Millisecond),
		nats.ReconnectBufSize(-1), // what is written without a connection is repeated by who wrote it
		nats.PingInterval(20 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(nc *nats.Conn, err error) {
			if !nc.IsClosed() {
				o.Log.Warn("the connection to the queue is lost; it is tried again", "error", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			q.unreached.Store(nil)
			o.Log.Info("the connection to the queue is back", "server", nc.ConnectedUrlRedacted())
			q.watched.refresh()
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { q.unreachable(err) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if refused(err) {
				q.unreachable(err)
			}
			o.Log.Debug("queue", "error", err)
		}),
	}
	url := o.URL
	if q.server != nil {
		opts, url = append(opts, nats.InProcessServer(q.server)), ""
	} else {
		secure, err := security(o)
		if err != nil {
			return nil, err
		}
		opts = append(opts, secure...)
	}
	for tries := 0; ; tries++ {
		nc, err := nats.Connect(url, opts...)
		if err == nil {
			return nc, nil
		}
		if refused(err) {
			return nil, fmt.Errorf("%w: %w", errRefused, err)
		}
		q.stage("the queue's server cannot be reached; it is tried again: %v", err)
		if tries%10 == 0 {
			o.Log.Warn("the queue's server cannot be reached; it is tried again", "error", err)
		}
		if sleep(ctx, time.Second) != nil {
			return nil, fmt.Errorf("the queue's server cannot be reached: %w (%w)", err, context.Cause(ctx))
		}
	}
}

var errRefused = errors.New("the queue's server refuses this daemon: check queue.credentials and queue.certificate")

// refused says that the server does not want us.
func refused(err error) bool {
	return errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) ||
		errors.Is(err, nats.ErrAuthRevoked) || errors.Is(err, nats.ErrAccountAuthExpired)
}

// unreachable notes why the connection cannot be made again, and logs what is not known yet. Credentials are read from
// their file each time.
func (q *Queue) unreachable(err error) {
	if refused(err) {
		err = fmt.Errorf("%w: %w", errRefused, err)
	}
	text := err.Error()
	if old := q.unreached.Swap(&text); old == nil || *old != text {
		q.opts.Log.Warn("the connection to the queue is not back; it is tried again", "error", err)
	}
}

// security reads the files that prove who we and the server are, so that a wrong path is said at once.
func security(o Options) (opts []nats.Option, err error) {
	for name, file := range map[string]string{"credentials": o.Credentials, "ca": o.CA, "certificate": o.Certificate,
		"key": o.Key} {
		if file == "" {
			continue
		}
		if _, err := os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("queue.%s cannot be read: %w", name, err)
		}
	}
	if o.Credentials != "" {
		opts = append(opts, nats.UserCredentials(o.Credentials))
	}
	if o.CA != "" {
		opts = append(opts, nats.RootCAs(o.CA))
	}
	if (o.Certificate != "") != (o.Key != "") {
		return nil, errors.New("queue.certificate and queue.key belong together: set both or none")
	}
	if o.Certificate != "" {
		opts = append(opts, nats.ClientCert(o.Certificate, o.Key))
	}
	return opts, nil
}

// names of what the queue has on the server.
type names struct {
	prefix    string
	bucket    string // job records and whether all is paused
	jobs      string // the stream below the bucket
	work      string // stream
	artifacts string // stream
}

func newNames(prefix string) names {
	return names{
		prefix: prefix, bucket: prefix + "-jobs", jobs: "KV_" + prefix + "-jobs",
		work: prefix + "-work", artifacts: prefix + "-artifacts",
	}
}

func (n names) record(id string) string { return "$KV." + n.bucket + "." + id }
func (n names) message(p job.Priority, id string) string {
	return n.prefix + ".work." + string(p) + "." + id
}
func (n names) messages(p job.Priority) string { return n.prefix + ".work." + string(p) + ".*" }
func (n names) lease(id string) string         { return n.prefix + ".lease." + id }
func (n names) progress(id string) string      { return n.prefix + ".progress." + id }
func (n names) talk(subject string) string     { return n.prefix + ".talk." + subject }
func (n names) artifact(id string) string      { return n.prefix + ".artifact." + id }

// mend makes anew what somebody has removed on the server, and says so.
func (q *Queue) mend(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	made, err := q.setup(ctx)
	if len(made) > 0 {
		q.dirty.Store(true)
		q.opts.Log.Error("somebody has removed what the queue has on its server: it is made anew. Jobs whose records "+
			"were in it are found again by the next scan, if their recordings are there", "what", made)
	}
	return err
}

// setup makes what is missing on the server, and leaves what is there as it is, since a newer daemon may have made it.
// made are the names of what it has made.
func (q *Queue) setup(ctx context.Context) (made []string, err error) {
	q.setupMu.Lock()
	defer q.setupMu.Unlock()
	replicas := max(1, q.opts.Replicas)
	streams := []jetstream.StreamConfig{{
		// A key-value bucket, for the sake of `nats kv`. All reads go to the leader (AllowDirect is off): a replica
		// that lags would say that a job does not exist.
		Name: q.names.jobs, Subjects: []string{q.names.record(">")}, Storage: jetstream.FileStorage, Replicas: replicas,
		MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew, AllowRollup: true, DenyDelete: true,
		MaxMsgs: -1, MaxBytes: -1, MaxConsumers: -1, MaxMsgSize: -1, Duplicates: time.Second,
		Description: "Upright: one record a job",
	}, {
		// One message a subject: publishing twice does no harm.
		Name: q.names.work, Subjects: []string{q.names.prefix + ".work.*.*"}, Storage: jetstream.FileStorage,
		Replicas:  replicas,
		Retention: jetstream.WorkQueuePolicy, MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew,
		DiscardNewPerSubject: true,
		MaxMsgs:              -1, MaxBytes: -1, MaxConsumers: -1, MaxMsgSize: -1, Duplicates: time.Second,
		Description: "Upright: one message a job that has not ended",
	}, {
		Name: q.names.artifacts, Subjects: []string{q.names.artifact(">")}, Storage: jetstream.FileStorage,
		Replicas:          replicas,
		MaxMsgsPerSubject: 1, Discard: jetstream.DiscardOld,
		MaxMsgs: -1, MaxBytes: -1, MaxConsumers: -1, MaxMsgSize: -1, Duplicates: time.Second,
		Description: "Upright: graphs and logs of jobs",
	}}
	for _, cfg := range streams {
		isNew, err := q.ensureStream(ctx, cfg)
		if err != nil {
			return made, err
		}
		if isNew {
			made = append(made, cfg.Name)
		}
	}
	for _, p := range job.Priorities {
		isNew, err := q.ensureConsumer(ctx, p)
		if err != nil {
			return made, err
		}
		if isNew {
			made = append(made, q.names.work+" consumer "+string(p))
		}
	}
	return made, nil
}

func (q *Queue) ensureStream(ctx context.Context, cfg jetstream.StreamConfig) (made bool, err error) {
	s, err := q.js.Stream(ctx, cfg.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = q.js.CreateStream(ctx, cfg)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return false, nil // another daemon was quicker
		}
		made = err == nil
	} else if err == nil && q.opts.Replicas > 0 && s.CachedInfo().Config.Replicas != q.opts.Replicas {
		changed := s.CachedInfo().Config
		changed.Replicas = q.opts.Replicas
		_, err = q.js.UpdateStream(ctx, changed)
	}
	if err != nil {
		return made, fmt.Errorf("stream %s cannot be made: %w", cfg.Name, err)
	}
	return made, nil
}

func (q *Queue) ensureConsumer(ctx context.Context, p job.Priority) (made bool, err error) {
	wait := 3 * q.opts.Heartbeat
	c, err := q.js.Consumer(ctx, q.names.work, string(p))
	if err == nil && c.CachedInfo().Config.AckWait >= wait {
		return false, nil // longer is right, too: some daemon's heart beats more slowly than ours
	}
	made = errors.Is(err, jetstream.ErrConsumerNotFound)
	if err == nil || made {
		_, err = q.js.CreateOrUpdateConsumer(ctx, q.names.work, jetstream.ConsumerConfig{
			Durable: string(p), FilterSubject: q.names.messages(p), AckPolicy: jetstream.AckExplicitPolicy,
			AckWait: wait, MaxDeliver: -1, MaxAckPending: -1, MaxWaiting: 512,
		})
	}
	if err != nil {
		return false, fmt.Errorf("consumer %s of stream %s cannot be made: %w", p, q.names.work, err)
	}
	return made, nil
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// transient says whether the same call may succeed later.
func transient(err error) bool {
	for _, e := range []error{
		nats.ErrTimeout, nats.ErrNoResponders, nats.ErrDisconnected, nats.ErrConnectionReconnecting,
		nats.ErrReconnectBufExceeded,
		nats.ErrNoServers, nats.ErrStaleConnection, context.DeadlineExceeded, jetstream.ErrNoStreamResponse,
		jetstream.ErrJetStreamNotEnabled,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	var js jetstream.JetStreamError
	if errors.As(err, &js) && js.APIError() != nil {
		// Leaders are being elected, a disk is full, a peer is missing. The errors of wrong requests have other codes.
		code := js.APIError().Code
		return code == 503 || code == 500
	}
	return false
}

// retry calls f until it succeeds, fails for good, or the context ends; each call has a while of its own.
func retry(ctx context.Context, log *slog.Logger, what string, f func(ctx context.Context) error) error {
	pause := 50 * time.Millisecond
	for {
		try, cancel := context.WithTimeout(ctx, tryTimeout)
		err := f(try)
		cancel()
		if err == nil || !transient(err) && ctx.Err() == nil {
			return err
		}
		log.Debug("queue: tried again", "what", what, "error", err)
		if sleep(ctx, pause) != nil {
			return fmt.Errorf("%s: %w (%w)", what, err, context.Cause(ctx))
		}
		pause = min(2*pause, 2*time.Second)
	}
}

// tryTimeout is how long one request may take.
const tryTimeout = 5 * time.Second
