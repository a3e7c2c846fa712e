package deliver

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

// TestEmptyMountPoint has the watched file system unmounted when its sources are to be deleted. They are not taken for
// gone, and deleted when it is back.
func TestEmptyMountPoint(t *testing.T) {
	for _, how := range []string{"delete", "move"} {
		w := newWorld(t, job.Delivery{Sources: how})
		away := w.watch + ".disk"
		require.NoError(t, os.Rename(w.watch, away))
		require.NoError(t, os.Mkdir(w.watch, 0o755))
		require.False(t, w.run().Finished)
		require.Equal(t, StepWaiting, w.step(StepSources).State)
		require.Contains(t, w.step(StepSources).Error, "not mounted")
		require.Equal(t, allSources, tree(t, away))

		require.NoError(t, os.Remove(w.watch))
		require.NoError(t, os.Rename(away, w.watch))
		w.finish()
		require.Equal(t, StepDone, w.step(StepSources).State)
		require.Empty(t, tree(t, w.watch))
	}
}

// TestSourcesThatAreReallyGone does not wait for ever for those that somebody else has deleted.
func TestSourcesThatAreReallyGone(t *testing.T) {
	w := newWorld(t, job.Delivery{Sources: "delete"})
	require.NoError(t, os.RemoveAll(w.watch))
	require.NoError(t, os.Mkdir(w.watch, 0o755))
	require.False(t, w.run().Finished)
	w.now = w.now.Add(25 * time.Hour)
	require.True(t, w.run().Finished)
	require.Equal(t, StepDone, w.step(StepSources).State)
	// Where something else is, the file system is mounted.
	w = newWorld(t, job.Delivery{Sources: "delete"})
	require.NoError(t, os.RemoveAll(w.watch))
	w.write(w.watch, "another.mjr", "x")
	require.True(t, w.run().Finished)
}
