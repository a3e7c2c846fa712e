package watch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestAgain(t *testing.T) {
	b := newBench(t)
	b.closedCall()
	b.restart()
	b.pass(time.Hour)
	b.scan()
	plan, err := b.Plan(t.Context(), func(job.Spec) { t.Fatal("it is known") })
	require.NoError(t, err)
	require.Equal(t, 1, plan.Known)
	// In another folder it is the same recording.
	require.NoError(t, os.Mkdir(filepath.Join(b.root, "sub"), 0o755))
	b.rename(audio, "sub/"+audio)
	b.rename(video, "sub/"+video)
	b.pass(time.Hour)
	b.scan()
	b.pass(time.Hour)
	b.scan()
	require.Empty(t, b.Status().Pending)

	// A file of the same size and name, with other content, is another recording.
	b.put("rot-h264-90/"+audio, audio)
	b.scan()
	b.pass(settle)
	b.scan(audio)
	data, err := os.ReadFile(filepath.Join(b.root, audio))
	require.NoError(t, err)
	data[len(data)-1]++
	b.write(audio, data)
	b.scan()
	b.pass(settle)
	b.scan(audio)
}

func TestSourcesVanish(t *testing.T) {
	b := newBench(t)
	spec := b.closedCall()
	b.remove(video)
	b.scan()
	b.age(audio, 0)
	b.scan()
	b.pass(time.Hour)
	b.scan()
	require.Empty(t, b.Status().Pending)

	b.restart()
	b.Remember(spec)
	b.pass(time.Hour)
	b.scan()
	require.Empty(t, b.Status().Pending)
	b.remove(audio)
	b.scan()
	require.Zero(t, b.Status().Files)
}

// What was known to an earlier run is not read again, as long as it is the same.
func TestRemember(t *testing.T) {
	b := newBench(t)
	spec := b.closedCall()
	spec.Submitted = time.Now().Add(time.Minute)
	spec.Sources[0].Fingerprint = strings.Repeat("00", 32) // to see whether it is believed
	spec.Identity = identity(spec.Sources)
	spec.ID = jobID(spec.Identity, b.folder)
	b.known = map[string]bool{spec.ID: true}
	b.restart()
	b.Remember(spec)
	b.scan()
	require.Empty(t, b.Status().Pending)
	b.known = map[string]bool{}
	spec.Submitted = time.Now().Add(-time.Minute) // the file was changed after that
	b.restart()
	b.Remember(spec)
	b.scan(both)
}

// TestQueueIsRemoved has the queue forget a job while the watcher runs, as when somebody removes it on its server.
func TestQueueIsRemoved(t *testing.T) {
	b := newBench(t)
	b.closedCall()
	b.scan()
	b.known = map[string]bool{}
	b.scan(both)
	b.scan()
}
