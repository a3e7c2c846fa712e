package queue

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/upright-media/upright/daemon/job"
)

// ErrOpening is what a queue answers that is still being opened.
var ErrOpening = errors.New("the queue is being opened")

// Late is a queue that others may have before it is open: it answers ErrOpening, with what Open is at, until Set.
type Late struct {
	queue atomic.Pointer[Queue]
	stage atomic.Pointer[string]
	set   chan struct{}
}

var _ Interface = (*Late)(nil)

// NewLate makes a queue that is not open.
func NewLate() *Late { return &Late{set: make(chan struct{})} }

// Stage notes what Open is at (Options.Stage).
func (l *Late) Stage(text string) { l.stage.Store(&text) }

// Set makes l the queue q, once and for all.
func (l *Late) Set(q *Queue) {
	l.queue.Store(q)
	close(l.set)
}

func (l *Late) open() (*Queue, error) {
	if q := l.queue.Load(); q != nil {
		return q, nil
	}
	if at := l.stage.Load(); at != nil {
		return nil, fmt.Errorf("%w: %s", ErrOpening, *at)
	}
	return nil, ErrOpening
}

// Submit implements Interface.
func (l *Late) Submit(ctx context.Context, s job.Spec) (created bool, err error) {
	q, err := l.open()
	if err != nil {
		return false, err
	}
	return q.Submit(ctx, s)
}

// Known implements Interface.
func (l *Late) Known(id string) bool {
	q, err := l.open()
	return err == nil && q.Known(id)
}

// Next implements Interface.
func (l *Late) Next(ctx context.Context) (Lease, error) {
	select {
	case <-l.set:
		return l.queue.Load().Next(ctx)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Get implements Interface.
func (l *Late) Get(ctx context.Context, id string) (*job.Record, error) {
	q, err := l.open()
	if err != nil {
		return nil, err
	}
	return q.Get(ctx, id)
}

// Records implements Interface.
func (l *Late) Records(ctx context.Context, ids []string) ([]*job.Record, error) {
	q, err := l.open()
	if err != nil {
		return nil, err
	}
	return q.Records(ctx, ids)
}

// Rooms implements Interface.
func (l *Late) Rooms() ([]Room, error) {
	q, err := l.open()
	if err != nil {
		return nil, err
	}
	return q.Rooms()
}

// List implements Interface.
func (l *Late) List(ctx context.Context, f Filter) (records []*job.Record, total int, err error) {
	q, err := l.open()
	if err != nil {
		return nil, 0, err
	}
	return q.List(ctx, f)
}

// Stats implements Interface.
func (l *Late) Stats(ctx context.Context) (Stats, error) {
	q, err := l.open()
	if err != nil {
		return Stats{}, err
	}
	return q.Stats(ctx)
}

func (l *Late) do(f func(*Queue) error) error {
	q, err := l.open()
	if err != nil {
		return err
	}
	return f(q)
}

// Cancel implements Interface.
func (l *Late) Cancel(ctx context.Context, id string) error {
	return l.do(func(q *Queue) error { return q.Cancel(ctx, id) })
}

// Retry implements Interface.
func (l *Late) Retry(ctx context.Context, id string) error {
	return l.do(func(q *Queue) error { return q.Retry(ctx, id) })
}

// Again implements Interface.
func (l *Late) Again(ctx context.Context, id string) error {
	return l.do(func(q *Queue) error { return q.Again(ctx, id) })
}

// Forget implements Interface.
func (l *Late) Forget(ctx context.Context, id string) error {
	return l.do(func(q *Queue) error { return q.Forget(ctx, id) })
}

// Mark implements Interface.
func (l *Late) Mark(ctx context.Context, id string, change func(*job.Record)) error {
	return l.do(func(q *Queue) error { return q.Mark(ctx, id, change) })
}

// Pause implements Interface.
func (l *Late) Pause(ctx context.Context, paused bool) error {
	return l.do(func(q *Queue) error { return q.Pause(ctx, paused) })
}

// Peers implements Interface.
func (l *Late) Peers() Peers {
	q, err := l.open()
	if err != nil {
		return nil
	}
	return q.Peers()
}

// Paused implements Interface.
func (l *Late) Paused() bool {
	q, err := l.open()
	return err == nil && q.Paused()
}

// PutArtifact implements Interface.
func (l *Late) PutArtifact(ctx context.Context, id string, attempt int, name string, data []byte) error {
	return l.do(func(q *Queue) error { return q.PutArtifact(ctx, id, attempt, name, data) })
}

// Artifact implements Interface.
func (l *Late) Artifact(ctx context.Context, id string, attempt int, name string) ([]byte, error) {
	q, err := l.open()
	if err != nil {
		return nil, err
	}
	return q.Artifact(ctx, id, attempt, name)
}

// Events implements Interface. What happens before the queue is open is nobody's event.
func (l *Late) Events(ctx context.Context) <-chan job.Event {
	if q := l.queue.Load(); q != nil {
		return q.Events(ctx)
	}
	events := make(chan job.Event)
	go func() {
		defer close(events)
		select {
		case <-l.set:
		case <-ctx.Done():
			return
		}
		for e := range l.queue.Load().Events(ctx) {
			select {
			case events <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	return events
}

// Ready implements Interface.
func (l *Late) Ready() error { return l.do((*Queue).Ready) }

// Close implements Interface. A queue that is not open has nothing to close.
func (l *Late) Close() error {
	if q := l.queue.Load(); q != nil {
		return q.Close()
	}
	return nil
}
