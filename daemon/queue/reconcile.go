package queue

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	maintainEvery = 15 * time.Second
	compareEvery  = 10 * time.Minute
	// sweepAfter is how long the mark of a removed record stays for others to see. A daemon that was away for longer
	// finds out by the number of records.
	sweepAfter = time.Hour
)

// maintain looks now and then whether records, messages and index still go together, and mends what a crash or an
// outage left. A look costs three requests.
func (q *Queue) maintain() {
	var last maintained
	trim := time.AfterFunc(trimAfter, trimMemory)
	defer trim.Stop()
	for q.ctx.Err() == nil {
		if err := q.maintainOnce(q.ctx, &last); err != nil && q.ctx.Err() == nil {
			q.opts.Log.Debug("queue: the look after the queue failed", "error", err)
			if errors.Is(err, jetstream.ErrStreamNotFound) && q.mend(q.ctx) == nil {
				_ = sleep(q.ctx, time.Second)
				continue
			}
		}
		_ = sleep(q.ctx, maintainEvery+rand.N(maintainEvery/4)) // others look, too
	}
}

// trimAfter is when the embedded server no longer keeps what it read when the queue was opened.
const trimAfter = 12 * time.Second

// trimMemory gives back what reading all records took, which is several times what an idle daemon needs and would else
// stay for minutes: pools are emptied by the second collection only.
func trimMemory() {
	runtime.GC()
	debug.FreeOSMemory()
}

// maintained is what the look before found.
type maintained struct {
	compared time.Time
	newest   uint64 // revision
	messages bool   // their number was not that of the jobs that have not ended
	records  bool   // their number was not that of the index
}

func (q *Queue) maintainOnce(ctx context.Context, last *maintained) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	// Asked before the server is: what is written meanwhile must not look like a revision that it does not have. Our own
	// writes are known before the watch sees them, and it never does if the bucket goes first.
	newest := max(q.watched.rev.Load(), q.index.newest())
	records, err := q.jobs.Info(ctx)
	if err != nil {
		return err
	}
	messages, err := q.work.Info(ctx)
	if err != nil {
		return err
	}
	if _, err := q.artifacts.Info(ctx); err != nil {
		return err
	}
	known, open, removed := q.index.sizes()
	if q.watched.other.Load() {
		known++
	}
	seen := q.watched.rev.Load()
	oddRecords := records.State.NumSubjects != uint64(known+removed)
	oddMessages := messages.State.Msgs != uint64(open)
	switch {
	case records.State.LastSeq < newest: // it is another bucket
		q.watched.anew.Store(true)
		q.watched.resync()
		q.dirty.Store(true)
		*last = maintained{compared: last.compared}
		return nil // the index has to be that of this one first
	case oddRecords && last.records:
		q.watched.resync()
		oddRecords = false
	case last.newest > seen: // for a whole round
		q.watched.refresh()
	}
	due := time.Since(last.compared) > compareEvery
	if q.dirty.Swap(false) || oddMessages && last.messages || due {
		if err := q.reconcile(ctx); err != nil {
			q.dirty.Store(true)
			return err
		}
		last.compared = time.Now()
	}
	last.newest, last.messages, last.records = records.State.LastSeq, oddMessages, oddRecords
	if due {
		if err := q.sweepArtifacts(ctx); err != nil {
			return err
		}
	}
	return q.sweep(ctx, sweepAfter)
}

// reconcile publishes the messages of jobs that have not ended and have none: their submitter died in between.
// The other way round, messages of jobs that have ended, is up to claim. The messages are read first: a job that has
// none and afterwards has not ended cannot have been finished in between, and a message too many does no harm.
func (q *Queue) reconcile(ctx context.Context) error {
	info, err := q.work.Info(ctx, jetstream.WithSubjectFilter(q.names.prefix+".work.>"))
	if err != nil {
		return err
	}
	there := make(map[string]struct{}, len(info.State.Subjects))
	for subject := range info.State.Subjects {
		there[subject[strings.LastIndexByte(subject, '.')+1:]] = struct{}{}
	}
	for _, id := range q.index.unended() {
		if _, ok := there[id]; ok {
			continue
		}
		s, raw, rev, err := q.get(ctx, id)
		if errors.Is(err, ErrNotFound) {
			// Forgotten meanwhile, or the server has lost it. Removed ones leave a mark.
			if rev == 0 && q.Known(id) {
				q.damaged(id)
			}
			continue
		}
		if err != nil {
			return err
		}
		q.index.put(id, rev, raw)
		if s.State.Ended() {
			continue
		}
		if err := q.publish(ctx, &s.Spec); err != nil {
			return err
		}
		q.opts.Log.Info("a job that was kept and not queued is queued", "job", id)
		q.wakeUp()
	}
	return nil
}

// sweep removes the marks of records that were removed long ago.
func (q *Queue) sweep(ctx context.Context, age time.Duration) error {
	for id, rev := range q.index.graves(age) {
		err := q.jobs.Purge(ctx, jetstream.WithPurgeSubject(q.names.record(id)), jetstream.WithPurgeSequence(rev+1))
		if err != nil {
			return err
		}
		q.index.swept(id)
	}
	return nil
}
