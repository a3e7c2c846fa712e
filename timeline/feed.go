package timeline

import (
	"errors"
	"io"
	"math"
	"slices"
	"time"

	"github.com/upright-media/upright/codec"
	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/rtpview"
)

// feed reads one file from a given place and hands out its units in order. Both readings of a file use it, so that
// they see the same units with the same counters.
type feed struct {
	reader   recording.Reader
	info     recording.Info // with the codec that the packets are
	declared string         // codec of the file's own header
	setup    setup
	keep     bool // packets keep their bytes

	counts   Counts
	pool     packetPool
	seqr     sequencer
	asm      assembler
	inspect  codec.Inspector // video
	audio    audioFormat
	others   map[uint8]*audioFormat // by payload type, where it is not audio
	packet   recording.Packet       // the newest, …
	view     rtpview.Packet         // … and what is in it
	unit     func(*unit)
	lastTS   int64   // of the unit handed out last
	lengths  retimer // by how long packets play
	paces    retimer // by arrival, after that
	before   clockState
	blocks   []redBlock
	width    int // from parameter sets that were negotiated and are not sent
	height   int
	types    [128]int                          // video: packets by payload type
	foreign  [128]int                          // … of these, such that are none of the track's
	measure  bool                              // sound: as if it were something else, too
	observe  func(v *rtpview.Packet, key bool) // every RTP packet, in order of arrival
	arrival  int64                             // ms since the first record, extended
	whole    bool                              // read from the file's beginning
	first    uint32
	hasFirst bool
	backward int       // records whose arrival time lies before that of the record before
	began    [2]uint32 // arrival times of the first two records, as they are in the file
	end      error
}

// setup is what a scan has found out and reading needs to know.
type setup struct {
	cvoID    int // 0: none
	sixBit   bool
	arrivals bool          // use the arrival times
	sounds   *sounds       // audio: what the packets are, where they are not all what the header says
	pictures *pictureTypes // video: the same
	endure   []seqSpan     // where pictures are shown although a loss damages them
	unhide   bool          // what is decoded is seen, since there is nothing else
	complete bool          // the file has been read to its end, and nothing is wrong with it
	lengths  []clockSpan   // how RTP time is to be read, by how long packets play; nil: as it was sent
	paces    []clockSpan   // and what that gives, by arrival
	perMs    int64         // units of arrival time in a ms, 0: 1
	rebased  bool          // the first record has another epoch than the others, …
	second   int64         // … and the second comes so much later, in the file's unit

	ignoreRTP bool // Options.IgnoreRTPTime
}

// apply makes a header say what is known about the packets.
func (s *setup) apply(h *recording.Info) {
	switch {
	case s.sounds != nil:
		h.Codec = s.sounds.codec
		if s.sounds.red != 0 {
			h.REDPayload = s.sounds.red
		}
	case s.pictures != nil:
		h.Codec = s.pictures.codec
	}
}

// clockState is where the retimers of a feed stand.
type clockState struct{ lengths, paces retimer }

// seqSpan is a range of extended sequence numbers, both ends included.
type seqSpan struct {
	from, to int64
	show     int64 // from where on pictures are seen: before, they are only decoded

	still, damaged time.Duration // how long pictures stand still before that, and are damaged then
}

func hiddenIn(spans []seqSpan, seq int64) bool {
	return slices.ContainsFunc(spans, func(s seqSpan) bool { return s.from <= seq && seq < s.show })
}

func inSpans(spans []seqSpan, seq int64) bool {
	return slices.ContainsFunc(spans, func(s seqSpan) bool { return s.from <= seq && seq <= s.to })
}

func openFeed(file *recording.File, at *resumePoint, s setup) (*feed, error) {
	f := &feed{setup: s, arrival: noArrival, whole: at == nil}
	var err error
	if at != nil {
		f.reader, err = file.OpenAt(at.offset)
	} else {
		f.reader, err = file.Open()
	}
	if err != nil {
		return nil, err
	}
	if r, ok := f.reader.(recording.Truster); ok && s.complete {
		r.Trust()
	}
	f.info = f.reader.Info()
	f.declared = f.info.Codec
	s.apply(&f.info)
	f.asm = assembler{pool: &f.pool, counts: &f.counts, audio: f.info.Medium == recording.Audio, emit: f.deliver}
	f.asm.layers = f.info.Codec == "vp9" || f.info.Codec == "av1"
	f.seqr = sequencer{pool: &f.pool, counts: &f.counts, emit: f.asm.push}
	if inspector, ok := codec.New(f.info.Codec); ok {
		f.inspect = inspector
		for _, set := range parameterSets(parseFmtp(f.info.Fmtp)) {
			var info codec.Info
			if err := inspector.Inspect(set, &info); err == nil && info.Width > 0 {
				f.width, f.height = info.Width, info.Height
			}
		}
	}
	f.audio = audioFormatOf(f.info.Codec, f.info.REDPayload)
	if s.sounds != nil {
		f.others = map[uint8]*audioFormat{}
		for pt, c := range s.sounds.types {
			if c != f.info.Codec {
				a := audioFormatOf(c, 0)
				f.others[pt] = &a
			}
		}
	}
	f.keep = f.audio.red != 0
	rate := max(f.audio.rate, 0)
	if f.info.Medium == recording.Video {
		rate = videoClock
	}
	if s.ignoreRTP {
		s.lengths, s.paces = nil, nil
		if f.info.Medium == recording.Video {
			s.paces = []clockSpan{{how: byArrival}}
		} else {
			s.lengths = []clockSpan{{how: byLength}}
		}
	}
	f.seqr.rate = rate
	f.lengths, f.paces = retimer{spans: s.lengths, rate: rate, exact: true}, retimer{spans: s.paces, rate: rate}
	if at != nil {
		f.lengths, f.paces = at.clocks.lengths, at.clocks.paces
		f.seqr.resume(*at)
		f.arrival, f.first, f.hasFirst = at.arrival*max(s.perMs, 1), at.firstArrival, true
	}
	return f, nil
}

// step reads one packet. io.EOF after the last one, when all units have been handed out.
func (f *feed) step() error {
	if f.end != nil {
		return f.end
	}
	if err := f.reader.Next(&f.packet); err != nil {
		f.end = err
		if errors.Is(err, io.EOF) {
			f.seqr.flush()
			f.asm.flush()
		}
		return err
	}
	f.counts.Records++
	if err := f.view.Unmarshal(f.packet.Payload); err != nil {
		if errors.Is(err, rtpview.ErrPadding) || errors.Is(err, rtpview.ErrExtension) {
			f.counts.Malformed++
		} else {
			f.counts.NotRTP++
		}
		return nil
	}
	f.push(&f.packet)
	return nil
}

// deliver hands a unit on.
func (f *feed) deliver(u *unit) {
	f.retime(u)
	if f.audio.red != 0 && int(u.packets[0].pt) == f.audio.red {
		f.unpackRED(u)
	}
	f.lastTS = u.ts
	f.unit(u)
}

// retime puts the RTP time of the next unit right.
func (f *feed) retime(u *unit) {
	f.before = clockState{f.lengths, f.paces}
	f.lengths.retime(u)
	f.paces.retime(u)
	u.packets[0].length = f.stretched(u.packets[0].length)
}

// stretched is how long a packet plays, where that is not what its samples say.
func (f *feed) stretched(length time.Duration) time.Duration {
	if !f.paces.stretches() {
		return length
	}
	return time.Duration(math.Round(float64(length) * f.paces.spans[f.paces.at].scale))
}

func (f *feed) push(rec *recording.Packet) {
	v := &f.view
	p := f.pool.get()
	p.offset = rec.Place
	p.arrival = f.arrivalOf(rec)
	p.ts = int64(v.Timestamp)
	p.ssrc = v.SSRC
	p.pt = v.PayloadType
	p.marker = v.Marker
	p.cvo = -1
	payload := v.Payload
	if f.setup.pictures != nil {
		payload = f.setup.pictures.media(p.pt, payload)
		if p.foreign = len(payload) == 0 && len(v.Payload) > 0; p.foreign {
			f.foreign[v.PayloadType]++
		}
	}
	p.paddingOnly = len(payload) == 0
	if f.keep {
		end := len(rec.Payload) - v.PaddingSize
		start := end - len(v.Payload)
		if f.setup.pictures == nil {
			p.raw = append(p.raw, rec.Payload[:end]...)
		} else {
			p.raw = append(append(p.raw, rec.Payload[:start]...), payload...)
		}
		p.payloadStart, p.payloadEnd = start, len(p.raw)
	}
	p.size = len(payload)
	if !p.paddingOnly {
		p.first = payload[0]
	}
	switch {
	case p.paddingOnly:
	case f.inspect != nil:
		p.infoErr = f.inspect.Inspect(payload, &p.info)
		p.ends = p.info.End || f.info.Codec == "av1" && !p.info.Continues
		if int(p.pt) < len(f.types) {
			f.types[p.pt]++
		}
	case f.info.Medium == recording.Audio:
		p.length, p.channels, p.infoErr = f.audioOf(p.pt).measure(p.pt, payload)
		if f.measure {
			p.lengths = lengthsOf(payload, p.pt)
		}
	}
	if f.setup.cvoID != 0 && v.HasExtension {
		if data, ok := v.Element(f.setup.cvoID); ok {
			if value, err := cvo.Parse(data, f.setup.sixBit); err == nil {
				p.cvo = int16(value.Raw)
			}
		}
	}
	if f.observe != nil {
		f.observe(v, p.info.Key)
	}
	f.seqr.push(p, v.SequenceNumber)
}

// audioOf is how packets of a payload type are measured.
func (f *feed) audioOf(pt uint8) *audioFormat {
	if a := f.others[pt]; a != nil {
		return a
	}
	return &f.audio
}

// arrivalOf extends a record's 32-bit arrival time, which wraps after 49.7 days.
func (f *feed) arrivalOf(rec *recording.Packet) int64 {
	if !rec.Arrived || !f.setup.arrivals {
		return noArrival
	}
	unit := max(f.setup.perMs, 1)
	n := f.counts.Records
	if f.whole && n <= len(f.began) {
		f.began[n-1] = rec.ArrivalMs
	}
	if !f.hasFirst || f.whole && f.setup.rebased && n == len(f.began) {
		f.arrival = 0
		if f.hasFirst {
			f.arrival = f.setup.second
		}
		f.first, f.hasFirst = rec.ArrivalMs-uint32(f.arrival), true
		return f.arrival / unit
	}
	delta := int64(int32(rec.ArrivalMs - f.first - uint32(f.arrival)))
	if delta < 0 {
		f.backward++
	}
	f.arrival = max(0, f.arrival+delta)
	return f.arrival / unit
}

// otherEpoch says whether the first record has 0, as it should have, and the others the wall clock, and how much later
// the second record came, in the file's unit: the first came when the header says.
func (f *feed) otherEpoch() (second int64, is bool) {
	const apartMs, sameUs, nextUs = 60_000, 60_000_000, 5_000_000
	if !f.whole || f.counts.Records < 3 || f.info.FirstUs <= 0 || f.began[0] != 0 || f.began[1] < apartMs {
		return 0, false
	}
	for _, unit := range []int64{1, 1000, 1_000_000} { // µs
		second = int64(int32(f.began[1] - uint32(f.info.FirstUs/unit)))
		switch apart := second * unit; {
		case 0 <= apart && apart < nextUs:
			return second, true
		case -sameUs < apart && apart < sameUs: // the clock was set in between
			return 0, true
		}
	}
	return 0, false
}

func (f *feed) close() error { return f.reader.Close() }
