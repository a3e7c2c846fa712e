package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// keepAlive is how often a stream without events says that it lives: proxies cut what is silent.
const keepAlive = 15 * time.Second

// events streams what happens to jobs, or with ?id= to one, as server-sent events (WHATWG HTML, section 9.2): "job" with a record,
// "progress" with a job's progress.
func (s *service) events(w http.ResponseWriter, q *http.Request) {
	flush := http.NewResponseController(w)
	_ = flush.SetReadDeadline(time.Time{})
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no")
	if _, err := fmt.Fprint(w, "retry: 2000\n\n"); err != nil {
		return
	}
	if err := flush.Flush(); errors.Is(err, http.ErrNotSupported) {
		return
	}
	only := q.URL.Query().Get("id")
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	happened := s.backend.Queue().Events(q.Context())
	for {
		select {
		case <-q.Context().Done():
			return
		case <-alive.C:
			if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil {
				return
			}
		case e, ok := <-happened:
			if !ok {
				return
			}
			if only != "" && e.ID != only {
				continue
			}
			kind := "progress"
			if e.Record != nil {
				kind = "job"
				r := *e.Record
				r.Report, r.Attempts = nil, nil
				e.Record = &r
			}
			data, err := json.Marshal(e)
			if err != nil {
				continue
			}
			// No line breaks are in JSON, so one line of data is enough.
			if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", kind, data); err != nil {
				return
			}
		}
		if flush.Flush() != nil {
			return
		}
	}
}
