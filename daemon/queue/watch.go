package queue

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/upright-media/upright/daemon/job"
)

// pausedKey is the bucket's one key that is no job's id. It lies there so that one watch sees everything.
const pausedKey = "paused"

// watched is how far the watch of the bucket is.
type watched struct {
	complete chan struct{} // closed when all that was there at the start has been seen
	restart  chan struct{}
	full     atomic.Bool // the next watch begins anew
	anew     atomic.Bool // and the bucket is another one, which counts its revisions from 1
	rev      atomic.Uint64
	other    atomic.Bool   // the bucket has pausedKey
	seen     atomic.Uint64 // entries that came, ever: whether anything happens
	emitted  uint64        // up to where events were told; of the watch alone
}

func (w *watched) init() {
	w.complete = make(chan struct{})
	w.restart = make(chan struct{}, 1)
	w.full.Store(true)
}

// refresh starts the watch again from where it is, which finds at once what a broken connection kept from us.
func (w *watched) refresh() {
	select {
	case w.restart <- struct{}{}:
	default:
	}
}

// resync starts the watch again from the beginning.
func (w *watched) resync() {
	w.full.Store(true)
	w.refresh()
}

func (w *watched) live() bool {
	select {
	case <-w.complete:
		return true
	default:
		return false
	}
}

// watch keeps the index and all that depends on it in line with the bucket, until the queue is closed.
func (q *Queue) watch() {
	for q.ctx.Err() == nil {
		full := q.watched.full.Swap(false)
		err := q.watchOnce(full)
		if full && err != nil {
			q.watched.full.Store(true)
		}
		if q.ctx.Err() == nil && err != nil {
			q.opts.Log.Debug("queue: the watch of jobs is started again", "error", err)
			_ = sleep(q.ctx, 500*time.Millisecond)
		}
	}
}

var errWatchEnded = errors.New("the server ended the watch")

func (q *Queue) watchOnce(full bool) error {
	ctx, cancel := context.WithTimeout(q.ctx, tryTimeout)
	kv, err := q.js.KeyValue(ctx, q.names.bucket)
	cancel()
	if err != nil {
		return err
	}
	var opts []jetstream.WatchOpt
	var present map[key]struct{}
	if q.watched.anew.Swap(false) {
		q.index.reset()
		q.watched.rev.Store(0)
		q.watched.other.Store(false)
		q.watched.emitted = 0
	}
	if full {
		present = map[key]struct{}{}
	} else {
		opts = append(opts, jetstream.ResumeFromRevision(q.watched.rev.Load()+1))
	}
	w, err := kv.WatchAll(q.ctx, opts...)
	if err != nil {
		return err
	}
	defer func() {
		_ = w.Stop()
		go func() { // the subscription may be at handing over an entry
			for range w.Updates() {
			}
		}()
	}()
	top := uint64(0)
	stalled := time.NewTimer(watchStall)
	defer stalled.Stop()
	for {
		select {
		case <-q.ctx.Done():
			return nil
		case <-q.watched.restart:
			if present == nil { // else it has only begun
				return nil
			}
		case <-stalled.C:
			if present == nil {
				continue
			}
			if top, err = q.readRest(present); err != nil {
				return err
			}
			q.caughtUp(present, top)
			return nil // and from here on with a new one
		case e, ok := <-w.Updates():
			if !ok {
				return errWatchEnded
			}
			q.watched.seen.Add(1)
			if present != nil {
				stalled.Reset(watchStall)
			}
			if e == nil {
				if present != nil {
					q.caughtUp(present, top)
					present = nil
				}
				continue
			}
			top = max(top, e.Revision())
			if present == nil {
				q.watched.rev.Store(top)
			} else if k, ok := parseID(e.Key()); ok && e.Operation() == jetstream.KeyValuePut {
				present[k] = struct{}{}
			}
			q.see(e)
		}
	}
}

// watchStall is how long nothing of what was there at the start may come before it is asked for in another way.
const watchStall = 3 * time.Second

// caughtUp is that all records up to revision top are known, and present are those that there are.
func (q *Queue) caughtUp(present map[key]struct{}, top uint64) {
	q.index.retain(present, top)
	q.watched.rev.Store(top)
	if !q.watched.live() {
		q.watched.emitted = top
		close(q.watched.complete)
	}
}

// see takes in one change of the bucket.
func (q *Queue) see(e jetstream.KeyValueEntry) {
	id, rev := e.Key(), e.Revision()
	if id == pausedKey {
		q.watched.other.Store(true)
		q.setPaused(string(e.Value()) == "true")
		return
	}
	if e.Operation() != jetstream.KeyValuePut {
		q.index.remove(id, rev)
		return
	}
	entry := q.index.put(id, rev, e.Value())
	if entry == nil {
		return
	}
	if states[entry.state] == job.Queued && !entry.held {
		q.wakeUp()
	}
	q.mu.Lock()
	l := q.leases[id]
	q.mu.Unlock()
	if l != nil && l.knows(rev) {
		l = nil
	}
	tell := false
	if q.watched.live() && rev > q.watched.emitted {
		q.watched.emitted = rev
		tell = q.hub.heard()
	}
	if l == nil && !tell {
		return
	}
	s, err := decode(e.Value())
	if err != nil {
		q.opts.Log.Error("queue", "job", id, "error", err)
		return
	}
	if l != nil {
		l.observe(s, rev)
	}
	if tell {
		s.Revision = rev
		q.hub.send(job.Event{ID: id, Record: &s.Record})
	}
}

func (q *Queue) setPaused(paused bool) {
	if q.paused.Swap(paused) != paused {
		q.opts.Log.Info("queue", "paused", paused)
		q.wakeUp()
	}
}

// Pause implements Interface.
func (q *Queue) Pause(ctx context.Context, paused bool) error {
	value := "false"
	if paused {
		value = "true"
	}
	return q.do(ctx, func(ctx context.Context) error {
		err := retry(ctx, q.opts.Log, "pausing the queue", func(ctx context.Context) error {
			_, err := q.js.Publish(ctx, q.names.record(pausedKey), []byte(value))
			q.noteWrite(err)
			return err
		})
		if err == nil {
			q.setPaused(paused)
		}
		return err
	})
}

// Paused implements Interface.
func (q *Queue) Paused() bool { return q.paused.Load() }
