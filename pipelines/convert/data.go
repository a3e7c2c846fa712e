package convert

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/upright-media/upright/pipelines/internal/place"
	"github.com/upright-media/upright/pipelines/internal/srt"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/timeline"
)

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
	next := func() (srt.Message, error) {
		if err := ctx.Err(); err != nil {
			return srt.Message{}, err
		}
		u, err := s.Next()
		if err != nil {
			return srt.Message{}, err
		}
		var text strings.Builder
		for _, p := range u.Packets {
			text.Write(p)
		}
		return srt.Message{At: u.PTS - o.Start, Text: text.String()}, nil
	}
	if o.Container == "srt" {
		_, err = srt.Write(f, next)
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
		if _, err := b.WriteString(m.Text); err != nil {
			return place.Explain(err)
		}
	}
}
