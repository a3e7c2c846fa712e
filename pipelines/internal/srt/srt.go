// Package srt writes SubRip subtitles.
package srt

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// lastCue is how long the last message stands.
const lastCue = 5 * time.Second

// Message is what was said on a data channel, and when.
type Message struct {
	At   time.Duration
	Text string
}

// Messages reads one after the other, io.EOF at the end.
type Messages func() (Message, error)

// Write writes messages as SubRip subtitles: each stands until 1 ms before the next one, the last for five seconds.
// Messages of the same moment become one subtitle, since players show one at a time.
func Write(w io.Writer, next Messages) (n int, err error) {
	b := bufio.NewWriter(w)
	cue := func(m Message, end time.Duration) {
		n++
		fmt.Fprintf(b, "%d\n%s --> %s\n%s\n\n", n, Time(m.At), Time(end), m.Text)
	}
	var held *Message
	for {
		m, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return n, err
		}
		if m.Text = Text(m.Text); m.Text == "" {
			continue
		}
		m.At = max(0, m.At).Truncate(time.Millisecond)
		switch {
		case held == nil:
			held = &m
		case m.At-held.At < 2*time.Millisecond:
			held.Text += "\n" + m.Text
		default:
			cue(*held, m.At-time.Millisecond)
			held = &m
		}
	}
	if held != nil {
		cue(*held, held.At+lastCue)
	}
	return n, b.Flush()
}

// Time writes a time as SubRip does: HH:MM:SS,mmm.
func Time(d time.Duration) string {
	ms := d.Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d,%03d", ms/3600000, ms/60000%60, ms/1000%60, ms%1000)
}

// breaks are all characters that end a line somewhere.
var breaks = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n",
	"\u2029", "\n")

// Text brings a message into a form that fits between two blank lines: a blank line would end the subtitle, and what
// follows it would be taken for the number of the next. An arrow would be taken for the times of one that nobody has
// written, also without a blank line in front. Characters that control a terminal are left out.
func Text(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "�")
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, breaks.Replace(s))
	s = strings.ReplaceAll(s, "-->", "→")
	lines := strings.Split(s, "\n")
	kept := lines[:0]
	for _, l := range lines {
		if l = strings.TrimRightFunc(l, unicode.IsSpace); l != "" {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n")
}
