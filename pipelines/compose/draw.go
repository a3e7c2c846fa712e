package compose

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/room"
)

// draw makes the video: by one pipeline, or by several at a time that make parts of it.
func (c *composing) draw(ctx context.Context) error {
	chunks := c.score.Chunks(c.footage, c.borders, c.cut(), c.settings.cutting)
	c.report.Chunks = c.spansOf(chunks)
	if len(chunks) > 1 {
		return c.drawParts(ctx, chunks)
	}
	release, err := c.session(ctx)
	if err != nil {
		return err
	}
	defer release()
	l, err := c.line(c.partial(c.ext()), c.partial(".score.json"))
	if err != nil {
		return err
	}
	out := time.Duration(c.score.DurationMs * 1e6)
	return gstrun.Run(ctx, l.String(), gstrun.Options{StallTimeout: c.settings.Stall, Progress: func(at time.Duration) {
		done := portion(at, out)
		c.tell(progress{heard: 1, drawn: done, mixed: done})
	}})
}

// ext is the extension of the video, or of the sound alone.
func (c *composing) ext() string {
	if c.score.Canvas == nil {
		return ".m4a"
	}
	return ".mp4"
}

// without says whether a failure is one that can be done without: of an encoder on a device, or of one file's decoder.
// Then it has been noted, and the next attempt does.
func (c *composing) without(ctx context.Context, err error) bool {
	var e *gstrun.Error
	if ctx.Err() != nil || !errors.As(err, &e) || errors.Is(err, gstrun.ErrStuck) {
		return false
	}
	if enc := c.choice.Encoder; enc.Hardware() && e.Factory == enc.Element {
		c.avoid = append(c.avoid, encoders.Rejection{Encoder: enc.Element, Kind: encoders.Crashed, Reason: "failed: " +
			e.Message})
		c.warn(report.EncoderFailed, "%s failed (%s), so another encoder was used", enc.Element, e.Message)
		return true
	}
	for i := range c.cast.People {
		p := &c.cast.People[i]
		for k, src := range p.Sources {
			if strings.HasPrefix(e.Element, sourceName("video", c.pad(src.File))+"-") {
				p.Sources = slices.Delete(p.Sources, k, k+1)
				delete(c.tracks, src.File)
				c.report.Inputs = slices.DeleteFunc(c.report.Inputs,
					func(in report.Input) bool { return in.File == src.File })
				c.leave(src.File, "it cannot be decoded: "+e.Message)
				c.warn(report.SourceLost, "%s: it cannot be decoded (%s), so it is not shown", src.File, e.Message)
				return true
			}
		}
	}
	return false
}

// pad is the number of a file with pictures in the score.
func (c *composing) pad(file string) int {
	return slices.IndexFunc(c.score.Sources, func(s room.ScoreSource) bool { return s.File == file })
}

// explain says in one sentence why a pipeline failed.
func (c *composing) explain(ctx context.Context, err error) error {
	var e *gstrun.Error
	if ctx.Err() != nil {
		return errors.Join(context.Cause(ctx), pipelines.Stuck(err))
	}
	if full := pipelines.NoSpace(err, c.settings.OutputDir); full != nil {
		return full
	}
	if errors.As(err, &e) || errors.As(err, new(*gstrun.StallError)) || errors.As(err, new(*gstrun.ParseError)) {
		return &pipelines.PipelineError{Err: err}
	}
	return err
}
