package timeline

import (
	"math"
	"time"
)

// scanner reads one file to its end.
type scanner struct {
	t            *Track
	o            Options
	feed         *feed
	clock        clockScan
	decodability decodability
	audio        bool

	prev      mark // the unit before
	missing   int  // packets missing since then
	restarted bool // the sender started anew since then
	leapt     bool // its clock leapt since then
	prevLen   time.Duration
	prevSeen  moment // the unit before, shown or not
	started   bool
	lastIndex int64
	thinned   int // how often every other place to seek to was given up
	width     int // from negotiated parameter sets, until a picture says otherwise
	height    int
	steps     map[int64]int // RTP ticks between units -> how often
	rates     rateScan
	back      reordering
	order     *shownOrder // nil: pictures are shown in the order in which they are sent
	channels  [3]int      // Opus packets by channels
	payloads  map[uint8]int
	sounds    map[uint8]*soundStats
	prevSound struct { // the packet before, played or not
		pt      uint8
		ts      int64
		lengths soundLength
	}
	firstSeen moment  // the first unit, shown or not
	broken    *outage // that has begun
	breaks    []outage
}

// firstDecodability is what holds at the beginning of a track.
func (t *Track) firstDecodability(o Options) decodability {
	dec := decodability{keepLoss: o.OnLoss == KeepOnLoss, sixBit: t.setup.sixBit, endure: t.setup.endure,
		unhide: t.setup.unhide}
	if c := t.Info.Codec; c == "h264" || c == "h265" {
		dec.needsSets, dec.slices = len(t.parameterSets()) == 0, true
	}
	dec.prefixes = t.Info.Codec == "vp8"
	return dec
}

// take looks at the next unit.
func (s *scanner) take(u *unit) {
	t := s.t
	behind := false // u is shown before a picture that was sent before it
	if s.order != nil {
		if u.restart {
			s.back = reordering{}
		}
		behind = s.back.behindOthers(u.ts, u.key)
	}
	leapt := false
	if !behind {
		s.clock.add(u)
		leapt = s.clock.leaptAt(u)
	}
	s.missing += u.missing + u.jumped
	s.restarted = s.restarted || u.restart
	s.leapt = s.leapt || leapt
	var length time.Duration
	v := verdict{show: true, discont: u.missing > 0}
	shown := len(u.packets)
	if s.audio {
		s.sample(u)
		if u.packets[0].infoErr != nil {
			t.Unparsed++
		}
		if !t.playable(u.packets[0]) {
			s.leaveOut(u.packets[0].pt)
			if !u.recovered { // it is a record's redundancy, and no record
				t.Counts.Undecodable++
			}
			return
		}
		s.note(u, true, leapt, false)
		length = u.packets[0].length
		s.rates.add(u, int64(math.Round(length.Seconds()*float64(s.clock.rate))), s.clock.ms(1))
		s.channels[min(u.packets[0].channels, 2)]++
	} else {
		var before decodability
		if u.key { // a place to read on from
			before = s.decodability
		}
		v = s.decodability.look(u)
		s.follow(u)
		s.note(u, v.show, leapt, behind)
		if !behind {
			s.rates.add(u, 0, s.clock.ms(1))
		}
		if u.torn && unparsed(u) {
			t.Unparsed++
		}
		if v.show && u.key {
			t.KeyFrames++
		}
		t.SetsChange = t.SetsChange || u.redefines
		if v.hide {
			t.Hidden++
		}
		if !v.show {
			t.Counts.Undecodable += len(u.packets)
			if s.started && !behind {
				t.last = mark{u.seq, u.ts}
			}
			return
		}
		shown = v.packets
		if !u.whole() || shown < len(u.packets) {
			t.Incomplete++
		}
		s.indexAt(u, before)
		s.picture(u, v)
	}
	if s.audio {
		s.indexAt(u, decodability{})
	}
	if u.recovered {
		t.Counts.Recovered++
	} else {
		t.Counts.Used += shown
		t.Counts.Undecodable += len(u.packets) - shown
	}
	t.Units++
	s.payloads[u.packets[0].pt]++
	if s.order != nil {
		if leapt || u.restart {
			s.order.flush()
		}
		s.order.push(u.ts)
	}
	if behind {
		return
	}
	here := mark{u.seq, u.ts}
	if !s.started {
		t.first = here
	} else {
		s.step(u, here)
	}
	s.started, s.missing, s.restarted, s.leapt = true, 0, false, false
	t.last, t.shown, t.lastLen = here, here, length
	s.prev, s.prevLen = here, length
}

// sample notes what a packet of sound looks like.
func (s *scanner) sample(u *unit) {
	p := u.packets[0]
	if u.recovered || p.size == 0 {
		return
	}
	x := s.sounds[p.pt]
	if x == nil {
		x = &soundStats{}
		s.sounds[p.pt] = x
	}
	step := int64(0)
	if u.missing == 0 && !u.restart && s.prevSound.pt == p.pt {
		step = u.ts - s.prevSound.ts
	}
	x.add(p, s.prevSound.lengths, step)
	s.prevSound.pt, s.prevSound.ts, s.prevSound.lengths = p.pt, u.ts, p.lengths
}

// leaveOut notes sound that cannot be made into the track's codec.
func (s *scanner) leaveOut(pt uint8) {
	if s.t.setup.sounds == nil || s.t.setup.sounds.other[pt] == "" {
		return
	}
	for i := range s.t.LeftOut {
		if s.t.LeftOut[i].Type == pt {
			s.t.LeftOut[i].Packets++
			return
		}
	}
	s.t.LeftOut = append(s.t.LeftOut, PayloadCount{pt, 1, s.t.setup.sounds.other[pt]})
}

// step looks at the time between the unit before and u.
func (s *scanner) step(u *unit, here mark) {
	ticks := u.ts - s.prev.ts
	if u.missing == 0 && s.order == nil {
		s.count(ticks)
	}
	gap := time.Duration(ticks)*time.Second/time.Duration(s.clock.rate) - s.prevLen
	limit := 2 * time.Second
	if s.audio {
		limit = 200 * time.Millisecond
	}
	missing := s.missing > 0
	if s.audio {
		missing = missing && gap >= briefLoss
	}
	if gap >= limit || missing || s.restarted || s.leapt {
		h := holeMark{from: s.prev, to: here, fromLen: s.prevLen, packets: s.missing,
			restart: s.restarted}
		if len(s.t.holes) < maxHoles {
			s.t.holes = append(s.t.holes, h)
		}
	}
}

// count notes a step between two units that follow each other.
func (s *scanner) count(ticks int64) {
	if ticks > 0 && len(s.steps) < 4096 {
		s.steps[ticks]++
	}
}

// usualStep is the most common step between units, the shorter one of two that are as common.
func (s *scanner) usualStep() int64 {
	most, step := 0, int64(0)
	for ticks, n := range s.steps {
		if n > most || n == most && ticks < step {
			most, step = n, ticks
		}
	}
	return step
}

// briefLoss is the shortest loss of audio that is a hole of its own: on a bad network there are thousands of single
// packets, which Counts.Lost counts.
const briefLoss = 100 * time.Millisecond

// maxHoles bounds what a very bad recording can make us remember.
const maxHoles = 100_000

// picture follows orientation and size over the pictures that are shown.
func (s *scanner) picture(u *unit, v verdict) {
	t := s.t
	here := mark{u.seq, u.ts}
	if n := len(t.orients); n == 0 || t.orients[n-1].orientation != v.orientation {
		t.orients = append(t.orients, orientMark{here, v.orientation})
	}
	if v.mirrored {
		t.FlipFrames++
	}
	if v.back {
		t.BackCameraFrames++
	}
	if v.frame != nil {
		t.SpatialLayers = max(t.SpatialLayers, v.frame.spatial+1)
	}
	switch {
	case v.frame != nil && v.frame.width > 0:
		s.width, s.height = v.frame.width, v.frame.height
	case v.frame == nil && u.width > 0:
		s.width, s.height = u.width, u.height
	}
	if n := len(t.sizes); s.width > 0 && (n == 0 || t.sizes[n-1].width != s.width || t.sizes[n-1].height != s.height) {
		t.sizes = append(t.sizes, sizeMark{here, s.width, s.height})
	}
}

func (s *scanner) indexAt(u *unit, j decodability) {
	if !s.audio && !u.key {
		return
	}
	if len(s.t.index) > 0 && u.ts-s.lastIndex < indexMs<<s.thinned*int64(s.clock.rate)/1000 && !u.restart {
		return
	}
	at, ok := s.feed.seqr.resumeAt(u, s.feed.before, s.feed.first)
	if !ok {
		return
	}
	if len(s.t.index) == mostPoints {
		s.thinned++
		s.t.index = everySecond(s.t.index)
	}
	s.lastIndex = u.ts
	s.t.index = append(s.t.index, keyPoint{at: at, ts: u.ts, decodability: j})
}

// everySecond keeps the first of each two places.
func everySecond(index []keyPoint) []keyPoint {
	for i := range len(index) / 2 {
		index[i] = index[2*i]
	}
	return index[:len(index)/2]
}

// lonePicture is how long a picture is shown that is the only one. Muxers and players take 0 for no picture at all.
const lonePicture = 40 * time.Millisecond

func (s *scanner) finish() {
	t := s.t
	s.follow(nil)
	t.Frozen, t.Damaged = s.freezes()
	if s.order != nil {
		s.order.flush()
		t.late, t.early = s.order.late, s.order.early
		t.ReorderDelay = time.Duration(s.order.delay) * time.Second / time.Duration(s.clock.rate)
	}
	c := s.feed.counts
	c.Used, c.Undecodable, c.Recovered = t.Counts.Used, t.Counts.Undecodable, t.Counts.Recovered
	t.Counts = c
	t.damage(s.feed.reader.Damage())
	for pt, n := range s.feed.foreign {
		if n > 0 {
			t.LeftOut = append(t.LeftOut, PayloadCount{Type: uint8(pt), Packets: n})
		}
	}
	t.FrameDuration = time.Duration(s.usualStep()) * time.Second / time.Duration(s.clock.rate)
	if t.lastLen == 0 {
		t.lastLen = t.FrameDuration
	}
	if t.lastLen == 0 && !s.audio {
		t.lastLen = lonePicture
	}
	best := 0
	for pt, n := range s.payloads {
		if n > best || n == best && int(pt) < t.Media.PayloadType {
			best, t.Media.PayloadType = n, int(pt)
		}
	}
	if s.audio && t.Media.Channels == 0 {
		t.Media.Channels = 1
		if s.channels[2] > 0 {
			t.Media.Channels = 2
		}
	}
}

// driftPPM turns the slope of arrival minus RTP time into the sender's drift: a fast clock makes it fall.
func driftPPM(slope float64) float64 { return -slope / (1 + slope) * 1e6 }

// unparsed reports a unit with a payload that its codec's parser does not understand.
func unparsed(u *unit) bool {
	for _, p := range u.packets {
		if p.infoErr != nil {
			return true
		}
	}
	return false
}
