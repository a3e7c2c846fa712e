package timeline

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
)

// What is sent again of a sequence that has ended does not begin another one, however much of it comes in a row: it is
// the end of that one.
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
		require.Zero(t, counts.Late+counts.Lost+counts.Foreign, name)
		require.Equal(t, 300, counts.Used, name)
		requireSync(t, tl, 0, time.Millisecond, track)
		require.InDelta(t, (6 * time.Second).Seconds(), tl.Duration.Seconds(), 0.001, name)
	}
}

// afterRestart are two sequences of a sender, one behind the other, of which packets near the restart come up to so
// many places late.
func afterRestart(r *rand.Rand, n, late int, sameSource, timed bool) []arrivalPacket {
	first, second := steady(n, uint16(r.Uint32()), r.Uint32()), steady(n, uint16(r.Uint32()), r.Uint32())
	for i := range second {
		second[i].at += int64(20 * n)
		if second[i].seq = first[0].seq + 20_000 + uint16(i); !sameSource {
			second[i].ssrc = 8
		}
	}
	all := append(first, second...)
	for i := n - 2*late; i < n+2*late; i++ {
		all[i].at += int64(r.IntN(20*late + 1))
	}
	all = sortByArrival(all)
	for i := range all {
		if !timed {
			all[i].at = noArrival
		}
	}
	return all
}

// However packets of two sequences are mixed around a restart, it is one restart, and all of both is there.
func TestMixedAroundARestart(t *testing.T) {
	t.Parallel()
	const n = 200
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 2))
		late, same, timed := 1+r.IntN(16), r.IntN(2) == 0, r.IntN(2) == 0
		in := afterRestart(r, n, late, same, timed)
		out, c := sequence(in)
		says := fmt.Sprintf("seed %d: %d places late, same source %v, timed %v, %+v", seed, late, same, timed, c)
		require.Len(t, out, 2*n, says)
		restarts, ended := 0, 0
		for i, p := range out {
			if p.restart {
				restarts, ended = restarts+1, i
			}
		}
		require.Equal(t, 1, restarts, says)
		require.Equal(t, n, ended, says)
		requireSteady(t, out[:ended], n)
		requireSteady(t, out[ended:], n)
	}
}

// A sender that goes back to a source that it has just left is followed, with all that it sent.
func TestBackToTheSourceBefore(t *testing.T) {
	for _, between := range []int{5, 30, 150, 600} {
		for _, timed := range []bool{true, false} {
			in := steady(600+between, 100, 0)
			for i := range in {
				if i >= 300 && i < 300+between {
					in[i].ssrc = 8
					in[i].seq += 30_000
				} else if i >= 300 {
					in[i].seq -= uint16(between)
				}
				if !timed {
					in[i].at = noArrival
				}
			}
			out, c := sequence(in)
			require.Len(t, out, 600+between, "%d, %v: %+v", between, timed, c)
			require.True(t, out[300].restart)
			require.True(t, out[300+between].restart)
			require.Zero(t, c.Lost)
		}
	}
}

// Packets of a source that ended two restarts ago begin nothing, either, and have their place.
func TestTwoRestartsAtOnce(t *testing.T) {
	in := steady(330, 100, 0)
	for i := range in {
		switch {
		case i >= 120:
			in[i].ssrc, in[i].seq = 9, in[i].seq+20_000
		case i >= 100:
			in[i].ssrc, in[i].seq = 8, in[i].seq+10_000
		}
	}
	for i := 90; i < 97; i++ { // all behind the same packet
		in[i].at = in[130].at
	}
	out, c := sequence(sortByArrival(in))
	require.Len(t, out, 330)
	require.Equal(t, Counts{Records: 330}, c)
	for i := range out {
		require.Equal(t, int64(i)*960, out[i].ts-out[0].ts, "packet %d", i)
		require.Equal(t, i == 100 || i == 120, out[i].restart, "packet %d", i)
	}
}

// What comes when nobody waits for the end of a sequence any more is no part of the one that goes on.
func TestTooLateForASequenceThatEnded(t *testing.T) {
	in := steady(500, 100, 0)
	for i := 200; i < len(in); i++ {
		in[i].ssrc, in[i].seq = 8, in[i].seq+20_000
	}
	in[190].at = in[280].at
	in[195].at = in[320].at
	out, c := sequence(sortByArrival(in))
	require.Len(t, out, 499)
	require.Equal(t, Counts{Records: 500, Foreign: 1, Lost: 1}, c)
}

// Each time that the source changes, Janus counts on from the packet before and writes when the packet came: where the
// last one of the old source comes behind the first one of the new, its time is no time of either.
func TestLateButWithTheTimeOfArrival(t *testing.T) {
	in := steady(400, 100, 0)
	for i := 200; i < len(in); i++ {
		in[i].ssrc = 8
	}
	in[206].ssrc = 7
	out, c := sequence(in)
	require.Len(t, out, 399)
	require.Equal(t, Counts{Records: 400, Late: 1, Lost: 1}, c)
	require.True(t, out[200].restart)
	require.Equal(t, uint32(8), out[200].ssrc)
}
