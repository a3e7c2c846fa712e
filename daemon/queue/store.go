package queue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/upright-media/upright/daemon/job"
)

// errConflict is a write that came after somebody else's.
var errConflict = errors.New("the record was changed meanwhile")

// API error codes of nats-server (server/errors.json).
const (
	codeWrongLastSequence         jetstream.ErrorCode = 10071
	codeWrongLastSequenceConstant jetstream.ErrorCode = 10164 // the same from a replicated stream
	codeStoreFailed               jetstream.ErrorCode = 10077
)

const headerOperation = "KV-Operation" // DEL, PURGE; ADR-8 of NATS

// get reads a record from the leader. If there is none, the error is ErrNotFound and rev is that of what removed it, or
// 0.
func (q *Queue) get(ctx context.Context, id string) (s *stored, raw []byte, rev uint64, err error) {
	msg, err := q.last(ctx, id)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil, 0, ErrNotFound
	}
	if err != nil {
		return nil, nil, 0, err
	}
	if msg.Header.Get(headerOperation) != "" {
		return nil, nil, msg.Sequence, ErrNotFound
	}
	s, err = decode(msg.Data)
	return s, msg.Data, msg.Sequence, err
}

// last is what lies under a key of the bucket.
func (q *Queue) last(ctx context.Context, id string) (msg *jetstream.RawStreamMsg, err error) {
	err = retry(ctx, q.opts.Log, "reading the record of job "+id, func(ctx context.Context) (err error) {
		msg, err = q.jobs.GetLastMsgForSubject(ctx, q.names.record(id))
		return err
	})
	return msg, err
}

// put writes a record over revision rev (0: there is none) and returns what lies in the bucket then: this record, or
// what others made of it at once. The error is errConflict if rev is not the newest. A write of which the server's
// answer is lost is looked for until it is certain what became of it.
func (q *Queue) put(ctx context.Context, s *stored, rev uint64) (raw []byte, newRev uint64, err error) {
	mark := rand.Text()[:10]
	s.claim.mark(mark)
	id := s.Spec.ID
	data, err := s.encode(int(q.nc.MaxPayload()) - 4<<10)
	if err != nil {
		return nil, 0, err
	}
	var ack *jetstream.PubAck
	err = retry(ctx, q.opts.Log, "writing the record of job "+id, func(ctx context.Context) (err error) {
		ack, err = q.js.PublishMsg(ctx, &nats.Msg{Subject: q.names.record(id), Data: data},
			jetstream.WithExpectLastSequencePerSubject(rev))
		q.noteWrite(err)
		return err
	})
	switch {
	case err == nil:
		raw, newRev = data, ack.Sequence
	case !wrongSequence(err):
		return nil, 0, err
	default:
		cur, curRaw, curRev, gerr := q.get(ctx, id)
		if gerr != nil && !errors.Is(gerr, ErrNotFound) {
			return nil, 0, gerr
		}
		if cur == nil || !slices.Contains(cur.claim.Writes, mark) {
			return nil, 0, errConflict
		}
		raw, newRev = curRaw, curRev
	}
	q.index.put(id, newRev, raw)
	return raw, newRev, nil
}

// errUnchanged ends a modify without a write and without an error.
var errUnchanged = errors.New("unchanged")

// modify changes a record, as often as it takes not to overwrite what others write.
func (q *Queue) modify(ctx context.Context, id string, change func(*stored) error) error {
	for {
		s, _, rev, err := q.get(ctx, id)
		if err != nil {
			return err
		}
		if s.Schema > schema {
			return errNewer(id)
		}
		if err := change(s); errors.Is(err, errUnchanged) {
			return nil
		} else if err != nil {
			return err
		}
		s.Updated = now()
		if _, _, err = q.put(ctx, s, rev); !errors.Is(err, errConflict) {
			return err
		}
	}
}

func errNewer(id string) error {
	return fmt.Errorf("job %s was made by a newer version of Upright, which has to go on with it", id)
}

// publish says that somebody has to look at a job. If that was said before and nobody has, nothing happens.
func (q *Queue) publish(ctx context.Context, s *job.Spec) error {
	return retry(ctx, q.opts.Log, "queueing job "+s.ID, func(ctx context.Context) error {
		_, err := q.js.Publish(ctx, q.names.message(priority(s), s.ID), nil)
		if isThere(err) {
			return nil
		}
		q.noteWrite(err)
		return err
	})
}

func priority(s *job.Spec) job.Priority {
	if slices.Contains(job.Priorities, s.Priority) {
		return s.Priority
	}
	return job.Normal
}

// isThere says whether a message was refused because its subject has one.
func isThere(err error) bool {
	var js jetstream.JetStreamError
	return errors.As(err, &js) && js.APIError() != nil && js.APIError().ErrorCode == codeStoreFailed &&
		strings.Contains(js.APIError().Description, "maximum messages per subject")
}

func wrongSequence(err error) bool {
	var js jetstream.JetStreamError
	if !errors.As(err, &js) || js.APIError() == nil {
		return false
	}
	code := js.APIError().ErrorCode
	return code == codeWrongLastSequence || code == codeWrongLastSequenceConstant
}

// noteWrite remembers whether the store takes writes: embedded.supervise asks. A server whose disk is full either says
// so or does not answer any more.
func (q *Queue) noteWrite(err error) {
	var js jetstream.JetStreamError
	switch {
	case err == nil:
		q.unanswered.Store(0)
		q.storeFailed.Store(false)
	case errors.As(err, &js) && js.APIError() != nil && js.APIError().ErrorCode == codeStoreFailed:
		q.storeFailed.Store(true)
	case q.server != nil && errors.Is(err, context.DeadlineExceeded) && q.unanswered.Add(1) >= 2:
		q.unanswered.Store(0)
		q.storeFailed.Store(true)
	}
}
