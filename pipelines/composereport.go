package pipelines

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/room"
)

// verify reads the file again, decodes its beginning and its end, and describes it.
func (c *composing) verify(ctx context.Context, media string) (*report.Output, error) {
	container := strings.TrimPrefix(c.ext(), ".")
	o := &plan.Output{Path: c.path(c.ext()), Partial: media, Container: container}
	v := verifier{output: o, partial: media, has: c.has(), libav: true}
	s, err := look(media, container)
	if err != nil {
		return nil, v.wrong("it cannot be read: %w", err)
	}
	r := &report.Output{File: filepath.Base(o.Path), Container: container, DurationMs: report.Millis(s.duration)}
	want := []report.Track{}
	if c.score.Canvas != nil {
		want = append(want, report.Track{Kind: "video", Codec: "h264", Width: c.score.Canvas.Width, Height: c.score.Canvas.Height})
	}
	if len(c.score.Voices) > 0 {
		want = append(want, report.Track{Kind: "audio", Codec: "aac", Channels: c.channels()})
	}
	if len(s.tracks) != len(want) {
		return nil, v.wrong("it has %d tracks, not %d", len(s.tracks), len(want))
	}
	for _, w := range want {
		got := take(s, w.Kind)
		if got == nil || got.codec != w.Codec || got.samples == 0 {
			return nil, v.wrong("it has no %s in %s", w.Kind, w.Codec)
		}
		if w.Kind == "video" && (got.width != w.Width || got.height != w.Height || !got.key) {
			return nil, v.wrong("its video is %dx%d, not %dx%d, or does not begin with a key frame", got.width, got.height, w.Width, w.Height)
		}
		length := time.Duration(c.score.DurationMs * 1e6)
		if off := (got.end - got.start - length).Abs(); off > lengthTolerance {
			return nil, v.wrong("its %s lasts %s, not %s", w.Kind, seconds(got.end-got.start), seconds(length))
		}
		w.DurationMs = report.Millis(got.end - got.start)
		r.Tracks = append(r.Tracks, w)
		o.Tracks = append(o.Tracks, w)
		v.found = append(v.found, *got)
	}
	if err := v.decode(ctx); err != nil {
		return nil, err
	}
	r.Bytes, r.SHA256, err = digest(ctx, media)
	return r, err
}

// fill says in the report what is in the video.
func (c *composing) fill() {
	s, r := c.score, c.report
	r.Canvas, r.Talks, r.Floor, r.Chapters = s.Canvas, s.Talks, s.Floor, s.Chapters
	for _, p := range s.Timeline {
		w := report.WallSpan{MsSpan: p.MsSpan}
		if c.shared.OriginUs != 0 {
			w.WallUs = c.shared.OriginUs + int64(math.Round(p.RoomMs*1000))
		}
		r.Timeline = append(r.Timeline, w)
	}
	for _, a := range s.Spans {
		span := report.RoomSpan{MsSpan: a.MsSpan, Layout: a.Layout, Regions: []report.RoomRegion{}}
		for _, g := range a.Regions {
			span.Regions = append(span.Regions, report.RoomRegion{Person: g.Person, Source: g.Source, File: g.File, X: g.X, Y: g.Y, W: g.W, H: g.H, Z: g.Z, Fit: g.Fit})
		}
		r.Spans = append(r.Spans, span)
	}
	for i, p := range s.People {
		person := report.RoomPerson{ID: p.ID, Name: p.Name, Present: p.Present}
		for _, t := range s.Talks {
			if t.Person == p.ID {
				person.TalkMs += t.To - t.From
			}
		}
		for _, a := range s.Spans {
			if slices.ContainsFunc(a.Regions, func(g room.Region) bool {
				return g.Person == p.ID && (g.Source == room.Camera || g.Source == room.Screen)
			}) {
				person.VisibleMs += a.To - a.From
			}
		}
		var own []room.Blocks
		for _, v := range c.cast.People[i].Voices {
			own = append(own, c.levels[v].Blocks)
		}
		if l := room.Loudness(own, nil); !math.IsInf(l, 0) && !math.IsNaN(l) {
			l = math.Round(l*10) / 10
			person.Loudness = &l
		}
		for _, v := range s.Voices {
			if v.Person == p.ID {
				person.GainDB = v.Gain
			}
		}
		person.TalkMs, person.VisibleMs = math.Round(person.TalkMs), math.Round(person.VisibleMs)
		r.People = append(r.People, person)
	}
	r.Plan = report.Plan{Mode: "encode", Pipeline: c.commandLine(), Reason: "the room is drawn by its score"}
	if s.Canvas != nil {
		r.Plan.Encoder, r.Plan.Backend, r.Plan.Rejected = c.choice.Encoder.Element, string(c.choice.Encoder.Backend), c.choice.Rejected
	}
}

// chat writes everybody's messages as subtitles, with the names in front.
func (c *composing) chat(ctx context.Context, f *os.File) (int, error) {
	var all []message
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
				if at, ok := c.score.OutTime(u.PTS); ok && srtText(text.String()) != "" {
					all = append(all, message{time.Duration(at * 1e6), p.Name + ": " + srtText(text.String())})
				}
			}
			if err := s.Close(); err != nil {
				return 0, err
			}
		}
	}
	slices.SortStableFunc(all, func(a, b message) int { return cmp.Compare(a.at, b.at) })
	if len(all) == 0 {
		return 0, nil
	}
	return writeSRT(f, func() (message, error) {
		if len(all) == 0 {
			return message{}, io.EOF
		}
		m := all[0]
		all = all[1:]
		return m, nil
	})
}

// speakers writes who has the floor, as WebVTT.
func (c *composing) speakers(_ context.Context, f *os.File) (int, error) {
	if len(c.score.Floor) == 0 {
		return 0, nil
	}
	b := bufio.NewWriter(f)
	fmt.Fprint(b, "WEBVTT\n")
	for _, t := range c.score.Floor {
		name := c.cast.Person(t.Person).Name
		fmt.Fprintf(b, "\n%s --> %s\n<v %s>%s\n", vttTime(t.From), vttTime(t.To), html.EscapeString(name), html.EscapeString(name))
	}
	return len(c.score.Floor), b.Flush()
}

func vttTime(ms float64) string {
	return strings.Replace(srtTime(time.Duration(ms*1e6)), ",", ".", 1)
}
