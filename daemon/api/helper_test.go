package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/watch"
)

const patience = 2 * time.Minute // for what takes a moment on a quiet machine

// backend is a daemon that has a queue and no workers.
type backend struct {
	queue *queue.Queue

	mu        sync.Mutex
	ready     error
	reload    error
	reloads   int
	submitted []api.Submission
	submit    error
	rooms     []watch.Room
	composed  []api.Composition
	compose   error
	events    chan job.Event // in place of the queue's
}

func (b *backend) Queue() queue.Interface {
	if b.events != nil {
		return heard{b.queue, b.events}
	}
	return b.queue
}

// heard is a queue of which other events are heard.
type heard struct {
	queue.Interface
	events chan job.Event
}

func (h heard) Events(context.Context) <-chan job.Event { return h.events }

func (b *backend) Status(ctx context.Context) (api.Status, error) {
	stats, err := b.queue.Stats(ctx)
	now := time.Now()
	return api.Status{
		Version: "test", Started: now, Owner: "host/1", Paused: b.queue.Paused(), Ready: true, Queue: "embedded",
		Config: "upright.yaml",
		Stats:  stats, Reloaded: now, Workers: 2, Folders: []watch.Status{{
			Name: "calls", Folder: "/in", Output: "/out", Profile: "mp4", Scanned: now,
			Pending: []watch.Pending{{Name: "a", Files: []string{"a.mjr"}, Why: "a.mjr is still being written",
				Since: now}},
			Rejected: []watch.Rejected{{File: "b.mjr", Why: "it is a pipe"}},
		}},
	}, err
}

func (b *backend) Retry(ctx context.Context, id string, again bool) error {
	if again {
		return b.queue.Again(ctx, id)
	}
	return b.queue.Retry(ctx, id)
}

func (b *backend) Submit(_ context.Context, r api.Submission) ([]api.Submitted, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.submitted = append(b.submitted, r)
	if b.submit != nil {
		return nil, b.submit
	}
	return []api.Submitted{{ID: id(1), Created: true, Name: "a"}}, nil
}

func (b *backend) Rooms() []watch.Room { return b.rooms }

func (b *backend) Compose(_ context.Context, r api.Room, c api.Composition) (api.Composed, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.composed = append(b.composed, c)
	return api.Composed{Room: r.ID, Waits: "a.mjr is still being written"}, b.compose
}

func (b *backend) Reload(context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reloads++
	return b.reload
}

func (b *backend) Ready() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ready
}

func (b *backend) set(change func(*backend)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(b)
}

// world is a served API.
type world struct {
	t       testing.TB
	backend *backend
	server  *api.Server
	url     string
	token   string
}

func start(t testing.TB, o api.Options) *world {
	t.Helper()
	q, err := queue.Open(t.Context(), queue.Options{Dir: t.TempDir(), Owner: "host/1", Heartbeat: time.Second,
		Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { q.Close() })
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	b := &backend{queue: q}
	pages := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a page") })
	server, err := api.Start(o, b, prometheus.NewRegistry(), pages, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(server.Close)
	return &world{t: t, backend: b, server: server, url: server.Address(), token: o.Token}
}

// answer is what the server said.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request. Headers are pairs; Host is one, too.
func (w *world) do(method, path, body string, headers ...string) answer {
	w.t.Helper()
	q, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	require.NoError(w.t, err)
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			q.Host = headers[i+1]
			continue
		}
		q.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Do(q)
	require.NoError(w.t, err)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	require.NoError(w.t, err)
	return answer{r.StatusCode, r.Header, string(text)}
}

// fails expects an error of the API.
func (w *world) fails(status int, text string, a answer) {
	w.t.Helper()
	require.Equal(w.t, status, a.status, a.body)
	var said struct{ Error string }
	require.NoError(w.t, json.Unmarshal([]byte(a.body), &said), a.body)
	require.Contains(w.t, said.Error, text)
	require.NotContains(w.t, said.Error, "\n")
}

func id(n int) string { return fmt.Sprintf("%032x", n) }

// add submits a job and, unless change is nil, takes it and ends it with what change says.
func (w *world) add(n int, change func(*job.Record)) *job.Record {
	w.t.Helper()
	spec := job.Spec{
		ID: id(n), Identity: id(n), Watch: "calls", Submitted: time.Unix(1_800_000_000+int64(n), 0).UTC(),
		Priority: job.Normal, Recording: "room", Participant: fmt.Sprintf("user-%d", n),
		Sources: []job.Source{{Path: "/in/a.mjr", Size: 1, Fingerprint: "00"}}, Output: "/out", Name: "a",
		Profile:  "mp4",
		Delivery: job.Delivery{Sources: "keep"},
	}
	if change != nil {
		var r job.Record
		change(&r)
		if r.Spec.Output != "" {
			spec.Output = r.Spec.Output
		}
		if r.Spec.Compose != nil {
			spec.Kind, spec.Compose, spec.Participant, spec.Profile = job.KindRoom, r.Spec.Compose, "", ""
		}
	}
	created, err := w.backend.queue.Submit(w.t.Context(), spec)
	require.NoError(w.t, err)
	require.True(w.t, created)
	if change != nil {
		ctx, cancel := context.WithTimeout(w.t.Context(), patience)
		defer cancel()
		l, err := w.backend.queue.Next(ctx)
		require.NoError(w.t, err)
		require.Equal(w.t, spec.ID, l.Record().Spec.ID)
		require.NoError(w.t, l.Finish(ctx, func(r *job.Record) {
			spec := r.Spec
			change(r)
			r.Spec = spec
		}))
	}
	r, err := w.backend.queue.Get(w.t.Context(), spec.ID)
	require.NoError(w.t, err)
	return r
}

// video makes a job whose output is a file below dir.
func video(dir, name string) func(*job.Record) {
	return func(r *job.Record) {
		r.Spec.Output = dir
		r.State, r.Outcome, r.MediaMs = job.Done, job.Done, 1000
		r.Outputs = []job.Output{{File: filepath.Join(dir, name), Container: "mp4", Bytes: 10, DurationMs: 1000,
			SHA256: "00"}}
	}
}

func failed(r *job.Record) {
	r.State, r.Outcome, r.Reason, r.Code = job.Failed, job.Failed, "the encoder gave up", job.CodePipeline
	now := time.Now()
	r.Attempts = []job.Attempt{{Number: 1, Owner: "host/1", PID: 1, Started: now, Ended: now, Outcome: "failed",
		Log: "line\n", Graph: true}}
	r.Report = json.RawMessage(`{"schema":1}`)
	r.Steps = []job.Step{{Name: "webhook", State: "failed", Attempts: 3, Since: now, Error: "503"}}
}

func write(t testing.TB, path, text string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
