package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// storeError is that the embedded server cannot work with what is in its folder, although the folder can be written.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// errDamaged is a record that the server has and cannot read.
var errDamaged = errors.New("the queue's server has a record that it cannot read: its store is damaged")

// errUnreadable is a record that is no JSON.
var errUnreadable = errors.New("a job's record in the queue cannot be read")

// setAside gives a store that cannot be used another name, so that a new one can be begun and somebody can look at what
// is wrong with it. Nothing but history is in it that is not found again by the watch folders.
func setAside(dir string, log *slog.Logger, reason error) error {
	store := filepath.Join(dir, "queue", jetStreamFolder)
	at := now().Format("20060102-150405")
	for n := 1; ; n++ {
		aside := filepath.Join(dir, "queue.damaged-"+at)
		if n > 1 {
			aside += fmt.Sprintf(".%d", n)
		}
		if _, err := os.Lstat(aside); err == nil {
			continue
		}
		if err := os.Rename(store, aside); err != nil {
			return fmt.Errorf("the queue in %s is damaged and cannot be set aside: %w (%w)", store, err, reason)
		}
		log.Error("the queue's store is damaged: it is set aside, and a new one is begun with what could be read. "+
			"Recordings that are still in their watch folders are found again", "set_aside", aside, "reason", reason)
		return nil
	}
}

// writable says whether a folder takes a file: a disk that is full, or read-only, is no damage.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".write-*")
	if err != nil {
		return fmt.Errorf("the queue's folder cannot be written: %w", err)
	}
	_, err = f.Write(make([]byte, 64<<10))
	err = errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
	if err != nil {
		return fmt.Errorf("the queue's folder cannot be written: %w", err)
	}
	return nil
}

// forgetConsumers removes what the embedded server knows of who reads its streams. All of it is made anew, and what is
// waited for is in the records; so damage to it does no harm.
func forgetConsumers(store string) error {
	found, err := filepath.Glob(filepath.Join(store, jetStreamFolder, "*", "streams", "*", "obs"))
	for _, dir := range found {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// jetStreamFolder is where nats-server has its store, in the folder that it is given.
const jetStreamFolder = "jetstream"

// readRest reads one by one the records that the watch has not brought, since it never gets past one that the server
// cannot read. Such a record counts as not there. top is up to which revision everything was read.
func (q *Queue) readRest(present map[key]struct{}) (top uint64, err error) {
	ctx, cancel := q.with(context.Background())
	defer cancel()
	var info *jetstream.StreamInfo
	err = retry(ctx, q.opts.Log, "listing the jobs", func(ctx context.Context) (err error) {
		info, err = q.jobs.Info(ctx, jetstream.WithSubjectFilter(q.names.record(">")))
		return err
	})
	if err != nil {
		return 0, err
	}
	top = info.State.LastSeq
	prefix := q.names.record("")
	var missing []string
	for subject := range info.State.Subjects {
		id := strings.TrimPrefix(subject, prefix)
		k, ok := parseID(id)
		if _, seen := present[k]; ok && !seen || id == pausedKey {
			missing = append(missing, id)
		}
	}
	return top, each(len(missing), func(i int) error {
		defer q.watched.seen.Add(1)
		id := missing[i]
		msg, err := q.last(ctx, id)
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			q.damaged(id)
		case err != nil:
			return err
		case id == pausedKey:
			q.watched.other.Store(true)
			q.setPaused(string(msg.Data) == "true")
		case msg.Header.Get(headerOperation) != "":
			q.index.remove(id, msg.Sequence)
		default:
			q.index.put(id, msg.Sequence, msg.Data)
		}
		return nil
	}, func(i int) {
		if k, ok := parseID(missing[i]); ok && q.Known(missing[i]) {
			present[k] = struct{}{}
		}
	})
}

// each calls f for 0 … n-1, several at a time, and afterwards then for each in turn. It ends with the first error.
func each(n int, f func(i int) error, then func(i int)) error {
	errs := make([]error, listers)
	var next atomic.Int64
	var wg sync.WaitGroup
	for w := range min(listers, n) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n) && errs[w] == nil; i = next.Add(1) - 1 {
				errs[w] = f(int(i))
			}
		})
	}
	wg.Wait()
	for i := range n {
		then(i)
	}
	return errors.Join(errs...)
}

// damaged notes that the server has something under a key and cannot read it. It cannot remove or overwrite it, either:
// only a new store helps (salvage), which is made when the queue is opened.
func (q *Queue) damaged(key string) {
	if q.broken.Swap(&key) == nil {
		q.opts.Log.Error("a record in the queue is damaged. If it is a job's, the next scan of the watch folder finds the "+
			"recording again once the daemon was started anew", "record", key)
	}
}

// checkMessages looks for messages that the server has and cannot read: they would never be delivered, and keep others
// from being published.
func (q *Queue) checkMessages(ctx context.Context) error {
	info, err := q.work.Info(ctx, jetstream.WithSubjectFilter(q.names.prefix+".work.>"))
	if err != nil {
		return err
	}
	subjects := slices.Collect(maps.Keys(info.State.Subjects))
	return each(len(subjects), func(i int) error {
		_, err := q.work.GetLastMsgForSubject(ctx, subjects[i])
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			q.damaged(subjects[i])
			return nil
		}
		return err
	}, func(int) {})
}

// standing looks every second how far opening is, until done is closed, and returns an error if nothing happens for
// longer than limit (0: no limit).
func (q *Queue) standing(ctx context.Context, done <-chan struct{}, limit time.Duration) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last, since := q.watched.seen.Load(), time.Now()
	for {
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("the jobs in the queue could not be read: %w", context.Cause(ctx))
		case <-tick.C:
		}
		if n := q.watched.seen.Load(); n != last {
			last, since = n, time.Now()
		} else if limit > 0 && time.Since(since) > limit {
			return fmt.Errorf("the jobs in the queue could not be read: nothing came for %v", limit)
		}
		q.stage("reading jobs: %d so far", last)
	}
}
