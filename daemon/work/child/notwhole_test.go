package child

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/pipelines"
)

func TestCodesOfRecordingsThatAreNotWhole(t *testing.T) {
	require.ElementsMatch(t, []string{
		pipelines.WarnUnreadable, pipelines.WarnDamaged, pipelines.WarnTruncated, pipelines.WarnEncrypted, pipelines.WarnNoKeyFrame,
	}, job.NotWhole)
}
