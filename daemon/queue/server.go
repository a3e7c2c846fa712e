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
	if err := e.start(); err != nil {
		lock.Close()
		return nil, err
	}
	return e, nil
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
	srv.SetLogger(serverLog{e.log, e.broken}, false, false)
	srv.Start()
	if !srv.ReadyForConnections(startTimeout) || !srv.JetStreamEnabled() {
		srv.Shutdown()
		srv.WaitForShutdown()
		return fmt.Errorf("the embedded queue in %s did not start: see the log for the reason", e.dir)
	}
	e.mu.Lock()
	e.srv = srv
	e.mu.Unlock()
	return nil
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
		e.stop()
		if err := e.start(); err != nil {
			e.log.Error("the embedded queue cannot be started; it is tried again", "dir", e.dir, "error", err)
		}
	}
}

func (e *embedded) stop() {
	e.mu.Lock()
	srv := e.srv
	e.srv = nil
	e.mu.Unlock()
	if srv != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
	}
}

func (e *embedded) close() {
	e.stop()
	e.lock.Close()
}

// serverLog writes the server's log to slog. What it calls a notice is of no interest to who runs the daemon.
type serverLog struct {
	log    *slog.Logger
	broken func()
}

func (l serverLog) Noticef(f string, a ...any) { l.write(slog.LevelDebug, f, a...) }
func (l serverLog) Warnf(f string, a ...any)   { l.write(slog.LevelWarn, f, a...) }
func (l serverLog) Fatalf(f string, a ...any)  { l.write(slog.LevelError, f, a...) }
func (l serverLog) Debugf(string, ...any)      {}
func (l serverLog) Tracef(string, ...any)      {}

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
