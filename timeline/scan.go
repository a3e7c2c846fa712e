package timeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/rtpview"
)

// mark is a place on a track's own clock.
type mark struct {
	seq int64
	ts  int64
}

// moment is a mark, and when it came: all of a unit that the next ones are compared with.
type moment struct {
	mark
	arrival int64 // ms
}

func (u *unit) moment() moment { return moment{mark{u.seq, u.ts}, u.arrival} }

// keyPoint is a place from which a track can be read on.
type keyPoint struct {
	at           resumePoint
	ts           int64 // RTP time of the unit, put right
	decodability decodability
}

// The places that can be sought to are indexMs apart, in RTP time, or twice, four times as far and so on where there
// would be more than mostPoints: an hour has them all, and a day takes no more memory than that.
const (
	indexMs    = 1000
	mostPoints = 4096
)

// scanned is what the first reading of a file leaves for the second.
type scanned struct {
	setup    setup
	segments []segment
	firstUs  int64   // wall clock of the first record, µs since the Unix epoch, as far as it is believed
	shift    float64 // ms by which the file's wall clock is wrong
	slope    float64 // wall time per RTP time is 1 + slope
	rate     int
	index    []keyPoint
	first    mark          // first unit shown
	begin    time.Duration // when that is, also where it is held from the start of everything
	last     mark          // last unit, shown or not: the last good picture stands until then
	shown    mark          // last unit shown
	lastLen  time.Duration
	orients  []orientMark
	sizes    []sizeMark
	holes    []holeMark
	late     int // shownOrder.late and early of the pictures
	early    int
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

// scanFile reads a file once. Errors are in the track.
func scanFile(ctx context.Context, file *recording.File, o Options) *Track {
	t := newTrack(file)
	if err := scanInto(ctx, t, o); err != nil {
		*t = Track{Path: file.Path, Line: file.Line, Info: t.Info, Err: err}
	}
	return t
}

// newTrack is a track that is still to be read.
func newTrack(file *recording.File) *Track {
	return &Track{Path: file.Path, Line: file.Line, file: file, scanned: &scanned{}}
}

func scanInto(ctx context.Context, t *Track, o Options) error {
	s := setup{arrivals: true, ignoreRTP: o.IgnoreRTPTime}
	if err := chooseOrientation(ctx, t, o, &s); err != nil {
		return err
	}
	// What the first reading finds out about the file as a whole can change how it must be read.
	var sc *scanner
	for range mostReadings {
		fresh := newTrack(t.file)
		fresh.OrientationFound, fresh.OrientationID = t.OrientationFound, t.OrientationID
		var err error
		sc, err = scanOnce(ctx, fresh, o, s)
		*t = *fresh
		if err != nil || sc == nil {
			return err
		}
		again, err := sc.content(ctx, &s)
		if err != nil {
			return err
		}
		if again && !sc.audio {
			if err := chooseOrientation(ctx, t, o, &s); err != nil {
				return err
			}
		}
		if !again && !sc.reconsider(&s) {
			break
		}
	}
	t.setup.complete = t.Complete
	// Only now: a clock that is read wrongly leaps everywhere, and to weigh all these leaps takes long.
	t.segments, t.slope, t.DriftKnown = sc.clock.segments()
	t.DriftPPM = driftPPM(t.slope)
	return nil
}

// mostReadings bounds how often a file is read: once for each thing that a reading can find out, and once more.
const mostReadings = 9

// chooseOrientation finds the header extension that carries the orientation: given, declared, or by its looks.
func chooseOrientation(ctx context.Context, t *Track, o Options, s *setup) error {
	if o.OrientationID != 0 {
		s.cvoID = max(0, o.OrientationID)
		t.OrientationID = s.cvoID
		return nil
	}
	f, err := openFeed(t.file, nil, *s)
	if err != nil {
		return err
	}
	defer f.close()
	t.Info = f.info
	if f.info.Medium != recording.Video || f.info.Encrypted {
		return nil
	}
	for _, uri := range []string{cvo.URI, cvo.URI6} {
		for _, id := range slices.Sorted(maps.Keys(f.info.Extensions)) {
			if f.info.Extensions[id] == uri && s.cvoID == 0 {
				s.cvoID, s.sixBit = id, uri == cvo.URI6
			}
		}
	}
	if s.cvoID == 0 {
		d := cvo.Detector{}
		f.observe = func(v *rtpview.Packet, key bool) { d.Add(v, key) }
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

// damage notes what in a file makes no sense, once it has been read to its end.
func (t *Track) damage(d recording.Damage) {
	t.DamagedBytes, t.Damage, t.CutOff, t.Complete = d.Bytes, d.Ranges, d.CutOff, d.Complete
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
	f, err := openFeed(t.file, nil, s)
	if err != nil {
		return nil, err
	}
	defer f.close()
	f.measure = s.sounds == nil
	t.Info = f.info
	t.Encrypted = f.info.Encrypted
	t.setup = s
	t.ArrivalsIgnored = !s.arrivals
	if f.info.Medium == recording.Data {
		return nil, scanData(ctx, t, f)
	}
	media, err := mediaOf(f.info)
	if err != nil {
		return nil, err
	}
	t.Media, t.rate = media, media.ClockRate
	sc := &scanner{t: t, o: o, feed: f, audio: f.info.Medium == recording.Audio, steps: map[int64]int{},
		payloads: map[uint8]int{},
		sounds:   map[uint8]*soundStats{}}
	sc.clock = clockScan{rate: media.ClockRate, arrival: s.arrivals && f.info.Arrivals}
	if reorders(f.info.Codec) {
		sc.order = &shownOrder{step: sc.count}
	}
	sc.decodability = t.firstDecodability(o)
	sc.width, sc.height = f.width, f.height
	f.unit = sc.take
	if err := drainFeed(ctx, f); err != nil {
		return nil, err
	}
	sc.finish()
	t.say(f.declared)
	return sc, nil
}

// errCodec is a codec that no source records.
func errCodec(h recording.Info) error {
	return fmt.Errorf("header field c: unknown codec %q", h.Codec)
}
