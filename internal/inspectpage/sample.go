package inspectpage

import (
	"math"
	"time"

	"github.com/upright-media/upright/timeline"
)

// columnsPerLane is how many values a curve has at most: what a wide screen can show.
const columnsPerLane = 900

// sample is a value over a piece of time: the mean, and the highest of it.
type sample struct {
	from, to   time.Duration
	mean, peak float64
}

// shortBucket is the least time of which a rate is taken: one picture in a tenth of a second is no bitrate.
const shortBucket = 500 * time.Millisecond

// seconds are the pieces of a track's activity with the time that each covers: what came in in it, without holes.
// Pieces that are too short for a rate go with the one before.
func seconds(t *Track) []bucket {
	var list []bucket
	hole := 0
	for _, a := range t.Activity {
		length := min(a.Length, time.Second)
		if a.Length < 0 { // the last of a track of which nothing can be shown
			length = shortBucket / 10
		}
		b := bucket{from: a.At, to: a.At + length, sum: a}
		for hole < len(t.Holes) && t.Holes[hole].To <= b.from {
			hole++
		}
		for i := hole; i < len(t.Holes) && t.Holes[i].From < b.to; i++ {
			if h := &t.Holes[i]; h.From > b.from && (h.Kind != timeline.HoleLoss || t.outage(h)) {
				b.to = h.From
				break
			}
		}
		if n := len(list); n > 0 && list[n-1].takes(b) {
			list[n-1].add(b)
			continue
		}
		list = append(list, b)
	}
	return list
}

// outage says whether a hole is a second or more of which most was lost, and not a pause next to which something was.
func (t *Track) outage(h *timeline.Hole) bool {
	length := h.To - h.From
	return h.Kind == timeline.HoleLoss && length >= time.Second && time.Duration(h.Packets)*t.FrameDuration >= length/2
}

// bucket is what came in over a piece of time.
type bucket struct {
	from, to time.Duration
	sum      timeline.Activity
}

// takes says whether the next bucket, or this, is too short to be one of its own.
func (b *bucket) takes(next bucket) bool {
	short := b.to-b.from < shortBucket || next.to-next.from < shortBucket
	return short && next.from-b.to < shortBucket && next.to-b.from <= time.Second+shortBucket
}

func (b *bucket) add(next bucket) {
	b.to = max(b.to, next.to)
	b.sum.Bytes += next.sum.Bytes
	b.sum.Packets += next.sum.Packets
	b.sum.Missing += next.sum.Missing
	b.sum.KeyFrames += next.sum.KeyFrames
	b.sum.Hidden += next.sum.Hidden
}

// reduce puts samples, which are in order, into at most n columns of the axis. Each column has the mean over the time
// that its samples cover, and the highest peak.
func reduce(a axis, list []sample, n int) []sample {
	if len(list) <= n {
		return list
	}
	column := func(t time.Duration) int {
		return min(n-1, int(float64(n)*a.at(t)/100))
	}
	edge := func(i int) time.Duration { return time.Duration(float64(a.length) * float64(i) / float64(n)) }
	means, peaks, covered := make([]float64, n), make([]float64, n), make([]float64, n)
	for _, s := range list {
		for i := column(s.from); i <= column(s.to); i++ {
			part := float64(min(s.to, edge(i+1)) - max(s.from, edge(i)))
			if part <= 0 {
				continue
			}
			means[i] += s.mean * part
			covered[i] += part
			peaks[i] = math.Max(peaks[i], s.peak)
		}
	}
	var out []sample
	for i := range n {
		if covered[i] > 0 {
			out = append(out, sample{edge(i), edge(i + 1), means[i] / covered[i], peaks[i]})
		}
	}
	return out
}

// highest is the highest peak.
func highest(list []sample) float64 {
	top := 0.0
	for _, s := range list {
		top = math.Max(top, s.peak)
	}
	return top
}
