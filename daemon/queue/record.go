package queue

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/human"
)

// schema is the newest version of job.Record that this program may change.
const schema = 1

// claim is what the queue itself keeps with a record: who may write it.
type claim struct {
	Fence  uint64 `json:"fence,omitempty"`  // counts the leases of this job; only the holder of the newest may write
	Holder string `json:"holder,omitempty"` // Queue.instance of the one that holds the lease; "" if none does
	// marks of the last writes: whether one that seemed to fail took place after all
	Writes []string `json:"writes,omitempty"`
}

// marksKept is how many writes of others may come between one's own and the look for it.
const marksKept = 4

// stored is a record as it lies in the bucket.
type stored struct {
	job.Record
	claim claim
	spec  json.RawMessage            // as submitted, with fields that this version does not know
	rest  map[string]json.RawMessage // fields of the record that this version does not know
}

// wire is the JSON of stored: that of a job.Record, and the claim.
type wire struct {
	job.Record
	Spec  json.RawMessage `json:"spec"`
	Claim claim           `json:"claim,omitzero"`
}

// wireFields are the names of wire's fields.
var wireFields = func() map[string]bool {
	names := map[string]bool{"spec": true, "claim": true}
	for f := range reflect.TypeFor[job.Record]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names[name] = true
	}
	return names
}()

// decode reads a record. What a newer version added to it is kept for encode.
func decode(data []byte) (*stored, error) {
	var w wire
	known := decodeKnown(data, &w)
	if !known {
		w = wire{}
		if err := json.Unmarshal(data, &w); err != nil {
			if !json.Valid(data) { // no version of this program writes that
				return nil, fmt.Errorf("%w: %w", errUnreadable, err)
			}
			return nil, fmt.Errorf("a job's record in the queue cannot be read: %w", err)
		}
	}
	s := &stored{Record: w.Record, claim: w.Claim, spec: w.Spec}
	if err := json.Unmarshal(w.Spec, &s.Record.Spec); err != nil {
		return nil, fmt.Errorf("the spec of a job in the queue cannot be read: %w", err)
	}
	if known {
		return s, nil
	}
	if err := json.Unmarshal(data, &s.rest); err != nil {
		return nil, fmt.Errorf("a job's record in the queue cannot be read: %w", err)
	}
	for name := range s.rest {
		if wireFields[name] {
			delete(s.rest, name)
		}
	}
	return s, nil
}

// decodeKnown reads a record in one go, as nearly all are: this version knows all of its fields. False says that it has
// others, or cannot be read.
func decodeKnown(data []byte, w *wire) bool {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(w) == nil && len(bytes.TrimSpace(data[d.InputOffset():])) == 0
}

// encode bounds the record (job.MaxLogBytes and the like) and writes it in at most limit bytes.
func (s *stored) encode(limit int) ([]byte, error) {
	s.bound(job.MaxLogBytes, job.MaxReportBytes)
	data, err := s.marshal()
	if err != nil || len(data) <= limit {
		return data, err
	}
	// Logs of control characters are six times as long in JSON. What happened matters more than how it was told.
	s.bound(job.MaxLogBytes/16, 0)
	if data, err = s.marshal(); err != nil || len(data) <= limit {
		return data, err
	}
	return nil, fmt.Errorf("the record of job %s has %d bytes, more than the %d that the queue takes: submit it with "+
		"fewer sources", s.Spec.ID, len(data), limit)
}

func (s *stored) marshal() ([]byte, error) {
	data, err := json.Marshal(wire{Record: s.Record, Spec: s.spec, Claim: s.claim})
	if err != nil {
		return nil, fmt.Errorf("the record of job %s cannot be written: %w", s.Spec.ID, err)
	}
	if len(s.rest) == 0 {
		return data, nil
	}
	rest, err := json.Marshal(s.rest)
	if err != nil {
		return nil, fmt.Errorf("the record of job %s cannot be written: %w", s.Spec.ID, err)
	}
	return slices.Concat(data[:len(data)-1], []byte(","), rest[1:]), nil
}

func (s *stored) bound(log, report int) {
	if n := len(s.Attempts) - job.MaxAttemptsKept; n > 0 {
		s.Attempts = slices.Clone(s.Attempts[n:])
	}
	for i := range s.Attempts {
		s.Attempts[i].Log = human.Tail(s.Attempts[i].Log, log)
	}
	if len(s.Report) > report {
		s.Report = nil
	}
}

// mark notes the mark of a write that is about to be made.
func (c *claim) mark(m string) {
	c.Writes = append(slices.Clone(c.Writes), m)
	if n := len(c.Writes) - marksKept; n > 0 {
		c.Writes = c.Writes[n:]
	}
}

// newStored is the record of a new job.
func newStored(spec job.Spec) (*stored, error) {
	raw, err := json.Marshal(spec)
	if err != nil {
		return nil, fmt.Errorf("job %s cannot be written: %w", spec.ID, err)
	}
	return &stored{
		Record: job.Record{Schema: schema, Spec: spec, State: job.Queued, Updated: spec.Submitted},
		spec:   bytes.Clone(raw),
	}, nil
}

// key is a job's id in few bytes.
type key [16]byte

// parseID says whether a text is a job's id: 32 hexadecimal digits, lower case, since it becomes part of subjects.
func parseID(id string) (k key, ok bool) {
	if len(id) != 2*len(k) {
		return k, false
	}
	for i := range len(id) {
		var v byte
		switch c := id[i]; {
		case c >= '0' && c <= '9':
			v = c - '0'
		case c >= 'a' && c <= 'f':
			v = c - 'a' + 10
		default:
			return k, false
		}
		k[i/2] = k[i/2]<<4 | v
	}
	return k, true
}
