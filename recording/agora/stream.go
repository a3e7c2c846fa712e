package agora

import (
	"errors"
	"io"
	"sort"
	"time"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/recording/agora/media"
)

// Unit is one picture, or one frame of sound.
type Unit struct {
	PTS, Duration time.Duration
	Ahead         time.Duration // by how much it must be decoded before it is shown
	// as the codec's Format says; nil in a Gap that cannot be filled; valid until the next call
	Data               []byte
	Format             int // index in the track's Formats
	Key                bool
	Last               bool // no picture is shown behind it
	Discont            bool // something is missing before it
	Gap                bool // silence that was not recorded
	Orientation        cvo.Orientation
	OrientationChanged bool // also on the first unit of a stream and after a seek
}

// Stream reads the units of a track in order. It is not safe for use by several goroutines at once.
type Stream struct {
	tl     *Timeline
	t      *Track
	from   int // first of the pieces that are read
	to     int // behind the last
	done   int64
	reader media.Reader
	piece  int // index of the one that is being read
	frame  int // number of the next frame
	silent int // frames of silence that are still to come
	fresh  bool
	broken bool // the next unit begins a file
	newest time.Duration
	shown  cvo.Orientation
}

// Open starts reading a track of the timeline.
func (tl *Timeline) Open(t *Track) (*Stream, error) {
	s := &Stream{tl: tl, t: t, to: len(t.Pieces)}
	return s, s.Seek(0)
}

// Seek makes Next go on with the last key unit that begins at or before a time, or with the first one.
func (s *Stream) Seek(at time.Duration) error {
	i := s.from + max(0, sort.Search(s.to-s.from, func(i int) bool { return s.t.Pieces[s.from+i].Start > at })-1)
	p := &s.t.Pieces[i]
	frame := p.first
	if s.t.Video {
		keys := p.Media.Keys
		n := sort.Search(len(keys), func(k int) bool { return s.pts(p, keys[k].Frame) > at })
		if n > 0 {
			frame = max(p.first, keys[n-1].Frame)
		}
	} else if p.frame > 0 {
		frame = min(max(p.first, p.first+int((at-p.Start)/p.frame)), p.last-1)
	}
	s.fresh, s.newest = true, -1
	return s.enter(i, frame)
}

// enter opens a file at a frame.
func (s *Stream) enter(piece, frame int) error {
	if err := s.Close(); err != nil {
		return err
	}
	p := &s.t.Pieces[piece]
	r, err := p.Media.Open()
	if err != nil {
		return err
	}
	s.reader, s.piece, s.frame, s.broken, s.silent = r, piece, frame, true, 0
	if frame == p.first && !s.fresh {
		s.silent = p.silent
	}
	return r.Seek(frame)
}

// Offset is the number of bytes read so far, about: progress.
func (s *Stream) Offset() int64 { return s.done }

// Close frees the file.
func (s *Stream) Close() error {
	if s.reader == nil {
		return nil
	}
	r := s.reader
	s.reader = nil
	return r.Close()
}

// Next returns the next unit, io.EOF at the end.
func (s *Stream) Next() (Unit, error) {
	for {
		p := &s.t.Pieces[s.piece]
		if s.silent > 0 {
			return s.silence(p), nil
		}
		if s.frame < p.last {
			f, err := s.reader.Next()
			if err == nil {
				s.frame++
				s.done += int64(len(f.Data))
				if s.t.Video && p.leads(f.Number) {
					continue
				}
				u := s.unit(p, f)
				if u.PTS+u.Duration <= 0 && !s.t.Video {
					continue // in front of what is shown
				}
				return u, nil
			}
			if !errors.Is(err, io.EOF) {
				return Unit{}, err
			}
		}
		if s.piece+1 == s.to {
			return Unit{}, io.EOF
		}
		if err := s.enter(s.piece+1, s.t.Pieces[s.piece+1].first); err != nil {
			return Unit{}, err
		}
		if gap := s.gap(); gap.Duration > 0 {
			return gap, nil
		}
	}
}

// gap is a hole in sound in front of the file that has just been begun, where silence cannot be made.
func (s *Stream) gap() Unit {
	p := &s.t.Pieces[s.piece]
	if s.t.Video || s.silent > 0 || s.newest < 0 || p.Start-s.newest < p.frame {
		return Unit{}
	}
	return Unit{PTS: s.newest, Duration: p.Start - s.newest, Format: p.Format, Gap: true, Key: true}
}

// silence is the next frame of silence in front of a file.
func (s *Stream) silence(p *Piece) Unit {
	step := inMs(p.frame)
	at := p.start - float64(s.silent)*step
	u := Unit{PTS: ms(at), Duration: ms(at+step) - ms(at), Data: p.silence, Format: p.Format, Gap: true, Key: true}
	s.silent--
	s.newest = u.PTS + u.Duration
	return u
}

// unit makes a unit of a frame.
func (s *Stream) unit(p *Piece, f media.Frame) Unit {
	u := Unit{Data: f.Data, Format: p.Format, Key: f.Key, Discont: s.broken}
	if !s.t.Video {
		base := p.start - float64(p.first)*inMs(p.frame)
		u.PTS = ms(base + inMs(f.At))
		u.Duration = ms(base+inMs(f.At+f.Duration)) - u.PTS
		s.fresh, s.broken, s.newest = false, false, u.PTS+u.Duration
		return u
	}
	if u.PTS = s.pts(p, f.Number); s.newest >= 0 && u.PTS <= s.newest && (p.shown == nil || f.Number == p.first) {
		u.PTS = s.newest + time.Millisecond
	}
	if s.t.ReorderDelay > 0 {
		u.Ahead = max(0, u.PTS-s.tl.shown(p, p.turn(f.Number))+s.t.ReorderDelay)
	}
	u.Orientation = p.orientation(p.wall(p.earliest(f.Number)))
	u.OrientationChanged = s.fresh || u.Orientation != s.shown
	s.shown, s.newest, s.fresh, s.broken = u.Orientation, max(s.newest, u.PTS), false, false
	next, ok := p.next(f.Number)
	switch {
	case ok:
		u.Duration = s.tl.shown(p, next) - u.PTS
	case s.piece+1 < len(s.t.Pieces):
		u.Duration = s.t.Pieces[s.piece+1].Start - u.PTS // it stands until the next one comes
	default:
		u.Duration, u.Last = max(s.t.FrameDuration, s.t.End-u.PTS), true
	}
	u.Duration = max(0, u.Duration)
	return u
}

// pts is when a picture is shown.
func (s *Stream) pts(p *Piece, frame int) time.Duration {
	if s.tl.hold && p == &s.t.Pieces[0] && frame == p.first {
		return 0
	}
	return s.tl.shown(p, p.Media.At(frame))
}
