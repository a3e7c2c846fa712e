package daemon

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/config"
	"github.com/upright-media/upright/daemon/internal/natstest"
	"github.com/upright-media/upright/internal/loopback"
)

// While the queue cannot be opened, the daemon lives and says what it waits for; it ends when it is asked to, and goes
// on as soon as the queue is there.
func TestQueueThatCannotBeOpenedYet(t *testing.T) {
	t.Parallel()
	nats, page, dir := loopback.Address(t), loopback.Address(t), t.TempDir()
	file := filepath.Join(dir, "upright.yaml")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, `
state: %s/state
queue: {url: "nats://%s"}
http: {listen: "%s"}
watch:
- {folder: %[1]s/in, output: %[1]s/out}
`, dir, nats, page), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "in"), 0o700))
	c, _, err := config.Load(file, nil, config.Known{})
	require.NoError(t, err)
	get := func(path string) (int, string) {
		resp, err := http.Get("http://" + page + path)
		if err != nil {
			return 0, err.Error()
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp.StatusCode, string(body)
	}
	start := func() (stop func() error, ready chan string) {
		ctx, cancel := context.WithCancel(t.Context())
		ready, ended := make(chan string, 1), make(chan error, 1)
		d := New(c, Options{ConfigFile: file, Log: slog.New(slog.DiscardHandler), Version: "test",
			OnReady: func(address string) { ready <- address }})
		go func() { ended <- d.Run(ctx, t.Context()) }()
		return func() error { cancel(); return <-ended }, ready
	}
	stop, _ := start()
	require.Eventually(t, func() bool { s, _ := get("/healthz"); return s == http.StatusOK }, time.Minute,
		10*time.Millisecond)
	require.Eventually(t, func() bool {
		s, err := (&api.Client{Address: "http://" + page}).Status(t.Context())
		require.NoError(t, err)
		require.False(t, s.Ready)
		return strings.Contains(s.NotReady, "being opened") && strings.Contains(s.NotReady, "cannot be reached")
	}, time.Minute, 10*time.Millisecond)
	status, _ := get("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	for path, want := range map[string]int{"/": 503, "/jobs": 503, "/api/v1/jobs": 503, "/metrics": 200} {
		status, text := get(path)
		require.Equal(t, want, status, path)
		if want == 503 {
			require.Contains(t, text, "being opened", path)
		}
	}
	require.NoError(t, stop())

	stop, ready := start()
	require.Eventually(t, func() bool { s, _ := get("/healthz"); return s == http.StatusOK }, time.Minute,
		10*time.Millisecond)
	natstest.StartAt(t, nats, t.TempDir())
	select {
	case <-ready:
	case <-time.After(time.Minute):
		require.Fail(t, "it does not go on")
	}
	require.Eventually(t, func() bool { s, _ := get("/readyz"); return s == http.StatusOK }, time.Minute,
		10*time.Millisecond)
	require.NoError(t, stop())
}
