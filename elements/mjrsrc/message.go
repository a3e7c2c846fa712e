package mjrsrc

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/upright-media/upright/elements/internal/gstx"
)

// Messages of a data channel have no duration. As a caption each stands until the next one comes, but no longer than
// longestMessage, not beyond the end of sound and pictures, which would make the whole longer, and no shorter than
// shortestMessage, so that it has a duration at all.
const (
	longestMessage  = 5 * time.Second
	shortestMessage = time.Millisecond
)

// message is one message of a data channel.
type message struct {
	pts     time.Duration
	text    []byte
	discont bool
}

// submitMessage delivers one message of so many bytes.
func (s *source) submitMessage(out *gstx.Output) (n int, err error) {
	if s.ahead == nil {
		if err := s.readMessage(); err != nil {
			return 0, err
		}
	}
	m := s.ahead
	length := longestMessage
	if s.mediaEnd > m.pts {
		length = min(length, s.mediaEnd-m.pts)
	}
	switch err := s.readMessage(); {
	case err == nil:
		length = max(min(s.ahead.pts-m.pts, length), shortestMessage)
	case !errors.Is(err, io.EOF):
		return 0, err
	}
	var flags gstx.BufferFlags
	if m.discont {
		flags = gstx.Discont
	}
	s.parts = append(s.parts[:0], uint32(len(m.text)))
	return s.Submit(out, m.text, s.parts, m.pts, length, flags)
}

// readMessage puts the next message that is not empty into s.ahead, nil at the end.
func (s *source) readMessage() error {
	s.ahead = nil
	for {
		u, err := s.Stream.Next()
		if err != nil {
			return err
		}
		text := bytes.Join(u.Packets, nil)
		if s.media.text {
			text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
		}
		if len(text) > 0 {
			s.ahead = &message{pts: max(u.PTS, 0), text: text, discont: u.Discont}
			return nil
		}
	}
}
