package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/upright-media/upright/internal/files"
)

const (
	startTimeout   = 60 * time.Second // of the embedded server, with a big store on a slow disk
	superviseEvery = 2 * time.Second
)

// embedded is a NATS server inside this process that listens nowhere. It stands in for server.Server as the place that
// the client connects to, since the server behind it is replaced when its disk was full.
type embedded struct {
	dir  string
	log  *slog.Logger
	lock *os.File

	broken func() // called when the server says that it cannot write

	mu  sync.Mutex
	srv *server.Server // nil while there is none
}

// errNotStarted is what a client is told while the server is being replaced.
var errNotStarted = errors.New("the embedded queue is not running")

func startEmbedded(ctx context.Context, dir string, log *slog.Logger, broken func()) (*embedded, error) {
	if dir == "" {
		return nil, errors.New("the queue needs a state folder: set Options.Dir, or Options.URL for a NATS server " +
			"elsewhere")
	}
	dir = filepath.Join(dir, "queue")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the queue's folder cannot be made: %w", err)
	}
	lock, err := lockFolder(ctx, dir)
	if err != nil {
		return nil, err
	}
	e := &embedded{dir: dir, log: log, lock: lock, broken: broken}
	full := writable(dir)
	if full == nil {
		err = forgetConsumers(dir)
	}
	if err == nil {
		err = e.start()
	}
	switch {
	case err == nil:
		return e, nil
	case full == nil:
		err = &storeError{err}
	default:
		err = fmt.Errorf("%w (%w)", err, full)
	}
	lock.Close()
	return nil, err
}

// lockPatience is how long the lock of a process that is ending is waited for.
const lockPatience = 3 * time.Second

// lockFolder keeps a second server away from the store, which two would destroy. The kernel gives the lock back when
// the process dies, which may take a moment.
func lockFolder(ctx context.Context, dir string) (*os.File, error) {
	short, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	f, err := files.WaitLocked(short, filepath.Join(dir, "lock"), 0o600)
	switch {
	case errors.Is(err, files.ErrLocked):
		return nil, fmt.Errorf("%w; two daemons cannot share a state folder (to share work, give both queue.url of a "+
			"NATS server)", err)
	case err != nil:
		return nil, fmt.Errorf("the queue's folder cannot be locked: %w", err)
	}
	return f, nil
}

func (e *embedded) start() error {
	// Small limits: everything is in files, and nobody but this process connects. The limit of the store is not the
	// server's guess from what is free right now: what the disk takes is found out by writing.
	srv, err := server.NewServer(&server.Options{
		ServerName:            "upright",
		DontListen:            true,
		NoSigs:                true,
		NoSystemAccount:       true,
		JetStream:             true,
		StoreDir:              e.dir,
		SyncAlways:            true,
		JetStreamMaxMemory:    16 << 20,
		JetStreamMaxStore:     1 << 50,
		MaxClosedClients:      8,
		MaxTracedMsgLen:       256,
		StreamMaxBufferedSize: 16 << 20,
	})
	if err != nil {
		return fmt.Errorf("the embedded queue in %s cannot be set up: %w", e.dir, err)
	}
	failed := make(chan struct{})
	srv.SetLogger(serverLog{e.log, e.broken, sync.OnceFunc(func() { close(failed) })}, false, false)
	srv.Start()
	if !started(srv, failed) || !srv.JetStreamEnabled() {
		return errors.Join(fmt.Errorf("the embedded queue in %s did not start: see the log for the reason", e.dir),
			stop(srv))
	}
	e.mu.Lock()
	e.srv = srv
	e.mu.Unlock()
	return nil
}

// started waits until a server answers, has given up, or startTimeout is over.
func started(srv *server.Server, failed <-chan struct{}) bool {
	for began := time.Now(); time.Since(began) < startTimeout; {
		if srv.ReadyForConnections(100 * time.Millisecond) {
			return true
		}
		select {
		case <-failed:
			return false
		default:
		}
	}
	return false
}

// InProcessConn is nats.InProcessConnProvider.
func (e *embedded) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	srv := e.srv
	e.mu.Unlock()
	if srv == nil {
		return nil, errNotStarted
	}
	return srv.InProcessConn()
}

// supervise replaces the server when it has given up its store, as it does for good when the disk is full. failed says
// that writes are refused.
func (e *embedded) supervise(ctx context.Context, failed func() bool) {
	for sleep(ctx, superviseEvery) == nil {
		e.mu.Lock()
		srv := e.srv
		e.mu.Unlock()
		if srv != nil && srv.JetStreamEnabled() && !failed() {
			continue
		}
		e.log.Error("the embedded queue cannot write; it is started again", "dir", e.dir)
		if err := e.stop(); err != nil {
			e.log.Error("the daemon has to be started again", "dir", e.dir, "error", err)
			return
		}
		if err := e.start(); err != nil {
			e.log.Error("the embedded queue cannot be started; it is tried again", "dir", e.dir, "error", err)
		}
	}
}

// stopTimeout is how long the embedded server may take to end. One whose store is damaged may never.
const stopTimeout = 20 * time.Second

var errNotStopped = fmt.Errorf("the embedded queue did not stop within %v; start the daemon again", stopTimeout)

// stop ends the server, if there is one.
func (e *embedded) stop() error {
	e.mu.Lock()
	srv := e.srv
	e.srv = nil
	e.mu.Unlock()
	if srv == nil {
		return nil
	}
	return stop(srv)
}

// stop ends a server. After an error it may still be at its store, so no other must be started on it.
func stop(srv *server.Server) error {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		srv.Shutdown()
		srv.WaitForShutdown()
	}()
	select {
	case <-ended:
		return nil
	case <-time.After(stopTimeout):
		return errNotStopped
	}
}

func (e *embedded) close() error {
	err := e.stop()
	return errors.Join(err, e.lock.Close())
}

// serverLog writes the server's log to slog. What it calls a notice is of no interest to who runs the daemon.
type serverLog struct {
	log    *slog.Logger
	broken func()
	failed func() // it has given up starting
}

func (l serverLog) Noticef(f string, a ...any) { l.write(slog.LevelDebug, f, a...) }
func (l serverLog) Warnf(f string, a ...any)   { l.write(slog.LevelWarn, f, a...) }
func (l serverLog) Debugf(string, ...any)      {}
func (l serverLog) Tracef(string, ...any)      {}

// Fatalf is what ends a server's start.
func (l serverLog) Fatalf(f string, a ...any) {
	l.write(slog.LevelError, f, a...)
	l.failed()
}

// Errorf also looks for what the server says in no other way: that it has given a stream up. Without that sentence it
// is noticed by missing answers (Queue.noteWrite), ten seconds later.
func (l serverLog) Errorf(f string, a ...any) {
	l.write(slog.LevelError, f, a...)
	if strings.Contains(strings.ToLower(f), "critical write error") {
		l.broken()
	}
}

func (l serverLog) write(level slog.Level, f string, a ...any) {
	if ctx := context.Background(); l.log.Enabled(ctx, level) {
		l.log.Log(ctx, level, fmt.Sprintf(f, a...), "part", "nats-server")
	}
}
