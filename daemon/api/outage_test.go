package api_test

import (
	"encoding/json"
	"html"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/internal/natstest"
	"github.com/upright-media/upright/daemon/internal/page"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/internal/loopback"
)

// While an external server of the queue is away, everything is answered soon: with what is known here, or with 503 and
// why.
func TestOutageOfTheQueue(t *testing.T) {
	address, dir := loopback.Address(t), t.TempDir()
	s := natstest.StartAt(t, address, dir)
	q, err := queue.Open(t.Context(), queue.Options{URL: s.ClientURL(), Owner: "host/1",
		Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { q.Close() })
	b := &backend{queue: q}
	discard := slog.New(slog.DiscardHandler)
	serve := func(answer time.Duration) *world {
		served, err := api.Start(api.Options{Listen: "127.0.0.1:0", Answer: answer}, b, prometheus.NewRegistry(),
			page.New(b, discard), discard)
		require.NoError(t, err)
		t.Cleanup(served.Close)
		return &world{t: t, backend: b, server: served, url: served.Address()}
	}
	w := serve(300 * time.Millisecond)
	w.add(1, failed)
	w.add(3, composed(t.TempDir(), "a.mp4"))
	w.add(2, nil)

	s.Shutdown()
	s.WaitForShutdown()
	require.Eventually(t, func() bool { return q.Ready() != nil }, patience, 10*time.Millisecond)
	// These ask nobody, and the test's backend takes submissions by itself. Streams stay open until the server is back.
	local := map[string]int{
		"GET /api/v1/status": 200, "GET /api/v1/openapi.json": 200, "POST /api/v1/reload": 200,
		"POST /api/v1/jobs": 202, "GET /metrics": 200, "GET /healthz": 200,
		"GET /api/v1/events": 0,
	}
	asked := append(api.Routes(), "GET /metrics", "GET /healthz", "GET /api/v1/events?id={id}",
		"GET /", "GET /jobs", "GET /jobs/{id}", "POST /jobs/{id}/retry", "POST /jobs/{id}/cancel", "POST /pause",
		"POST /resume")
	for _, route := range asked {
		method, path, _ := strings.Cut(strings.NewReplacer("{id}", id(1), "{n}", "1", "{room}", "aa").Replace(route), " ")
		want, ok := local[route]
		if !ok {
			want = http.StatusServiceUnavailable
		}
		if want == 0 {
			continue
		}
		body := ""
		if route == "POST /api/v1/jobs" {
			body = `{"paths": ["a"]}`
		}
		began := time.Now()
		a := w.do(method, path, body)
		require.Equal(t, want, a.status, "%s: %s", route, a.body)
		require.Less(t, time.Since(began), 10*time.Second, route) // and not until the server is back
		if want == http.StatusServiceUnavailable {
			require.Contains(t, html.UnescapeString(a.body), "the queue's server does not answer", route)
		}
	}

	// A stream that is open survives.
	stream, err := http.Get(w.url + "/api/v1/events")
	require.NoError(t, err)
	defer stream.Body.Close()
	natstest.StartAt(t, address, dir)
	require.Eventually(t, func() bool { return q.Ready() == nil }, patience, 10*time.Millisecond)
	w = serve(0) // which has the usual time to answer: the queue's server does now, in its own time
	require.Equal(t, 200, w.do("POST", "/api/v1/jobs/"+id(1)+"/retry", "").status)
	text := make([]byte, 4<<10)
	got := ""
	for !strings.Contains(got, "event: job") {
		n, err := stream.Body.Read(text)
		require.NoError(t, err)
		got += string(text[:n])
	}
	var r job.Record
	require.NoError(t, json.Unmarshal([]byte(w.do("GET", "/api/v1/jobs/"+id(1), "").body), &r))
	require.Equal(t, 1, r.Round, "it was asked for once while the server was there, and before in vain")
}
