package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
)

type service struct {
	backend Backend
	log     *slog.Logger
	answers time.Duration   // Options.Answer
	closing <-chan struct{} // closed when streams are to end
	streams *streams
}

// routes are the API. openapi.json describes each; a test compares them.
var routes = []struct {
	pattern string
	serve   func(*service, http.ResponseWriter, *http.Request)
}{
	{"GET /api/v1/status", (*service).status},
	{"GET /api/v1/jobs", (*service).list},
	{"POST /api/v1/jobs", (*service).submit},
	{"GET /api/v1/jobs/{id}", (*service).show},
	{"POST /api/v1/jobs/{id}/cancel", (*service).cancel},
	{"POST /api/v1/jobs/{id}/retry", (*service).retry},
	{"POST /api/v1/jobs/{id}/again", (*service).again},
	{"GET /api/v1/jobs/{id}/report", (*service).report},
	{"GET /api/v1/jobs/{id}/outputs/{n}", (*service).output},
	{"GET /api/v1/jobs/{id}/outputs/{n}/poster", (*service).poster},
	{"GET /api/v1/jobs/{id}/attempts/{n}/graph", (*service).graph},
	{"GET /api/v1/rooms", (*service).rooms},
	{"GET /api/v1/rooms/{room}", (*service).room},
	{"POST /api/v1/rooms/{room}/compose", (*service).compose},
	{"GET /api/v1/events", (*service).events},
	{"POST /api/v1/pause", (*service).pause},
	{"POST /api/v1/resume", (*service).resume},
	{"POST /api/v1/reload", (*service).reload},
	{"GET /api/v1/openapi.json", (*service).openapi},
}

const (
	maxLimit = 1000    // jobs on a page of the list
	maxBody  = 1 << 20 // bytes of a request
)

// List is what GET /api/v1/jobs answers.
type List struct {
	Jobs  []*job.Record `json:"jobs"`
	Total int           `json:"total"` // that the filter selects, on all pages
}

func (s *service) status(w http.ResponseWriter, q *http.Request) {
	status, err := s.backend.Status(q.Context())
	if err != nil {
		s.error(w, err)
		return
	}
	s.answer(w, status)
}

func (s *service) list(w http.ResponseWriter, q *http.Request) {
	f, err := filter(q)
	if err != nil {
		s.fail(w, http.StatusBadRequest, err)
		return
	}
	records, total, err := s.backend.Queue().List(q.Context(), f)
	if err != nil {
		s.error(w, err)
		return
	}
	if records == nil {
		records = []*job.Record{}
	}
	for _, r := range records { // a list is for finding; what takes space is in the job itself
		r.Report = nil
		for i := range r.Attempts {
			r.Attempts[i].Log = ""
		}
	}
	s.answer(w, List{records, total})
}

// filter reads the query of a list.
func filter(q *http.Request) (queue.Filter, error) {
	v := q.URL.Query()
	f := queue.Filter{Watch: v.Get("watch"), Kind: v.Get("kind"), Text: v.Get("text"), User: v.Get("user"),
		Warning: v.Get("warning"), Sort: queue.Sort(v.Get("sort")), Limit: 100}
	if f.Kind != "" && f.Kind != job.KindRoom && f.Kind != job.KindParticipant {
		return f, fmt.Errorf("kind=%s: it must be %s or %s", f.Kind, job.KindRoom, job.KindParticipant)
	}
	if !slices.Contains(queue.Sorts, f.Sort) {
		return f, fmt.Errorf("sort=%s: it must be one of oldest, recorded and longest", f.Sort)
	}
	for name, to := range map[string]*time.Time{"from": &f.From, "until": &f.Until} {
		text := v.Get(name)
		if text == "" {
			continue
		}
		var err error
		if *to, err = time.Parse(time.RFC3339, text); err != nil {
			return f, fmt.Errorf("%s=%s: it must be a time as 2026-01-02T03:04:05Z", name, text)
		}
	}
	for _, name := range v["state"] {
		for _, one := range strings.Split(name, ",") {
			state := job.State(one)
			if !slices.Contains(job.States, state) {
				return f, fmt.Errorf("state=%s: it must be one of %v", one, job.States)
			}
			f.States = append(f.States, state)
		}
	}
	for name, to := range map[string]*int{"limit": &f.Limit, "offset": &f.Offset} {
		text := v.Get(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || name == "limit" && (n == 0 || n > maxLimit) {
			return f, fmt.Errorf("%s=%s: it must be a number, limit from 1 to %d", name, text, maxLimit)
		}
		*to = n
	}
	return f, nil
}

func (s *service) submit(w http.ResponseWriter, q *http.Request) {
	var r Submission
	if !s.body(w, q, &r, "a submission", false) {
		return
	}
	switch {
	case len(r.Paths) == 0:
		s.fail(w, http.StatusBadRequest, errors.New("paths: at least one file or folder is needed"))
		return
	case r.Priority != "" && !slices.Contains(job.Priorities, r.Priority):
		s.fail(w, http.StatusBadRequest, fmt.Errorf("priority: %q must be one of %v", r.Priority, job.Priorities))
		return
	}
	made, err := s.backend.Submit(q.Context(), r)
	if err != nil {
		s.error(w, err)
		return
	}
	if made == nil {
		made = []Submitted{}
	}
	s.answerWith(w, http.StatusAccepted, map[string]any{"jobs": made})
}

// body reads the JSON of a request, and answers if it makes no sense.
func (s *service) body(w http.ResponseWriter, q *http.Request, to any, what string, mayBeEmpty bool) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, q.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(to)
	if mayBeEmpty && errors.Is(err, io.EOF) {
		return true
	}
	if err == nil && d.Decode(new(json.RawMessage)) != io.EOF {
		err = errors.New("something follows the JSON object")
	}
	if err == nil {
		return true
	}
	status := http.StatusBadRequest
	if errors.As(err, new(*http.MaxBytesError)) {
		status = http.StatusRequestEntityTooLarge
	}
	s.fail(w, status, fmt.Errorf("the body is not %s: %w", what, err))
	return false
}

func (s *service) record(w http.ResponseWriter, q *http.Request) *job.Record {
	r, err := s.backend.Queue().Get(q.Context(), q.PathValue("id"))
	if err != nil {
		s.error(w, err)
		return nil
	}
	return r
}

func (s *service) show(w http.ResponseWriter, q *http.Request) {
	if r := s.record(w, q); r != nil {
		s.answer(w, r)
	}
}

func (s *service) cancel(w http.ResponseWriter, q *http.Request) {
	s.change(w, q, s.backend.Queue().Cancel(q.Context(), q.PathValue("id")))
}

func (s *service) retry(w http.ResponseWriter, q *http.Request) {
	s.change(w, q, s.backend.Retry(q.Context(), q.PathValue("id"), false))
}

func (s *service) again(w http.ResponseWriter, q *http.Request) {
	s.change(w, q, s.backend.Retry(q.Context(), q.PathValue("id"), true))
}

func (s *service) change(w http.ResponseWriter, q *http.Request, err error) {
	if err != nil {
		s.error(w, err)
		return
	}
	s.show(w, q)
}

// graph is the pipeline of a failed attempt, in the language of Graphviz.
func (s *service) graph(w http.ResponseWriter, q *http.Request) {
	n, err := strconv.Atoi(q.PathValue("n"))
	if err != nil {
		s.fail(w, http.StatusNotFound, errors.New("attempts are numbered"))
		return
	}
	data, err := s.backend.Queue().Artifact(q.Context(), q.PathValue("id"), n, job.GraphName)
	switch {
	case errors.Is(err, queue.ErrNotFound):
		s.fail(w, http.StatusNotFound, errors.New("there is no graph of this attempt"))
	case err != nil:
		s.error(w, err)
	default:
		s.raw(w, "text/vnd.graphviz; charset=utf-8", data)
	}
}

func (s *service) pause(w http.ResponseWriter, q *http.Request) { s.setPaused(w, q, true) }

func (s *service) resume(w http.ResponseWriter, q *http.Request) { s.setPaused(w, q, false) }

func (s *service) setPaused(w http.ResponseWriter, q *http.Request, paused bool) {
	if err := s.backend.Queue().Pause(q.Context(), paused); err != nil {
		s.error(w, err)
		return
	}
	s.answer(w, map[string]bool{"paused": paused})
}

func (s *service) reload(w http.ResponseWriter, q *http.Request) {
	if err := s.backend.Reload(q.Context()); err != nil {
		s.fail(w, http.StatusUnprocessableEntity, err)
		return
	}
	s.status(w, q)
}

func (s *service) healthy(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }

// ready says why not only to those who may see names and paths.
func (s *service) ready(w http.ResponseWriter, trusted bool) {
	if err := s.backend.Ready(); err != nil {
		why := "not ready"
		if trusted {
			why = err.Error()
		}
		http.Error(w, why, http.StatusServiceUnavailable)
		return
	}
	_, _ = io.WriteString(w, "ready\n")
}

func (s *service) answer(w http.ResponseWriter, v any) { s.answerWith(w, http.StatusOK, v) }

func (s *service) answerWith(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		s.log.Debug("an answer could not be sent", "error", err)
	}
}

func (s *service) raw(w http.ResponseWriter, mediaType string, data []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(data) // to a reader that may be gone
}

// error answers with the status that an error of the queue or the file system means.
func (s *service) error(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, queue.ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, queue.ErrState):
		status = http.StatusConflict
	case errors.Is(err, ErrBadRequest):
		status = http.StatusBadRequest
	case errors.Is(err, queue.ErrClosed), errors.Is(err, queue.ErrUnanswered), errors.Is(err, queue.ErrOpening):
		status = http.StatusServiceUnavailable
	}
	s.fail(w, status, err)
}

// fail answers with an error as {"error": "…"}.
func (s *service) fail(w http.ResponseWriter, status int, err error) {
	if status >= 500 {
		s.log.Warn("a request failed", "status", status, "error", err)
	}
	s.answerWith(w, status, map[string]string{"error": strings.ReplaceAll(err.Error(), "\n", "; ")})
}
