// Package page is the daemon's face for people: what is watched, what is under way, what came of it and what went
// wrong. It is made on the server and needs nothing from elsewhere; a little script keeps it up to date.
package page

import (
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
)

//go:embed page.css page.js
var assets embed.FS

// recent is how many jobs of each kind the first page shows.
const recent = 12

// recentFailed is how many of those that failed: they are to be seen, and not in the way of the others.
const recentFailed = 5

type site struct {
	backend api.Backend
	log     *slog.Logger
}

// New serves the pages of a daemon.
func New(b api.Backend, log *slog.Logger) http.Handler {
	s := &site{backend: b, log: log}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /jobs", s.jobs)
	mux.HandleFunc("GET /jobs/{id}", s.job)
	mux.HandleFunc("POST /jobs/{id}/{verb}", s.change)
	mux.HandleFunc("GET /rooms", s.rooms)
	mux.HandleFunc("GET /rooms/{room}", s.room)
	mux.HandleFunc("POST /rooms/{room}/compose", s.compose)
	mux.HandleFunc("GET /retry-failed", s.askRetryFailed)
	mux.HandleFunc("POST /retry-failed", s.retryFailed)
	mux.HandleFunc("POST /{verb}", s.control)
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(assets)))
	mux.HandleFunc("/", func(w http.ResponseWriter, q *http.Request) {
		s.problem(w, q, http.StatusNotFound, errors.New("there is no such page"))
	})
	return mux
}

// home is everything at a glance.
func (s *site) home(w http.ResponseWriter, q *http.Request) {
	status, err := s.backend.Status(q.Context())
	if err != nil {
		s.problem(w, q, http.StatusServiceUnavailable, err)
		return
	}
	o := overview{status: status}
	for _, part := range []struct {
		to     *some
		most   int
		states []job.State
	}{
		{&o.active, recent, []job.State{job.Running, job.Delivering}},
		{&o.waiting, recent, []job.State{job.Queued}},
		{&o.failed, recentFailed, []job.State{job.Failed}},
		{&o.done, recent, []job.State{job.Done, job.Empty, job.Canceled}},
	} {
		part.to.list, part.to.total, err = s.backend.Queue().List(q.Context(),
			queue.Filter{States: part.states, Limit: part.most})
		if err != nil {
			s.problem(w, q, http.StatusServiceUnavailable, err)
			return
		}
	}
	if o.retriable, err = s.retriable(q.Context(), status.Stats); err != nil {
		s.problem(w, q, http.StatusServiceUnavailable, err)
		return
	}
	s.write(w, q, http.StatusOK, frame{title: "Upright", refresh: true, version: status.Version}, o.page())
}

// job is one job: its videos, what is known of them, and what happened.
func (s *site) job(w http.ResponseWriter, q *http.Request) {
	r, err := s.backend.Queue().Get(q.Context(), q.PathValue("id"))
	switch {
	case errors.Is(err, queue.ErrNotFound):
		s.problem(w, q, http.StatusNotFound, err)
	case err != nil:
		s.problem(w, q, http.StatusServiceUnavailable, err)
	default:
		s.write(w, q, http.StatusOK, frame{title: r.Spec.About() + " – Upright", refresh: !r.State.Ended()},
			jobPage{r, viewOf(r)}.page())
	}
}

// change is what the buttons of a job do. Without the script the browser comes back to the job's page.
func (s *site) change(w http.ResponseWriter, q *http.Request) {
	id := q.PathValue("id")
	var err error
	switch q.PathValue("verb") {
	case "retry":
		err = s.backend.Retry(q.Context(), id, false)
	case "again":
		err = s.backend.Retry(q.Context(), id, true)
	case "cancel":
		err = s.backend.Queue().Cancel(q.Context(), id)
	default:
		s.problem(w, q, http.StatusNotFound,
			errors.New("a job can be retried, converted again and canceled, nothing else"))
		return
	}
	switch {
	case errors.Is(err, queue.ErrNotFound):
		s.problem(w, q, http.StatusNotFound, err)
	case errors.Is(err, queue.ErrState):
		s.problem(w, q, http.StatusConflict, err)
	case err != nil:
		s.problem(w, q, http.StatusServiceUnavailable, err)
	default:
		api.Redirect(w, q, "jobs/"+url.PathEscape(id))
	}
}

// control is what the buttons of the daemon do.
func (s *site) control(w http.ResponseWriter, q *http.Request) {
	var err error
	switch q.PathValue("verb") {
	case "pause":
		err = s.backend.Queue().Pause(q.Context(), true)
	case "resume":
		err = s.backend.Queue().Pause(q.Context(), false)
	case "reload":
		if err = s.backend.Reload(q.Context()); err != nil {
			s.problem(w, q, http.StatusUnprocessableEntity,
				fmt.Errorf("the new configuration was refused; the one from before is in force.\n\n%w", err))
			return
		}
	default:
		s.problem(w, q, http.StatusNotFound, errors.New("there is no such page"))
		return
	}
	if err != nil {
		s.problem(w, q, http.StatusServiceUnavailable, err)
		return
	}
	api.Redirect(w, q, "")
}

func (s *site) problem(w http.ResponseWriter, q *http.Request, status int, err error) {
	s.write(w, q, status, frame{title: "Upright"}, problem(err))
}

func (s *site) write(w http.ResponseWriter, q *http.Request, status int, f frame, main templ.Component) {
	f.root, f.signedIn = api.Root(q), api.SignedIn(q)
	api.WritePage(w, status, f.around(main), s.log)
}
