package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
)

func list(t *testing.T, a answer) (participants []string, total int) {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, a.body)
	var l api.List
	require.NoError(t, json.Unmarshal([]byte(a.body), &l))
	for _, r := range l.Jobs {
		participants = append(participants, r.Spec.Participant)
		require.Nil(t, r.Report)
		for _, attempt := range r.Attempts {
			require.Empty(t, attempt.Log)
		}
	}
	return participants, l.Total
}

func TestList(t *testing.T) {
	w := start(t, api.Options{})
	require.JSONEq(t, `{"jobs": [], "total": 0}`, w.do("GET", "/api/v1/jobs", "").body)
	w.add(1, failed)
	w.add(2, video("/out", "a.mp4"))
	w.add(3, nil)
	for query, want := range map[string]string{
		"":                         "user-3 user-2 user-1 of 3",
		"?state=failed":            "user-1 of 1",
		"?state=failed,done":       "user-2 user-1 of 2",
		"?state=failed&state=done": "user-2 user-1 of 2",
		"?text=USER-2":             "user-2 of 1",
		"?watch=calls":             "user-3 user-2 user-1 of 3",
		"?watch=other":             " of 0",
		"?limit=1":                 "user-3 of 3",
		"?limit=1&offset=1":        "user-2 of 3",
		"?offset=9":                " of 3",
	} {
		names, total := list(t, w.do("GET", "/api/v1/jobs"+query, ""))
		require.Equal(t, want, fmt.Sprintf("%s of %d", strings.Join(names, " "), total), query)
	}
	for query, want := range map[string]string{
		"?state=broken": "state=broken", "?limit=0": "limit=0", "?limit=1001": "1001", "?limit=x": "limit=x",
		"?offset=-1": "offset=-1", "?state=": "state=",
	} {
		w.fails(http.StatusBadRequest, want, w.do("GET", "/api/v1/jobs"+query, ""))
	}
}

func TestShowCancelRetry(t *testing.T) {
	w := start(t, api.Options{})
	w.add(1, failed)
	var r job.Record
	get := func(a answer) job.State {
		t.Helper()
		require.Equal(t, http.StatusOK, a.status, a.body)
		r = job.Record{}
		require.NoError(t, json.Unmarshal([]byte(a.body), &r))
		return r.State
	}
	one := "/api/v1/jobs/" + id(1)
	require.Equal(t, job.Failed, get(w.do("GET", one, "")))
	require.Equal(t, "line\n", r.Attempts[0].Log)
	w.fails(http.StatusConflict, "failed", w.do("POST", one+"/cancel", ""))
	require.Equal(t, job.Queued, get(w.do("POST", one+"/retry", "")))
	w.fails(http.StatusConflict, "queued", w.do("POST", one+"/retry", ""))
	require.Equal(t, job.Canceled, get(w.do("POST", one+"/cancel", "")))
	for _, verb := range []string{"", "/retry", "/cancel", "/report", "/outputs/0"} {
		method := "POST"
		if verb == "" || strings.HasPrefix(verb, "/re") && verb != "/retry" || strings.HasPrefix(verb, "/o") {
			method = "GET"
		}
		w.fails(http.StatusNotFound, "no such job", w.do(method, "/api/v1/jobs/"+id(99)+verb, ""))
		w.fails(http.StatusNotFound, "no such job", w.do(method, "/api/v1/jobs/..%2f..%2fetc"+verb, ""))
	}
}

func TestSubmit(t *testing.T) {
	w := start(t, api.Options{})
	a := w.do("POST", "/api/v1/jobs", `{"paths": ["/in/a.mjr"], "watch": "calls", "priority": "low", "again": true}`)
	require.Equal(t, http.StatusAccepted, a.status, a.body)
	require.JSONEq(t, `{"jobs": [{"id": "`+id(1)+`", "created": true, "name": "a"}]}`, a.body)
	require.Equal(t, []api.Submission{{Paths: []string{"/in/a.mjr"}, Watch: "calls", Priority: job.Low, Again: true}},
		w.backend.submitted)
	for body, want := range map[string]string{
		``: "EOF", `[]`: "array", `{"paths": []}`: "at least one", `{}`: "at least one",
		`{"paths": ["a"], "priority": "urgent"}`: "urgent",
		`{"paths": ["a"], "profile": "x"}`:       "profile", `{"paths": ["a"]} {}`: "follows",
	} {
		w.fails(http.StatusBadRequest, want, w.do("POST", "/api/v1/jobs", body))
	}
	w.fails(http.StatusRequestEntityTooLarge, "too large",
		w.do("POST", "/api/v1/jobs", `{"paths": ["`+strings.Repeat("a", 2<<20)+`"]}`))
	require.Len(t, w.backend.submitted, 1, "what is wrong does not reach the daemon")
	w.backend.set(func(b *backend) {
		b.submit = fmt.Errorf("%w: no watch folder is called %q", api.ErrBadRequest,
			"x")
	})
	w.fails(http.StatusBadRequest, `no watch folder is called "x"`,
		w.do("POST", "/api/v1/jobs", `{"paths": ["a"], "watch": "x"}`))
	w.backend.set(func(b *backend) { b.submit = errors.New("first\nsecond") })
	w.fails(http.StatusInternalServerError, "first; second", w.do("POST", "/api/v1/jobs", `{"paths": ["a"]}`))
}

func TestControl(t *testing.T) {
	w := start(t, api.Options{})
	require.JSONEq(t, `{"paused": true}`, w.do("POST", "/api/v1/pause", "").body)
	require.True(t, w.backend.queue.Paused())
	require.JSONEq(t, `{"paused": false}`, w.do("POST", "/api/v1/resume", "").body)
	require.False(t, w.backend.queue.Paused())
	require.Contains(t, w.do("POST", "/api/v1/reload", "").body, `"ready": true`)
	require.Equal(t, 1, w.backend.reloads)
	w.backend.set(func(b *backend) { b.reload = errors.New("line 3: unknown key\nline 4: another") })
	w.fails(http.StatusUnprocessableEntity, "line 3: unknown key; line 4", w.do("POST", "/api/v1/reload", ""))
}

func TestHealth(t *testing.T) {
	w := start(t, api.Options{Token: "secret", Listen: "127.0.0.1:0"})
	require.Equal(t, http.StatusOK, w.do("GET", "/healthz", "").status)
	require.Equal(t, http.StatusOK, w.do("GET", "/readyz", "", "Host", "10.0.0.1:7188").status,
		"load balancers ask by address, without a token")
	w.backend.set(func(b *backend) { b.ready = errors.New("watch folder calls: it is gone") })
	a := w.do("GET", "/readyz", "")
	require.Equal(t, http.StatusServiceUnavailable, a.status)
	require.Equal(t, "not ready\n", a.body, "names and paths are not for everybody")
	require.Equal(t, "watch folder calls: it is gone\n",
		w.do("GET", "/readyz", "", "Authorization", "Bearer secret").body)
	require.Equal(t, "not ready\n", w.do("GET", "/readyz", "", "Authorization", "Bearer wrong").body)
	open := start(t, api.Options{})
	open.backend.set(func(b *backend) { b.ready = errors.New("watch folder calls: it is gone") })
	require.Equal(t, "watch folder calls: it is gone\n", open.do("GET", "/readyz", "").body)
	require.Equal(t, "not ready\n", open.do("GET", "/readyz", "", "Host", "evil.example").body)
	require.Equal(t, http.StatusOK, w.do("GET", "/healthz", "").status)
}

func TestWhatIsNotThere(t *testing.T) {
	w := start(t, api.Options{})
	w.fails(http.StatusNotFound, "openapi.json", w.do("GET", "/api/v1/nothing", ""))
	w.fails(http.StatusNotFound, "openapi.json", w.do("GET", "/api/", ""))
	a := w.do("DELETE", "/api/v1/jobs", "")
	w.fails(http.StatusMethodNotAllowed, "GET and POST", a)
	require.Equal(t, "GET, POST", a.header.Get("Allow"))
	w.fails(http.StatusMethodNotAllowed, "POST", w.do("GET", "/api/v1/pause", ""))
	require.Equal(t, "a page", w.do("GET", "/", "").body)
}

func TestClosedQueue(t *testing.T) {
	w := start(t, api.Options{})
	require.NoError(t, w.backend.queue.Close())
	w.fails(http.StatusServiceUnavailable, "closed", w.do("GET", "/api/v1/jobs/"+id(1), ""))
	w.fails(http.StatusServiceUnavailable, "closed", w.do("GET", "/api/v1/status", ""))
}

func TestGraph(t *testing.T) {
	w := start(t, api.Options{})
	w.add(1, failed)
	require.NoError(t, w.backend.queue.PutArtifact(t.Context(), id(1), 1, job.GraphName, []byte("digraph {}")))
	a := w.do("GET", "/api/v1/jobs/"+id(1)+"/attempts/1/graph", "")
	require.Equal(t, "digraph {}", a.body)
	require.Contains(t, a.header.Get("Content-Type"), "text/vnd.graphviz")
	for _, n := range []string{"2", "x", "-1", "99999999999999999999"} {
		a := w.do("GET", "/api/v1/jobs/"+id(1)+"/attempts/"+n+"/graph", "")
		require.Equal(t, http.StatusNotFound, a.status, a.body)
	}
}

func TestPprof(t *testing.T) {
	require.Equal(t, "a page", start(t, api.Options{}).do("GET", "/debug/pprof/", "").body, "only on request")
	w := start(t, api.Options{Pprof: true, Token: "secret"})
	require.Equal(t, http.StatusUnauthorized, w.do("GET", "/debug/pprof/heap", "").status)
	require.Contains(t, w.do("GET", "/debug/pprof/", "", "Authorization", "Bearer secret").body, "goroutine")
	require.Equal(t, http.StatusOK, w.do("GET", "/debug/pprof/heap", "", "Authorization", "Bearer secret").status)
}
