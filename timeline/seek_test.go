package timeline

import (
	"hash/crc32"
	"io"
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
			all := copied(t, tl, -1)
			require.Len(t, all, track.Units)
			for at := time.Duration(0); at < tl.Duration; at += 300 * time.Millisecond {
				got := copied(t, tl, at)
				require.Equal(t, all[len(all)-len(got):], got, "%s, %s from %v", name, tl.Tracks[0].Info.Codec, at)
				require.LessOrEqual(t, got[0].pts, at)
			}
		}
	}
}

// copied are the units of the first track, from a key unit at or before a time on, or all.
func copied(t *testing.T, tl *Timeline, from time.Duration) (units []copiedUnit) {
	s, err := tl.OpenCoded(tl.Tracks[0])
	require.NoError(t, err)
	defer s.Close()
	if from >= 0 {
		require.NoError(t, s.Seek(from))
	}
	for {
		u, err := s.Next()
		if err != nil {
			require.ErrorIs(t, err, io.EOF)
			return units
		}
		units = append(units, copiedUnit{u.PTS, u.Duration, crc32.ChecksumIEEE(u.Data)})
	}
}

// copiedUnit is what is copied of a unit.
type copiedUnit struct {
	pts, duration time.Duration
	checksum      uint32
}
