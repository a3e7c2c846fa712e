package timeline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
)

// However long a recording is, it remembers so many places to seek to, from the beginning to the end.
func TestPlacesOfLongRecording(t *testing.T) {
	const pictures = 2*mostPoints + mostPoints/2 // a key picture each second
	tl := load(t, Options{}, testmjr.Video("vp8", pictures, 1, testmjr.VP8(64, 48, 1, 1)))
	track := tl.Tracks[0]
	keys := tl.Keys(track)
	require.LessOrEqual(t, len(keys), mostPoints)
	require.Greater(t, len(keys), mostPoints/2)
	require.Equal(t, track.Start, keys[0])
	for i, at := range keys[1:] {
		require.InDelta(t, 4, (at - keys[i]).Seconds(), 0.01, "places %d and %d", i, i+1)
	}
	require.InDelta(t, track.End.Seconds(), keys[len(keys)-1].Seconds(), 5)

	s, err := tl.Open(track)
	require.NoError(t, err)
	defer s.Close()
	for at := time.Duration(0); at < track.End; at += 997 * time.Second {
		require.NoError(t, s.Seek(at))
		u, err := s.Next()
		require.NoError(t, err)
		require.True(t, u.Key)
		require.LessOrEqual(t, u.PTS, at)
		require.InDelta(t, at.Seconds(), u.PTS.Seconds(), 4.01)
	}
}
