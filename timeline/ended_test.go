package timeline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
)

// What is sent again of a sequence that has ended does not begin another one, however much of it comes in a row.
func TestPacketsSentAgainAfterARestart(t *testing.T) {
	for name, b := range map[string]testmjr.Break{
		"another source":  {Unit: 100, SSRC: 7, Sequence: 900},
		"the same source": {Unit: 100, Sequence: 20000},
	} {
		track := testmjr.Audio(300)
		track.Breaks = []testmjr.Break{b}
		track.Network = testmjr.Network{Late: func(n int) int {
			if n >= 90 && n < 97 {
				return 120 - n // all behind the same packet
			}
			return 0
		}}
		tl := load(t, Options{}, track)
		counts := tl.Tracks[0].Counts
		require.Equal(t, 7, counts.Late, name)
		require.Equal(t, 293, counts.Used, name)
		require.Zero(t, counts.Foreign, name)
		require.InDelta(t, (6 * time.Second).Seconds(), tl.Duration.Seconds(), 0.001, name)
	}
}
