package compose

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/pipelines/internal/srt"
	"github.com/upright-media/upright/pipelines/report"
)

// chat writes everybody's messages as subtitles, with the names in front.
func (c *composing) chat(ctx context.Context, f *os.File) (int, error) {
	var all []srt.Message
	for _, p := range c.cast.People {
		for _, file := range p.Messages {
			t := c.tracks[file]
			if t.Info.Codec == "binary" {
				continue
			}
			s, err := c.shared.Open(t)
			if err != nil {
				return 0, err
			}
			for {
				u, err := s.Next()
				if err == nil {
					err = ctx.Err()
				}
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					return 0, errors.Join(err, s.Close())
				}
				var text strings.Builder
				for _, b := range u.Packets {
					text.Write(b)
				}
				if at, ok := c.score.OutTime(u.PTS); ok && srt.Text(text.String()) != "" {
					c.report.Chat = append(c.report.Chat,
						report.ChatMessage{AtMs: at, Person: p.ID, Text: srt.Text(text.String())})
					all = append(all, srt.Message{At: time.Duration(at * 1e6), Text: said(p.Name, text.String())})
				}
			}
			if err := s.Close(); err != nil {
				return 0, err
			}
		}
	}
	slices.SortStableFunc(c.report.Chat, func(a, b report.ChatMessage) int { return cmp.Compare(a.AtMs, b.AtMs) })
	slices.SortStableFunc(all, func(a, b srt.Message) int { return cmp.Compare(a.At, b.At) })
	if len(all) == 0 {
		return 0, nil
	}
	return srt.Write(f, func() (srt.Message, error) {
		if len(all) == 0 {
			return srt.Message{}, io.EOF
		}
		m := all[0]
		all = all[1:]
		return m, nil
	})
}

// said is a message with its author's name. What begins a line of their own in it must not be taken for another's
// words.
func said(name, text string) string {
	return human.Line(name) + ": " + strings.ReplaceAll(srt.Text(text), "\n", "\n… ")
}

// speakers writes who has the floor, as WebVTT.
func (c *composing) speakers(_ context.Context, f *os.File) (int, error) {
	if len(c.score.Floor) == 0 {
		return 0, nil
	}
	b := bufio.NewWriter(f)
	fmt.Fprint(b, "WEBVTT\n")
	for _, t := range c.score.Floor {
		name := human.Line(c.cast.Person(t.Person).Name)
		fmt.Fprintf(b, "\n%s --> %s\n<v %s>%s\n", vttTime(t.From), vttTime(t.To), html.EscapeString(name),
			html.EscapeString(name))
	}
	return len(c.score.Floor), b.Flush()
}

func vttTime(ms float64) string {
	return strings.Replace(srt.Time(time.Duration(ms*1e6)), ",", ".", 1)
}

// spell warns of what cannot be written into the pictures as it is, for want of fonts.
func (c *composing) spell(drawable func(string) bool) {
	var texts []string
	add := func(text string) {
		if !drawable(text) && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	pictures := false
	for _, p := range c.cast.People {
		pictures = pictures || len(p.Sources) > 0
		if c.settings.Room.Style.Labels == "name" {
			add(p.Name)
		}
	}
	add(c.settings.Room.Style.Title)
	if pictures && len(texts) > 0 {
		c.warn(report.FontMissing, "no installed font has all letters of %s, so some are missing in the pictures: install "+
			"one that has them (in Debian fonts-noto-core, fonts-noto-cjk)", strings.Join(texts, ", "))
	}
}
