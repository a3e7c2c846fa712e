package timeline

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"time"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/recording"
)

// Stream reads the units of a track in presentation order. It is not safe for concurrent use.
type Stream struct {
	tl           *Timeline
	whole        *Track   // the track that is read
	parts        []*Track // of it
	at           int      // the part that is read
	t            *Track   // that part
	units        Units    // of a track that is not made of packets; nothing else is used then
	feed         *feed
	decodability decodability
	skip         int64 // units before this sequence number are not for us (after a seek)

	ready  []*outUnit    // in order; the newest picture waits for its successor, which tells its duration
	before time.Duration // video: where the next hidden picture stands that belongs in front of time 0
	order  reorderer
	free   []*outUnit
	given  *outUnit
	ended  bool

	begun    bool
	newest   time.Duration // where the newest unit taken in ends (audio) or begins (video)
	handed   time.Duration // audio: where the newest unit handed out ends
	unfilled bool          // Unfilled
	until    time.Duration // data: messages before this are not for us
	message  int64         // data: when the message before came, µs since the Unix epoch
	fresh    bool          // the next unit is the first after opening or seeking
	shown    cvo.Orientation
	sets     [][]byte // payloads: parameter sets that came in front of the first key picture
	coder    *coder   // makes units of packets; nil: they stay packets
	torn     bool     // a picture was left out of which there was nothing
	filler   filler
	stretch  float64 // Track.Stretch
	mixer    *mixer  // of sound whose packets are not all of one codec
	bytes    []byte

	outSeq uint16
}

// outUnit is a unit on its way out.
type outUnit struct {
	Unit
	ts    uint32
	steps []uint16 // by how much each packet's sequence number is above that of the packet before
}

// Open starts reading one track of the timeline. Streams of one timeline are independent of each other.
func (tl *Timeline) Open(t *Track) (*Stream, error) { return tl.openTrack(t, false) }

// OpenCoded is Open for units that have Data instead of Packets: whole pictures or packets of sound, as decoders and
// containers take them. Of pictures, those parts are left out that cannot be used because packets are missing.
func (tl *Timeline) OpenCoded(t *Track) (*Stream, error) { return tl.openTrack(t, true) }

func (tl *Timeline) openTrack(t *Track, coded bool) (*Stream, error) {
	parts := t.Files()
	for _, p := range parts {
		if !slices.ContainsFunc(tl.Tracks, func(t *Track) bool { return t.Path == p.Path }) {
			return nil, fmt.Errorf("%s is not part of this timeline", p.Path)
		}
		if p.Err != nil {
			return nil, p.Err
		}
	}
	if t.Given != nil {
		return tl.OpenRun(t, -1)
	}
	s := &Stream{tl: tl, whole: t, parts: parts, t: parts[0]}
	if coded {
		if s.coder = newCoder(t); s.coder == nil {
			return nil, fmt.Errorf("%s: %s is not taken out of packets", t.Path, t.Media.EncodingName)
		}
	}
	return s, s.open(nil)
}

// Format is how units with this number (Unit.Format) are coded. It is known once such a unit has been returned, the
// first of sound from the beginning.
func (s *Stream) Format(number int) Format {
	switch {
	case s.units != nil:
		return s.t.Given.Formats[number]
	case s.coder == nil || number < 0 || number >= len(s.coder.codings):
		return Format{}
	}
	return s.coder.codings[number].Format()
}

// enter goes on with the next part.
func (s *Stream) enter() error {
	begun, newest, handed := s.begun, s.newest, s.handed
	s.at++
	s.t = s.parts[s.at]
	if err := s.open(nil); err != nil {
		return err
	}
	s.begun, s.newest, s.handed = begun, newest, handed
	return nil
}

// after is when the next part begins.
func (s *Stream) after() (begin time.Duration, more bool) {
	if s.at+1 >= len(s.parts) {
		return 0, false
	}
	return s.parts[s.at+1].Start, true
}

func (s *Stream) open(k *keyPoint) error {
	var at *resumePoint
	if k != nil {
		at = &k.at
	}
	f, err := openFeed(s.t.file, at, s.t.setup)
	if err != nil {
		return err
	}
	if s.feed != nil {
		s.feed.close()
	}
	f.keep = true
	f.unit = s.take
	s.feed = f
	s.decodability = decodability{}
	s.skip = 0
	if k != nil {
		s.decodability = k.decodability
		s.skip = k.at.seq
	} else {
		s.decodability = s.t.firstDecodability(s.tl.options)
	}
	s.free = append(s.free, s.ready...)
	s.ready = s.ready[:0]
	s.ended, s.begun, s.fresh = false, false, true
	s.sets, s.before = nil, 0
	s.filler, s.stretch = newFiller(s.t), s.t.Stretch()
	s.mixer = nil
	if set := &s.t.setup; set.converts() {
		s.mixer = &mixer{to: set.sounds.codec, mixed: set.sounds.mixed}
	}
	switch {
	case s.coder != nil:
		s.coder.negotiated(s.t.parameterSets())
	case s.at > 0 && k == nil: // the parameter sets that were negotiated are in the caps only of the first part
		s.sets = s.t.parameterSets()
	}
	s.handed = -1
	s.order = reorderer{ahead: s.t.late + s.t.early, delay: s.whole.ReorderDelay}
	return nil
}

// Next returns the next unit, io.EOF at the end. The unit is valid until the next call.
func (s *Stream) Next() (*Unit, error) {
	if s.units != nil {
		return s.units.Next()
	}
	for {
		u, err := s.next()
		begin, more := s.after()
		switch {
		case more && (errors.Is(err, io.EOF) || err == nil && u.PTS >= begin):
			if err := s.enter(); err != nil {
				return nil, err
			}
			continue
		case err == nil && more && s.t.Info.Medium == recording.Video && (u.Last || u.PTS+u.Duration > begin):
			u.Duration, u.Last = begin-u.PTS, false // until the camera is on again
		}
		return u, err
	}
}

// next returns the next unit of the part.
func (s *Stream) next() (*Unit, error) {
	if s.given != nil {
		s.free = append(s.free, s.given)
		s.given = nil
	}
	if s.t.Info.Medium == recording.Data {
		return s.nextMessage()
	}
	// A picture's duration is known when its successor is.
	hold := 0
	if s.t.Info.Medium == recording.Video {
		hold = 1 + s.order.ahead
	}
	for len(s.ready) <= hold && !s.ended {
		if err := s.feed.step(); errors.Is(err, io.EOF) {
			s.ended = true
		} else if err != nil {
			return nil, fmt.Errorf("%s: byte %d: %w", s.t.Path, s.feed.reader.Offset(), err)
		}
	}
	if len(s.ready) == 0 {
		return nil, io.EOF
	}
	if s.t.Info.Medium == recording.Audio {
		if gap := s.silence(s.ready[0]); gap != nil {
			return s.hand(gap), nil
		}
	}
	u := s.ready[0]
	s.ready = slices.Delete(s.ready, 0, 1)
	u.DTS = u.PTS
	if hold > 0 {
		var next time.Duration
		u.DTS, next = s.order.hand(u.PTS)
		u.Duration = next - u.PTS
		if next < 0 {
			u.Duration = max(s.t.FrameDuration, s.t.End-u.PTS)
		}
		u.Last = len(s.ready) == 0
	}
	return s.hand(u), nil
}

// hand gives a unit to the caller. Sequence numbers are made here, where silence has found its place.
func (s *Stream) hand(u *outUnit) *Unit {
	for i, b := range u.Packets {
		s.outSeq += u.steps[i]
		b[2], b[3] = byte(s.outSeq>>8), byte(s.outSeq)
	}
	s.handed = u.PTS + u.Duration
	s.given = u
	return &u.Unit
}

// silence makes the next piece of what is missing before an audio unit, nil if nothing is.
func (s *Stream) silence(next *outUnit) *outUnit {
	if s.unfilled || s.handed < 0 || next.PTS-s.handed < time.Microsecond { // less is rounding
		return nil
	}
	gap := next.PTS - s.handed
	payload, length := s.filler.next(time.Duration(float64(gap) / s.stretch))
	if length = time.Duration(float64(length) * s.stretch); length <= 0 {
		return nil
	}
	u := s.blank()
	u.PTS, u.DTS, u.Duration, u.Key, u.Gap = s.handed, s.handed, length, true, true
	if payload != nil {
		u.ts = next.ts - uint32(gap*time.Duration(s.t.rate)/time.Second)
		if s.coder != nil {
			u.Data = append(u.Data, payload...)
		} else {
			s.packet(u, s.filler.rtp(payload), 1)
		}
	}
	return u
}

// Unfilled makes Next return only what was recorded, and nothing for the holes in sound: there may be weeks of them.
func (s *Stream) Unfilled() { s.unfilled = true }

// Seek makes Next return the last key unit that starts at or before pts (the first one if there is none).
func (s *Stream) Seek(pts time.Duration) error {
	if s.units != nil {
		return s.units.Seek(pts)
	}
	if s.t.Info.Medium == recording.Data {
		return s.seekMessages(pts)
	}
	s.at = s.whole.part(pts)
	s.t = s.parts[s.at]
	index := s.t.index
	n := sort.Search(len(index), func(i int) bool {
		return s.tl.at(s.t, mark{index[i].at.seq, index[i].ts}) > pts
	})
	if n <= 1 {
		return s.open(nil)
	}
	return s.open(&index[n-1])
}

// Offset is the number of bytes of the file read so far: progress.
func (s *Stream) Offset() int64 {
	if s.units != nil {
		return s.units.Offset()
	}
	return s.feed.reader.Offset()
}

// Close frees the file.
func (s *Stream) Close() error {
	if s.units != nil {
		return s.units.Close()
	}
	return s.feed.close()
}

// take makes units of what the feed has put together.
func (s *Stream) take(u *unit) {
	if u.seq < s.skip {
		return
	}
	if s.t.Info.Medium == recording.Audio {
		s.sound(u)
	} else {
		s.picture(u)
	}
}

func (s *Stream) picture(u *unit) {
	v := s.decodability.look(u)
	if !v.show && !v.hide {
		switch {
		case !u.sets || s.decodability.started:
		case s.coder != nil:
			s.coder.learn(u)
		default:
			s.sets = payloads(u)
		}
		return
	}
	out := s.blank()
	if s.coder != nil {
		if out.Data, out.Format = s.coder.picture(out.Data, u, v.packets); out.Format < 0 {
			s.torn = true
			s.free = append(s.free, out)
			return
		}
	}
	pts := s.tl.at(s.t, mark{u.seq, u.ts})
	if s.begun && pts <= s.newest && (s.order.ahead == 0 || u.key) {
		pts = s.newest + time.Millisecond // a clock that leapt by less than is known about it
	}
	if u.seq == s.t.first.seq {
		pts = s.t.Start // may be held from earlier on
	}
	pts = s.order.push(pts)
	if v.hide && pts < s.before { // in front of time 0, which is where the first that is seen stands
		pts = s.before
		s.before++
	} else if !s.begun || pts > s.newest {
		pts = max(pts, s.before)
		s.begun, s.newest = true, pts
	}
	out.PTS, out.Key, out.Discont, out.ts = pts, u.key, v.discont || s.fresh || s.torn, uint32(u.ts)
	out.Hidden = v.hide
	out.Orientation = v.orientation
	out.OrientationChanged = s.fresh || v.orientation != s.shown
	s.shown, s.fresh, s.torn = v.orientation, false, false
	s.ready = append(s.ready, out)
	if s.coder != nil {
		out.Key = u.key || u.recovery == 0 && u.whole() // decoding can begin there, and what is shown is as it was sent
		return
	}
	if u.key && !u.sets {
		for _, set := range s.sets {
			s.packet(out, s.filler.rtp(set), 1)
		}
	}
	s.sets = nil
	for i, p := range u.packets[:v.packets] {
		step := uint16(1)
		if p.broken || i == 0 && !u.head {
			step = 2 // depayloaders must see that something is missing
		}
		s.media(out, p, step)
	}
	s.mark(out, v.frame != nil)
}

// mark sets the marker bit on a picture's last packet, and on no other. Depayloaders end a picture where they see it,
// and that of VP8 only there; but there are senders that never set it, and such that always do.
func (s *Stream) mark(out *outUnit, last bool) {
	last = last || s.t.Info.Codec == "vp8" // and of other codecs those whose sender says so
	for _, b := range out.Packets {
		last = last || b[1]&0x80 != 0
		b[1] &^= 0x80
	}
	if last {
		out.Packets[len(out.Packets)-1][1] |= 0x80
	}
}

func (s *Stream) sound(u *unit) {
	p := u.packets[0]
	if !s.t.playable(p) {
		return
	}
	pts := s.tl.at(s.t, mark{u.seq, u.ts})
	length := s.tl.lasts(s.t, p.length)
	if pts < -length/2 {
		return // trimmed
	}
	pts = max(0, pts)
	if s.begun {
		if pts < s.newest-length/2 {
			return // would be heard twice: a clock that leapt back over what has been played
		}
		pts = max(pts, s.newest)
	}
	out := s.blank()
	out.PTS, out.Duration, out.Key, out.ts = pts, length, true, uint32(u.ts)
	out.Discont = u.missing > 0 || s.fresh
	if s.mixer != nil {
		from := s.mixer.to
		if c, ok := s.t.setup.sounds.types[p.pt]; ok {
			from = c
		}
		payload := s.mixer.convert(from, p.payload(), out.Discont)
		if s.coder != nil {
			out.Data = append(out.Data, payload...)
		} else {
			s.bytes = append(s.bytes[:0], p.raw[:p.payloadStart]...)
			s.packet(out, append(s.bytes, payload...), 1)
		}
	} else if s.coder != nil {
		out.Data = append(out.Data, p.payload()...)
	} else {
		s.media(out, p, 1)
	}
	s.begun, s.fresh, s.newest = true, false, pts+length
	s.ready = append(s.ready, out)
}

func (s *Stream) blank() *outUnit {
	if n := len(s.free); n > 0 {
		u := s.free[n-1]
		s.free = s.free[:n-1]
		packets, steps, data := u.Packets[:0], u.steps[:0], u.Data[:0]
		*u = outUnit{Unit: Unit{Packets: packets, Data: data}, steps: steps}
		return u
	}
	return &outUnit{}
}

// media adds a recorded packet to a unit. step is 1 if it follows the one before.
func (s *Stream) media(out *outUnit, p *packet, step uint16) {
	s.packet(out, p.raw[:p.payloadEnd], step)
}

// packet copies an RTP packet into a unit. Sequence numbers, source and payload type are made those of one unbroken
// sender, so that depayloaders see a hole only where something is missing; padding is gone.
func (s *Stream) packet(out *outUnit, raw []byte, step uint16) {
	n := len(out.Packets)
	if cap(out.Packets) > n {
		out.Packets = out.Packets[:n+1]
	} else {
		out.Packets = append(out.Packets, nil)
	}
	b := append(out.Packets[n][:0], raw...)
	b[0] &^= 0x20 // P bit
	b[1] = b[1]&0x80 | byte(s.whole.Media.PayloadType)&0x7F
	b[4], b[5], b[6], b[7] = byte(out.ts>>24), byte(out.ts>>16), byte(out.ts>>8), byte(out.ts)
	b[8], b[9], b[10], b[11] = 0, 0, 0, 1
	out.Packets[n] = b
	out.steps = append(out.steps, step)
}

// payloads are those of a unit's packets, copied.
func payloads(u *unit) (list [][]byte) {
	for _, p := range u.packets {
		list = append(list, slices.Clone(p.payload()))
	}
	return list
}
