package daemon

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/deliver"
	"github.com/upright-media/upright/daemon/job"
)

// TestEmptyMountPointIsNotGone keeps the history of recordings whose file system is not mounted: they would be taken
// for new when it is back.
func TestEmptyMountPointIsNotGone(t *testing.T) {
	root := t.TempDir()
	k := &keeper{}
	record := func(sources string, steps ...job.Step) *job.Record {
		return &job.Record{Steps: steps, Spec: job.Spec{Sources: []job.Source{{Path: filepath.Join(root, "a.mjr")}},
			Delivery: job.Delivery{Sources: sources, SourceOf: root}}}
	}
	done := job.Step{Name: deliver.StepSources, State: deliver.StepDone}
	waiting := job.Step{Name: deliver.StepSources, State: deliver.StepWaiting}
	failed := job.Step{Name: deliver.StepSources, State: deliver.StepFailed}
	for _, sources := range []string{"keep", "move", "delete"} {
		require.False(t, k.gone(record(sources)), sources)
		require.False(t, k.gone(record(sources, waiting)), sources)
		require.False(t, k.gone(record(sources, failed)), sources)
	}
	require.True(t, k.gone(record("delete", done)))
	require.True(t, k.gone(record("move", done)))
	require.NoError(t, os.WriteFile(filepath.Join(root, "b.mjr"), nil, 0o600))
	require.True(t, k.gone(record("keep")))
	require.NoError(t, os.WriteFile(filepath.Join(root, "a.mjr"), nil, 0o600))
	require.False(t, k.gone(record("keep")))
	missing := record("keep")
	missing.Spec.Delivery.SourceOf = filepath.Join(root, "none")
	missing.Spec.Sources[0].Path = filepath.Join(root, "none", "a.mjr")
	require.False(t, k.gone(missing))
}
