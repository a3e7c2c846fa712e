package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/upright-media/upright/daemon/job"
)

// lease is a job that this daemon has. It goes on living while the server is away, since nobody can take the job then;
// it is lost as soon as it is known that somebody took it.
type lease struct {
	q     *Queue
	id    string
	fence uint64
	sub   *nats.Subscription

	write sync.Mutex // held during changes of the record

	mu    sync.Mutex
	raw   []byte  // the record as it was last read or written
	read  *stored // the same, once somebody has asked for it
	rev   uint64
	reply string // where the newest delivery of the message is answered

	canceled, lost, ended chan struct{}
	cancelOnce, lostOnce  sync.Once
	endOnce               sync.Once

	told told

	silent atomic.Bool // for tests: a daemon that stands still
}

// newLease writes into the record who has the job now. Who had it before can write no more.
func (q *Queue) newLease(ctx context.Context, s *stored, rev uint64, reply string) (*lease, error) {
	s.claim.Fence++
	s.claim.Holder = q.instance
	l := &lease{
		q: q, id: s.Spec.ID, fence: s.claim.Fence, rev: rev, reply: reply,
		canceled: make(chan struct{}), lost: make(chan struct{}), ended: make(chan struct{}),
	}
	var err error
	if l.sub, err = q.nc.Subscribe(q.names.lease(l.id), l.answer); err != nil {
		return nil, err
	}
	// Known to the watch before it can see the record.
	q.mu.Lock()
	old := q.leases[l.id]
	q.leases[l.id] = l
	q.mu.Unlock()
	if old != nil {
		old.lose()
	}
	raw, newRev, err := q.put(ctx, s, rev)
	if err == nil && q.ctx.Err() != nil {
		err = ErrClosed
	}
	if err != nil {
		l.end()
		return nil, err
	}
	l.keep(raw, newRev)
	go l.beat()
	return l, nil
}

func (l *lease) keep(raw []byte, rev uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if rev > l.rev {
		l.raw, l.read, l.rev = raw, nil, rev
	}
}

// beat tells the server that the job is being worked on, and looks whether it still is ours.
func (l *lease) beat() {
	t := time.NewTicker(l.q.opts.Heartbeat)
	defer t.Stop()
	for {
		select {
		case <-l.ended:
			return
		case <-l.q.ctx.Done():
			return
		case <-t.C:
		}
		if l.silent.Load() {
			continue
		}
		l.mu.Lock()
		reply := l.reply
		l.mu.Unlock()
		_ = l.q.nc.Publish(reply, ackProgress)
		// The watch says the same sooner, when it works.
		ctx, cancel := context.WithTimeout(l.q.ctx, max(l.q.opts.Heartbeat, time.Second))
		s, _, rev, err := l.q.get(ctx, l.id)
		cancel()
		if err == nil {
			l.observe(s, rev)
		} else if errors.Is(err, ErrNotFound) {
			l.lose()
		}
	}
}

// answer is called when somebody else was given the message and asks whether we live.
func (l *lease) answer(msg *nats.Msg) {
	var h handover
	if json.Unmarshal(msg.Data, &h) != nil || h.Fence != l.fence || l.silent.Load() || l.over() {
		return
	}
	l.mu.Lock()
	l.reply = h.Reply
	l.mu.Unlock()
	_ = l.q.nc.Publish(h.Reply, ackProgress)
	_ = msg.Respond([]byte("mine"))
}

func (l *lease) over() bool {
	select {
	case <-l.ended:
		return true
	case <-l.q.ctx.Done():
		return true
	default:
		return false
	}
}

// knows says whether a version of the record is ours, or older.
func (l *lease) knows(rev uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return rev <= l.rev
}

// observe takes in a version of the record that may be somebody else's.
func (l *lease) observe(s *stored, rev uint64) {
	if l.knows(rev) {
		return
	}
	// The same fence without a holder is what Finish and Postpone are just writing.
	if s.claim.Fence != l.fence {
		l.lose()
	} else if s.Cancel {
		l.cancelOnce.Do(func() { close(l.canceled) })
	}
}

func (l *lease) owns(s *stored) bool {
	return s.claim.Fence == l.fence && s.claim.Holder == l.q.instance
}

func (l *lease) lose() {
	l.lostOnce.Do(func() {
		l.q.opts.Log.Warn("the job was given to another daemon", "job", l.id)
		close(l.lost)
	})
	l.end()
}

// end stops everything that a lease does.
func (l *lease) end() {
	l.endOnce.Do(func() {
		close(l.ended)
		_ = l.sub.Unsubscribe()
		l.told.stop()
		l.q.mu.Lock()
		if l.q.leases[l.id] == l {
			delete(l.q.leases, l.id)
		}
		l.q.mu.Unlock()
	})
}

// Release implements Lease. It does not wait for the queue's server: if that does not answer, the job comes back when
// the heartbeats are missed.
func (l *lease) Release(d time.Duration) {
	ctx, cancel := context.WithTimeout(l.q.ctx, tryTimeout)
	defer cancel()
	l.release(ctx, d)
}

// release gives the job back for anyone to take. The record stays as it is, so that the next one sees that the work was
// cut off.
func (l *lease) release(ctx context.Context, d time.Duration) {
	if l.silent.Load() {
		l.end()
		return
	}
	_ = l.change(ctx, func(s *stored) error {
		s.claim.Holder = ""
		return nil
	})
	l.mu.Lock()
	reply := l.reply
	l.mu.Unlock()
	select {
	case <-l.lost:
	default:
		l.q.giveBack(reply, d) // a delay is kept in the consumer's file, no delay is not
	}
	l.lostOnce.Do(func() { close(l.lost) })
	l.end()
}

// Record implements Lease.
func (l *lease) Record() job.Record {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.read == nil {
		s, err := decode(l.raw)
		if err != nil { // it was read or written by decode and encode before
			panic(fmt.Sprintf("queue: %v", err))
		}
		l.read = s
	}
	return l.read.Record
}

// Canceled implements Lease.
func (l *lease) Canceled() <-chan struct{} { return l.canceled }

// Lost implements Lease.
func (l *lease) Lost() <-chan struct{} { return l.lost }

// Update implements Lease. While the server is away it goes on trying until the context ends.
func (l *lease) Update(ctx context.Context, change func(*job.Record)) error {
	return l.do(ctx, func(ctx context.Context) error {
		return l.change(ctx, func(s *stored) error {
			change(&s.Record)
			if s.State.Ended() {
				return fmt.Errorf("job %s: Update cannot end it, Finish does", l.id)
			}
			s.Owner = l.q.opts.Owner
			return nil
		})
	})
}

// Finish implements Lease: first the record, then the message. If this process dies in between, claim does the second
// step.
func (l *lease) Finish(ctx context.Context, change func(*job.Record)) error {
	return l.do(ctx, func(ctx context.Context) error {
		err := l.change(ctx, func(s *stored) error {
			change(&s.Record)
			if !s.State.Ended() {
				return fmt.Errorf("job %s: Finish needs a state that is an end, not %q", l.id, s.State)
			}
			end(s, s.State)
			s.Owner = l.q.opts.Owner
			return nil
		})
		if err == nil {
			l.settle(ctx)
		}
		return err
	})
}

// settle takes the message of an ended job from the queue. If that does not work, claim does it once the message is
// delivered again.
func (l *lease) settle(ctx context.Context) {
	l.mu.Lock()
	reply := l.reply
	l.mu.Unlock()
	l.end()
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	if err := l.q.settleEnded(ctx, l.id, l.q.acknowledge(reply)); err != nil {
		l.q.opts.Log.Debug("queue: a job has ended, but its message stays for now", "job", l.id, "error", err)
	}
}

// Postpone implements Lease. A job that a user canceled meanwhile ends instead.
func (l *lease) Postpone(ctx context.Context, d time.Duration, change func(*job.Record)) error {
	return l.do(ctx, func(ctx context.Context) error {
		var ended bool
		err := l.change(ctx, func(s *stored) error {
			change(&s.Record)
			if s.State.Ended() {
				return fmt.Errorf("job %s: Postpone cannot end it, Finish does", l.id)
			}
			if ended = s.Cancel; ended {
				end(s, job.Canceled)
				return nil
			}
			if s.State != job.Delivering {
				s.State = job.Queued
			}
			s.NotBefore = now().Add(d)
			s.Owner = ""
			s.claim.Holder = ""
			return nil
		})
		switch {
		case err != nil:
		case ended:
			l.settle(ctx)
		default:
			l.mu.Lock()
			reply := l.reply
			l.mu.Unlock()
			l.end()
			l.q.giveBack(reply, d)
		}
		return err
	})
}

func (l *lease) do(ctx context.Context, f func(ctx context.Context) error) error {
	l.write.Lock()
	defer l.write.Unlock()
	select {
	case <-l.lost:
		return ErrLost
	case <-l.ended:
		return ErrLost
	default:
	}
	return l.q.do(ctx, f)
}

// change writes the record if it still is ours. What others may write into a record that we hold (Cancel) is kept.
func (l *lease) change(ctx context.Context, change func(*stored) error) error {
	l.mu.Lock()
	raw, rev := l.raw, l.rev
	l.mu.Unlock()
	for {
		s, err := decode(raw)
		if err != nil {
			return err
		}
		spec := s.Spec
		if err := change(s); err != nil {
			return err
		}
		s.Spec, s.Updated = spec, now()
		written, newRev, err := l.q.put(ctx, s, rev)
		if err == nil {
			l.keep(written, newRev)
			return nil
		}
		if !errors.Is(err, errConflict) {
			return err
		}
		s, raw, rev, err = l.q.get(ctx, l.id)
		if err == nil && !l.owns(s) || errors.Is(err, ErrNotFound) {
			l.lose()
			return ErrLost
		}
		if err != nil {
			return err
		}
	}
}
