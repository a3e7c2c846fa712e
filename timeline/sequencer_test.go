package timeline

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// arrivalPacket is a packet as a test sends it.
type arrivalPacket struct {
	seq  uint16
	ts   uint32
	at   int64
	ssrc uint32
}

// sequence runs packets through a sequencer and returns what comes out, as extended numbers from the first one.
func sequence(in []arrivalPacket) (out []packet, c Counts) {
	pool := &packetPool{}
	s := &sequencer{pool: pool, counts: &c, rate: 48000, emit: func(p *packet) {
		out = append(out, *p)
		pool.put(p)
	}}
	for _, a := range in {
		p := pool.get()
		p.arrival, p.ts, p.ssrc = a.at, int64(a.ts), a.ssrc
		c.Records++
		s.push(p, a.seq)
	}
	s.flush()
	return out, c
}

// steady is a sender of n packets, 20 ms and 960 ticks apart.
func steady(n int, seq uint16, ts uint32) []arrivalPacket {
	in := make([]arrivalPacket, n)
	for i := range in {
		in[i] = arrivalPacket{seq + uint16(i), ts + uint32(960*i), int64(20 * i), 7}
	}
	return in
}

// requireSteady checks that packets come out as a steady sender sent them.
func requireSteady(t *testing.T, out []packet, n int) {
	t.Helper()
	require.Len(t, out, n)
	for i := range out { // so many that each call of require counts
		if int64(i) != out[i].seq-out[0].seq || int64(960*i) != out[i].ts-out[0].ts {
			require.Failf(t, "not in order", "packet %d is %d, at %d", i, out[i].seq-out[0].seq, out[i].ts-out[0].ts)
		}
	}
}

func TestSequencerWraps(t *testing.T) {
	t.Parallel()
	for _, start := range []struct {
		seq uint16
		ts  uint32
	}{{0, 0}, {1, 0}, {65535, 1<<32 - 960}, {65400, 1<<32 - 180000}, {32768, 1 << 31}, {1, 1<<31 - 1}} {
		t.Run(fmt.Sprint(start), func(t *testing.T) {
			out, c := sequence(steady(140_000, start.seq, start.ts))
			requireSteady(t, out, 140_000)
			require.Equal(t, Counts{Records: 140_000}, c)
		})
	}
}

func TestSequencerFirstPacketIsLate(t *testing.T) {
	in := steady(500, 65534, 1<<32-1920)
	// Janus numbers the first packet to arrive 1 and gives it time 0; two that it overtook come behind it.
	in[0], in[1], in[2], in[3] = in[2], in[0], in[3], in[1]
	for i := range in {
		in[i].at = int64(20 * i)
	}
	out, c := sequence(in)
	requireSteady(t, out, 500)
	require.Zero(t, c.Lost+c.Late+c.Duplicate)
}

// The first packet is sent again as late as any other, and of a video the key picture begins with it.
func TestSequencerFirstPacketIsSentAgain(t *testing.T) {
	for _, late := range []int64{200, 700, 1900} {
		for _, timed := range []bool{true, false} {
			in := steady(500, 1, 0)
			in[0].at += late
			in[1].at += late / 2
			in = sortByArrival(in)
			for i := range in {
				if !timed {
					in[i].at = noArrival
				}
			}
			out, c := sequence(in)
			requireSteady(t, out, 500)
			require.Zero(t, c.Lost+c.Late)
		}
	}
}

// Any bounded reordering and any duplication gives the same sequence, wherever counters wrap.
func TestSequencerAnyOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := 50 + r.IntN(3000)
		in := steady(n, uint16(r.Uint32()), r.Uint32())
		var order []arrivalPacket
		for _, p := range in {
			p.at += int64(r.IntN(400)) // up to 20 packets out of order
			order = append(order, p)
			if r.IntN(7) == 0 {
				p.at += int64(r.IntN(1500))
				order = append(order, p)
			}
		}
		shuffled := sortByArrival(order)
		out, c := sequence(shuffled)
		requireSteady(t, out, n)
		require.Equal(t, len(order)-n, c.Duplicate)
		require.Zero(t, c.Lost+c.Late+c.Foreign, "seed %d", seed)
	}
}

func sortByArrival(in []arrivalPacket) []arrivalPacket {
	out := append([]arrivalPacket(nil), in...)
	for i := 1; i < len(out); i++ {
		for k := i; k > 0 && out[k].at < out[k-1].at; k-- {
			out[k], out[k-1] = out[k-1], out[k]
		}
	}
	return out
}

func TestSequencerLoss(t *testing.T) {
	in := steady(1000, 10, 0)
	in = append(in[:300], in[310:]...)                   // lost for good
	late := in[500]                                      // comes back after nobody waits for it
	in = append(append(in[:500:500], in[501:]...), late) // …
	in[len(in)-1].at = in[len(in)-2].at + 20             //
	out, c := sequence(in)
	require.Len(t, out, 989)
	require.Equal(t, 11, c.Lost)
	require.Equal(t, 1, c.Late)
	require.Equal(t, int64(11), out[300].seq-out[299].seq)
	require.Equal(t, int64(960*11), out[300].ts-out[299].ts)
}

func TestSequencerRetransmissionWithinReach(t *testing.T) {
	in := steady(1000, 1, 0)
	in[400].at += 1500
	out, c := sequence(sortByArrival(in))
	requireSteady(t, out, 1000)
	require.Zero(t, c.Lost+c.Late)
}

func TestSequencerWithoutArrivalTimes(t *testing.T) {
	in := steady(2000, 1, 0)
	for i := range in {
		in[i].at = noArrival
	}
	in[100], in[130] = in[130], in[100]
	out, c := sequence(append(in[:700], in[705:]...))
	require.Len(t, out, 1995)
	require.Equal(t, 5, c.Lost)
	require.Zero(t, c.Late+c.Duplicate)
}

func TestSequencerSenderRestart(t *testing.T) {
	in := steady(300, 1000, 0)
	more := steady(300, 40000, 3_000_000_000)
	for i := range more {
		more[i].at += 6000
	}
	out, c := sequence(append(in, more...))
	require.Len(t, out, 600)
	require.Zero(t, c.Lost+c.Foreign)
	require.True(t, out[300].restart)
	require.Greater(t, out[300].seq, out[299].seq)
	require.Equal(t, 38700, out[300].jumped)
	for i := 301; i < 600; i++ {
		require.False(t, out[i].restart)
		require.Equal(t, int64(1), out[i].seq-out[i-1].seq)
	}
}

func TestSequencerSourceChange(t *testing.T) {
	in := steady(600, 1, 0)
	for i := 300; i < 600; i++ {
		in[i].ssrc = 8 // Janus goes on counting, only the source is another
	}
	out, c := sequence(in)
	require.Len(t, out, 600)
	require.Zero(t, c.Lost+c.Foreign)
}

func TestSequencerForeignSource(t *testing.T) {
	in := steady(600, 1, 0)
	var mixed []arrivalPacket
	for i, p := range in {
		mixed = append(mixed, p)
		if i%3 == 0 {
			mixed = append(mixed, arrivalPacket{uint16(500 + i/3), 12345, p.at, 99})
		}
	}
	out, c := sequence(mixed)
	requireSteady(t, out, 600)
	require.Equal(t, 200, c.Foreign)
}

func TestSequencerStrayFirstPacket(t *testing.T) {
	in := append([]arrivalPacket{{777, 5, 0, 99}}, steady(300, 1, 0)...)
	out, c := sequence(in)
	requireSteady(t, out, 300)
	require.Equal(t, 1, c.Foreign)
}

// Every packet is accounted for, whatever comes.
func FuzzSequencer(f *testing.F) {
	f.Add([]byte{0, 1, 0, 2, 0, 3, 255, 255, 0, 4, 128, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var in []arrivalPacket
		at := int64(0)
		for i := 0; i+3 < len(b); i += 4 {
			at += int64(b[i+2]) * 8
			in = append(in, arrivalPacket{uint16(b[i])<<8 | uint16(b[i+1]), uint32(b[i+3]) << 24, at, uint32(b[i+3] & 1)})
		}
		out, c := sequence(in)
		require.Equal(t, len(in), len(out)+c.Duplicate+c.Late+c.Foreign)
		for i := 1; i < len(out); i++ {
			require.Greater(t, out[i].seq, out[i-1].seq)
		}
	})
}
