package timeline

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// queue is a queue that grows from a time on for a while, stays, and drains, all in ms.
type queue struct{ from, grows, stays, drains, length float64 }

func (q queue) delay(now float64) float64 {
	at := now - q.from
	switch end := q.grows + q.stays + q.drains; {
	case at < 0 || at >= end:
		return 0
	case at < q.grows:
		return q.length * at / q.grows
	case at < q.grows+q.stays:
		return q.length * (0.7 + 0.3*math.Abs(math.Cos((at-q.grows)/700))) // never the same for long
	default:
		return q.length * 0.7 * (end - at) / q.drains
	}
}

// A queue that fills and drains is no leap of the clock, wherever in a recording and at whichever pace.
func TestQueueIsNoLeap(t *testing.T) {
	for _, length := range []float64{100, 300, 1000, 4000} {
		for _, grows := range []float64{1, 300, 5000, 20_000} {
			for _, stays := range []float64{0, 700, 5000} {
				for _, drains := range []float64{length * 1.05, 4*length + 2000} {
					for _, jitter := range []float64{1, 15} {
						s := newSender(12, 40, jitter)
						s.delay = queue{8000, grows, stays, drains, length}.delay
						s.send(50_000 + grows + stays + drains)
						what := fmt.Sprintf("%v ms, grows %v, stays %v, drains %v, jitter %v", length, grows, stays, drains, jitter)
						segs, _, _ := s.c.segments()
						require.Len(t, segs, 1, what)
						require.Less(t, s.worst(t), 8.0, what)
					}
				}
			}
		}
	}
}

// A sender that is overloaded falls behind, leaves pictures out, and is on time again: its clock never leapt.
func TestOverloadedSender(t *testing.T) {
	for seed := range uint64(20) {
		s := newSender(seed, 0, 4)
		lag := 0.0
		s.delay = func(float64) float64 { return lag }
		s.send(6000)
		for range 12 {
			lag += 50 + 400*s.r.Float64()
			s.send(300 + 1200*s.r.Float64())
			if skip := 200 + 900*s.r.Float64(); s.r.IntN(2) == 0 { // nothing is encoded for so long
				s.hole(skip, skip)
				lag = math.Max(0, lag-skip)
			}
		}
		lag = 0
		s.send(9000)
		segs, _, _ := s.c.segments()
		require.Len(t, segs, 1, "seed %d", seed)
		require.Less(t, s.worst(t), 5.0, "seed %d", seed)
	}
}

// What a sender loses of its own time is missing where it lost it, also while the network has a queue.
func TestSenderStalls(t *testing.T) {
	for _, lost := range []float64{60, 100, 250, 1000, 6000} {
		for _, q := range []queue{
			{}, {from: 4000, grows: 500, stays: 2000, drains: 2000, length: 400},
			{from: 9500, grows: 1, drains: 1500, length: 800},
		} {
			s := newSender(13, 30, 2)
			s.delay = q.delay
			s.send(10_000)
			first := s.seq
			s.hole(lost, 0).send(10_000)
			what := fmt.Sprintf("%v ms, queue %+v", lost, q)
			segs, _, _ := s.c.segments()
			require.Len(t, segs, 2, what)
			require.Equal(t, cutLate, segs[1].why, what)
			if lost < leapMs && q.from > 9000 {
				require.Less(t, s.worst(t), lost+10, "%s: what drains hides it, but not for longer than it drains", what)
				continue
			}
			require.InDelta(t, first, segs[1].firstSeq, 2, what)
			require.Less(t, s.worst(t), 10.0, what)
		}
	}
}

// One picture that is late is no clock that leapt behind it.
func TestLateBegin(t *testing.T) {
	for _, late := range []float64{94, 400, 3000} {
		for _, units := range []int{1, 2, 5} {
			s := newSender(14, 0, 3)
			s.delay = func(now float64) float64 { return late }
			s.send(float64(20 * units))
			s.delay = nil
			s.hole(1000, 1000).send(10_000)
			segs, _, _ := s.c.segments()
			require.Len(t, segs, 1, "%v ms, %d units", late, units)
			require.Less(t, s.worst(t), 5.0)
		}
	}
}

// What comes late at a recording's end because it was sent again, or since the network has a bad moment, is no leap of
// the clock: packets are late by different times then. Behind a leap they are as even as before.
func TestLateEnd(t *testing.T) {
	for _, late := range []float64{100, 200, 400} {
		for seed := range uint64(20) {
			s := newSender(seed, 0, 3)
			s.send(10_000)
			s.delay = func(float64) float64 { return 60 + late*s.r.Float64() }
			s.send(300)
			segs, _, _ := s.c.segments()
			require.Len(t, segs, 1, "%v ms, seed %d", late, seed)

			s = newSender(seed, 0, 3)
			s.send(10_000).hole(late, 0).send(300)
			segs, _, _ = s.c.segments()
			require.Len(t, segs, 2, "%v ms, seed %d", late, seed)
		}
	}
}

// A microphone that is plugged in and out a hundred times, or a camera that is on for moments in hours.
func TestManyHoles(t *testing.T) {
	s := newSender(15, 120, 6)
	for range 100 {
		s.send(2000+2000*s.r.Float64()).hole(500+9000*s.r.Float64(), 0)
	}
	segs, _, _ := s.c.segments()
	require.Len(t, segs, 100)
	require.Less(t, s.worst(t), 10.0)

	for _, ppm := range []float64{-300, 15, 900} {
		s = newSender(16, ppm, 6)
		for range 12 {
			away := 1_000_000 + 500_000*s.r.Float64()
			s.send(4000).hole(away, away*(1+ppm*1e-6))
		}
		segs, slope, known := s.c.segments()
		require.Len(t, segs, 1, "%v ppm", ppm)
		require.True(t, known)
		require.InDelta(t, ppm, driftPPM(slope), 2)
		require.Less(t, s.worst(t), 12.0)
	}
}

// Looking for leaps takes no longer than reading, whatever there is.
func TestLeapsAreFoundFast(t *testing.T) {
	s := newSender(17, 0, 60)
	for s.seq < 4*3600*50 {
		s.send(3000)
		switch s.r.IntN(3) {
		case 0:
			s.hole(300*s.r.Float64(), 0)
		case 1:
			s.hole(0, 300*s.r.Float64())
		}
	}
	began := time.Now()
	s.c.segments()
	require.Less(t, time.Since(began), 20*time.Second)
	require.LessOrEqual(t, len(s.c.blocks), maxBlocks)
}
