package plan

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/internal/tracktest"
)

// What is chosen decides both how the plan's timeline is loaded and how its pipeline reads the files.
func TestAllFilesAreReadAlike(t *testing.T) {
	s := Settings{Options: options.Options{Pauses: options.PausesCut, Head: options.HeadTrim}}
	run, _ := lines(t, s, ProfileMP4, tracktest.Video("v.mjr", "h264", 2, 10, tracktest.At{Width: 320, Height: 180}),
		tracktest.Audio("a.mjr", "opus", 1, 0, 10))
	require.Contains(t, run, "siblings=/in/a.mjr pauses=cut head=trim\n")
	require.Contains(t, run, "siblings=/in/v.mjr pauses=cut head=trim\n", "they share one reading")
}

func TestOptionsThatMeanNothing(t *testing.T) {
	p, tl := tracktest.Together(tracktest.Audio("a.mjr", "opus", 1, 0, 10))
	_, err := Decide(p, tl, Profile{}, Settings{Options: options.Options{Audio: "mp3"}})
	require.EqualError(t, err, `audio is "mp3", but must be auto, copy or aac`)
}
