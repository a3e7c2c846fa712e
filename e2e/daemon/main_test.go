package daemon

import (
	"os"
	"testing"

	"github.com/upright-media/upright/internal/e2e"
)

// TestMain makes the test binary a NATS server, too, so that one can be killed as a process, and a process that takes
// memory.
func TestMain(m *testing.M) {
	if text := os.Getenv(asNATS); text != "" {
		serveNATS(text)
		return
	}
	if text := os.Getenv(asHog); text != "" {
		hog(text)
		return
	}
	os.Exit(e2e.Main(m))
}

// quick are a daemon's settings for tests: it does not wait long for what comes back.
func quick() map[string]any {
	return map[string]any{
		"workers": map[string]any{"retry": "500ms", "min_free": 0, "nice": 0},
	}
}
