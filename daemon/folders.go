package daemon

import (
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/watch"
)

// folders are the watched folders as configured now.
type folders struct {
	options watch.Options
	// jobs that were submitted before; an error only if ctx ends
	remember func(ctx context.Context, name string) ([]job.Spec, error)

	mu    sync.Mutex
	byKey map[string]*watched
}

type watched struct {
	folder  watch.Folder
	watcher *watch.Watcher
	stop    context.CancelFunc
	done    chan struct{}
}

// set starts, changes and stops watchers by difference: a folder whose configuration has not changed goes on
// undisturbed.
func (f *folders) set(ctx context.Context, list []watch.Folder) {
	f.mu.Lock()
	defer f.mu.Unlock()
	wanted := map[string]watch.Folder{}
	for _, w := range list {
		wanted[w.Name] = w
	}
	for name, w := range f.byKey {
		now, stays := wanted[name]
		switch {
		case stays && now.Root == w.folder.Root:
			if !reflect.DeepEqual(now, w.folder) {
				w.folder = now
				w.watcher.Update(now)
			}
		default:
			w.stop()
			select {
			case <-w.done:
			case <-time.After(leaveAfter):
				f.options.Log.Error("a watch folder does not answer: its watcher is left to itself", "watch", name)
			}
			delete(f.byKey, name)
		}
	}
	if f.byKey == nil {
		f.byKey = map[string]*watched{}
	}
	for name, folder := range wanted {
		if f.byKey[name] != nil {
			continue
		}
		ctx, stop := context.WithCancel(ctx)
		w := &watched{folder: folder, watcher: watch.New(folder, f.options), stop: stop, done: make(chan struct{})}
		go func() {
			defer close(w.done)
			// Not before it is known what was submitted: what is left of a recording would be taken for one of its own.
			// Here, since the queue may not answer, and nobody is to wait for it who holds the lock.
			specs, err := f.remember(ctx, name)
			if err == nil {
				w.watcher.Remember(specs...)
				w.watcher.Run(ctx)
			}
		}()
		f.byKey[name] = w
	}
}

// stop ends all watchers.
func (f *folders) stop() { f.set(context.Background(), nil) }

// all are those that are watched now.
func (f *folders) all() []*watched {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Collect(maps.Values(f.byKey))
}

func (f *folders) status() []watch.Status {
	list := f.all()
	states := make([]watch.Status, len(list))
	for i, w := range list {
		states[i] = w.watcher.Status()
	}
	slices.SortFunc(states, func(a, b watch.Status) int { return cmp.Compare(a.Name, b.Name) })
	return states
}

// locate looks in all folders for a source that was moved.
func (f *folders) locate(s job.Source) (path string, ok bool) {
	for _, w := range f.all() {
		if path, ok = w.watcher.Locate(s); ok {
			return path, true
		}
	}
	return "", false
}

// get returns the folder of a name; "" is the only one there is.
func (f *folders) get(name string) (watch.Folder, *watch.Watcher, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if name == "" && len(f.byKey) == 1 {
		for _, w := range f.byKey {
			return w.folder, w.watcher, true
		}
	}
	w, ok := f.byKey[name]
	if !ok {
		return watch.Folder{}, nil, false
	}
	return w.folder, w.watcher, true
}
