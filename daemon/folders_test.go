package daemon

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/watch"
)

// A folder that is added while the queue does not answer must not keep anybody waiting, and is watched as soon as it
// does.
func TestFoldersDoNotWaitForTheHistory(t *testing.T) {
	answers := make(chan struct{})
	f := &folders{remember: func(ctx context.Context, _ string) ([]job.Spec, error) {
		select {
		case <-answers:
			return nil, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
	in := t.TempDir()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.set(t.Context(), []watch.Folder{{Name: "never", Root: filepath.Join(in, "never"), Rescan: time.Second}})
		f.set(t.Context(), []watch.Folder{{Name: "calls", Root: in, Rescan: time.Second}}) // the other is stopped again
	}()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		require.FailNow(t, "it waits")
	}
	require.Len(t, f.status(), 1)
	require.Zero(t, f.status()[0].Scanned)
	close(answers)
	require.Eventually(t, func() bool { return !f.status()[0].Scanned.IsZero() }, time.Minute, 10*time.Millisecond)
	f.stop()
}
