package timeline

import (
	"math"
	"slices"
	"time"
)

// maxReorder is how many pictures can be sent before one that is shown before them: decoders of H.264 and H.265 hold
// back 16 at the most (max_dec_frame_buffering, H.264 section A.3.1; sps_max_dec_pic_buffering, H.265 section A.4.1).
const maxReorder = 16

// reorders says whether pictures of a codec can be sent in another order than they are shown in (B-frames).
func reorders(codec string) bool { return codec == "h264" || codec == "h265" }

// reordering tells pictures that are shown before others that were sent before them from a clock that leaps back.
type reordering struct {
	high, before int64 // RTP time of the picture shown last, and of the one sent before it that was shown last until then
	behind       int   // pictures since that were shown before it
	begun        bool
}

// behindOthers says whether the next picture, of RTP time ts, is shown before one that was sent before it. Such a
// picture lies between two that were sent: what it was predicted from, and is no key picture. A clock that leaps back
// lands anywhere; and where it lands between by chance, more pictures follow there than any decoder holds back.
func (r *reordering) behindOthers(ts int64, key bool) bool {
	if r.begun && !key && r.before < ts && ts < r.high && r.behind < maxReorder {
		r.behind++
		return true
	}
	if r.behind = 0; !r.begun || ts < r.high {
		r.before = math.MaxInt64 // nothing is known to lie before it
	} else if ts > r.high {
		r.before = r.high
	}
	r.high, r.begun = ts, true
	return false
}

// shownOrder puts the RTP times of pictures, which come in the order of sending, into the order in which they are
// shown.
type shownOrder struct {
	step    func(ticks int64) // between two pictures that are shown one after the other
	waiting []sentPicture     // by ts
	sent    [2 * maxReorder]int64
	pushed  int
	popped  int
	last    int64

	late  int // by how many places at the most a picture is sent later than it is shown
	early int // … earlier
	// delay is by how many ticks pictures must be shown later than they are decoded, when the n-th is decoded at the time
	// of the n-th that is shown.
	delay int64
}

type sentPicture struct {
	ts int64
	at int // place in the order of sending
}

// push takes the next picture.
func (o *shownOrder) push(ts int64) {
	o.sent[o.pushed%len(o.sent)] = ts
	i, _ := slices.BinarySearchFunc(o.waiting, ts, func(p sentPicture, ts int64) int {
		if p.ts <= ts {
			return -1
		}
		return 1
	})
	o.waiting = slices.Insert(o.waiting, i, sentPicture{ts, o.pushed})
	o.pushed++
	if len(o.waiting) > maxReorder {
		o.pop()
	}
}

func (o *shownOrder) pop() {
	p := o.waiting[0]
	o.waiting = slices.Delete(o.waiting, 0, 1)
	o.early = max(o.early, o.popped-p.at)
	o.late = max(o.late, p.at-o.popped)
	o.delay = max(o.delay, p.ts-o.sent[o.popped%len(o.sent)])
	if o.popped > 0 && o.step != nil {
		o.step(p.ts - o.last)
	}
	o.last = p.ts
	o.popped++
}

// flush ends the order, and another begins: the clock leapt, or nothing follows.
func (o *shownOrder) flush() {
	for len(o.waiting) > 0 {
		o.pop()
	}
	o.pushed, o.popped = 0, 0
}

// reorderer finds, for pictures in the order of sending, when to decode each and which is shown after it.
type reorderer struct {
	// ahead is how many pictures must have been pushed after one before it is handed out: shownOrder.late + early.
	ahead int
	delay time.Duration // Track.ReorderDelay

	decode []time.Duration // when the pictures that are still to be handed out are decoded, in order, before delay
	shown  []time.Duration // of pictures pushed, and of some that were handed out
}

// push takes the next picture. It returns when it is shown: pts, or a moment later where that is taken.
func (o *reorderer) push(pts time.Duration) time.Duration {
	i, taken := slices.BinarySearch(o.shown, pts)
	for ; taken; i, taken = slices.BinarySearch(o.shown, pts) {
		pts += time.Millisecond
	}
	o.shown = slices.Insert(o.shown, i, pts)
	k, _ := slices.BinarySearch(o.decode, pts)
	o.decode = slices.Insert(o.decode, k, pts)
	return pts
}

// hand takes the picture out that was pushed first. It returns when to decode it and when the picture is shown that
// comes next, -1 if none does.
func (o *reorderer) hand(pts time.Duration) (dts, next time.Duration) {
	dts = min(o.decode[0]-o.delay, pts)
	o.decode = slices.Delete(o.decode, 0, 1)
	i, _ := slices.BinarySearch(o.shown, pts)
	next = -1
	if i+1 < len(o.shown) {
		next = o.shown[i+1]
	}
	if i > maxReorder { // what was shown so long ago is nobody's successor
		o.shown = slices.Delete(o.shown, 0, i-maxReorder)
	}
	return dts, next
}
