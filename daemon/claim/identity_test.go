package claim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/options"
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

// What was made by earlier versions is known by this.
func TestIdentityStays(t *testing.T) {
	require.Equal(t, "content-b7bda22cb299ff5f", Identity(job.Spec{ID: "job", Identity: "content", Profile: "mp4",
		Settings: options.Options{Audio: options.AudioAuto, Rejoin: 30 * time.Second}}))
}
