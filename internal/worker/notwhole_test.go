package worker

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/pipelines/report"
)

func TestCodesOfRecordingsThatAreNotWhole(t *testing.T) {
	require.ElementsMatch(t, []string{
		report.Unreadable, report.Damaged, report.Truncated, report.Encrypted, report.NoKeyFrame,
	}, job.NotWhole)
}
