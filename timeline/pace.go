package timeline

import (
	"math"
	"slices"
)

// pace is how a track's RTP time goes along with arrival, in steps of paceMs of arrival at the least.
type pace struct{ points []pacePoint }

type pacePoint struct {
	seq   int64
	t     float64 // RTP time, ms
	a     float64 // arrival, ms
	units int32
}

const (
	paceMs    = 250
	maxPoints = 200_000
)

// add takes the next unit.
func (p *pace) add(seq int64, t float64, arrival int64) {
	if n := len(p.points); n > 0 {
		if last := &p.points[n-1]; float64(arrival) < last.a+paceMs || n >= maxPoints {
			last.units++
			return
		}
	}
	p.points = append(p.points, pacePoint{seq, t, float64(arrival), 1})
}

const (
	// paceWindows is into how many windows a recording is cut at the most, and shortWindows at the least, if they are
	// not shorter than paceMs then.
	paceWindows  = 600
	shortWindows = 16
	// crystal is how far a rate may be from 1 that is still a clock's drift: five times what any crystal is wrong by.
	// Sampling rates that are mistaken for each other differ by 8 % at least.
	crystal = 0.005
	// someMs is how long a rate must have lasted to be believed that is a ratio of small numbers or of sampling rates, or
	// that is off by so much (plainRate, as a logarithm) that no queue could do it for long. Of what a recording has from
	// its beginning to its end, the latter is believed after plainMs, and any rate after enoughMs, but not of less than
	// smallRate: a queue can grow by so much for as long, and what a clock makes of it is found as drift.
	enoughMs  = 15_000
	someMs    = 5000
	plainMs   = 1500
	plainRate = 0.33
	smallRate = 0.02
	// queueMs is how long a queue is at the most that a recording begins or ends with.
	queueMs = 4000
	// clearly is how many times larger what a rate makes of time must be than what the network makes of it.
	clearly = 6
	// lost is how far a rate can be off, as a logarithm, and be a rate: RTP time in µs where 90 kHz belong makes 2.4,
	// and in ms 4.5.
	lost = 5.5
	// pauseRate and leapRate are how much longer by arrival, or by RTP time, a window is than its rate makes it, as a
	// logarithm, if the clock stood still or leapt in it. A queue that drains is not as steep.
	pauseRate = 1.1
	leapRate  = 3
)

// paceWindow is a piece of a track.
type paceWindow struct {
	from, to pacePoint
	log      float64 // of wall time per RTP time
}

// windows cuts the track into pieces of about the same length.
func (p *pace) windows() []paceWindow {
	n := len(p.points)
	if n < 4 {
		return nil
	}
	span := p.points[n-1].a - p.points[0].a
	length := min(max(span/shortWindows, paceMs), max(1000, span/paceWindows))
	var w []paceWindow
	from := p.points[0]
	for _, to := range p.points[1:] {
		if to.a-from.a < length {
			continue
		}
		log := lost + 1.0
		if to.t > from.t {
			log = math.Log((to.a - from.a) / (to.t - from.t))
		}
		w = append(w, paceWindow{from, to, log})
		from = to
	}
	return w
}

// spans says how RTP time is to be read so that it goes along with arrival, nil if as it is. What it finds is a rate
// that a piece of a track has throughout; queues on the network grow and drain at any.
func (p *pace) spans(audio bool) []clockSpan {
	w := p.windows()
	if len(w) < 4 {
		return nil
	}
	if !audio && p.none(w) {
		return []clockSpan{{seq: p.points[0].seq, how: byArrival}}
	}
	rates := ratesOf(w)
	if len(rates) == 1 {
		return nil
	}
	var spans []clockSpan
	state := follow(w, rates)
	wrong := false
	for i := 0; i < len(w); {
		end := i + 1
		for end < len(w) && state[end] == state[i] {
			end++
		}
		s := clockSpan{seq: w[i].from.seq, how: asSent}
		if state[i] != 0 {
			if rate, ok := p.believed(w, i, end, math.Exp(rates[state[i]]), audio); ok {
				s.how, s.scale = scaled, rate
			}
		}
		if n := len(spans); n == 0 || s.how != spans[n-1].how || s.scale != spans[n-1].scale {
			spans = append(spans, s)
		}
		wrong = wrong || s.how != asSent
		i = end
	}
	if !wrong {
		return nil
	}
	return spans
}

// none says whether RTP time does not tell anything: most of the time it stands still, goes back, or leaps.
func (p *pace) none(w []paceWindow) bool {
	off := 0
	for _, x := range w {
		if math.Abs(x.log) > lost {
			off++
		}
	}
	return off*2 > len(w)
}

// ratesOf are the rates, as logarithms, that may occur: 0 first, then those that are most common in some piece of the
// track.
func ratesOf(w []paceWindow) []float64 {
	rates := []float64{0}
	for parts := 1; parts <= 16 && len(w)/parts >= 4; parts *= 2 {
		for k := range parts {
			piece := w[k*len(w)/parts : (k+1)*len(w)/parts]
			logs := make([]float64, len(piece))
			for i, x := range piece {
				logs[i] = x.log
			}
			slices.Sort(logs)
			rate := logs[len(logs)/2]
			if math.Abs(rate) > lost || slices.ContainsFunc(rates, func(r float64) bool { return math.Abs(r-rate) < crystal }) {
				continue
			}
			rates = append(rates, rate)
		}
	}
	return rates
}

// follow says which of some rates each window has. It changes where that explains several windows better: a window
// that fits none costs as much as three that fit, and a change twice that.
func follow(w []paceWindow, rates []float64) []int {
	const worst, change = 3, 6
	cost := make([]float64, len(rates))
	back := make([][]int16, len(w))
	for i, x := range w {
		back[i] = make([]int16, len(rates))
		best := 0
		for r := range rates {
			if cost[r] < cost[best] {
				best = r
			}
		}
		next := make([]float64, len(rates))
		for r, rate := range rates {
			from := r
			if cost[best]+change < cost[r] {
				from = best
			}
			back[i][r] = int16(from)
			next[r] = cost[from] + min(math.Abs(x.log-rate)*10, worst)
			if from != r {
				next[r] += change
			}
		}
		cost = next
	}
	state := make([]int, len(w))
	r := 0
	for k := range cost {
		if cost[k] < cost[r] {
			r = k
		}
	}
	for i := len(w) - 1; i >= 0; i-- {
		state[i] = r
		r = int(back[i][r])
	}
	return state
}

// line is what a piece of a track would be if its clock had never stood still or leapt.
func line(piece []paceWindow, rate float64) (points []point) {
	p := point{}
	points = append(points, p)
	for _, x := range piece {
		if off := x.log - math.Log(rate); off > pauseRate || off < -leapRate || x.log > lost {
			continue
		}
		p.t, p.d = p.t+x.to.t-x.from.t, p.d+x.to.a-x.from.a
		points = append(points, p)
	}
	return points
}

// believed measures the rate of windows from to end, and says whether it is that of a clock.
func (p *pace) believed(w []paceWindow, from, end int, guess float64, audio bool) (float64, bool) {
	l := line(w[from:end], guess)
	if len(l) < 4 {
		return 0, false
	}
	rate := middle(l)
	wall, rtp := l[len(l)-1].d, l[len(l)-1].t
	off := math.Abs(math.Log(rate))
	if off < crystal {
		return 0, false
	}
	// What is left when the rate is taken out is the network's.
	rest := make([]float64, len(l))
	for i, x := range l {
		rest[i] = x.d - rate*x.t
	}
	slices.Sort(rest)
	noise := (rest[len(rest)*9/10] - rest[len(rest)/10]) / 2
	made := math.Abs(rate-1) * rtp
	if made < clearly*noise+leapMs {
		return 0, false
	}
	whole := from == 0 && end == len(w)
	switch {
	case wall >= someMs && (off > plainRate || plainRatio(rate, audio)):
	case whole && (wall >= enoughMs && off > smallRate || off > plainRate && wall >= plainMs):
	default:
		return 0, false
	}
	// What comes back to where it was is a queue; so is what a recording begins or ends with, if it is short.
	first, last := w[from].from, w[end-1].to
	late := func(p pacePoint) float64 { return p.a - p.t }
	for _, x := range p.points {
		back := x.seq > last.seq && math.Abs(late(x)-late(first)) < made/4
		if back || x.seq < first.seq && math.Abs(late(x)-late(last)) < made/4 {
			return 0, false
		}
	}
	if end < len(w) && from == 0 && rate < 1 || end == len(w) && from > 0 && rate > 1 {
		return rate, made > queueMs
	}
	return rate, true
}

// middle is the middle of the rates between points that lie half of the time apart (Theil-Sen).
func middle(l []point) float64 {
	var rates []float64
	half := len(l) / 2
	for i := 0; i+half < len(l); i++ {
		if a, b := l[i], l[i+half]; b.t > a.t {
			rates = append(rates, (b.d-a.d)/(b.t-a.t))
		}
	}
	if len(rates) == 0 {
		return 1
	}
	slices.Sort(rates)
	return rates[len(rates)/2]
}

// plainRatio says whether a rate is one that people and devices mistake for 1: of two sampling rates or, in pictures,
// a ratio of small numbers or that of another clock to 90 kHz.
func plainRatio(rate float64, audio bool) bool {
	near := func(r float64) bool { return math.Abs(math.Log(rate/r)) < crystal }
	kHz := []float64{8, 11.025, 12, 16, 22.05, 24, 32, 44.1, 48, 88.2, 96}
	if audio {
		return slices.ContainsFunc(kHz, func(a float64) bool {
			return slices.ContainsFunc(kHz, func(b float64) bool { return near(a / b) })
		})
	}
	for p := range 6 {
		for q := range 6 {
			if near(float64(p+1) / float64(q+1)) {
				return true
			}
		}
	}
	return slices.ContainsFunc(append(kHz, 1, 30, 1000), func(a float64) bool { return near(90 / a) })
}
