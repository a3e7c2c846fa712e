package queue

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/upright-media/upright/daemon/job"
)

const (
	progressEvery = 250 * time.Millisecond // at most, for each job
	recordsKept   = 1024                   // for a reader that does not read; then the oldest are dropped
)

// hub hands events to readers. Progress is subscribed to while somebody reads.
type hub struct {
	q       *Queue
	mu      sync.Mutex
	readers map[*reader]struct{}
	sub     *nats.Subscription
}

// reader is one channel of events and what waits for it: records in order, of progress the newest of each job.
type reader struct {
	mu       sync.Mutex
	records  []job.Event
	progress map[string]*job.Progress
	more     chan struct{}
}

func (h *hub) init(q *Queue) {
	h.q = q
	h.readers = map[*reader]struct{}{}
}

func (h *hub) heard() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.readers) > 0
}

func (h *hub) send(e job.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for r := range h.readers {
		r.put(e)
	}
}

func (h *hub) receive(msg *nats.Msg) {
	id := msg.Subject[strings.LastIndexByte(msg.Subject, '.')+1:]
	p := new(job.Progress)
	if _, ok := parseID(id); ok && json.Unmarshal(msg.Data, p) == nil {
		h.send(job.Event{ID: id, Progress: p})
	}
}

func (h *hub) add(r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.readers[r] = struct{}{}
	if h.sub == nil {
		// Only fails when the connection is closed for good.
		h.sub, _ = h.q.nc.Subscribe(h.q.names.progress("*"), h.receive)
	}
}

func (h *hub) remove(r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.readers, r)
	if len(h.readers) == 0 && h.sub != nil {
		_ = h.sub.Unsubscribe()
		h.sub = nil
	}
}

func (r *reader) put(e job.Event) {
	r.mu.Lock()
	if e.Record != nil {
		if len(r.records) == recordsKept {
			r.records = r.records[1:]
		}
		r.records = append(r.records, e)
		delete(r.progress, e.ID) // it is older than the record
	} else {
		r.progress[e.ID] = e.Progress
	}
	r.mu.Unlock()
	select {
	case r.more <- struct{}{}:
	default:
	}
}

func (r *reader) next() (e job.Event, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.records) > 0 {
		e, r.records = r.records[0], r.records[1:]
		return e, true
	}
	for id, p := range r.progress {
		delete(r.progress, id)
		return job.Event{ID: id, Progress: p}, true
	}
	return e, false
}

// Events implements Interface. The channel is closed at the end of the context or of the queue.
func (q *Queue) Events(ctx context.Context) <-chan job.Event {
	out := make(chan job.Event)
	if q.ctx.Err() != nil {
		close(out)
		return out
	}
	r := &reader{progress: map[string]*job.Progress{}, more: make(chan struct{}, 1)}
	q.hub.add(r)
	ctx, cancel := q.with(ctx)
	go func() {
		defer close(out)
		defer cancel()
		defer q.hub.remove(r)
		for {
			e, ok := r.next()
			if !ok {
				select {
				case <-r.more:
				case <-ctx.Done():
					return
				}
				continue
			}
			select {
			case out <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// told is what a lease has told of its progress.
type told struct {
	mu      sync.Mutex
	last    time.Time
	waiting *job.Progress // for its turn
	timer   *time.Timer
	stopped bool
}

// Progress implements Lease.
func (l *lease) Progress(p job.Progress) {
	t := &l.told
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return
	}
	wait := progressEvery - time.Since(t.last)
	if wait <= 0 && t.waiting == nil {
		l.tell(&p)
		return
	}
	if t.waiting == nil {
		t.timer = time.AfterFunc(wait, func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			if t.waiting != nil && !t.stopped {
				l.tell(t.waiting)
			}
			t.waiting = nil
		})
	}
	t.waiting = &p
}

func (l *lease) tell(p *job.Progress) {
	l.told.last = time.Now()
	if data, err := json.Marshal(p); err == nil { // not a number: nobody can read it
		_ = l.q.nc.Publish(l.q.names.progress(l.id), data)
	}
}

func (t *told) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	if t.timer != nil {
		t.timer.Stop()
	}
}
