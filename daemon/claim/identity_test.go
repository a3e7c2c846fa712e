package claim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestIdentityTellsProfilesAndSettingsApart(t *testing.T) {
	plain := job.Spec{ID: "job", Identity: "content", Profile: "mp4"}
	seen := map[string]bool{Identity(plain): true}
	for _, change := range []func(*job.Spec){
		func(s *job.Spec) { s.Profile = "original" },
		func(s *job.Spec) { s.Settings.Audio = "aac" },
		func(s *job.Spec) { s.Settings.Subtitles = true },
		func(s *job.Spec) { s.Settings.Audio, s.Profile = "aac", "original" },
	} {
		other := plain
		change(&other)
		require.False(t, seen[Identity(other)], "%+v", other)
		seen[Identity(other)] = true
		again := other
		again.ID, again.Output = "another", "/mounted/elsewhere"
		require.Equal(t, Identity(other), Identity(again))
	}
}
