package verify

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/mkvread"
)

func TestSeenMatroska(t *testing.T) {
	const sec = time.Second
	for name, c := range map[string]struct {
		track    mkvread.Track
		end, all time.Duration // of the track, of the file
	}{
		"a length of the last picture counts, not how far those before it are apart": {
			mkvread.Track{Kind: "video", Blocks: 3, Last: 10 * sec, LastDuration: sec}, 11 * sec, 11 * sec},
		"pictures without lengths": {
			mkvread.Track{Kind: "video", Blocks: 5, First: 2 * sec, Last: 10 * sec}, 12 * sec, 12 * sec},
		"one picture that has none":     {mkvread.Track{Kind: "video", Blocks: 1}, 0, 8 * sec},
		"one picture that stands":       {mkvread.Track{Kind: "video", Blocks: 1, LastDuration: 9 * sec}, 9 * sec, 9 * sec},
		"text, which comes at any time": {mkvread.Track{Kind: "text", Blocks: 2, Last: 6 * sec}, 6 * sec, 8 * sec},
	} {
		s := seenMatroska(&mkvread.Info{Duration: 8 * sec, Tracks: []mkvread.Track{c.track}})
		require.Equal(t, c.end, s.tracks[0].end, name)
		require.Equal(t, c.all, s.duration, name)
	}
}
