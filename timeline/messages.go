package timeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/upright-media/upright/mjr"
)

const (
	// messageEarlyUs is by how much a message can be older than the recorder: the server's clock is also set by small steps.
	messageEarlyUs = 1_000_000
	// messageLateUs is how long a recording lasts at the most.
	messageLateUs = 30 * 24 * 3600 * 1_000_000
)

// messageTime is when a message came, in µs since the Unix epoch. Each carries the server's wall clock of that moment, us.
// Where that cannot be, its arrival says; without one, it came with the message before, at last (0: it is the first).
func messageTime(h mjr.Header, rec *mjr.Record, us, last int64) int64 {
	began := h.CreatedUs
	if began <= 0 {
		began = h.FirstUs
	}
	possible := func(us int64) bool { return us > 0 && us >= began-messageEarlyUs && us-began <= messageLateUs }
	arrived := h.FirstUs + int64(rec.ReceivedMs)*1000
	switch {
	case began <= 0 || possible(us):
		return us
	case rec.HasReceived && possible(h.FirstUs) && possible(arrived):
		return arrived
	case last != 0:
		return last
	case possible(h.FirstUs):
		return h.FirstUs
	}
	return began
}

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
		us = messageTime(s.t.Header, &rec, us, s.message)
		s.message = us
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
		out.PTS, out.DTS, out.Key, out.Discont = pts, pts, true, s.fresh
		out.Packets = append(out.Packets[:0], append([]byte(nil), message...))
		s.fresh = false
		s.given = out
		return &out.Unit, nil
	}
}

func (s *Stream) seekMessages(pts time.Duration) error {
	s.newest, s.until, s.message = 0, pts, 0
	return s.open(nil)
}

// scanData reads a data channel's messages.
func scanData(ctx context.Context, t *Track, f *feed) error {
	t.Media = MediaType{Media: "data", EncodingName: strings.ToUpper(f.header.Codec)}
	last := int64(0)
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
		us = messageTime(f.header, &rec, us, last)
		last = us
		if t.Units == 0 {
			t.messages.first = us
		}
		t.messages.first = min(us, t.messages.first)
		t.messages.last = max(us, t.messages.last)
		t.Counts.Used++
		t.Units++
	}
	t.DamagedBytes, t.Damage, t.Complete = f.reader.DamagedBytes(), f.reader.Damage(), f.reader.Complete()
	return nil
}
