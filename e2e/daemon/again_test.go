package daemon

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
)

// times are those of all files below a folder.
func times(t *testing.T, dir string) map[string]time.Time {
	t.Helper()
	all := map[string]time.Time{}
	for _, path := range listed(t, dir) {
		info, err := os.Stat(path)
		require.NoError(t, err)
		all[path] = info.ModTime()
	}
	return all
}

// TestStateIsLost removes all that a daemon has remembered: it finds what it has made, and makes none of it again.
func TestStateIsLost(t *testing.T) {
	t.Parallel()
	const recordings = 5
	dir := t.TempDir()
	d, in, out := serve(t, dir, nil)
	drop(t, in, clips(t, 100, recordings)...)
	d.Await(within, recordings, job.Done)
	d.Stop()
	before := times(t, out)
	require.Len(t, before, 2*recordings)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "state")))

	d = e2e.Start(t, filepath.Join(dir, "upright.yaml"), e2e.Options{})
	requireIntact(t, out, d.Await(within, recordings, job.Done))
	d.AwaitText("adopted=true", recordings)
	require.Equal(t, before, times(t, out))
}

// TestMoreOfARecording has the picture of a call come when its sound has been converted: both are another recording
// than the sound alone, which stays what it is.
func TestMoreOfARecording(t *testing.T) {
	t.Parallel()
	d, in, out := serve(t, t.TempDir(), nil)
	sound, picture := map[string][]byte{}, map[string][]byte{}
	for name, b := range clip(t, 7) {
		if strings.Contains(name, "-audio-") {
			sound[name] = b
		} else {
			picture[name] = b
		}
	}
	drop(t, in, sound)
	first := d.Await(within, 1, job.Done)[0]
	before := times(t, out)
	require.Len(t, before, 2)
	drop(t, in, picture)
	jobs := d.Await(within, 2, job.Done)
	require.NotEqual(t, first.Spec.ID, jobs[0].Spec.ID)
	require.Len(t, jobs[0].Spec.Sources, 2)
	requireVideo(t, jobs[0].Outputs[0], clipLength)
	after := times(t, out)
	require.Len(t, after, 4)
	for path, at := range before {
		require.Equal(t, at, after[path], path)
	}
}

// TestOutputsAreTakenAway removes the output folder while recordings wait and others are being converted: what is not
// made yet is made, in a new folder.
func TestOutputsAreTakenAway(t *testing.T) {
	t.Parallel()
	d, in, out := serve(t, t.TempDir(), nil)
	drop(t, in, clips(t, 200, 20)...)
	require.Eventually(t, func() bool { return len(outputs(out)) > 2 }, within, 5*time.Millisecond)
	require.NoError(t, os.Rename(out, out+".away"))
	jobs := d.Await(within, 20, job.Done)
	made := len(outputs(out)) + len(outputs(out+".away"))
	require.GreaterOrEqual(t, made, len(jobs))
	for _, j := range jobs {
		o := j.Outputs[0]
		if _, err := os.Stat(o.File); err != nil {
			o.File = strings.Replace(o.File, out, out+".away", 1)
		}
		requireVideo(t, o, clipLength)
	}
	for _, path := range append(listed(t, out), listed(t, out+".away")...) {
		require.NotContains(t, path, ".claim", "left over")
	}
}
