package daemon

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
)

// TestTwoFoldersOneOutput watches two folders whose recordings have the same names, and other contents, and whose
// outputs go to the same place, which lies inside one of them. Nothing is overwritten, and no output is taken for a
// recording.
func TestTwoFoldersOneOutput(t *testing.T) {
	t.Parallel()
	const each = 5
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	out := filepath.Join(a, "videos")
	watch := func(name, folder string) e2e.Watch {
		return e2e.Watch{Name: name, Folder: folder, Output: out, Template: "same", Settle: time.Second, Rescan: time.Second}
	}
	config := e2e.Config(t, dir, quick(), watch("a", a), watch("b", b))
	drop(t, a, clips(t, 7000, each)...)
	drop(t, b, clips(t, 7100, each)...)
	d := e2e.Start(t, config, e2e.Options{})
	jobs := d.Await(within, 2*each, job.Done)
	requireIntact(t, out, jobs)
	require.Len(t, outputs(out), 2*each)
	time.Sleep(2500 * time.Millisecond) // two more scans
	again, err := d.Jobs()
	require.NoError(t, err)
	require.Len(t, again, 2*each)
	d.Stop()
}
