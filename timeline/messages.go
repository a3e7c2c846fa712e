package timeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
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
		pts := s.tl.present(float64(us) / 1000)
		if pts < 0 {
			continue // trimmed
		}
		pts = max(s.newest, pts)
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
