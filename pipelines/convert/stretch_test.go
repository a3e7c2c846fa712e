package convert_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
)

// Sound that was sampled at 44.1 kHz and says 48 lasts for as long as it took, and is encoded; copied it would not.
func TestStretch(t *testing.T) {
	in := t.TempDir()
	audio := testmjr.Audio(500)
	audio.ClockPPM = (44100.0/48000 - 1) * 1e6
	audio.Network = testmjr.Network{Seed: 1, Jitter: 5 * time.Millisecond}
	audio.Write(t, in, "echotest-slow-audio.mjr")
	settings := func(o options.Options) convert.Settings {
		return convert.Settings{Settings: plan.Settings{Options: o, OutputDir: t.TempDir()}}
	}
	for _, name := range []string{profile.MP4, "web"} {
		r, err := converted(t, in, name, settings(options.Options{}))
		require.NoError(t, err)
		require.Equal(t, "encode", r.Plan.Mode)
		require.Regexp(t, `capssetter caps=audio/x-raw,rate=44(09|10)\d `, r.Plan.Pipeline)
		require.Equal(t, []string{report.ClockRateWrong, report.AudioSilent}, r.AddCodes(nil))
		require.InDelta(t, 10_884, r.Outputs[0].DurationMs, 60)
	}
	_, err := converted(t, in, profile.MP4, settings(options.Options{Audio: options.AudioCopy}))
	require.ErrorContains(t, err, "cannot be copied: use --audio auto")
}
