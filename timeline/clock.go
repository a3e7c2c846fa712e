package timeline

import "math"

const (
	// leapMs is how far RTP time and arrival time must disagree between two units before it is looked into whether the
	// RTP clock stood still or jumped, and not just the network slow; leastLeapMs is the same where the network is
	// steady: less could not be seen as lips that are out of sync (ITU-R BT.1359: 45 ms) even if it came twice.
	leapMs      = 80
	leastLeapMs = 30
	// jitterLeap is how many times the usual disagreement a leap is at least: of delays that are distributed
	// exponentially, which is worse than most networks, one in 400 is larger.
	jitterLeap = 6
	// restartMs is how far edges may differ where the sender is known to have started anew, or is another: its clock is
	// then any other, and only the resolution of arrival times and a calm network's jitter are no difference.
	restartMs = 10
	// bucketMs is the resolution at which the lower edge of arrival minus RTP time is kept.
	bucketMs = 1000
	// driftMs is the shortest piece of clock from which any drift is taken: below it the network's jitter is larger than
	// what most clocks drift. From shorter pieces, of shortDriftMs, it is taken where it is clearly more than the
	// jitter.
	driftMs      = 60_000
	shortDriftMs = 10_000
	// worstDrift is what no crystal exceeds, wall time per RTP time: 1000 ppm are 20 times their tolerance.
	worstDrift = 0.001
	// aliveMs is longer than anything stays under way: WebRTC connections end when there was no answer for 30 s (RFC
	// 7675).
	aliveMs = 30_000
	// settledMs is how long a clock must run before what follows it can be told from it.
	settledMs = 1000
	// burstMs is how much RTP time behind a leap shows, at the least, whether a queue drains there. unknowableMs is how
	// long a leap with less than that behind it is taken for the network's: nobody mutes for so short and then says so
	// little.
	burstMs      = 100
	unknowableMs = 3000
	// blindJumpMs is the largest step of RTP time that is believed to be silence where arrival times do not say.
	blindJumpMs = 30 * 60_000
	// maxBlocks bounds what a recording can make us remember: a day of it, with a leap in every other second.
	maxBlocks = 150_000
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

// block is a piece of a track, at most a bucket long, in which RTP time and arrival go together.
type block struct {
	why     cut  // why it begins, if not because its bucket does
	sure    bool // the clock leapt before it, whatever the network did
	units   int32
	seq     int64 // of the first unit
	ts      int64
	arrival int64
	lastTS  int64
	lastArr int64
	least   point
	unrest  float64 // by how many ms RTP time and arrival disagree from unit to unit, all in all
}

// clockScan collects the blocks of one track, unit by unit.
type clockScan struct {
	rate    int  // Hz
	arrival bool // arrival times exist and can be trusted
	blocks  []block
	step    float64 // typical ms per unit, for telling loss from a leap
	// jitter is by how many ms RTP time and arrival disagree from unit to unit of late (compare RFC 3550 section 6.4.1),
	// unrest the sum of these disagreements over all steps.
	jitter float64
	unrest float64
	steps  int
}

func (c *clockScan) ms(ts int64) float64 { return float64(ts) * 1000 / float64(c.rate) }

// add takes the next unit in order of sequence.
func (c *clockScan) add(u *unit) {
	lost := u.missing
	if len(c.blocks) == 0 {
		c.begin(u, cutNone, false)
		return
	}
	b := &c.blocks[len(c.blocks)-1]
	dt := c.ms(u.ts - b.lastTS)
	why, sure := cutNone, false
	switch {
	case !c.arrival:
		if u.restart && (dt < 0 || dt > 10_000) || dt < -leapMs || dt > blindJumpMs {
			why, sure = cutBlind, true
		}
	default:
		lead := c.lead(b, u.ts, u.arrival)
		leap := min(max(leastLeapMs, jitterLeap*c.jitter), leapMs)
		switch {
		case u.restart:
			why = cutRestart
		case dt < -leapMs:
			why, sure = cutJump, true
		case lead > leap:
			why = cutLate
		case lead < -leap && dt > c.step*float64(lost+1)+leap:
			why = cutJump
		}
		sure = sure || math.Abs(lead) > aliveMs+worstDrift*math.Abs(dt)
		lead = min(math.Abs(lead), leapMs)
		c.jitter += (lead - c.jitter) / 16
		c.unrest += lead
		c.steps++
	}
	if dt > 0 && lost == 0 && why == cutNone {
		if c.step == 0 {
			c.step = dt
		} else if dt < 4*c.step {
			c.step += (dt - c.step) / 16
		}
	}
	full := c.arrival && math.Floor(c.ms(b.ts)/bucketMs) != math.Floor(c.ms(u.ts)/bucketMs)
	if (why != cutNone || full) && len(c.blocks) < maxBlocks {
		c.begin(u, why, sure)
		return
	}
	c.extend(b, u)
}

// lead is how many ms arrival goes ahead of RTP time from the end of a block to a unit.
func (c *clockScan) lead(b *block, ts, arrival int64) float64 {
	return float64(arrival-b.lastArr) - c.ms(ts-b.lastTS)
}

// leaptAt says whether the clock may have leapt before u, the newest unit.
func (c *clockScan) leaptAt(u *unit) bool {
	b := &c.blocks[len(c.blocks)-1]
	return b.seq == u.seq && (b.why != cutNone || len(c.blocks) == 1)
}

func (c *clockScan) begin(u *unit, why cut, sure bool) {
	t := c.ms(u.ts)
	c.blocks = append(c.blocks, block{why: why, sure: sure, units: 1, seq: u.seq, ts: u.ts, arrival: u.arrival,
		lastTS: u.ts, lastArr: u.arrival, least: point{t, float64(u.arrival) - t}})
}

func (c *clockScan) extend(b *block, u *unit) {
	b.units++
	b.unrest += math.Abs(c.lead(b, u.ts, u.arrival))
	if u.ts != b.lastTS {
		// Only now: units that share a time stamp although the sender goes on are told by how long they do.
		b.lastTS, b.lastArr = u.ts, u.arrival
	}
	if t := c.ms(u.ts); float64(u.arrival)-t < b.least.d {
		b.least = point{t, float64(u.arrival) - t}
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

// segments decides which blocks belong to one piece of clock. slope is the sender's drift against the server: by how
// much more than RTP time wall time advances, and known says whether it could be measured.
func (c *clockScan) segments() (segs []segment, slope float64, known bool) {
	leaps := c.leaps()
	for i := range c.blocks {
		b := &c.blocks[i]
		if i == 0 || leaps[i] != cutNone {
			segs = append(segs, segment{firstSeq: b.seq, firstTS: b.ts, why: leaps[i]})
		}
		s := &segs[len(segs)-1]
		s.lastTS = b.lastTS
		if c.arrival {
			s.points = append(s.points, b.least)
		}
	}
	if !c.arrival {
		c.blindOffsets(segs)
		return segs, 0, false
	}
	longest := 0.0
	for i := range segs {
		p := segs[i].points
		if span := p[len(p)-1].t - p[0].t; span > longest {
			if s, ok := drift(p); ok {
				longest, slope, known = span, s, true
			}
		}
	}
	for i := range segs {
		s := &segs[i]
		s.offset = math.Inf(1)
		for _, p := range s.points {
			s.offset = math.Min(s.offset, p.d-slope*p.t)
		}
	}
	c.inOrder(segs, slope)
	return segs, slope, known
}

// inOrder sees to it that no piece of clock ends after the next one begins: nothing is sent before what was sent
// earlier. Where arrival says so, what came earlier was held up longer, or the recorder's clock was set back.
func (c *clockScan) inOrder(segs []segment, slope float64) {
	for i := len(segs) - 2; i >= 0; i-- {
		s, next := &segs[i], &segs[i+1]
		ends, begins := s.offset+(1+slope)*c.ms(s.lastTS), next.offset+(1+slope)*c.ms(next.firstTS)
		s.offset -= max(0, ends-begins)
	}
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
