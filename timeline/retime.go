package timeline

import (
	"math"
	"sort"
	"time"
)

// reading is how a sender's RTP time is to be read.
type reading int

const (
	asSent    reading = iota
	scaled            // its clock has another rate than its codec's
	byLength          // not at all: packets play one after the other (audio)
	byArrival         // not at all: units are when they arrive (video)
)

// clockSpan says how RTP time is to be read from a unit on.
type clockSpan struct {
	seq   int64 // of that unit
	how   reading
	scale float64 // scaled: ticks of the codec's clock per tick of the sender's
}

// retimer turns a sender's RTP time into that of a clock which has the codec's rate. It is a plain value: a copy is a
// snapshot from which reading can go on elsewhere.
type retimer struct {
	spans []clockSpan
	rate  int  // Hz
	exact bool // units play for as long as they say

	begun   bool
	at      int   // index of the span
	from    int64 // RTP time at the span's beginning, or where the sender started anew in it, as it came in …
	to      int64 // … and as it goes out
	in, out int64 // of the unit before
	length  int64 // of the unit before, ticks
	arrival int64 // of the unit before
}

// span is the one that the unit with this sequence number lies in.
func (r *retimer) span(seq int64) int {
	return max(0, sort.Search(len(r.spans), func(i int) bool { return r.spans[i].seq > seq })-1)
}

// retime puts a unit right, the next in order of sequence.
func (r *retimer) retime(u *unit) {
	if len(r.spans) == 0 {
		return
	}
	at := r.span(u.seq)
	length := int64(math.Round(float64(u.packets[0].length) * float64(r.rate) / float64(time.Second)))
	in := u.ts
	switch s := &r.spans[at]; {
	case !r.begun:
		r.from, r.to, r.out = in, in, in
	case s.how == byLength:
		r.out += r.length * int64(1+min(u.missing, maxStep))
		r.from, r.to = in, r.out
	case s.how == byArrival && u.arrival != noArrival:
		r.out += max(1, int64(math.Round(float64(u.arrival-r.arrival)*float64(r.rate)/1000)))
		r.from, r.to = in, r.out
	default:
		if at != r.at {
			// Up to here it went on as before.
			r.from, r.to = r.in, r.out
		}
		scale := 1.0
		if s.how == scaled {
			scale = s.scale
		}
		next := r.out + r.length
		r.out = r.to + int64(math.Round(float64(in-r.from)*scale))
		// What its ticks are too coarse for is no hole between packets.
		if r.exact && s.how == scaled && u.missing == 0 && math.Abs(float64(r.out-next)) <= 2*max(scale, 1) {
			r.from, r.to, r.out = in, next, next
		}
	}
	r.begun, r.at, r.in, r.length, r.arrival = true, at, in, length, u.arrival
	u.ts = r.out
}

// stretches says whether the last unit's time was scaled.
func (r *retimer) stretches() bool { return r.begun && len(r.spans) > 0 && r.spans[r.at].how == scaled }

// ticks says how many ticks of the codec's clock some of the sender's are, where the last unit was.
func (r *retimer) ticks(sent int64) int64 {
	if len(r.spans) > 0 && r.spans[r.at].how == scaled {
		return int64(math.Round(float64(sent) * r.spans[r.at].scale))
	}
	return sent
}
