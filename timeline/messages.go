package timeline

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// nextMessage reads a data channel's next message.
func (s *Stream) nextMessage() (*Unit, error) {
	for {
		rec, err := s.feed.reader.Next()
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, fmt.Errorf("%s: byte %d: %w", s.t.Path, s.feed.reader.Offset(), err)
		}
		us, message, ok := dataRecord(rec.Payload)
		if !ok {
			continue
		}
		pts := max(s.newest, s.tl.present(float64(us)/1000))
		s.newest = pts
		if pts < s.until {
			continue
		}
		out := s.blank()
		out.PTS, out.Key, out.Discont = pts, true, s.fresh
		out.Packets = append(out.Packets[:0], append([]byte(nil), message...))
		s.fresh = false
		s.given = out
		return &out.Unit, nil
	}
}

func (s *Stream) seekMessages(pts time.Duration) error {
	s.newest, s.until = 0, pts
	return s.open(nil)
}
