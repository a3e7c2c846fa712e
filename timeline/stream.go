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
		u.Last = next < 0
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
