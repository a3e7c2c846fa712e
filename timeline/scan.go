package timeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/rtpview"
)

// mark is a place on a track's own clock.
type mark struct {
	seq int64
	ts  int64
}

// keyPoint is a place from which a track can be read on.
type keyPoint struct {
	at    resumePoint
	judge judge
}

// indexMs is how far apart the places are that can be sought to, in RTP time.
const indexMs = 1000

// scanned is what the first reading of a file leaves for the second.
type scanned struct {
	setup    setup
	segments []segment
	shift    float64 // ms by which the file's wall clock is wrong
	slope    float64 // wall time per RTP time is 1 + slope
	rate     int
	index    []keyPoint
	first    mark // first unit shown
	last     mark // last unit, shown or not: the last good picture stands until then
	lastLen  time.Duration
	orients  []orientMark
	sizes    []sizeMark
	holes    []holeMark
	activity []activityMark
	messages struct{ first, last int64 } // µs since the Unix epoch, data only
}

type orientMark struct {
	mark
	orientation cvo.Orientation
}

type sizeMark struct {
	mark
	width, height int
}

type holeMark struct {
	from, to mark
	fromLen  time.Duration // length of the unit at from
	packets  int
	restart  bool
}

// scanner reads one file to its end.
type scanner struct {
	t     *Track
	o     Options
	feed  *feed
	clock clockScan
	judge judge
	audio bool

	prev      unit // the unit before, without packets
	missing   int  // packets missing since then
	restarted bool // the sender started anew since then
	leapt     bool // its clock leapt since then
	prevLen   time.Duration
	prevSeen  unit // the unit before, shown or not
	started   bool
	lastIndex int64
	width     int // from negotiated parameter sets, until a picture says otherwise
	height    int
	steps     map[int64]int // RTP ticks between units -> how often
	channels  [3]int        // Opus packets by channels
	payloads  map[uint8]int
	brokenAt  *unit     // the unit at which pictures stopped to be decodable
	endure    []seqSpan // breaks that last too long to freeze
}

// scanFile reads a file once. Errors are in the track.
func scanFile(ctx context.Context, path string, o Options) *Track {
	t := &Track{Path: path}
	if err := scanInto(ctx, t, o); err != nil {
		*t = Track{Path: path, Header: t.Header, Err: err}
	}
	return t
}

func scanInto(ctx context.Context, t *Track, o Options) error {
	s := setup{arrivals: true}
	if err := chooseOrientation(ctx, t, o, &s); err != nil {
		return err
	}
	// What the first reading finds out about the file as a whole can change how it must be read.
	for range 4 {
		fresh := Track{Path: t.Path, OrientationFound: t.OrientationFound, OrientationID: t.OrientationID}
		sc, err := scanOnce(ctx, &fresh, o, s)
		*t = fresh
		if err != nil || sc == nil || !sc.reconsider(&s) {
			return err
		}
	}
	return nil
}

// reconsider reports whether the file must be read again, differently.
func (s *scanner) reconsider(with *setup) bool {
	again := false
	if with.arrivals && s.arrivalsLie() {
		with.arrivals, again = false, true // third-party writers fill the field with garbage
	}
	if other := s.otherPayloads(); len(other) > 0 && with.refuse == nil {
		with.refuse, again = other, true
	}
	if len(s.endure) > 0 && with.endure == nil {
		with.endure, again = s.endure, true
	}
	return again
}

// otherPayloads are the payload types in an audio track that are not its sound: telephone events (RFC 4733) and the
// like, which senders mix in with the same source.
func (s *scanner) otherPayloads() []uint8 {
	if !s.audio {
		return nil
	}
	main := uint8(s.t.Media.PayloadType)
	var other []uint8
	for pt, n := range s.payloads {
		// A sender may change its payload type in mid-call, but hardly for less than a tenth of what it sends.
		if pt != main && n*10 < s.payloads[main] {
			other = append(other, pt)
		}
	}
	slices.Sort(other)
	return other
}

// chooseOrientation finds the header extension that carries the orientation: given, declared, or by its looks.
func chooseOrientation(ctx context.Context, t *Track, o Options, s *setup) error {
	if o.OrientationID != 0 {
		s.cvoID = max(0, o.OrientationID)
		t.OrientationID = s.cvoID
		return nil
	}
	f, err := openFeed(t.Path, nil, nil, *s)
	if err != nil {
		return err
	}
	defer f.close()
	t.Header = f.header
	if f.header.Kind != mjr.Video || f.header.Encrypted {
		return nil
	}
	for id, uri := range f.header.Extensions {
		if uri == cvo.URI || uri == cvo.URI6 && s.cvoID == 0 {
			s.cvoID, s.sixBit = id, uri == cvo.URI6
		}
	}
	if s.cvoID == 0 {
		d := cvo.Detector{}
		f.observe = func(v *rtpview.Packet, info codec.Info) { d.Add(v, info.Key) }
		f.unit = func(*unit) {}
		if err := drainFeed(ctx, f); err != nil {
			return err
		}
		if id, ok := d.ID(); ok {
			s.cvoID = id
			t.OrientationFound = true
		}
	}
	t.OrientationID = s.cvoID
	return nil
}

func drainFeed(ctx context.Context, f *feed) error {
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := f.step(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func scanOnce(ctx context.Context, t *Track, o Options, s setup) (*scanner, error) {
	f, err := openFeed(t.Path, nil, nil, s)
	if err != nil {
		return nil, err
	}
	defer f.close()
	t.Header = f.header
	t.Encrypted = f.header.Encrypted
	t.setup = s
	t.ArrivalsIgnored = !s.arrivals
	if f.header.Kind == mjr.Data {
		return nil, scanData(ctx, t, f)
	}
	media, err := mediaOf(f.header)
	if err != nil {
		return nil, err
	}
	t.Media, t.rate = media, media.ClockRate
	sc := &scanner{t: t, o: o, feed: f, audio: f.header.Kind == mjr.Audio, steps: map[int64]int{}, payloads: map[uint8]int{}}
	sc.clock = clockScan{rate: media.ClockRate, arrival: s.arrivals && f.header.Generation == mjr.Generation2}
	sc.judge = t.firstJudge(o)
	sc.outOfBandSize()
	f.unit = sc.take
	if err := drainFeed(ctx, f); err != nil {
		return nil, err
	}
	sc.finish()
	return sc, nil
}

// firstJudge is the judge that stands at the beginning of a track.
func (t *Track) firstJudge(o Options) judge {
	j := judge{keepLoss: o.OnLoss == KeepOnLoss, sixBit: t.setup.sixBit, endure: t.setup.endure}
	if c := t.Header.Codec; c == "h264" || c == "h265" {
		j.needsSets = len(t.parameterSets()) == 0
	}
	return j
}

// take looks at the next unit.
func (s *scanner) take(u *unit) {
	t := s.t
	s.clock.add(u)
	s.missing += u.missing + u.jumped
	s.restarted = s.restarted || u.restart
	s.leapt = s.leapt || s.clock.runs[len(s.clock.runs)-1].firstSeq == u.seq
	s.payloads[u.packets[0].pt]++
	var length time.Duration
	v := verdict{show: true, discont: u.missing > 0}
	if s.audio {
		if u.packets[0].infoErr != nil {
			t.Unparsed++
		}
		if !t.playable(u.packets[0]) {
			t.Counts.Undecodable++
			return
		}
		s.note(u, true)
		length = u.packets[0].length
		s.channels[min(u.packets[0].channels, 2)]++
	} else {
		before := s.judge
		v = s.judge.look(u)
		s.follow(before.broken, u)
		s.note(u, v.show)
		if u.torn && unparsed(u) {
			t.Unparsed++
		}
		if v.show && u.key {
			t.KeyFrames++
		}
		if !v.show {
			t.Counts.Undecodable += len(u.packets)
			if s.started {
				t.last = mark{u.seq, u.ts}
			}
			return
		}
		s.indexAt(u, before)
		s.picture(u, v)
	}
	if s.audio {
		s.indexAt(u, judge{})
	}
	if u.recovered {
		t.Counts.Recovered++
	} else {
		t.Counts.Used += len(u.packets)
	}
	t.Units++
	here := mark{u.seq, u.ts}
	if !s.started {
		t.first = here
	} else {
		s.step(u, here)
	}
	s.started, s.missing, s.restarted, s.leapt = true, 0, false, false
	t.last, t.lastLen = here, length
	s.prev, s.prevLen = *u, length
	s.prev.packets = nil
}

// maxFreeze is how long a picture may stand because what follows a loss cannot be decoded as it was meant. Beyond it,
// pictures are shown that mend as they go: browsers send a key picture only when they are asked for one, a server that
// only records does not ask, and a smear where something moved is better than missing seconds of what was shown.
const maxFreeze = time.Second

// follow notes for how long pictures cannot be decoded. u is nil at the end.
func (s *scanner) follow(broken bool, u *unit) {
	switch {
	case u != nil && !broken && s.judge.broken:
		at := *u
		at.packets = nil
		s.brokenAt = &at
	case broken && (u == nil || !s.judge.broken):
		end := &s.prevSeen
		if u != nil {
			end = u
		}
		if s.brokenAt != nil && s.between(s.brokenAt, end) > maxFreeze {
			s.endure = append(s.endure, seqSpan{s.brokenAt.seq, end.seq})
		}
		s.brokenAt = nil
	}
	if u != nil {
		s.prevSeen = *u
		s.prevSeen.packets = nil
	}
}

// between is the time from one unit to another.
func (s *scanner) between(a, b *unit) time.Duration {
	if s.clock.arrival {
		return time.Duration(b.arrival-a.arrival) * time.Millisecond
	}
	return time.Duration(float64(b.ts-a.ts) / float64(s.clock.rate) * 1e9)
}

// outOfBandSize reads the picture size from parameter sets that were negotiated and are not sent.
func (s *scanner) outOfBandSize() {
	for _, set := range s.t.parameterSets() {
		if info, err := s.feed.inspect.Inspect(set); err == nil && info.Width > 0 {
			s.width, s.height = info.Width, info.Height
		}
	}
}

// step looks at the time between the unit before and u.
func (s *scanner) step(u *unit, here mark) {
	ticks := u.ts - s.prev.ts
	if u.missing == 0 && ticks > 0 && len(s.steps) < 4096 {
		s.steps[ticks]++
	}
	gap := time.Duration(ticks)*time.Second/time.Duration(s.clock.rate) - s.prevLen
	limit := 2 * time.Second
	if s.audio {
		limit = 200 * time.Millisecond
	}
	if gap >= limit || s.missing > 0 || s.restarted || s.leapt {
		h := holeMark{from: mark{s.prev.seq, s.prev.ts}, to: here, fromLen: s.prevLen, packets: s.missing, restart: s.restarted}
		if len(s.t.holes) < maxHoles {
			s.t.holes = append(s.t.holes, h)
		}
	}
}

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
	if u.width > 0 {
		s.width, s.height = u.width, u.height
	}
	if n := len(t.sizes); s.width > 0 && (n == 0 || t.sizes[n-1].width != s.width || t.sizes[n-1].height != s.height) {
		t.sizes = append(t.sizes, sizeMark{here, s.width, s.height})
	}
}

func (s *scanner) indexAt(u *unit, j judge) {
	if !s.audio && !u.key {
		return
	}
	if len(s.t.index) > 0 && u.ts-s.lastIndex < indexMs*int64(s.clock.rate)/1000 && !u.restart {
		return
	}
	s.lastIndex = u.ts
	at := resumePoint{offset: u.packets[0].offset, arrival: u.packets[0].arrival, seq: u.seq,
		shift: u.packets[0].shift, ts: u.ts, ssrc: u.packets[0].ssrc, firstArrival: s.feed.first}
	for _, p := range u.packets {
		if p.offset < at.offset {
			at.offset, at.arrival = p.offset, p.arrival
		}
	}
	s.t.index = append(s.t.index, keyPoint{at: at, judge: j})
}

func (s *scanner) finish() {
	t := s.t
	s.follow(s.judge.broken, nil)
	c := s.feed.counts
	c.Used, c.Undecodable, c.Recovered = t.Counts.Used, t.Counts.Undecodable, t.Counts.Recovered
	t.Counts = c
	t.DamagedBytes = s.feed.reader.DamagedBytes()
	t.Damage = s.feed.reader.Damage()
	t.Complete = s.feed.reader.Complete()
	t.segments, t.slope, t.DriftKnown = s.clock.segments()
	t.DriftPPM = driftPPM(t.slope)
	most := 0
	for ticks, n := range s.steps {
		if n > most || n == most && ticks < int64(t.FrameDuration) {
			most, t.FrameDuration = n, time.Duration(ticks)*time.Second/time.Duration(s.clock.rate)
		}
	}
	if t.lastLen == 0 {
		t.lastLen = t.FrameDuration
	}
	best := 0
	for pt, n := range s.payloads {
		if n > best || n == best && int(pt) < t.Media.PayloadType {
			best, t.Media.PayloadType = n, int(pt)
		}
	}
	if t.Header.Codec == "g711" && t.Media.PayloadType == payloadPCMA {
		t.Media.EncodingName = "PCMA" // Janus before 0.3.0 called both g711
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

// arrivalsLie reports arrival times that no Janus writes: they go back, or hardly advance while the sender's clock does.
func (s *scanner) arrivalsLie() bool {
	if !s.clock.arrival {
		return false
	}
	if n := s.feed.backward; n > 3 && n > s.t.Counts.Records/1000 {
		return true
	}
	rtp := 0.0
	for _, r := range s.clock.runs {
		rtp += s.clock.ms(r.lastTS - r.firstTS)
	}
	return rtp > 10_000 && float64(s.feed.arrival) < rtp/2
}

// scanData reads a data channel's messages.
func scanData(ctx context.Context, t *Track, f *feed) error {
	t.Media = MediaType{Media: "data", EncodingName: strings.ToUpper(f.header.Codec)}
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		rec, err := f.reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		t.Counts.Records++
		us, _, ok := dataRecord(rec.Payload)
		if !ok {
			t.Counts.Malformed++
			continue
		}
		if t.Units == 0 {
			t.messages.first = us
		}
		t.messages.last = max(us, t.messages.last)
		t.Counts.Used++
		t.Units++
	}
	t.DamagedBytes, t.Damage, t.Complete = f.reader.DamagedBytes(), f.reader.Damage(), f.reader.Complete()
	return nil
}

// errCodec is a codec that Janus does not record.
func errCodec(h mjr.Header) error {
	return fmt.Errorf("header field c: unknown codec %q", h.Codec)
}

// unparsed reports a unit with a payload that its codec's parser does not understand.
func unparsed(u *unit) bool {
	for _, p := range u.packets {
		if p.infoErr != nil {
			return true
		}
	}
	return false
}
