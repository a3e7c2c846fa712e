package timeline

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// sender makes audio units: what a sender with its own clock sends over a network with its own mind.
type sender struct {
	r       *rand.Rand
	ppm     float64 // sender's clock against the server's
	jitter  float64 // ms, exponential
	now     float64 // ms of the server's clock
	rtp     float64 // ms of the sender's clock
	seq     int64
	delay   func(now float64) float64 // ms on top
	arrival []float64                 // true arrival without the network, for checking
	c       clockScan
	marks   []mark
}

func newSender(seed uint64, ppm, jitter float64) *sender {
	return &sender{r: rand.New(rand.NewPCG(seed, 2)), ppm: ppm, jitter: jitter, c: clockScan{rate: 48000, arrival: true},
		rtp: 1e6}
}

// send sends audio for some ms.
func (s *sender) send(ms float64) *sender {
	for end := s.now + ms; s.now < end; {
		d := s.r.ExpFloat64() * s.jitter
		if s.delay != nil {
			d += s.delay(s.now)
		}
		u := &unit{seq: s.seq, ts: int64(s.rtp * 48), arrival: int64(s.now + d)}
		s.c.add(u)
		s.marks = append(s.marks, mark{u.seq, u.ts})
		s.arrival = append(s.arrival, s.now)
		s.seq++
		s.now += 20
		s.rtp += 20 * (1 + s.ppm*1e-6)
	}
	return s
}

// hole lets server time and RTP time go on by different amounts without a packet.
func (s *sender) hole(server, rtp float64) *sender {
	s.now += server
	s.rtp += rtp
	return s
}

// worst is the largest error, in ms, of where a packet is put on the server's clock against when it was sent. A
// constant delay is no error.
func (s *sender) worst(t *testing.T) float64 {
	segs, slope, _ := s.c.segments()
	tr := &Track{scanned: &scanned{segments: segs, slope: slope, rate: 48000}}
	var errs []float64
	for i, m := range s.marks {
		errs = append(errs, tr.wall(tr.segmentOf(m.seq), m.ts)-s.arrival[i])
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, e := range errs {
		lo, hi = math.Min(lo, e), math.Max(hi, e)
	}
	require.Less(t, math.Abs(lo), leapMs+20.0)
	return hi - lo
}

func TestClockSteady(t *testing.T) {
	s := newSender(1, 0, 15).send(10_000)
	segs, slope, known := s.c.segments()
	require.Len(t, segs, 1)
	require.Zero(t, slope)
	require.False(t, known, "ten seconds are too short to see drift")
	require.Less(t, s.worst(t), 1.0)
}

func TestClockDrift(t *testing.T) {
	for _, ppm := range []float64{-200, -40, 0, 40, 200} {
		for _, hours := range []float64{0.05, 0.2, 2} {
			s := newSender(2, ppm, 20).send(hours * 3600_000)
			_, slope, known := s.c.segments()
			require.True(t, known)
			tolerance := 10 / (hours * 3.6) // 10 ms over the recording, in ppm
			require.InDelta(t, ppm, driftPPM(slope), tolerance, "%v h", hours)
			require.Less(t, s.worst(t), 12.0, "%v ppm over %v h", ppm, hours)
		}
	}
}

// A late first packet shifts nothing.
func TestClockLateFirstPacket(t *testing.T) {
	s := newSender(3, 0, 5)
	s.delay = func(now float64) float64 { return max(0, 700-now) }
	s.send(20_000)
	segs, _, _ := s.c.segments()
	require.Len(t, segs, 1)
	require.Less(t, s.worst(t), 2.0)
}

func TestClockMute(t *testing.T) {
	s := newSender(4, -150, 10).send(120_000).hole(240_000, 240_000*(1-150e-6)).send(360_000)
	segs, _, _ := s.c.segments()
	require.Len(t, segs, 1, "the clock ran on: nothing moved")
	require.Less(t, s.worst(t), 8.0)
}

func TestClockStandsStill(t *testing.T) {
	for _, frozen := range []float64{150, 400, 4000, 244_000} {
		s := newSender(5, 0, 10).send(8000).hole(frozen, 0).send(8000).hole(frozen, 0).send(5000)
		segs, _, _ := s.c.segments()
		require.Len(t, segs, 3, "%v ms", frozen)
		require.Equal(t, cutLate, segs[1].why)
		require.Less(t, s.worst(t), 8.0, "%v ms", frozen)
	}
}

// A network that stalls and catches up is no clock that stood still.
func TestClockNetworkStall(t *testing.T) {
	for _, stall := range []float64{150, 900, 3000, 12_000} {
		s := newSender(6, 0, 5)
		s.delay = func(now float64) float64 {
			if now < 10_000 {
				return 0
			}
			return max(0, stall-(now-10_000)*0.9) // what has piled up comes fast
		}
		s.send(60_000)
		segs, _, _ := s.c.segments()
		require.Len(t, segs, 1, "%v ms", stall)
		require.Less(t, s.worst(t), 5.0)
	}
}

func TestClockJumps(t *testing.T) {
	for _, jump := range []float64{-3_600_000, -5000, -300, 300, 5000, 11_111_111} {
		s := newSender(7, 0, 10).send(9000).hole(0, jump).send(9000)
		segs, _, _ := s.c.segments()
		require.Len(t, segs, 2, "%v ms", jump)
		require.Equal(t, cutJump, segs[1].why)
		require.Less(t, s.worst(t), 8.0, "%v ms", jump)
	}
}

// DTX: a packet every 400 ms in silence, on a network with jitter.
func TestClockDTX(t *testing.T) {
	s := newSender(8, 0, 30).send(3000)
	for range 20 {
		s.hole(380, 380).send(20)
	}
	s.send(3000)
	segs, _, _ := s.c.segments()
	require.Len(t, segs, 1)
}

func TestClockGlitch(t *testing.T) {
	s := newSender(9, 0, 5).send(5000).hole(0, 50_000).send(20).hole(0, -50_000).send(5000)
	require.Less(t, s.worst(t), 40.0) // one packet alone has its own jitter, and no more
}

func TestClockWithoutArrivalTimes(t *testing.T) {
	s := newSender(10, 0, 0)
	s.c.arrival = false
	s.send(5000).hole(4000, 4000).send(5000) // silence: RTP time says so
	segs, _, known := s.c.segments()
	require.Len(t, segs, 1)
	require.False(t, known)
	s.hole(0, -3_000_000).send(1000) // a restart: nothing says for how long
	segs, _, _ = s.c.segments()
	require.Len(t, segs, 2)
	tr := &Track{scanned: &scanned{segments: segs, rate: 48000}}
	require.InDelta(t, 14_000, tr.wall(1, segs[1].firstTS), 25)
}

func TestLowerEdge(t *testing.T) {
	require.Zero(t, lowerEdge(nil))
	require.Zero(t, lowerEdge([]point{{1, 1}}))
	require.InDelta(t, 0.5, lowerEdge([]point{{0, 0}, {1, 3}, {2, 1}, {3, 9}, {4, 2}}), 1e-9)
}
