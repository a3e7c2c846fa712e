package page_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/internal/page"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/watch"
	"github.com/upright-media/upright/internal/chromium"
)

// backend is a daemon that has a queue and no workers.
type backend struct {
	queue *queue.Queue

	mu     sync.Mutex
	status api.Status
	reload error

	rooms    []watch.Room
	composed []string
}

func (b *backend) Queue() queue.Interface { return b.queue }
func (b *backend) Ready() error           { return nil }
func (b *backend) Retry(ctx context.Context, id string, again bool) error {
	if again {
		return b.queue.Again(ctx, id)
	}
	return b.queue.Retry(ctx, id)
}

func (b *backend) Submit(context.Context, api.Submission) ([]api.Submitted, error) {
	return nil, errors.New("nothing can be submitted here")
}
func (b *backend) Rooms() []watch.Room {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rooms
}

func (b *backend) Compose(_ context.Context, r api.Room, c api.Composition) (api.Composed, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.composed = append(b.composed, r.ID+" "+c.Layout+" "+c.Watch)
	return api.Composed{Room: r.ID}, nil
}

func (b *backend) Reload(context.Context) error { return b.reload }
func (b *backend) Status(ctx context.Context) (api.Status, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.status
	var err error
	s.Stats, err = b.queue.Stats(ctx)
	s.Paused = b.queue.Paused()
	return s, err
}

func start(t testing.TB) (b *backend, url string) {
	t.Helper()
	return startWith(t, api.Options{})
}

func startWith(t testing.TB, o api.Options) (b *backend, url string) {
	t.Helper()
	q, err := queue.Open(t.Context(), queue.Options{Dir: t.TempDir(), Owner: "host/1", Heartbeat: time.Second,
		Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { q.Close() })
	b = &backend{queue: q, status: api.Status{Version: "test", Ready: true, Workers: 2,
		Folders: []watch.Status{{Name: "calls", Folder: "/in", Output: "/out", Profile: "mp4"}}}}
	o.Listen = "127.0.0.1:0"
	server, err := api.Start(o, b, prometheus.NewRegistry(),
		page.New(b, slog.New(slog.DiscardHandler)), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(server.Close)
	return b, server.Address()
}

func id(n int) string { return fmt.Sprintf("%032x", n) }

// add submits a job and takes it.
func (b *backend) add(t testing.TB, n int, change func(*job.Spec)) queue.Lease {
	t.Helper()
	s := job.Spec{
		ID: id(n), Identity: id(n), Watch: "calls", Submitted: time.Unix(1_800_000_000+int64(n), 0).UTC(),
		Priority: job.Normal, Recording: "room",
		Participant: fmt.Sprintf("user-%d", n), Sources: []job.Source{{Path: "/in/a.mjr"}}, Output: "/out", Name: "a",
		Profile: "mp4",
	}
	if change != nil {
		change(&s)
	}
	_, err := b.queue.Submit(t.Context(), s)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	l, err := b.queue.Next(ctx)
	require.NoError(t, err)
	return l
}

func finish(t testing.TB, l queue.Lease, change func(*job.Record)) {
	t.Helper()
	require.NoError(t, l.Finish(t.Context(), change))
}

func get(t testing.TB, method, url string) (status int, header http.Header, body string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := client.Do(q)
	require.NoError(t, err)
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return r.StatusCode, r.Header, string(text)
}

func failed(r *job.Record) {
	r.State, r.Outcome, r.Reason, r.Code = job.Failed, job.Failed, "the encoder gave up", job.CodePipeline
}

func done(r *job.Record) {
	r.State, r.Outcome, r.MediaMs, r.WallMs, r.Mode = job.Done, job.Done, 60e3, 2e3, "copy"
}

func TestHome(t *testing.T) {
	b, at := start(t)
	status, header, text := get(t, "GET", at+"/")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "text/html; charset=utf-8", header.Get("Content-Type"))
	require.Contains(t, text, "Nothing yet")
	finish(t, b.add(t, 1, nil), failed)
	finish(t, b.add(t, 2, nil), done)
	b.status.ReloadErr, b.status.Folders[0].Error, b.status.Ready, b.status.NotReady = "line 3: what?", "it is gone",
		false, "watch folder calls: it is gone"
	b.status.Folders[0].Pending = []watch.Pending{{Name: "bob", Why: "b.mjr is still being written"}}
	b.status.Folders[0].Rejected = []watch.Rejected{{File: "x.mjr", Why: "it is a pipe"}}
	require.NoError(t, b.queue.Pause(t.Context(), true))
	_, _, text = get(t, "GET", at+"/")
	for _, want := range []string{
		"user-1", "the encoder gave up", "\"jobs/" + id(1) + "/retry\"", "1:00.0, copied, 30.0 times real time",
		"line 3: what?", "it is gone", "not ready", "is still being written",
		"it is a pipe", `"resume"`, "1 file left alone",
	} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, id(2)+"/retry", "what is done needs no retry")
	require.NotContains(t, text, `formaction="pause"`)
}

func TestButtons(t *testing.T) {
	b, at := start(t)
	finish(t, b.add(t, 1, nil), failed)
	for _, c := range []struct {
		path, to string
		status   int
	}{
		{"/jobs/" + id(1) + "/retry", "/jobs/" + id(1), 303},
		{"/jobs/" + id(1) + "/retry", "", 409},
		{"/jobs/" + id(1) + "/cancel", "/jobs/" + id(1), 303},
		{"/jobs/" + id(1) + "/cancel", "", 409},
		{"/jobs/" + id(1) + "/delete", "", 404},
		{"/jobs/" + id(9) + "/retry", "", 404},
		{"/pause", "/", 303},
		{"/resume", "/", 303},
		{"/reload", "/", 303},
		{"/explode", "", 404},
	} {
		status, header, text := get(t, "POST", at+c.path)
		require.Equal(t, c.status, status, c.path)
		if to := header.Get("Location"); to != "" {
			there, err := url.Parse(at + c.path)
			require.NoError(t, err)
			there, err = there.Parse(to)
			require.NoError(t, err)
			require.Equal(t, at+c.to, there.String(), c.path)
		}
		if status != 303 {
			require.Contains(t, text, "Back to the overview")
		}
	}
	b.reload = errors.New("line 3: unknown key")
	status, _, text := get(t, "POST", at+"/reload")
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, text, "line 3: unknown key")
}

// All that have failed are retried at once, after a question that says how many; not those that it cannot help.
func TestRetryFailed(t *testing.T) {
	b, at := start(t)
	_, _, text := get(t, "GET", at+"/retry-failed")
	require.Contains(t, text, "There is no failed job")
	for n := range 3 {
		finish(t, b.add(t, n, nil), func(r *job.Record) {
			failed(r)
			if n == 0 {
				r.Code = job.CodeEncrypted
			}
		})
		for _, path := range []string{"/", "/jobs"} {
			_, _, text = get(t, "GET", at+path)
			require.Equal(t, n > 0, strings.Contains(text, `href="retry-failed"`), "%s with %d", path, n+1)
		}
	}
	_, _, text = get(t, "GET", at+"/retry-failed")
	require.Contains(t, text, "2 jobs that failed will be tried again")
	require.Contains(t, text, "1 other cannot be helped")
	status, _, _ := get(t, "POST", at+"/retry-failed")
	require.Equal(t, http.StatusSeeOther, status)
	for n, want := range []job.State{job.Failed, job.Queued, job.Queued} {
		r, err := b.queue.Get(t.Context(), id(n))
		require.NoError(t, err)
		require.Equal(t, want, r.State, n)
	}
}

func TestJobsPages(t *testing.T) {
	b, at := start(t)
	for n := range 60 {
		_, err := b.queue.Submit(t.Context(), job.Spec{
			ID: id(n), Identity: id(n), Submitted: time.Unix(1_800_000_000+int64(n), 0), Priority: job.Normal,
			Participant: fmt.Sprintf("user-%02d.", n),
		})
		require.NoError(t, err)
	}
	_, _, text := get(t, "GET", at+"/jobs")
	require.Contains(t, text, "1–50 of 60")
	require.Contains(t, text, "user-59.")
	require.NotContains(t, text, "user-09.")
	_, _, text = get(t, "GET", at+"/jobs?page=2")
	require.Contains(t, text, "51–60 of 60")
	require.Contains(t, text, "user-09.")
	_, _, text = get(t, "GET", at+"/jobs?state=failed")
	require.Contains(t, text, "No jobs like that")
	_, _, text = get(t, "GET", at+"/jobs?text="+url.QueryEscape("USER-07"))
	require.Contains(t, text, "1–1 of 1")
	for _, query := range []string{"?page=-5", "?page=x", "?page=99999999999999999999", "?state=wrong", "?from=x&until=y",
		"?sort=x", "?page=1000"} {
		status, _, _ := get(t, "GET", at+"/jobs"+query)
		require.Equal(t, http.StatusOK, status, query)
	}
	status, _, _ := get(t, "GET", at+"/jobs/"+id(99))
	require.Equal(t, http.StatusNotFound, status)
	status, _, _ = get(t, "GET", at+"/nothing")
	require.Equal(t, http.StatusNotFound, status)
	for _, name := range []string{"page.css", "page.js"} {
		status, _, _ = get(t, "GET", at+"/assets/"+name)
		require.Equal(t, http.StatusOK, status)
	}
	status, _, _ = get(t, "GET", at+"/assets/page.go")
	require.Equal(t, http.StatusNotFound, status)
}

// evil is text that a page must show and not obey.
const evil = `"'><script>window.evil=1</script><img src=x onerror="window.evil=1">{{.}}&lt;` + "\u202e\n" +
	`javascript:alert(1)</pre></title>`

// evilID is one that an address must not begin with, nor end with.
const evilID = `javascript:alert(1)"'><script>window.evil=1</script>?#%2f`

// hostile is a job with evil in all that comes from outside.
func hostile(t testing.TB, b *backend) {
	for _, id := range []string{"r/1", evilID} {
		b.rooms = append(b.rooms, watch.Room{ID: id, Name: evil, Title: evil, Room: evil, Watch: evil, People: []string{evil},
			Waits: evil})
	}
	l := b.add(t, 1, func(s *job.Spec) {
		s.Watch, s.Recording, s.Participant, s.Room, s.User, s.Output, s.Name, s.Profile = evil, evil, evil, evil, evil,
			"/"+evil, evil, evil
		s.Sources = []job.Source{{Path: evil}}
	})
	report, err := json.Marshal(map[string]any{
		"schema": 1,
		"inputs": []any{map[string]any{
			"file": evil, "codec": evil, "duration_ms": 1000,
			"orientation": []any{map[string]any{"t_ms": -1e300, "degrees": 90},
				map[string]any{"t_ms": 1e300, "degrees": -1 << 40}},
			"holes": []any{map[string]any{"kind": evil, "from_ms": 100, "to_ms": 50}},
		}},
		"outputs": []any{map[string]any{"file": evil[strings.LastIndex(evil, "/")+1:],
			"tracks": []any{map[string]any{"kind": evil, "codec": evil}}}},
		"plan":     map[string]any{"mode": evil, "pipeline": evil, "encoder": evil, "reason": evil},
		"warnings": []any{map[string]any{"code": evil, "text": evil}},
	})
	require.NoError(t, err)
	finish(t, l, func(r *job.Record) {
		r.State, r.Outcome, r.Reason, r.Code, r.Mode, r.Report = job.Failed, job.Failed, evil, evil, evil, report
		r.Outputs = []job.Output{{File: "/" + evil, Container: "mp4", DurationMs: 1000, URL: evil}}
		r.Attempts = []job.Attempt{{Number: 1, Owner: evil, Outcome: evil, Code: evil, Error: evil, Log: evil}}
		r.Steps = []job.Step{{Name: evil, State: "failed", Error: evil}}
		r.Warnings = []string{evil}
	})
	b.status.ReloadErr, b.status.NotReady, b.status.Ready = evil, evil, false
	b.status.Folders = []watch.Status{{Name: evil, Folder: evil, Output: evil, Profile: evil, Error: evil,
		Pending: []watch.Pending{{Name: evil, Why: evil}}, Rejected: []watch.Rejected{{File: evil, Why: evil}}}}
}

var hostilePages = []string{"/", "/jobs", "/jobs?text=" + url.QueryEscape(evil) + "&watch=" + url.QueryEscape(evil) +
	"&state=" + url.QueryEscape(evil), "/jobs/" + id(1), "/rooms", "/rooms/r%2F1",
	"/rooms/" + url.PathEscape(evilID)}

// Whatever names hold, a page has the elements of its own and no others.
func TestHostileNames(t *testing.T) {
	b, at := start(t)
	hostile(t, b)
	for _, path := range hostilePages {
		_, _, text := get(t, "GET", at+path)
		root, err := html.Parse(strings.NewReader(text))
		require.NoError(t, err)
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			require.NotEqual(t, "img", n.Data, path)
			for _, a := range n.Attr {
				require.False(t, strings.HasPrefix(a.Key, "on"), "%s: %s=%s", path, a.Key, a.Val)
				switch a.Key {
				case "style":
					require.Regexp(t, `^(left:[\d.]+%;width:[\d.]+%|transform:(scaleX\(-1\) )?rotate\(-?\d+deg\));$`, a.Val)
				case "src", "href", "formaction", "action":
					ours := regexp.MustCompile(`^(\./|(\.\./)+|(api|assets|jobs|metrics|retry-failed|rooms)\b|pause$|reload$)`).MatchString(a.Val)
					require.True(t, ours || n.Data == "link" && strings.HasPrefix(a.Val, "data:image/svg"), "%s: %s=%s",
						path, a.Key, a.Val)
				}
			}
			if n.Data == "script" {
				require.Nil(t, n.FirstChild, "scripts are files")
			}
		}
		require.Contains(t, text, "&lt;script&gt;window.evil", path)
	}
}

// The same in a browser, whose idea of HTML counts.
func TestHostileNamesInBrowser(t *testing.T) {
	chromium := chromium.Start(t)
	b, at := start(t)
	hostile(t, b)
	p := open(t, chromium, at)
	for _, path := range hostilePages {
		p.goTo(path)
		require.Equal(t, "undefined", eval[string](p, "typeof window.evil"), path)
		require.Contains(t, eval[string](p, "document.body.textContent"), "window.evil=1", "it is shown")
		require.Equal(t, 1, eval[int](p, "document.scripts.length"))
	}
}

// Progress is shown as it happens, and nothing is loaded again, nor is the focus lost.
func TestLiveInBrowser(t *testing.T) {
	chromium := chromium.Start(t)
	b, at := start(t)
	p := open(t, chromium, at)
	p.goTo("/")
	eval[int](p, "window.here = 1")
	l := b.add(t, 1, nil)
	require.NoError(t, l.Update(t.Context(), func(r *job.Record) { r.State = job.Running }))
	p.until(`document.querySelector("#active progress") !== null`)
	require.False(t, eval[bool](p, `document.querySelector("#active progress").hasAttribute("value")`),
		"nothing is known yet")
	tell := func(stage string, done float64, script string) {
		t.Helper()
		stop := make(chan struct{})
		var told sync.WaitGroup
		told.Go(func() { // progress that is older than a record is dropped on its way
			for {
				l.Progress(job.Progress{Stage: stage, DoneMs: done, TotalMs: 10_000, Speed: 12.34})
				select {
				case <-stop:
					return
				case <-time.After(100 * time.Millisecond):
				}
			}
		})
		p.until(script)
		close(stop)
		told.Wait()
	}
	eval[int](p, `document.querySelector("#active a").focus(), 1`)
	tell("converting", 2500, `document.querySelector("#active progress").value === 0.25`)
	require.Equal(t, "converting 25 %, 12.3 times real time",
		eval[string](p, `document.querySelector("#active .stage").innerText`))
	tell("converting", 7500, `document.querySelector("#active progress").value === 0.75`)
	p.shot("running")
	// What is known of it stays when the page is brought up to date.
	b2 := b.add(t, 2, nil)
	require.NoError(t, b2.Update(t.Context(), func(r *job.Record) { r.State = job.Running }))
	p.until(`document.querySelectorAll("#active tr[data-job]").length === 2`)
	require.Equal(t, 0.75, eval[float64](p, `document.querySelector('[data-job="`+id(1)+`"] progress').value`))
	require.Equal(t, "jobs/"+id(1), eval[string](p, `document.activeElement.getAttribute("href")`),
		"who uses keys stays where he is")
	finish(t, l, done)
	finish(t, b2, failed)
	p.until(`document.querySelector('#done [data-job="` + id(1) +
		`"]') !== null && document.querySelector("#active") === null`)
	p.until(`document.querySelector("#failed")?.innerText.includes("the encoder gave up")`)
	require.Equal(t, 1, eval[int](p, "window.here"), "the page was loaded again")

	// A job's own page follows it, too.
	p.click(`#failed button`)
	p.until(`location.pathname === "/jobs/` + id(2) +
		`" && document.querySelector("#head .state")?.innerText === "queued"`)
	again, err := b.queue.Next(t.Context())
	require.NoError(t, err)
	require.NoError(t, again.Update(t.Context(), func(r *job.Record) { r.State = job.Running }))
	p.until(`document.querySelector("#head .state").innerText === "running"`)
	finish(t, again, done)
	p.until(`document.querySelector("#head .state").innerText === "done" && document.querySelector("#head button").innerText === "Convert again"`)
	p.quiet()
}
