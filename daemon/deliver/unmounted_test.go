package deliver

import (
	"errors"
	"os"
	"path/filepath"
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

// TestEmptyMountPointBelow has a file system unmounted that is mounted below the watched folder, beside another one.
func TestEmptyMountPointBelow(t *testing.T) {
	w := newWorld(t, job.Delivery{Sources: "delete"})
	w.write(w.watch, "hall/another.mjr", "x")
	room := filepath.Join(w.watch, "room")
	missing := errors.New("it is not mounted")
	w.opt.Mounted = func(folder string) error {
		require.Equal(t, room, folder)
		return missing
	}
	require.NoError(t, os.Rename(room, w.dir+"/disk"))
	require.NoError(t, os.Mkdir(room, 0o755))
	require.False(t, w.run().Finished)
	require.Equal(t, missing.Error(), w.step(StepSources).Error)
	require.NoError(t, os.Remove(room))
	require.NoError(t, os.Rename(w.dir+"/disk", room))
	w.finish()
	require.Equal(t, map[string]string{"hall/another.mjr": "x"}, tree(t, w.watch))
}

// TestTargetIsNotMounted moves nothing to where it would be hidden.
func TestTargetIsNotMounted(t *testing.T) {
	w := newWorld(t, job.Delivery{Sources: "move"})
	missing := errors.New("it is not mounted")
	w.opt.Mounted = func(folder string) error {
		require.Equal(t, w.moved, folder)
		return missing
	}
	require.False(t, w.run().Finished)
	require.Equal(t, missing.Error(), w.step(StepSources).Error)
	require.Equal(t, allSources, tree(t, w.watch))
	require.NoDirExists(t, w.moved)
	missing = nil
	w.finish()
	require.Equal(t, allSources, tree(t, w.moved))
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
