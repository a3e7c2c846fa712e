package daemon

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/loopback"
)

// TestDryRun asks what would be done, beside a daemon that runs and without one, and nothing is done by it.
func TestDryRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	address := loopback.Address(t)
	settings := quick()
	settings["http"] = map[string]any{"listen": address}
	config := e2e.Config(t, dir, settings, e2e.Watch{Name: "calls", Folder: in, Output: out, Template: "{room}",
		Settle: 500 * time.Millisecond, Rescan: time.Second})
	drop(t, in, clip(t, 1), clip(t, 2))
	asks := func() string {
		t.Helper()
		text, err := exec.Command(e2e.Program(t), "serve", "--dry-run", "--config", config).Output()
		require.NoError(t, err)
		return string(text)
	}
	var said string
	require.Eventually(t, func() bool { said = asks(); return strings.Count(said, "would convert") == 2 }, within,
		100*time.Millisecond)
	require.NoDirExists(t, out)
	require.NoDirExists(t, filepath.Join(dir, "state"))

	d := e2e.Start(t, config, e2e.Options{})
	d.Await(within, 2, job.Done)
	require.NoError(t, d.Do(t.Context(), "pause"))
	drop(t, in, clip(t, 3))
	var waits *job.Record
	require.Eventually(t, func() bool {
		jobs, err := d.Jobs()
		if err != nil || len(jobs) != 3 {
			return false
		}
		waits = jobs[0]
		return true
	}, within, 50*time.Millisecond)
	before := listed(t, out)
	said = asks()
	require.Contains(t, said, "1-7: converted already to "+filepath.Join(out, "1.mp4"))
	require.Contains(t, said, "2-7: converted already to "+filepath.Join(out, "2.mp4"))
	require.Contains(t, said, "3-7: known already, job "+waits.Spec.ID[:8]+" is queued")
	require.NotContains(t, said, "would convert")
	d.Stop()

	said = asks()
	require.Contains(t, said, "1-7: converted already to "+filepath.Join(out, "1.mp4"))
	require.Equal(t, 1, strings.Count(said, "would convert"), "without a daemon only outputs say what was done: %s", said)
	require.Contains(t, said, "would convert 3-7 to 3")
	require.Subset(t, before, listed(t, out))
}
