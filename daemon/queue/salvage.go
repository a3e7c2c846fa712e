package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/upright-media/upright/internal/files"
)

// salvaged is one line of the file that carries what could be read of a damaged store into a new one.
type salvaged struct {
	Key  string `json:"key"`  // of the bucket
	Data []byte `json:"data"` // as it lay there
}

// salvageFile lies beside the store until everything in it is in a new one.
func salvageFile(dir string) string { return filepath.Join(dir, "queue", "salvaged.jsonl") }

// salvage writes all records that can be read into a file. Messages follow from them; artifacts stay in the old store.
func (q *Queue) salvage(ctx context.Context) error {
	var info *jetstream.StreamInfo
	err := retry(ctx, q.opts.Log, "listing the jobs", func(ctx context.Context) (err error) {
		info, err = q.jobs.Info(ctx, jetstream.WithSubjectFilter(q.names.record(">")))
		return err
	})
	if err != nil {
		return err
	}
	n := 0
	err = files.Replace(salvageFile(q.opts.Dir), 0o600, func(w io.Writer) error {
		to := json.NewEncoder(w)
		for subject := range info.State.Subjects {
			key := strings.TrimPrefix(subject, q.names.record(""))
			msg, err := q.last(ctx, key)
			if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && msg.Header.Get(headerOperation) != "" {
				continue
			}
			if err == nil {
				err = to.Encode(salvaged{key, msg.Data})
			}
			if err != nil {
				return err
			}
			if n++; n%100 == 0 {
				q.stage("saving %d of %d records of a damaged store", n, len(info.State.Subjects))
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("what is left of the queue cannot be saved: %w", err)
	}
	q.opts.Log.Warn("the readable records of the damaged queue are saved", "records", n, "of", len(info.State.Subjects))
	return nil
}

// restore puts what was salvaged into the store. What is there already is newer.
func (q *Queue) restore(ctx context.Context) error {
	path := salvageFile(q.opts.Dir)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("what was saved of a damaged queue cannot be read: %w", err)
	}
	defer f.Close()
	from := json.NewDecoder(f)
	for n := 1; ; n++ {
		var s salvaged
		err := from.Decode(&s)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil { // it was written as a whole: then it is damaged, too
			q.opts.Log.Error("what was saved of a damaged queue is damaged itself, and only its beginning is used",
				"file", path, "error", err)
			break
		}
		if _, ok := parseID(s.Key); !ok && s.Key != pausedKey {
			continue
		}
		err = retry(ctx, q.opts.Log, "restoring a record", func(ctx context.Context) error {
			_, err := q.js.PublishMsg(ctx, &nats.Msg{Subject: q.names.record(s.Key), Data: s.Data},
				jetstream.WithExpectLastSequencePerSubject(0))
			return err
		})
		if err != nil && !wrongSequence(err) {
			return fmt.Errorf("what was saved of a damaged queue cannot be put into the new one: %w", err)
		}
		if n%100 == 0 {
			q.stage("restoring %d records of a damaged store", n)
		}
	}
	q.dirty.Store(true) // their messages are made by reconcile
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("what was saved of a damaged queue is in the new one, and cannot be removed: %w", err)
	}
	return nil
}
