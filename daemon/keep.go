package daemon

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/upright-media/upright/daemon/deliver"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/mounts"
	"github.com/upright-media/upright/daemon/queue"
)

// keepEvery is how often old outputs and old history are looked for.
const keepEvery = time.Hour

// keeper deletes outputs that are older than their watch folder keeps them, and forgets jobs that are of no more use.
type keeper struct {
	queue   queue.Interface
	log     *slog.Logger
	outputs func(watch string) time.Duration // age; 0: no limit
	history func() time.Duration
	mounts  *mounts.Memory
	pace    *pace
	began   time.Time
}

func (k *keeper) run(ctx context.Context) {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	for {
		k.once(ctx, time.Now())
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// once looks through the history from its old end on.
func (k *keeper) once(ctx context.Context, now time.Time) {
	if !k.trusts(now) {
		return
	}
	const page = 200
	var all []*job.Record
	for offset := 0; ; offset += page {
		records, total, err := k.queue.List(ctx, queue.Filter{
			States: []job.State{job.Done, job.Empty, job.Failed, job.Canceled}, Limit: page, Offset: offset,
		})
		if err != nil {
			k.log.Warn("old jobs cannot be looked through", "error", err)
			return
		}
		for _, rec := range records {
			if k.due(rec, now) {
				all = append(all, rec)
			}
		}
		if len(records) == 0 || offset+len(records) >= total {
			break
		}
	}
	for _, rec := range all {
		if err := k.settle(ctx, rec, now); err != nil && ctx.Err() == nil {
			k.log.Warn("an old job could not be tidied up; it is tried again later", "job", rec.Spec.ID, "error", err)
		}
	}
}

func (k *keeper) due(rec *job.Record, now time.Time) bool {
	return k.expires(rec, now) || k.forgettable(rec, now)
}

func (k *keeper) expires(rec *job.Record, now time.Time) bool {
	age := k.outputs(rec.Spec.Watch)
	if age <= 0 || rec.State != job.Done || now.Sub(rec.Ended) < age {
		return false
	}
	there := slices.ContainsFunc(rec.Outputs, func(o job.Output) bool { return !o.Removed })
	return there && k.mounts.Check(rec.Spec.Output) == nil
}

// forgettable jobs are old, and no source of theirs is left: else the next scan would take them for new.
func (k *keeper) forgettable(rec *job.Record, now time.Time) bool {
	age := k.history()
	return age > 0 && rec.State != job.Failed && now.Sub(rec.Ended) >= age && k.gone(rec)
}

func (k *keeper) gone(rec *job.Record) bool {
	for _, s := range rec.Spec.Sources {
		if _, err := os.Lstat(s.Path); !errors.Is(err, fs.ErrNotExist) || k.mounts.Check(filepath.Dir(s.Path)) != nil {
			return false
		}
	}
	// A file system that is not mounted right now has no files, either, and nothing may be known of it.
	if root := rec.Spec.Delivery.SourceOf; root != "" {
		entries, err := os.ReadDir(root)
		return err == nil && (len(entries) > 0 || cleared(rec))
	}
	return true
}

// cleared says that the sources are gone because we moved or deleted them.
func cleared(rec *job.Record) bool {
	return slices.ContainsFunc(rec.Steps, func(s job.Step) bool {
		return s.Name == deliver.StepSources && s.State == deliver.StepDone
	})
}

func (k *keeper) settle(ctx context.Context, rec *job.Record, now time.Time) error {
	if k.expires(rec, now) {
		removed, err := deliver.Expire(ctx, *rec)
		if len(removed) > 0 {
			k.log.Info("outputs were deleted that are older than they are kept", "job", rec.Spec.ID, "files", removed)
			err = errors.Join(err, k.queue.Mark(ctx, rec.Spec.ID, func(r *job.Record) {
				for i := range r.Outputs {
					for _, file := range removed {
						if r.Outputs[i].File == file {
							r.Outputs[i].Removed = true
						}
					}
				}
			}))
		}
		if err != nil {
			return err
		}
	}
	if k.forgettable(rec, now) {
		return k.queue.Forget(ctx, rec.Spec.ID)
	}
	return nil
}
