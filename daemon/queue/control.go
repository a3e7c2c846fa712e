package queue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/upright-media/upright/daemon/job"
)

// Cancel implements Interface.
func (q *Queue) Cancel(ctx context.Context, id string) error {
	var message string // of a job that waits
	err := q.edit(ctx, id, func(s *stored) error {
		message = ""
		switch {
		case s.State.Ended():
			return fmt.Errorf("job %s is %s: %w", id, s.State, ErrState)
		case s.claim.Holder == "":
			message = q.names.message(priority(&s.Spec), id)
			end(s, job.Canceled)
		case s.Cancel:
			return errUnchanged
		default:
			s.Cancel = true
		}
		return nil
	})
	if err != nil || message == "" {
		return err
	}
	return q.do(ctx, func(ctx context.Context) error {
		// If this fails, whoever is given the message takes it from the queue. It should not stay, since it may be one
		// that is to come up in ten minutes, and a new round would wait for that.
		err := q.settleEnded(ctx, id, func(ctx context.Context) error {
			return q.work.Purge(ctx, jetstream.WithPurgeSubject(message))
		})
		if err != nil {
			q.opts.Log.Debug("queue: a job is canceled, but its message stays for now", "job", id, "error", err)
		}
		return nil
	})
}

// Retry implements Interface. The attempts of earlier rounds stay in the record.
func (q *Queue) Retry(ctx context.Context, id string) error { return q.round(ctx, id, renew) }

// Again implements Interface.
func (q *Queue) Again(ctx context.Context, id string) error { return q.round(ctx, id, convertAgain) }

// round begins a new round of an ended job.
func (q *Queue) round(ctx context.Context, id string, begin func(*job.Record)) error {
	var spec job.Spec
	err := q.edit(ctx, id, func(s *stored) error {
		if !s.State.Ended() {
			return fmt.Errorf("job %s is %s: %w", id, s.State, ErrState)
		}
		begin(&s.Record)
		s.claim.Holder = ""
		spec = s.Spec
		return nil
	})
	if err != nil {
		return err
	}
	return q.do(ctx, func(ctx context.Context) error {
		if err := q.publish(ctx, &spec); err != nil {
			q.dirty.Store(true) // it is kept, and so will be queued
		}
		q.wakeUp()
		return nil
	})
}

// renew begins a new round: of the steps after the conversion if only these are missing, else of everything. What was
// converted and delivered is converted again.
func renew(r *job.Record) {
	converted := r.Outcome == job.Done || r.Outcome == job.Empty
	switch {
	case converted && r.StepsMissing():
		reset(r)
		r.State = job.Delivering
		for i := range r.Steps {
			if s := &r.Steps[i]; s.State != "done" {
				*s = job.Step{Name: s.Name, State: "waiting"}
			}
		}
	case converted:
		convertAgain(r)
	default:
		fromTheStart(r)
	}
}

// convertAgain begins a new round in which outputs that are there already are not taken for the job's.
func convertAgain(r *job.Record) {
	fromTheStart(r)
	r.Again = rand.Text()
}

func fromTheStart(r *job.Record) {
	reset(r)
	r.State, r.Outcome = job.Queued, ""
	r.Outputs, r.ReportFile, r.Report, r.Warnings, r.Steps = nil, "", nil, nil, nil
	r.Mode, r.MediaMs, r.WallMs, r.Adopted, r.People = "", 0, 0, false, nil
}

// reset is what every new round begins with.
func reset(r *job.Record) {
	r.Round++
	r.Tried, r.Interruptions = 0, 0
	r.Reason, r.Code, r.Owner, r.Cancel = "", "", "", false
	r.NotBefore, r.Ended = time.Time{}, time.Time{}
	r.Gathered, r.Kept = false, nil // other jobs of the room may have been done since
}

// Mark implements Interface.
func (q *Queue) Mark(ctx context.Context, id string, change func(*job.Record)) error {
	return q.edit(ctx, id, func(s *stored) error {
		if !s.State.Ended() {
			return fmt.Errorf("job %s is %s: %w", id, s.State, ErrState)
		}
		spec, state := s.Spec, s.State
		change(&s.Record)
		s.Spec, s.State = spec, state
		return nil
	})
}

func (q *Queue) edit(ctx context.Context, id string, change func(*stored) error) error {
	if _, ok := parseID(id); !ok {
		return ErrNotFound
	}
	return q.do(ctx, func(ctx context.Context) error { return q.modify(ctx, id, change) })
}

// Forget implements Interface. What is left in the bucket is a mark that others see, which sweep removes later.
func (q *Queue) Forget(ctx context.Context, id string) error {
	if _, ok := parseID(id); !ok {
		return ErrNotFound
	}
	return q.do(ctx, func(ctx context.Context) error {
		for {
			s, _, rev, err := q.get(ctx, id)
			if err != nil {
				return err
			}
			if !s.State.Ended() {
				return fmt.Errorf("job %s is %s: %w", id, s.State, ErrState)
			}
			if err := q.removeArtifacts(ctx, id); err != nil {
				return err
			}
			var ack *jetstream.PubAck
			err = retry(ctx, q.opts.Log, "forgetting job "+id, func(ctx context.Context) (err error) {
				msg := &nats.Msg{Subject: q.names.record(id), Header: nats.Header{
					headerOperation: {"PURGE"}, jetstream.MsgRollup: {jetstream.MsgRollupSubject},
				}}
				ack, err = q.js.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(rev))
				return err
			})
			if err == nil {
				q.index.remove(id, ack.Sequence)
				return nil
			}
			if !wrongSequence(err) {
				return err
			}
			// It was changed, or an answer was lost and it is gone.
			if _, _, _, err := q.get(ctx, id); errors.Is(err, ErrNotFound) {
				return nil
			}
		}
	})
}
