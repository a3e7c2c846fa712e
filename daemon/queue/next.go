package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/upright-media/upright/daemon/job"
)

// How long Next waits between looks when nothing wakes it: jobs are there that may come free (their daemon died, their
// delay is over), or none is.
const (
	lookOpen = time.Second
	lookIdle = 5 * time.Second
)

// errNoMessage is the server's answer that no message waits.
var errNoMessage = errors.New("no job waits")

// Next implements Interface. A record that it hands out as running or delivering was cut off: the daemon that had it
// died, lost its lease, or was closed.
func (q *Queue) Next(ctx context.Context) (Lease, error) {
	if q.ctx.Err() != nil {
		return nil, ErrClosed
	}
	ctx, cancel := q.with(ctx)
	defer cancel()
	select {
	case q.fetching <- struct{}{}: // one at a time, so that priorities hold among all that wait
		defer func() { <-q.fetching }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	failures := 0
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var err error
		if !q.Paused() {
			var l *lease
			if l, err = q.take(ctx); l != nil {
				q.wakeUp() // the next one may find more
				return l, nil
			}
			if err == nil {
				continue
			}
			if !errors.Is(err, errNoMessage) && ctx.Err() == nil {
				q.opts.Log.Debug("queue: no job can be taken", "error", err)
				if failures++; failures%10 == 0 || errors.Is(err, nats.ErrNoResponders) {
					_ = q.mend(ctx) // perhaps somebody removed the consumers
				}
			} else {
				failures = 0
			}
		}
		wait := lookIdle
		if _, open, _ := q.index.sizes(); open > 0 || err != nil && !errors.Is(err, errNoMessage) {
			wait = lookOpen
		}
		t := time.NewTimer(wait)
		select {
		case <-q.wake:
		case <-t.C:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// take asks for the first message in the order of priorities. Without a lease and without an error there was one, which
// is settled now.
func (q *Queue) take(ctx context.Context) (*lease, error) {
	for _, p := range job.Priorities {
		msg, err := q.fetch(ctx, p)
		if errors.Is(err, errNoMessage) {
			continue
		}
		if err != nil {
			return nil, err
		}
		l, err := q.claim(ctx, msg)
		if err != nil {
			q.giveBack(msg.Reply, time.Second)
		}
		return l, err
	}
	return nil, errNoMessage
}

// fetcher is the inbox that messages come to. Requests of nats.Conn cannot be used: they tell answers apart by their
// subject, and a message comes with its own.
type fetcher struct {
	sub   *nats.Subscription
	inbox string
	count int
}

func (q *Queue) newFetcher() (f fetcher, err error) {
	f.inbox = q.nc.NewInbox()
	f.sub, err = q.nc.SubscribeSync(f.inbox + ".*")
	return f, err
}

// fetch asks a consumer for one message, if there is one right now. A message that comes too late for one call is the
// next one's. Only who has q.fetching may call it.
func (q *Queue) fetch(ctx context.Context, p job.Priority) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	f := &q.fetcher
	f.count++
	reply := f.inbox + "." + strconv.Itoa(f.count)
	subject := "$JS.API.CONSUMER.MSG.NEXT." + q.names.work + "." + string(p)
	if err := q.nc.PublishRequest(subject, reply, []byte(`{"batch":1,"no_wait":true}`)); err != nil {
		return nil, err
	}
	for {
		msg, err := f.sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, err
		}
		if msg.Reply != "" {
			return msg, nil
		}
		if msg.Subject != reply { // of an earlier call
			continue
		}
		switch status := msg.Header.Get("Status"); status {
		case "404", "408":
			return nil, errNoMessage
		case "503":
			return nil, nats.ErrNoResponders
		default:
			return nil, fmt.Errorf("the queue's server answers %s %s", status, msg.Header.Get("Description"))
		}
	}
}

// What a message is answered with; ADR-13 of NATS.
var (
	ackDone     = []byte("+ACK")
	ackProgress = []byte("+WPI")
)

// acknowledge makes a function that takes a message from the queue, and is sure of it if it returns nil.
func (q *Queue) acknowledge(reply string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := q.nc.RequestWithContext(ctx, reply, ackDone)
		return err
	}
}

// giveBack lets anyone have a message after a while. If that does not get through, its time runs out.
func (q *Queue) giveBack(reply string, after time.Duration) {
	_ = q.nc.Publish(reply, fmt.Appendf(nil, `-NAK {"delay": %d}`, max(after, time.Millisecond).Nanoseconds()))
}

// claim makes a lease out of a message, or settles the message if nothing is to be done about it.
func (q *Queue) claim(ctx context.Context, msg *nats.Msg) (*lease, error) {
	id := msg.Subject[strings.LastIndexByte(msg.Subject, '.')+1:]
	for {
		s, raw, rev, err := q.get(ctx, id)
		if errors.Is(err, ErrNotFound) {
			return nil, q.settleEnded(ctx, id, q.acknowledge(msg.Reply))
		}
		if err != nil {
			return nil, err
		}
		if s.State.Ended() { // its daemon died between the last two steps of Finish
			q.index.put(id, rev, raw)
			return nil, q.settleEnded(ctx, id, q.acknowledge(msg.Reply))
		}
		if s.Schema > schema {
			q.opts.Log.Warn("a job is left to a newer daemon", "job", id, "schema", s.Schema)
			q.giveBack(msg.Reply, time.Minute)
			return nil, nil
		}
		if wait := time.Until(s.NotBefore); wait > 0 && !job.SetBack(s.Updated, time.Now()) {
			q.giveBack(msg.Reply, wait)
			return nil, nil
		}
		if s.claim.Holder != "" && q.handOver(ctx, s, msg.Reply) {
			return nil, nil
		}
		if s.Cancel {
			end(s, job.Canceled)
			if _, _, err = q.put(ctx, s, rev); err == nil {
				return nil, q.settleEnded(ctx, id, q.acknowledge(msg.Reply))
			}
		} else {
			var l *lease
			if l, err = q.newLease(ctx, s, rev, msg.Reply); err == nil {
				return l, nil
			}
		}
		if !errors.Is(err, errConflict) {
			return nil, err
		}
	}
}

// settleEnded takes the message of an ended job from the queue. If a user had it retried in between, the message was
// the new round's, too, and is made again.
func (q *Queue) settleEnded(ctx context.Context, id string, settle func(context.Context) error) error {
	if err := retry(ctx, q.opts.Log, "taking a job from the queue", settle); err != nil {
		return err
	}
	s, _, _, err := q.get(ctx, id)
	if errors.Is(err, ErrNotFound) || err == nil && s.State.Ended() {
		return nil
	}
	if err == nil {
		err = q.publish(ctx, &s.Spec)
	}
	if err != nil {
		q.dirty.Store(true)
	}
	return err
}

// end makes a record that of an ended job, which no daemon holds.
func end(s *stored, state job.State) {
	s.State = state
	if s.Ended.IsZero() {
		s.Ended = now()
	}
	s.NotBefore = time.Time{}
	s.Cancel = false
	s.claim.Holder = ""
	s.Updated = now()
}

// handover is what the holder of a lease is told when the job's message was given to somebody else.
type handover struct {
	Fence uint64 `json:"fence"`
	Reply string `json:"reply"` // of the new delivery: heartbeats and the acknowledgement go there from now on
}

// handOver asks the one that holds the job's lease whether it lives, and gives it the message back if it does. So
// nobody's work is thrown away because a server was away for a minute. A daemon that stands still does not answer.
func (q *Queue) handOver(ctx context.Context, s *stored, reply string) bool {
	data, err := json.Marshal(handover{Fence: s.claim.Fence, Reply: reply})
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, min(2*time.Second, q.opts.Heartbeat))
	defer cancel()
	_, err = q.nc.RequestWithContext(ctx, q.names.lease(s.Spec.ID), data)
	return err == nil
}
