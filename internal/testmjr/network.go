package testmjr

import (
	"math/rand/v2"
	"slices"
	"time"
)

// Network is what happens to packets between the sender and the recorder. The functions get the number of the packet
// in sending order, from 0; nil means never. The zero value delivers everything at once.
type Network struct {
	Delay  time.Duration // of every packet
	Jitter time.Duration // up to so much more, evenly distributed; order is kept
	Seed   uint64        // of the jitter
	// Extra holds a packet up, and those behind it that would overtake it: a busy network or server.
	Extra func(n int) time.Duration
	// Lose loses a packet.
	Lose func(n int) bool
	// Duplicate delivers a packet a second time, right behind the first.
	Duplicate func(n int) bool
	// Late delivers a packet behind this many later ones, at the time of the last of them: reordering, retransmission.
	Late func(n int) int
}

// Every is true for each k-th packet, beginning with number k-1.
func Every(k int) func(n int) bool {
	return func(n int) bool { return n%k == k-1 }
}

// At is true for the packets with these numbers.
func At(numbers ...int) func(n int) bool {
	return func(n int) bool { return slices.Contains(numbers, n) }
}

// Between is true for the packets from number first on, up to and without number end: a burst.
func Between(first, end int) func(n int) bool {
	return func(n int) bool { return n >= first && n < end }
}

// carry returns the packets in order of arrival.
func (w Network) carry(sent []Packet) []Packet {
	random := rand.New(rand.NewPCG(w.Seed, 0))
	type arrival struct {
		Packet
		behind int // number of the packet behind which it is delivered
		late   bool
	}
	var arrivals []arrival
	var last time.Duration
	times := make([]time.Duration, len(sent)) // when each packet would arrive if it is not late
	for n, p := range sent {
		p.Arrived = p.Sent + w.Delay
		if w.Jitter > 0 {
			p.Arrived += time.Duration(random.Int64N(int64(w.Jitter)))
		}
		if w.Extra != nil {
			p.Arrived += w.Extra(n)
		}
		p.Arrived = max(p.Arrived, last)
		last, times[n] = p.Arrived, p.Arrived
		if w.Lose != nil && w.Lose(n) {
			continue
		}
		a := arrival{Packet: p, behind: n}
		if w.Late != nil {
			if k := w.Late(n); k > 0 {
				a.behind, a.late = min(n+k, len(sent)-1), true
			}
		}
		arrivals = append(arrivals, a)
		if w.Duplicate != nil && w.Duplicate(n) {
			arrivals = append(arrivals, a)
		}
	}
	slices.SortStableFunc(arrivals, func(a, b arrival) int {
		switch {
		case a.behind != b.behind:
			return a.behind - b.behind
		case a.late != b.late && a.late:
			return 1
		case a.late != b.late:
			return -1
		}
		return 0
	})
	packets := make([]Packet, len(arrivals))
	for i, a := range arrivals {
		a.Arrived = times[a.behind]
		packets[i] = a.Packet
	}
	return packets
}
