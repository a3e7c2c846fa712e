package compose

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/upright-media/upright/internal/process"
)

// errMemory is why a part is ended before its time.
var errMemory = errors.New("memory was short")

// crew are the parts that are drawn at a time: as many as there is memory for, and fewer when it was short.
type crew struct {
	mu    sync.Mutex
	most  int
	parts []*member     // in the order in which they began
	left  chan struct{} // closed when one has left
}

// member is a part that is being drawn.
type member struct {
	end   context.CancelCauseFunc
	ended bool
}

func newCrew(most int) *crew { return &crew{most: max(1, most), left: make(chan struct{})} }

// join waits until one more may be drawn. The part is drawn within the context that it returns, which ends with
// errMemory when memory is short, until leave is called.
func (c *crew) join(ctx context.Context) (within context.Context, leave func(), err error) {
	for {
		c.mu.Lock()
		if len(c.parts) < c.most {
			break
		}
		left := c.left
		c.mu.Unlock()
		select {
		case <-left:
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
	}
	defer c.mu.Unlock()
	within, end := context.WithCancelCause(ctx)
	m := &member{end: end}
	c.parts = append(c.parts, m)
	return within, func() {
		end(nil)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.parts = slices.DeleteFunc(c.parts, func(o *member) bool { return o == m })
		close(c.left)
		c.left = make(chan struct{})
	}, nil
}

// fewer lets half as many be drawn at a time, and says whether that is a change.
func (c *crew) fewer() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.most == 1 {
		return false
	}
	c.most /= 2
	return true
}

// endLast ends the part that began last, which has done least, unless it is alone, or one is about to end already.
func (c *crew) endLast() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.parts) < 2 || slices.ContainsFunc(c.parts, func(m *member) bool { return m.ended }) {
		return
	}
	m := c.parts[len(c.parts)-1]
	m.ended = true
	m.end(errMemory)
}

// watchMemory looks every now and then how much memory this process and all that it has started have, and ends a part
// before that is more than allowed: whoever allows it would end all. It returns when ctx ends.
func (c *crew) watchMemory(ctx context.Context, allowed int64) {
	if allowed <= 0 {
		return
	}
	tree := process.Tree{Root: os.Getpid()}
	tick := time.NewTicker(memoryLook)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if tree.Resident() > allowed/16*15 {
				c.endLast()
			}
		case <-ctx.Done():
			return
		}
	}
}

const memoryLook = 100 * time.Millisecond
