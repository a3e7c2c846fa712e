package timeline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
)

// Where packets overtake each other, what comes after a key unit can stand before it in the file.
func TestSeekAmongOvertakingPackets(t *testing.T) {
	vp8 := testmjr.Video("vp8", 150, 15, testmjr.VP8(320, 240, 15, 3))
	for name, late := range map[string]func(n int) int{
		"neighbours":      func(n int) int { return n % 2 },
		"each second":     func(n int) int { return n % 3 },
		"retransmissions": func(n int) int { return n % 11 / 10 * 23 },
		"everything":      func(n int) int { return n * 7 % 13 },
	} {
		for _, track := range []testmjr.Track{testmjr.Audio(500), vp8} {
			track.Network = testmjr.Network{Late: late}
			tl := load(t, Options{}, track)
			require.Zero(t, tl.Tracks[0].Counts.Lost)
			all := coded(t, tl, tl.Tracks[0], 0)
			require.Len(t, all, track.Units)
			for at := 100 * time.Millisecond; at < tl.Duration; at += 300 * time.Millisecond {
				got := coded(t, tl, tl.Tracks[0], at)
				require.LessOrEqual(t, got[0].PTS, at)
				for i, want := range all[len(all)-len(got):] {
					require.Equal(t, want.PTS, got[i].PTS, "%s, %s from %v, unit %d", name, track.Header.Codec, at, i)
					require.Equal(t, want.Duration, got[i].Duration)
					require.Equal(t, want.Data, got[i].Data)
				}
			}
		}
	}
}
