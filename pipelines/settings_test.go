package pipelines

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/timeline"
)

// What is set decides both how the plan's timeline is loaded and how its pipeline reads the files: they must not differ.
func TestSettingsReachTimelineAndPipeline(t *testing.T) {
	for _, c := range []struct {
		settings Settings
		options  timeline.Options
		line     string
	}{
		{Settings{}, timeline.Options{}, ""},
		{Settings{Pauses: PausesKeep, OnLoss: OnLossFreeze, Head: HeadEmpty}, timeline.Options{}, ""},
		{Settings{Pauses: PausesCut}, timeline.Options{Pauses: timeline.CutPauses}, " pauses=cut"},
		{Settings{OnLoss: OnLossKeep}, timeline.Options{OnLoss: timeline.KeepOnLoss}, " on-loss=keep"},
		{Settings{Head: HeadHold}, timeline.Options{Head: timeline.HoldHead}, " head=hold"},
		{Settings{Head: HeadTrim, Pauses: PausesCut}, timeline.Options{Head: timeline.TrimHead, Pauses: timeline.CutPauses}, " pauses=cut head=trim"},
	} {
		require.Equal(t, c.options, c.settings.TimelineOptions())
		run, _ := lines(t, c.settings, ProfileMP4, videoTrack("v.mjr", "h264", 2, 10, at{width: 320, height: 180}), audioTrack("a.mjr", "opus", 1, 0, 10))
		require.Contains(t, run, "siblings=/in/a.mjr"+c.line+"\n")
		require.Contains(t, run, "siblings=/in/v.mjr"+c.line+"\n", "all of a participant's files alike: they share one reading")
	}
}

func TestSettingsThatMeanNothing(t *testing.T) {
	p, tl := together(audioTrack("a.mjr", "opus", 1, 0, 10))
	for want, s := range map[string]Settings{
		`audio is "mp3", but must be auto, copy or aac`:           {Audio: "mp3"},
		`pauses is "drop", but must be keep or cut`:               {Pauses: "drop"},
		`on-loss is "hide", but must be freeze or keep`:           {OnLoss: "hide"},
		`head is "white", but must be empty, hold, black or trim`: {Head: "white"},
	} {
		_, err := Decide(p, tl, Profile{}, s)
		require.EqualError(t, err, want)
	}
}
