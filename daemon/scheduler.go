package daemon

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// scheduler bounds the work of this daemon. A child first reads and plans, which costs little, and then waits until as
// many cores are free as its plan keeps busy: a copy one, an encoding as many as it has threads. Both bounds are the
// number of cores, so there are never more children than that.
type scheduler struct {
	all      int
	children *semaphore.Weighted
	cores    *semaphore.Weighted

	mu   sync.Mutex
	busy int
}

func newScheduler(cores int) *scheduler {
	return &scheduler{all: cores, children: semaphore.NewWeighted(int64(cores)),
		cores: semaphore.NewWeighted(int64(cores))}
}

// child waits for room for one more child.
func (s *scheduler) child(ctx context.Context) (release func(), err error) {
	if err := s.children.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() { s.children.Release(1) }), nil
}

// turn waits for cores. Who wants more than there are gets all.
func (s *scheduler) turn(ctx context.Context, cost int) (release func(), err error) {
	cost = min(max(cost, 1), s.all)
	if err := s.cores.Acquire(ctx, int64(cost)); err != nil {
		return nil, err
	}
	return s.took(cost), nil
}

// tryTurn is turn without waiting.
func (s *scheduler) tryTurn(cost int) (release func(), ok bool) {
	cost = min(max(cost, 1), s.all)
	if !s.cores.TryAcquire(int64(cost)) {
		return nil, false
	}
	return s.took(cost), true
}

func (s *scheduler) took(cost int) (release func()) {
	s.count(cost)
	return sync.OnceFunc(func() {
		s.count(-cost)
		s.cores.Release(int64(cost))
	})
}

func (s *scheduler) count(cost int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy += cost
}

func (s *scheduler) load() (busy, all int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy, s.all
}

// threads is how many threads an encoding gets. Jobs side by side beat threads in one job, so it gets its share of the
// cores among those that could run, and all of them only when it is alone.
func (s *scheduler) threads(waiting, running int) int {
	return max(1, s.all/max(1, min(s.all, waiting+running)))
}
