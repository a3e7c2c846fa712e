package stage_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/room"
)

// The score in the manual can be played.
func TestScoreInDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/elements.md")
	require.NoError(t, err)
	m := regexp.MustCompile("(?s)```json\n(\\{\"schema\".*?)```").FindStringSubmatch(string(text))
	require.NotNil(t, m)
	s, err := room.ReadScore(strings.NewReader(m[1]))
	require.NoError(t, err)
	s.DurationMs, s.Timeline[0].To, s.Spans[0].To = 200, 200, 200
	frames := playOn(t, 640*360*3/2, s, "skip-still=false", grey(100, 36, 64, "num-buffers=5"))
	require.Len(t, frames, 3)
	require.Equal(t, luma(100), int(frames[2][180*640+320]))
}
