package watch

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/upright-media/upright/daemon/job"
)

const (
	// retryAfter is when something is tried again that failed for a reason outside, at the latest.
	retryAfter = 10 * time.Second
	// minPause is the time between two scans, at least; pauseFactor is how many times longer than a scan it is, so that
	// folders with many files and many events take 5 % of a core at most.
	minPause    = 250 * time.Millisecond
	pauseFactor = 20
	// debounce is how long events are collected: the files of a session are closed one after the other.
	debounce = 100 * time.Millisecond
)

// Watcher finds finished recordings in one folder. Its methods may be called at the same time.
type Watcher struct {
	o    Options
	wake chan struct{} // there is another folder, or something to look at

	mu     sync.Mutex // of what follows
	folder Folder
	status Status

	scanning sync.Mutex // of what follows
	state    *state
}

// New makes a watcher that does nothing yet.
func New(folder Folder, o Options) *Watcher {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Elapsed == nil {
		began := time.Now()
		o.Elapsed = func() time.Duration { return time.Since(began) }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Known == nil {
		o.Known = func(string) bool { return false }
	}
	if o.Mounted == nil {
		o.Mounted = func(string) error { return nil }
	}
	o.Log = o.Log.With("watch", folder.Name)
	return &Watcher{o: o, wake: make(chan struct{}, 1), folder: folder, status: statusOf(folder),
		state: newState(folder)}
}

func statusOf(f Folder) Status {
	return Status{Name: f.Name, Folder: f.Root, Output: f.Output, Profile: f.Profile, Pending: []Pending{}}
}

// Status says what the last scan has found.
func (w *Watcher) Status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.status
	s.Pending, s.Rejected = slices.Clone(s.Pending), slices.Clone(s.Rejected)
	return s
}

// Update changes what is done with recordings that are found from now on, without forgetting what is known of the
// files. What was submitted is not changed; where output, template, profile or settings differ, recordings that are
// still in the folder are submitted again, as they would be after a restart.
func (w *Watcher) Update(folder Folder) {
	w.mu.Lock()
	w.folder = folder
	w.mu.Unlock()
	w.nudge()
}

func (w *Watcher) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Remember tells of jobs that were submitted before: by an earlier run, or by another daemon. It is not needed to keep
// recordings from being converted twice (Options.Known does). It saves reading the files again to know that they are
// the same, and what is left of a recording whose other files were moved or deleted is not taken for a recording of its
// own.
func (w *Watcher) Remember(specs ...job.Spec) {
	w.scanning.Lock()
	defer w.scanning.Unlock()
	w.state.remember(specs, w.o.Known)
}

// Scan looks through the folder once, and submits what is ready. The error is why the folder cannot be watched; it is
// in the Status, too. That a recording could not be submitted is no error: it is pending.
func (w *Watcher) Scan(ctx context.Context) error {
	w.scanning.Lock()
	defer w.scanning.Unlock()
	_, err := w.scan(ctx, nil)
	return err
}

// Plan is what a scan would do.
type Plan struct {
	Known  int    // participants that were submitted before
	Status Status // what is pending and why, and what is left alone
}

// Plan looks through the folder once, submits nothing and changes nothing. would is called for each job that a scan
// would submit, one after the other: there may be more than anybody wants to hold.
func (w *Watcher) Plan(ctx context.Context, would func(job.Spec)) (Plan, error) {
	w.scanning.Lock()
	defer w.scanning.Unlock()
	return w.scan(ctx, would)
}

// Run watches until the context ends.
func (w *Watcher) Run(ctx context.Context) {
	h := newHints(w.o.Log, w.o.NoEvents)
	defer h.close()
	w.scanning.Lock()
	w.state.hints = h
	w.scanning.Unlock()
	for ctx.Err() == nil {
		began := time.Now()
		err := w.Scan(ctx)
		took := time.Since(began)
		w.wait(ctx, h, max(minPause, pauseFactor*took), err != nil)
	}
}

// wait returns when a scan is due, but not before the pause is over.
func (w *Watcher) wait(ctx context.Context, h *hints, pause time.Duration, failed bool) {
	rescan := w.current().Rescan
	if failed {
		rescan = min(rescan, retryAfter)
	}
	earliest := time.Now().Add(pause)
	full := time.NewTimer(max(rescan, pause))
	defer full.Stop()
	scheduled := false
	soon := func() {
		if !scheduled {
			scheduled = true
			full.Reset(max(debounce, time.Until(earliest)))
		}
	}
	for {
		peek := time.NewTimer(w.untilDue(pause))
		select {
		case <-ctx.Done():
			peek.Stop()
			return
		case <-full.C:
			peek.Stop()
			return
		case <-peek.C:
			if w.peek() {
				soon()
			}
		case <-w.wake:
			soon()
		case e, ok := <-h.events():
			if ok && w.hint(h, e) {
				soon()
			}
		case err, ok := <-h.errors():
			if !ok {
				break
			}
			if !lost(err) {
				w.o.Log.Warn("an error of the file system's events", "error", err)
			}
			soon()
		}
		peek.Stop()
	}
}

func (w *Watcher) current() Folder {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.folder
}
