package convert_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
)

// TestPauses pauses a recording for 4 s in the middle of 6 s, as Janus does it: it takes the pause out of RTP time.
func TestPauses(t *testing.T) {
	in := t.TempDir()
	pause := func(unit int) []testmjr.Break {
		return []testmjr.Break{{Unit: unit, Pause: 4 * time.Second, Frozen: true}}
	}
	video := testmjr.Video("h264", 90, 15, testmjr.Loop(testmjr.Recorded(t, "rot-h264-90", mjr.Video)))
	video.Breaks = pause(45)
	video.Write(t, in, "echotest-paused-video.mjr")
	audio := testmjr.Audio(300)
	audio.Breaks = pause(150)
	audio.Write(t, in, "echotest-paused-audio.mjr")
	for pauses, want := range map[options.Pauses]float64{"": 10_000, options.PausesKeep: 10_000,
		options.PausesCut: 6_000} {
		report, err := converted(t, in, profile.MP4,
			convert.Settings{Settings: plan.Settings{Options: options.Options{Pauses: pauses}, OutputDir: t.TempDir()}})
		require.NoError(t, err)
		require.InDelta(t, want, report.Outputs[0].DurationMs, 150, pauses)
		for _, track := range report.Outputs[0].Tracks {
			require.InDelta(t, want, track.DurationMs, 150, "%s %s", pauses, track.Kind)
		}
	}
}
