package timeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/upright-media/upright/recording"
)

// shares are the timelines that are in use.
var shares = sharing{open: map[string]*Shared{}, scan: Load}

type sharing struct {
	mu   sync.Mutex
	open map[string]*Shared
	scan func(context.Context, []*recording.File, Options) (*Timeline, error)
}

// Shared is a timeline that several users have in common: the elements of a pipeline, each of which needs all files of
// its recording, and who runs the pipeline.
type Shared struct {
	*Timeline

	sharing *sharing
	key     string
	users   int
	loaded  chan struct{} // closed when Timeline or err is there
	err     error
}

// Share is Load for a timeline that others may be using, or be going to use: the files, in any order, are read once for
// all. Files that have changed are others. The timeline is kept until all who share it have released it.
func Share(ctx context.Context, files []*recording.File, o Options) (*Shared, error) {
	return shares.load(ctx, files, o)
}

// InUse is the number of timelines that are shared at present.
func InUse() int {
	shares.mu.Lock()
	defer shares.mu.Unlock()
	return len(shares.open)
}

func (c *sharing) load(ctx context.Context, files []*recording.File, o Options) (*Shared, error) {
	clean := make([]string, len(files))
	for i, f := range files {
		clean[i] = filepath.Clean(f.Path)
	}
	slices.Sort(clean)
	clean = slices.Compact(clean)
	key := fmt.Sprintf("%+v", o)
	var b strings.Builder
	b.WriteString(key)
	for _, p := range clean {
		fmt.Fprintf(&b, "\x00%s", p)
		if st, err := os.Stat(p); err == nil {
			fmt.Fprintf(&b, "\x00%d\x00%d", st.Size(), st.ModTime().UnixNano())
		}
	}
	key = b.String()

	c.mu.Lock()
	s, ok := c.open[key]
	if !ok {
		s = &Shared{sharing: c, key: key, loaded: make(chan struct{})}
		c.open[key] = s
	}
	s.users++
	c.mu.Unlock()
	if !ok {
		s.fill(ctx, unique(files), o)
	}
	<-s.loaded
	if s.err != nil {
		s.Release()
		return nil, s.err
	}
	return s, nil
}

// fill loads the timeline. Whoever waits for it must not wait for ever if that panics.
func (s *Shared) fill(ctx context.Context, files []*recording.File, o Options) {
	s.err = errors.New("loading the recording was broken off")
	defer close(s.loaded)
	s.Timeline, s.err = s.sharing.scan(ctx, files, o)
}

// Release gives the timeline up. Its tracks and streams must not be used any more by this user.
func (s *Shared) Release() {
	s.sharing.mu.Lock()
	defer s.sharing.mu.Unlock()
	s.users--
	if s.users == 0 && s.sharing.open[s.key] == s {
		delete(s.sharing.open, s.key)
	}
}

// unique leaves out files that are in the list already.
func unique(files []*recording.File) []*recording.File {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(files), func(f *recording.File) bool {
		path := filepath.Clean(f.Path)
		was := seen[path]
		seen[path] = true
		return was
	})
}
