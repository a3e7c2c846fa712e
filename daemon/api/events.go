package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/upright-media/upright/daemon/job"
)

// Times of a stream of events.
var (
	// keepAlive is how often a stream without events says that it lives: proxies cut what is silent.
	keepAlive = 15 * time.Second
	// patience is how long a reader may take for what it is sent; one that has stopped reading is cut off.
	patience = 30 * time.Second
)

// events streams what happens to jobs as server-sent events (WHATWG HTML, section 9.2): "job" with a record, "progress"
// with a job's progress. With ?id= it is about one job, which comes first as it is now, so that nobody has to ask for
// it and miss what happens in between.
func (s *service) events(w http.ResponseWriter, q *http.Request) {
	if q.Method == http.MethodHead {
		w.Header().Set("Content-Type", "text/event-stream")
		return
	}
	done, ok := s.streams.begin(q.RemoteAddr)
	if !ok {
		w.Header().Set("Retry-After", "30")
		s.fail(w, http.StatusServiceUnavailable, errors.New("there are too many streams of events"))
		return
	}
	defer done()
	happened := s.backend.Queue().Events(q.Context())
	stream := &eventStream{w: w, control: http.NewResponseController(w)}
	only := q.URL.Query().Get("id")
	var now *job.Record
	if only != "" {
		ctx, cancel := context.WithTimeout(q.Context(), s.answers)
		var err error
		now, err = s.backend.Queue().Get(ctx, only)
		cancel()
		if err != nil {
			s.error(w, err)
			return
		}
	}
	_ = stream.control.SetReadDeadline(time.Time{}) // the server's is for requests that take long to arrive
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	err := stream.write("retry: 2000\n\n")
	if now != nil && err == nil {
		err = stream.event(job.Event{ID: only, Record: now})
	}
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	for err == nil {
		select {
		case <-q.Context().Done():
			return
		case <-s.closing:
			return
		case <-alive.C:
			err = stream.write(": still here\n\n")
		case e, ok := <-happened:
			if !ok {
				return
			}
			if only == "" || e.ID == only && !overtaken(e.Record, now) {
				err = stream.event(e)
			}
		}
	}
	if q.Context().Err() == nil {
		s.log.Debug("a reader of events is cut off", "reader", q.RemoteAddr, "error", err)
	}
}

// overtaken says whether a record that has happened was there before the one that was read: events come a little after
// what they tell of. The queue's revisions begin anew with a new store, times do not.
func overtaken(happened, read *job.Record) bool {
	return happened != nil && read != nil && happened.Revision <= read.Revision && !happened.Updated.After(read.Updated)
}

// streams counts streams of events, which hold a connection each for as long as their readers like.
type streams struct {
	most, perAddress int

	mu     sync.Mutex
	all    int
	counts map[string]int
}

func newStreams(most, perAddress int) *streams {
	return &streams{most: max(1, most), perAddress: max(1, perAddress), counts: map[string]int{}}
}

// begin counts one more, until done is called.
func (s *streams) begin(remote string) (done func(), ok bool) {
	address, _, err := net.SplitHostPort(remote)
	if err != nil {
		address = remote
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= s.most || s.counts[address] >= s.perAddress {
		return nil, false
	}
	s.all++
	s.counts[address]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all--
		if s.counts[address]--; s.counts[address] == 0 {
			delete(s.counts, address)
		}
	}, true
}

type eventStream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (s *eventStream) event(e job.Event) error {
	kind := "progress"
	if e.Record != nil {
		kind = "job"
		r := *e.Record
		r.Report, r.Attempts = nil, nil
		e.Record = &r
	}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	// No line breaks are in JSON, so one line of data is enough.
	return s.write(fmt.Sprintf("event: %s\ndata: %s\n\n", kind, data))
}

func (s *eventStream) write(text string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(patience)); err != nil &&
		!errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}
