package timeline

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
)

// TestUnfilled reads a track with weeks of nothing in it, without making that nothing.
func TestUnfilled(t *testing.T) {
	track := testmjr.Audio(100)
	track.Breaks = []testmjr.Break{{Unit: 50, Pause: 24 * 24 * time.Hour}}
	tl := load(t, Options{}, track)
	s, err := tl.Open(tl.Tracks[0])
	require.NoError(t, err)
	defer s.Close()
	s.Unfilled()
	n, last := 0, time.Duration(-1)
	for {
		u, err := s.Next()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		require.False(t, u.Gap)
		require.Greater(t, u.PTS, last)
		last = u.PTS
		n++
	}
	require.Equal(t, 100, n)
	require.Greater(t, last, 24*24*time.Hour)
}
