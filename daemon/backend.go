package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/watch"
	"github.com/upright-media/upright/room/layout"
)

// Queue is for the API.
func (d *Daemon) Queue() queue.Interface { return d.queue }

// Ready says why no recording is converted right now.
func (d *Daemon) Ready() error {
	if d.draining.Load() {
		return errors.New("the daemon is stopping")
	}
	if err := d.queue.Ready(); errors.Is(err, queue.ErrOpening) {
		return err
	} else if err != nil {
		return fmt.Errorf("the queue does not answer: %w", err)
	}
	for _, f := range d.folders.status() {
		if f.Error != "" {
			return fmt.Errorf("watch folder %s: %s", f.Name, f.Error)
		}
	}
	c := d.config.Load()
	outputs := make([]string, 0, len(c.Watch))
	for _, w := range c.Watch {
		outputs = append(outputs, w.Output)
	}
	return d.space.check(outputs, int64(c.Workers.MinFree))
}

// Status is the daemon at a glance.
func (d *Daemon) Status(ctx context.Context) (api.Status, error) {
	c := d.config.Load()
	stats, err := d.queue.Stats(ctx)
	if err != nil && !errors.Is(err, queue.ErrOpening) {
		return api.Status{}, err
	}
	s := api.Status{
		Version: d.options.Version, Started: d.started, Owner: d.owner, Paused: d.queue.Paused(),
		Draining: d.draining.Load(),
		Ready:    true, Queue: "embedded", Folders: d.folders.status(), Stats: stats, Config: d.options.ConfigFile,
	}
	s.Layouts = append(slices.Clone(layout.Builtin), slices.Sorted(maps.Keys(c.Layouts))...)
	if c.Queue.URL != "" {
		s.Queue = c.Queue.URL
	}
	s.Busy, s.Workers = d.sched.load()
	if err := d.Ready(); err != nil {
		s.Ready, s.NotReady = false, err.Error()
	}
	d.reload.Lock()
	defer d.reload.Unlock()
	s.Reloaded = d.reload.at
	if d.reload.err != nil {
		s.ReloadErr = d.reload.err.Error()
	}
	return s, nil
}

// Submit has recordings converted that a user names.
func (d *Daemon) Submit(ctx context.Context, r api.Submission) ([]api.Submitted, error) {
	if _, err := d.queue.Stats(ctx); err != nil {
		return nil, err
	}
	_, watcher, ok := d.folders.get(r.Watch)
	if !ok {
		if r.Watch == "" {
			return nil, fmt.Errorf("%w: several folders are watched: say whose output and profile are to be used "+
				"(watch)", api.ErrBadRequest)
		}
		return nil, fmt.Errorf("%w: no watch folder is called %q", api.ErrBadRequest, r.Watch)
	}
	specs, err := watcher.Specs(ctx, r.Paths)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", api.ErrBadRequest, err)
	}
	var answer []api.Submitted
	for _, s := range specs {
		if s.Priority = r.Priority; s.Priority == "" {
			s.Priority = "high"
		}
		// Reading the sources may take as long as it takes, the queue may not.
		made := api.Submitted{ID: s.ID, Name: s.Name}
		made.Created, err = within(ctx, func(ctx context.Context) (bool, error) { return d.queue.Submit(ctx, s) })
		if err == nil && !made.Created {
			made.Again, err = within(ctx, func(ctx context.Context) (bool, error) {
				return d.resubmit(ctx, s.ID, r.Again)
			})
		}
		if err != nil {
			return answer, err
		}
		answer = append(answer, made)
	}
	return answer, nil
}

// resubmit has a job done that is known. One that came to nothing gets another round in any case, since a user wants it
// now; what was converted is converted again only if that is asked for.
func (d *Daemon) resubmit(ctx context.Context, id string, again bool) (renewed bool, err error) {
	rec, err := d.queue.Get(ctx, id)
	if err != nil {
		return false, err
	}
	switch {
	case again:
		err = d.queue.Again(ctx, id)
	case rec.Outcome != job.Done && (rec.State == job.Canceled || rec.State == job.Failed):
		err = d.queue.Retry(ctx, id)
	default:
		return false, nil
	}
	if errors.Is(err, queue.ErrState) { // it is under way
		return false, nil
	}
	return err == nil, err
}

// Retry gives a job that has ended another round.
func (d *Daemon) Retry(ctx context.Context, id string, again bool) error {
	rec, err := d.queue.Get(ctx, id)
	if err != nil {
		return err
	}
	if rec.State.Ended() && (again || !rec.StepsMissing()) && rec.Outcome == job.Done {
		if err := present(rec); err != nil {
			return err
		}
	}
	if again {
		return d.queue.Again(ctx, id)
	}
	return d.queue.Retry(ctx, id)
}

// present says why a recording cannot be converted again that was moved or deleted after it was converted.
func present(rec *job.Record) error {
	gone := func(s job.Source) bool {
		_, err := os.Lstat(s.Path)
		return errors.Is(err, fs.ErrNotExist)
	}
	switch {
	case !rec.SourcesTaken() || !slices.ContainsFunc(rec.Spec.Sources, gone):
		return nil
	case rec.Spec.Delivery.Sources == "move":
		return fmt.Errorf("the recording of job %s was moved to %s after it was converted: move it back to convert it "+
			"again: %w", rec.Spec.ID, rec.Spec.Delivery.MoveTo, queue.ErrState)
	}
	return fmt.Errorf("the recording of job %s was deleted after it was converted: %w", rec.Spec.ID, queue.ErrState)
}

// Rooms are those in all watched folders.
func (d *Daemon) Rooms() (list []watch.Room) {
	for _, w := range d.folders.all() {
		list = append(list, w.watcher.Rooms()...)
	}
	return list
}

// Compose has a room composed.
func (d *Daemon) Compose(ctx context.Context, r api.Room, c api.Composition) (api.Composed, error) {
	made := api.Composed{Room: r.ID}
	if c.Layout != "" {
		if _, err := layout.Find(c.Layout, d.config.Load().Layouts); err != nil {
			return made, fmt.Errorf("%w: %w", api.ErrBadRequest, err)
		}
	}
	if _, err := d.queue.Stats(ctx); err != nil {
		return made, err
	}
	_, watcher, ok := d.folders.get(r.Watch)
	if !ok {
		return made, fmt.Errorf("%w: the folder %s is not watched any more", queue.ErrState, r.Watch)
	}
	jobs, waits, err := watcher.ComposeRoom(ctx, r.ID, c.Layout)
	if errors.Is(err, watch.ErrNoRoom) {
		return made, fmt.Errorf("%w: the recordings of the room are not in the watched folder any more", queue.ErrState)
	}
	if err != nil {
		return made, err
	}
	made.Waits = waits
	for _, j := range jobs {
		again := false
		if !j.Created {
			again, err = within(ctx, func(ctx context.Context) (bool, error) { return d.resubmit(ctx, j.ID, c.Again) })
			if err != nil {
				return made, err
			}
		}
		made.Jobs = append(made.Jobs, api.Submitted{ID: j.ID, Created: j.Created, Again: again, Name: j.Name})
	}
	return made, nil
}

func within(ctx context.Context, f func(ctx context.Context) (bool, error)) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return f(ctx)
}
