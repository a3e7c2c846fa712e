package timeline

import (
	"math/rand/v2"
	"slices"
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

// Where a sender starts anew, late packets of what was before stand among those behind, in the file.
func TestSeekAmongPacketsOfTwoSequences(t *testing.T) {
	const seeds = 40
	vp8 := testmjr.Video("vp8", 150, 15, testmjr.VP8(320, 240, 15, 3))
	for seed := range uint64(seeds) {
		for _, track := range []testmjr.Track{testmjr.Audio(500), vp8} {
			random := rand.New(rand.NewPCG(seed, 1))
			for range 1 + random.IntN(3) {
				b := testmjr.Break{Unit: 5 + random.IntN(track.Units-10), Sequence: int16(random.Uint32())}
				if random.IntN(2) == 0 {
					b.SSRC, b.Sequence = random.Uint32(), int16(random.IntN(50))
				}
				track.Breaks = append(track.Breaks, b)
			}
			slices.SortFunc(track.Breaks, func(a, b testmjr.Break) int { return a.Unit - b.Unit })
			track.Network = testmjr.Network{Late: func(n int) int {
				// by the packet's number alone: it is asked for each once, in order
				if of := rand.New(rand.NewPCG(seed, uint64(n)+2)); of.IntN(3) == 0 {
					return of.IntN(100)
				}
				return 0
			}}
			tl := load(t, Options{}, track)
			all := coded(t, tl, tl.Tracks[0], 0)
			for at := 100 * time.Millisecond; at < tl.Duration; at += 700 * time.Millisecond {
				got := coded(t, tl, tl.Tracks[0], at)
				require.LessOrEqual(t, len(got), len(all))
				for i, want := range all[len(all)-len(got):] {
					require.InDelta(t, want.PTS, got[i].PTS, float64(time.Millisecond), "seed %d, %s from %v, unit %d of %d",
						seed, track.Header.Codec, at, i, len(got))
					require.Equal(t, want.Data, got[i].Data)
				}
			}
		}
	}
}
