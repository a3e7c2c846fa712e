package timeline

import (
	"math"
	"slices"
)

// ratios compares, for the packets of an audio track that follow each other, the step of RTP time with how long a
// packet plays. Where the clock is the codec's they are the same, except in silence that is not sent.
type ratios struct {
	classes []ratioClass
	runs    []ratioRun
	steps   int
	pending []ratioStep // the newest that are of another class than the run
}

// ratioClass is all steps with about one ratio: how far they lead by RTP time, by length and by arrival, in ms.
type ratioClass struct {
	step, length         int64 // their sums in ticks
	steps                int
	rtp, played, arrival float64
}

// ratioRun is a piece of a track with one ratio most of the time.
type ratioRun struct {
	seq   int64
	class int
}

type ratioStep struct {
	seq   int64
	class int
}

const (
	// alikeSteps is how many steps make a run: two are alike by accident when packets are lost around silence.
	alikeSteps = 3
	// maxRatios and maxRuns bound what a recording can make us remember.
	maxRatios = 64
	maxRuns   = 100_000
	// Two classes are there from the beginning: RTP time as it should be, and all for which there is no room or of which
	// no three are alike.
	classRight = 0
	classMixed = 1
	// rounding is by how many ticks steps of one ratio differ where a length is no whole number of the sender's ticks.
	rounding = 1.01
)

// classOf is the class of a step. That of the run comes first.
func (r *ratios) classOf(step, length int64) int {
	fits := func(i int) bool {
		c := &r.classes[i]
		if i == classRight {
			return math.Abs(float64(step-length)) <= rounding
		}
		return i != classMixed && math.Abs(float64(step)-float64(length)*float64(c.step)/float64(c.length)) <= rounding
	}
	if n := len(r.runs); n > 0 && fits(r.runs[n-1].class) {
		return r.runs[n-1].class
	}
	for i := range r.classes {
		if fits(i) {
			return i
		}
	}
	if len(r.classes) == maxRatios {
		return classMixed
	}
	r.classes = append(r.classes, ratioClass{})
	return len(r.classes) - 1
}

// add takes a step between two packets between which nothing is missing. arrival is in ms, negative if unknown.
func (r *ratios) add(seq, step, length, arrival int64, tick float64) {
	if length <= 0 {
		return
	}
	if r.classes == nil {
		r.classes = make([]ratioClass, 2)
	}
	class := r.classOf(step, length)
	c := &r.classes[class]
	r.steps++
	c.steps++
	c.step, c.length = c.step+step, c.length+length
	// A pause says nothing about a rate: clocks also stand still.
	if rtp, own := float64(step)*tick, float64(length)*tick; float64(arrival) < settledMs+2*own {
		c.rtp, c.played, c.arrival = c.rtp+rtp, c.played+own, c.arrival+float64(max(0, arrival))
	}
	r.follow(seq, class)
}

// follow notes where a ratio gives way to another.
func (r *ratios) follow(seq int64, class int) {
	if len(r.runs) == 0 {
		r.runs = append(r.runs, ratioRun{seq, class}) // whatever it is, until there is more
	}
	last := &r.runs[len(r.runs)-1]
	if class == last.class && class != classMixed {
		r.pending = r.pending[:0]
		return
	}
	r.pending = append(r.pending, ratioStep{seq, class})
	if len(r.pending) < alikeSteps {
		return
	}
	run := ratioRun{r.pending[0].seq, class}
	if slices.ContainsFunc(r.pending, func(p ratioStep) bool { return p.class != class }) {
		run.class = classMixed
	}
	r.pending = slices.Delete(r.pending, 0, 1)
	if run.class == last.class || len(r.runs) >= maxRuns {
		return
	}
	r.runs = append(r.runs, run)
	if run.class != classMixed {
		r.pending = r.pending[:0]
	}
}

// spans says how RTP time is to be read, nil if as it was sent. timed says whether there are arrival times.
func (r *ratios) spans(timed bool) []clockSpan {
	if r.classes == nil {
		return nil
	}
	r.mix()
	labels := make([]*clockSpan, len(r.classes))
	for i := range r.classes {
		labels[i] = r.label(i, timed)
	}
	// Silence of a sender whose clock is wrong.
	for i := range r.classes {
		c := &r.classes[i]
		if labels[i] != nil || !timed || c.arrival < tellingSteps {
			continue
		}
		for _, l := range labels {
			if l != nil && l.how == scaled && apart(c.arrival, c.rtp*l.scale) < alikeRates {
				labels[i] = l
				break
			}
		}
	}
	var spans []clockSpan
	for _, run := range r.runs {
		l := labels[run.class]
		if l == nil {
			continue // as before
		}
		s := *l
		s.seq = run.seq
		if n := len(spans); n == 0 || spans[n-1].how != s.how || spans[n-1].scale != s.scale {
			spans = append(spans, s)
		}
	}
	if !slices.ContainsFunc(spans, func(s clockSpan) bool { return s.how != asSent }) {
		return nil
	}
	return spans
}

// mix adds what is rare to what is mixed, if there is a run of that.
func (r *ratios) mix() {
	if !slices.ContainsFunc(r.runs, func(run ratioRun) bool { return run.class == classMixed }) {
		return
	}
	mixed := &r.classes[classMixed]
	for i, c := range r.classes {
		if i > classMixed && c.steps*20 < r.steps {
			mixed.steps += c.steps
			mixed.rtp, mixed.played, mixed.arrival = mixed.rtp+c.rtp, mixed.played+c.played, mixed.arrival+c.arrival
		}
	}
}

const (
	// alikeRates is how far apart two rates may be, as a logarithm, that could be one: 15 %. Clocks that are mistaken
	// for each other are further apart, but for 44.1 and 48 kHz, for which nearer decides.
	alikeRates = 0.15
	// tellingSteps is how many ms of arrival tell anything about a rate.
	tellingSteps = 300
	// arrivalNoise is by how many ms the network can make some packets, of which none was held up, late or early.
	arrivalNoise = 50
)

// apart is how far apart two positive numbers are, as a logarithm.
func apart(a, b float64) float64 {
	if a <= 0 || b <= 0 {
		return math.Inf(1)
	}
	return math.Abs(math.Log(a / b))
}

// label says how the RTP time of packets of a class is to be read, nil if that cannot be told.
func (r *ratios) label(class int, timed bool) *clockSpan {
	c := &r.classes[class]
	right, wrong := &clockSpan{how: asSent}, &clockSpan{how: byLength}
	if class != classMixed && c.step > 0 {
		wrong = &clockSpan{how: scaled, scale: float64(c.length) / float64(c.step)}
	}
	switch {
	case class == classRight:
		return right
	case !timed:
		// Packets cannot overlap. Where they leave room, it is silence, unless there is never any other.
		if class == classMixed && c.rtp < 0 || class != classMixed && (c.step < c.length || c.steps*10 > r.steps*9) {
			return wrong
		}
		return nil
	case c.arrival < tellingSteps:
		return nil
	}
	byRTP, byLength := apart(c.arrival, c.rtp), apart(c.arrival, c.played)
	switch {
	case math.Abs(byRTP-byLength) < arrivalNoise/c.arrival:
		return nil
	case byRTP < byLength && byRTP < alikeRates:
		return right
	case byLength < byRTP && byLength < alikeRates:
		return wrong
	}
	return nil
}
