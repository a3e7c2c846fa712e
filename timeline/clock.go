package timeline

import "math"

const (
	// leapMs is how far RTP time and arrival time must disagree between two units before it is looked into whether
	// the RTP clock stood still or jumped, and not just the network slow.
	leapMs = 80
	// restartMs is the same where the sender is known to have started anew: its clock is then any other.
	restartMs = 10
	// bucketMs is the resolution at which the lower edge of arrival minus RTP time is kept.
	bucketMs = 1000
	// lookMs is how far ahead is looked to tell a clock that stood still from a network that did: after a stall the
	// delay comes down again as the queues drain.
	lookMs = 60_000
	// baseMs is how much of the past makes the delay's lower edge at a leap.
	baseMs = 30_000
	// driftMs is the shortest piece of clock from which drift is taken: below it the network's jitter is larger than
	// what any real clock drifts.
	driftMs = 60_000
	// settledMs is how long a clock must run before a second leap counts as one of its own, and not as the end of the
	// first: a sender that was late for a moment skips pictures and is on time again.
	settledMs = 1000
	// burstMs is how much RTP time behind a leap shows, at the least, whether a queue drains there. unknowableMs is how long a
	// leap with less than that behind it is taken for the network's: nobody mutes for so short and then says so little.
	burstMs      = 100
	unknowableMs = 3000
	// blindJumpMs is the largest step of RTP time that is believed to be silence where arrival times do not say.
	blindJumpMs = 30 * 60_000
)

// point is the lower edge of arrival minus RTP time within one bucket.
type point struct {
	t float64 // RTP time, ms, extended
	d float64 // arrival minus RTP time, ms
}

// cut says why a run of units ends and the next begins.
type cut int

const (
	cutNone    cut = iota
	cutLate        // arrival went ahead of RTP time: the clock stood still, or the network did
	cutJump        // RTP time leapt
	cutRestart     // the sender started anew, or is another
	cutBlind       // either, where there are no arrival times
)

// run is a piece of a track in which RTP time and arrival go together.
type run struct {
	why      cut // why it begins
	firstSeq int64
	firstTS  int64
	firstArr int64
	lastTS   int64
	lastArr  int64
	points   []point
}

// clockScan collects the runs of one track, unit by unit.
type clockScan struct {
	rate    int  // Hz
	arrival bool // arrival times exist and can be trusted
	runs    []run
	step    float64 // typical ms per unit, for telling loss from a leap
}

func (c *clockScan) ms(ts int64) float64 { return float64(ts) * 1000 / float64(c.rate) }

// add takes the next unit in order of sequence.
func (c *clockScan) add(u *unit) {
	lost := u.missing
	if len(c.runs) == 0 {
		c.begin(u, cutNone)
		return
	}
	r := &c.runs[len(c.runs)-1]
	dt := c.ms(u.ts - r.lastTS)
	why := cutNone
	switch {
	case !c.arrival:
		if u.restart && (dt < 0 || dt > 10_000) || dt < -leapMs || dt > blindJumpMs {
			why = cutBlind
		}
	default:
		lead := float64(u.arrival-r.lastArr) - dt // how far arrival went ahead of RTP time
		switch {
		case u.restart:
			why = cutRestart
		case dt < -leapMs:
			why = cutJump
		case lead > leapMs:
			why = cutLate
		case lead < -leapMs && dt > leapMs && dt > c.step*float64(lost+2):
			why = cutJump
		}
	}
	if why != cutNone {
		c.begin(u, why)
		return
	}
	if dt > 0 && lost == 0 {
		if c.step == 0 {
			c.step = dt
		} else if dt < 4*c.step {
			c.step += (dt - c.step) / 16
		}
	}
	c.extend(r, u)
}

// leaptAt says whether a run begins at u, the newest unit.
func (c *clockScan) leaptAt(u *unit) bool { return c.runs[len(c.runs)-1].firstSeq == u.seq }

func (c *clockScan) begin(u *unit, why cut) {
	c.runs = append(c.runs, run{why: why, firstSeq: u.seq, firstTS: u.ts, firstArr: u.arrival, lastTS: u.ts, lastArr: u.arrival})
	c.extend(&c.runs[len(c.runs)-1], u)
}

func (c *clockScan) extend(r *run, u *unit) {
	if u.ts != r.lastTS {
		// Only now: units that share a time stamp although the sender goes on are told by how long they do.
		r.lastTS, r.lastArr = u.ts, u.arrival
	}
	if !c.arrival {
		return
	}
	t := c.ms(u.ts)
	p := point{t, float64(u.arrival) - t}
	n := len(r.points)
	if n == 0 || math.Floor(r.points[n-1].t/bucketMs) != math.Floor(t/bucketMs) {
		r.points = append(r.points, p)
	} else if p.d < r.points[n-1].d {
		r.points[n-1] = p
	}
}

// segment is a piece of a track's RTP clock without a leap: wall = offset + (1 + slope) * RTP time.
type segment struct {
	firstSeq int64
	firstTS  int64
	lastTS   int64
	why      cut     // cutLate: the clock stood still before it; cutJump: it leapt; cutNone: the first
	offset   float64 // ms; wall time (ms since the file's first record) at RTP time 0
	points   []point
}

// segments decides which runs belong to one piece of clock. slope is the sender's drift against the server: by how
// much more than RTP time wall time advances, and known says whether it could be measured.
func (c *clockScan) segments() (segs []segment, slope float64, known bool) {
	for i := range c.runs {
		r := &c.runs[i]
		why := r.why
		tolerance := float64(leapMs)
		if why == cutRestart {
			tolerance = restartMs
		}
		if why != cutNone && why != cutBlind && !c.moved(i, &segs[len(segs)-1], tolerance) {
			why = cutNone
		}
		if i == 0 || why != cutNone {
			segs = append(segs, segment{firstSeq: r.firstSeq, firstTS: r.firstTS, why: why})
		}
		s := &segs[len(segs)-1]
		s.lastTS = r.lastTS
		s.points = append(s.points, r.points...)
	}
	if !c.arrival {
		c.blindOffsets(segs)
		return segs, 0, false
	}
	longest := 0.0
	for i := range segs {
		p := segs[i].points
		if span := p[len(p)-1].t - p[0].t; span >= driftMs && span > longest {
			longest = span
			slope, known = lowerEdge(p), true
		}
	}
	for i := range segs {
		s := &segs[i]
		s.offset = math.Inf(1)
		for _, p := range s.points {
			s.offset = math.Min(s.offset, p.d-slope*p.t)
		}
	}
	return segs, slope, known
}

// moved tells whether the sender's clock moved against the server's before run i, or only the network was slow: the
// lower edge of the delay is then the same again soon after, within a tolerance in ms. seg is the clock so far.
func (c *clockScan) moved(i int, seg *segment, tolerance float64) bool {
	base := math.Inf(1)
	end := seg.points[len(seg.points)-1].t
	for k := len(seg.points) - 1; k >= 0 && seg.points[k].t > end-baseMs; k-- {
		base = math.Min(base, seg.points[k].d)
	}
	after := math.Inf(1)
	start := c.ms(c.runs[i].firstTS)
	for k := i; k < len(c.runs); k++ {
		if k > i && c.runs[k].why >= cutJump && c.ms(c.runs[k-1].lastTS)-start > settledMs {
			break // that leap is another story
		}
		for _, p := range c.runs[k].points {
			if p.t > start+lookMs {
				break
			}
			after = math.Min(after, p.d)
		}
	}
	if c.runs[i].why == cutLate {
		return after-base > tolerance && !c.cutShort(i, seg, after-base) // no clock that stands still comes out early
	}
	return math.Abs(after-base) > tolerance
}

// cutShort tells whether the recording ends while the network makes good a stall before run i, by which delay has grown: all
// that is left arrives at once. The delay would have come down again. seg is the clock so far, which must have been running.
func (c *clockScan) cutShort(i int, seg *segment, delay float64) bool {
	if c.ms(seg.lastTS-seg.firstTS) < settledMs {
		return false
	}
	for _, r := range c.runs[i:] {
		if r.why != cutLate {
			return false
		}
	}
	first, last := &c.runs[i], &c.runs[len(c.runs)-1]
	rtp, arrival := c.ms(last.lastTS-first.firstTS), float64(last.lastArr-first.firstArr)
	if rtp < burstMs {
		return delay < unknowableMs
	}
	return arrival < rtp/2
}

// blindOffsets lays segments out one behind the other, a typical step apart, where nothing tells how they lie.
func (c *clockScan) blindOffsets(segs []segment) {
	if len(segs) == 0 {
		return
	}
	segs[0].offset = -c.ms(segs[0].firstTS)
	for i := 1; i < len(segs); i++ {
		end := segs[i-1].offset + c.ms(segs[i-1].lastTS) + c.step
		segs[i].offset = end - c.ms(segs[i].firstTS)
	}
}

// lowerEdge is the slope of the line below all points that is closest to them: the edge of their lower convex hull
// over the middle of time (compare Moon, Skelly, Towsley, "Estimation and removal of clock skew from network delay
// measurements", INFOCOM 1999). points are in order of t.
func lowerEdge(points []point) float64 {
	mean := 0.0
	for _, p := range points {
		mean += p.t / float64(len(points))
	}
	hull := make([]point, 0, 16)
	for _, p := range points {
		for len(hull) >= 2 {
			a, b := hull[len(hull)-2], hull[len(hull)-1]
			if (b.t-a.t)*(p.d-a.d)-(p.t-a.t)*(b.d-a.d) > 0 {
				break
			}
			hull = hull[:len(hull)-1]
		}
		hull = append(hull, p)
	}
	for i := 1; i < len(hull); i++ {
		if hull[i].t >= mean {
			if dt := hull[i].t - hull[i-1].t; dt > 0 {
				return (hull[i].d - hull[i-1].d) / dt
			}
		}
	}
	return 0
}
