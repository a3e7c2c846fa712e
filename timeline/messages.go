package timeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/upright-media/upright/recording"
)

const (
	// messageEarlyUs is by how much a message can be older than the recorder: the server's clock is also set by small
	// steps.
	messageEarlyUs = 1_000_000
	// messageLateUs is how long a recording lasts at the most.
	messageLateUs = 30 * 24 * 3600 * 1_000_000
)

// messageTime is when a message came, in µs since the Unix epoch. Each carries the server's wall clock of that moment,
// us. Where that cannot be, its arrival says; without one, it came with the message before, at last (0: it is the
// first).
func messageTime(h recording.Info, p *recording.Packet, last int64) int64 {
	us, began := p.SentUs, h.CreatedUs
	if began <= 0 {
		began = h.FirstUs
	}
	possible := func(us int64) bool { return us > 0 && us >= began-messageEarlyUs && us-began <= messageLateUs }
	arrived := h.FirstUs + int64(p.ArrivalMs)*1000
	switch {
	case began <= 0 || possible(us):
		return us
	case p.Arrived && possible(h.FirstUs) && possible(arrived):
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
		var p recording.Packet
		err := s.feed.reader.Next(&p)
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, fmt.Errorf("%s: byte %d: %w", s.t.Path, s.feed.reader.Offset(), err)
		}
		if p.Broken {
			continue
		}
		us := messageTime(s.t.Info, &p, s.message)
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
		out.Packets = append(out.Packets[:0], append([]byte(nil), p.Payload...))
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
	t.Media = MediaType{Media: "data", EncodingName: strings.ToUpper(f.info.Codec)}
	last := int64(0)
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		var p recording.Packet
		err := f.reader.Next(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		t.Counts.Records++
		if p.Broken {
			t.Counts.Malformed++
			continue
		}
		us := messageTime(f.info, &p, last)
		last = us
		if t.Units == 0 {
			t.messages.first = us
		}
		t.messages.first = min(us, t.messages.first)
		t.messages.last = max(us, t.messages.last)
		t.Counts.Used++
		t.Units++
	}
	t.damage(f.reader.Damage())
	return nil
}
