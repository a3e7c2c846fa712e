package mjrsrc

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/upright-media/upright/timeline"
)

// cache lets the elements of one recording, each of which needs all of its files to find the common start, share one
// reading of them. A timeline is kept as long as an element is open that uses it, and no longer.
var cache = timelines{open: map[string]*shared{}, scan: timeline.Load}

type timelines struct {
	mu   sync.Mutex
	open map[string]*shared
	scan func(context.Context, []string, timeline.Options) (*timeline.Timeline, error)
}

// shared is a timeline and how many elements use it.
type shared struct {
	cache    *timelines
	key      string
	users    int
	loaded   chan struct{} // closed when timeline or err is there
	timeline *timeline.Timeline
	err      error
}

// load returns the timeline of these files as they are now. The caller has to release it.
func (c *timelines) load(ctx context.Context, paths []string, o timeline.Options) (*shared, error) {
	key := fmt.Sprintf("%+v", o)
	var b strings.Builder
	b.WriteString(key)
	for _, p := range paths {
		fmt.Fprintf(&b, "\x00%s", p)
		if st, err := os.Stat(p); err == nil {
			fmt.Fprintf(&b, "\x00%d\x00%d", st.Size(), st.ModTime().UnixNano())
		}
	}
	key = b.String()

	c.mu.Lock()
	s, ok := c.open[key]
	if !ok {
		s = &shared{cache: c, key: key, loaded: make(chan struct{})}
		c.open[key] = s
	}
	s.users++
	c.mu.Unlock()
	if !ok {
		s.fill(ctx, paths, o)
	}
	<-s.loaded
	if s.err != nil {
		s.release()
		return nil, s.err
	}
	return s, nil
}

// fill loads the timeline. Whoever waits for it must not wait for ever if that panics.
func (s *shared) fill(ctx context.Context, paths []string, o timeline.Options) {
	s.err = fmt.Errorf("loading %s was broken off", strings.Join(paths, ", "))
	defer close(s.loaded)
	s.timeline, s.err = s.cache.scan(ctx, paths, o)
}

// release gives the timeline up.
func (s *shared) release() {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	s.users--
	if s.users == 0 && s.cache.open[s.key] == s {
		delete(s.cache.open, s.key)
	}
}
