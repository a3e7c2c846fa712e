package pipelines

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/upright-media/upright/pipelines/internal/place"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/timeline"
)

// lastCue is how long the last message stands.
const lastCue = 5 * time.Second

// message is what was said on a data channel, and when.
type message struct {
	at   time.Duration
	text string
}

// messages reads one after the other, io.EOF at the end.
type messages func() (message, error)

// writeSRT writes messages as SubRip subtitles: each stands until 1 ms before the next one, the last for five seconds.
// Messages of the same moment become one subtitle, since players show one at a time.
func writeSRT(w io.Writer, next messages) (n int, err error) {
	b := bufio.NewWriter(w)
	cue := func(m message, end time.Duration) {
		n++
		fmt.Fprintf(b, "%d\n%s --> %s\n%s\n\n", n, srtTime(m.at), srtTime(end), m.text)
	}
	var held *message
	for {
		m, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return n, err
		}
		if m.text = srtText(m.text); m.text == "" {
			continue
		}
		m.at = max(0, m.at).Truncate(time.Millisecond)
		switch {
		case held == nil:
			held = &m
		case m.at-held.at < 2*time.Millisecond:
			held.text += "\n" + m.text
		default:
			cue(*held, m.at-time.Millisecond)
			held = &m
		}
	}
	if held != nil {
		cue(*held, held.at+lastCue)
	}
	return n, b.Flush()
}

// srtTime writes a time as SubRip does: HH:MM:SS,mmm.
func srtTime(d time.Duration) string {
	ms := d.Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d,%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}

// srtText brings a message into a form that fits between two blank lines: a blank line would end the subtitle, and what
// follows it would be taken for the number of the next.
func srtText(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "�")
	}
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "").Replace(s)
	lines := strings.Split(s, "\n")
	kept := lines[:0]
	for _, l := range lines {
		if l = strings.TrimRight(l, " \t"); l != "" {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n")
}

// writeData makes an output of a data channel's messages.
func writeData(ctx context.Context, tl *timeline.Timeline, t *timeline.Track, o *plan.Output) (err error) {
	s, err := tl.Open(t)
	if err != nil {
		return err
	}
	defer s.Close()
	f, err := os.OpenFile(o.Partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return place.Explain(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	next := func() (message, error) {
		if err := ctx.Err(); err != nil {
			return message{}, err
		}
		u, err := s.Next()
		if err != nil {
			return message{}, err
		}
		var text strings.Builder
		for _, p := range u.Packets {
			text.Write(p)
		}
		return message{u.PTS - o.Start, text.String()}, nil
	}
	if o.Container == "srt" {
		_, err = writeSRT(f, next)
		return place.Explain(err)
	}
	b := bufio.NewWriter(f)
	for {
		m, err := next()
		if errors.Is(err, io.EOF) {
			return place.Explain(b.Flush())
		}
		if err != nil {
			return err
		}
		if _, err := b.WriteString(m.text); err != nil {
			return place.Explain(err)
		}
	}
}
