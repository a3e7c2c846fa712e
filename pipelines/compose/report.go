package compose

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/pipelines/verify"
	"github.com/upright-media/upright/room"
)

// verify reads the file again, decodes its beginning and its end, and describes it.
func (c *composing) verify(ctx context.Context, media string) (*report.Output, error) {
	want := []report.Track{}
	if v := c.score.Canvas; v != nil {
		want = append(want, report.Track{Kind: "video", Codec: "h264", Width: v.Width, Height: v.Height})
	}
	want = append(want, c.soundTracks()...)
	o := &plan.Output{Path: c.path(c.ext()), Partial: media, Container: strings.TrimPrefix(c.ext(), "."), Tracks: want}
	v := verify.Verifier{Output: o, Partial: media, Has: c.has(), Libav: true, WantPoster: c.settings.Job.Posters}
	return v.CheckTracks(ctx, time.Duration(c.score.DurationMs*1e6))
}

// fill says in the report what is in the video.
func (c *composing) fill() {
	s, r := c.score, c.report
	r.Canvas, r.Talks, r.Floor, r.Chapters = s.Canvas, s.Talks, s.Floor, s.Chapters
	for _, p := range s.Timeline {
		w := report.WallSpan{MsSpan: p.MsSpan}
		if c.origin != 0 {
			w.WallUs = c.origin + int64(math.Round(p.RoomMs*1000))
		}
		r.Timeline = append(r.Timeline, w)
	}
	for _, a := range s.Spans {
		span := report.RoomSpan{MsSpan: a.MsSpan, Layout: a.Layout, Regions: []report.RoomRegion{}}
		for _, g := range a.Regions {
			span.Regions = append(span.Regions, report.RoomRegion{Person: g.Person, Source: g.Source, File: g.File,
				X: g.X, Y: g.Y, W: g.W, H: g.H, Z: g.Z, Fit: g.Fit})
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
		r.Plan.Encoder, r.Plan.Backend, r.Plan.Rejected = c.choice.Encoder.Element, string(c.choice.Encoder.Backend),
			c.choice.Rejected
	}
}
