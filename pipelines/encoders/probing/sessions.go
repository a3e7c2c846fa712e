package probing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/pipelines/encoders"
)

// DefaultSessions is how many pictures' streams are encoded on one device at a time if nothing else is said: what
// drivers of NVIDIA's consumer cards allow.
const DefaultSessions = 8

// Sessions counts the encoders that run on each device, over all processes that share Dir: drivers refuse one too many,
// and too many are slower than a few. Processes that die give theirs back.
type Sessions struct {
	Dir    string                   // of lock files; "": nothing is counted
	Limit  int                      // for each device; 0: DefaultSessions, negative: none
	Limits map[encoders.Backend]int // instead of Limit, by backend
	Wait   time.Duration            // how long to wait for one to be free; negative: as long as it takes
	Waits  func()                   // called now and then while it waits; may be nil
}

// BusyError says that no session was free on a device.
type BusyError struct {
	Device string
	Limit  int
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("all %d sessions of %s are in use", e.Limit, e.Device)
}

func (s *Sessions) limit(e encoders.Encoder) int {
	return cmp.Or(s.Limits[e.Backend], s.Limit, DefaultSessions)
}

// Patience is how long a session is waited for before an encoder on another device, or in software, is taken.
const Patience = 10 * time.Second

// On returns a Selector for a machine whose processes share what they know, and the sessions of devices, by way of a
// folder. sessions is how many there are for each device; 0: as many as anyone takes.
func On(dir string, r encoders.Request, sessions int) *Selector {
	s := &Sessions{Dir: dir, Limit: sessions, Wait: Patience}
	if sessions == 0 {
		s.Limit = -1
	}
	if r.Strict {
		s.Wait = -1 // nothing else may be taken
	}
	return &Selector{Request: r, Dir: dir, Sessions: s}
}

// Acquire takes a session on its device for each of the encoders that need one, all or none. release gives them back.
// The error is a *BusyError or the context's; where locks cannot be had for other reasons, nothing is counted.
func (s *Sessions) Acquire(ctx context.Context, list ...encoders.Encoder) (release func(), err error) {
	need := map[string]int{}
	var order []encoders.Encoder
	for _, e := range list {
		if e.Hardware() && s.limit(e) > 0 {
			if need[e.Device] == 0 {
				order = append(order, e)
			}
			need[e.Device] = min(need[e.Device]+1, s.limit(e)) // what can never be free is not waited for
		}
	}
	dir := filepath.Join(s.Dir, "sessions")
	if s.Dir == "" || len(order) == 0 || os.MkdirAll(dir, 0o700) != nil {
		return func() {}, nil
	}
	began := time.Now()
	for {
		release, busy := s.take(dir, order, need)
		if busy == nil {
			return release, nil
		}
		if s.Wait >= 0 && time.Since(began) >= s.Wait {
			return nil, busy
		}
		if s.Waits != nil {
			s.Waits()
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(sessionPoll):
		}
	}
}

const sessionPoll = 100 * time.Millisecond

// take tries once.
func (s *Sessions) take(dir string, order []encoders.Encoder, need map[string]int) (release func(), busy *BusyError) {
	var held []*os.File
	release = func() {
		for _, f := range held {
			_ = f.Close()
		}
	}
	for _, e := range order {
		n := need[e.Device]
		for slot := 0; slot < s.limit(e) && n > 0; slot++ {
			f, err := files.OpenLocked(filepath.Join(dir, fmt.Sprintf("%s.%d.lock", e.Device, slot)), 0o600)
			if errors.Is(err, files.ErrLocked) {
				continue
			}
			if err != nil {
				n = 0 // not a reason to keep anyone from working
				break
			}
			held = append(held, f)
			n--
		}
		if n > 0 {
			release()
			return nil, &BusyError{e.Device, s.limit(e)}
		}
	}
	return release, nil
}
