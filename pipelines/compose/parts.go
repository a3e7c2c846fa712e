package compose

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/apart"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/room"
)

// mostAttempts is how often a part is tried whose process dies.
const mostAttempts = 3

// part is a file that becomes a part of the video: the pictures of a chunk, or all sound. It has its name when it is
// complete, and that says what it is made of, so that it is of use when the program is started again.
type part struct {
	chunk    *room.Chunk // nil: the sound
	path     string
	line     launch.Line
	attempts int
	done     time.Duration
}

// drawing is the making of parts.
type drawing struct {
	*composing
	mu    sync.Mutex // of all below, and of warnings
	parts []*part
}

// drawParts makes the video of parts that are made at the same time.
func (c *composing) drawParts(ctx context.Context, chunks []room.Chunk) error {
	c.threads = divided(c.settings.Threads, len(chunks))
	defer func() { c.threads = c.settings.Threads }()
	d := &drawing{composing: c}
	if err := d.plan(chunks); err != nil {
		return err
	}
	if err := d.keep(); err != nil {
		return err
	}
	group, within := errgroup.WithContext(ctx)
	for _, p := range d.parts {
		group.Go(func() error { return d.make(within, p) })
	}
	err := group.Wait()
	for _, p := range d.parts {
		for i := range chunks {
			if p.chunk != nil && *p.chunk == chunks[i] {
				c.report.Chunks[i].Attempts = p.attempts
			}
		}
	}
	if err == nil {
		err = d.join()
	}
	if errors.Is(err, errSeveral) {
		c.whole = true
		return c.draw(ctx)
	}
	return err
}

// divided is each one's share of something, 0 if it is not known how much there is.
func divided(n, among int) int { return (n + among - 1) / among }

// spansOf says in the report which chunks there are.
func (c *composing) spansOf(chunks []room.Chunk) (list []report.RoomChunk) {
	for _, p := range chunks {
		to := min(float64(c.score.Canvas.At(p.To))/1e6, c.score.DurationMs)
		list = append(list, report.RoomChunk{MsSpan: room.MsSpan{From: float64(c.score.Canvas.At(p.From)) / 1e6, To: to},
			Attempts: 1})
	}
	return list
}

// plan says what parts there are.
func (d *drawing) plan(chunks []room.Chunk) error {
	made, err := d.identity()
	if err != nil {
		return err
	}
	score := d.partial(".score.json")
	add := func(chunk *room.Chunk, ext string, line func(score string, sink launch.Line) (launch.Line, error)) error {
		l, err := line("", launch.Line{"uprightmp4sink"}) // without what is elsewhere the next time
		if err != nil {
			return err
		}
		path := filepath.Join(d.settings.OutputDir, d.partPrefix()+made.of(l.String())+ext)
		p := &part{chunk: chunk, path: path}
		size := d.index(float64(d.length(p))/1e6, "")
		p.line, err = line(score, launch.Line{"uprightmp4sink"}.Set("location", path).SetInt("index-size", size))
		d.parts = append(d.parts, p)
		return err
	}
	if len(d.score.Voices) > 0 { // first, for it takes longest
		if err := add(nil, ".m4a", d.soundFile); err != nil {
			return err
		}
	}
	for i := range chunks {
		err := add(&chunks[i], ".mp4", func(score string, sink launch.Line) (launch.Line, error) {
			return d.drawn(score, &chunks[i], sink)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// make makes a part, unless it is there.
func (d *drawing) make(ctx context.Context, p *part) error {
	if d.check(p) == nil {
		d.at(p, d.length(p))
		return nil
	}
	for n := 1; ; n++ {
		d.mu.Lock()
		p.attempts = n
		d.mu.Unlock()
		err := d.run(ctx, p)
		if err == nil {
			err = d.check(p)
		}
		var incomplete *partError
		again := errors.As(err, new(*apart.CrashError)) || errors.As(err, new(*gstrun.StallError)) ||
			errors.As(err, &incomplete)
		if err == nil || ctx.Err() != nil || !again || n == mostAttempts {
			return err
		}
		d.mu.Lock()
		d.warn(report.ChunkRetried, "a part of the video was made again, because %s", err)
		d.mu.Unlock()
	}
}

// run runs the pipeline of a part.
func (d *drawing) run(ctx context.Context, p *part) error {
	if p.chunk != nil {
		release, err := d.session(ctx)
		if err != nil {
			return err
		}
		defer release()
	}
	return apart.Run(ctx, p.line.String(), apart.Options{Command: d.settings.Child, Stall: d.settings.Stall,
		Progress: func(at time.Duration) {
			if p.chunk != nil {
				at -= d.score.Shows(p.chunk.From)
			}
			d.at(p, at)
		}})
}

// session waits for one of the encoder's device: as long as it takes, for all parts have to be of one encoder.
func (c *composing) session(ctx context.Context) (release func(), err error) {
	if c.settings.Encoders == nil || c.settings.Encoders.Sessions == nil {
		return func() {}, nil
	}
	s := *c.settings.Encoders.Sessions
	s.Wait = -1
	return s.Acquire(ctx, c.choice.Encoder)
}

// length is how much of a part's time there is.
func (d *drawing) length(p *part) time.Duration {
	if p.chunk == nil {
		return time.Duration(d.score.DurationMs * 1e6)
	}
	return d.score.Canvas.At(p.chunk.To) - d.score.Canvas.At(p.chunk.From)
}

// at notes how far a part is. The sound is not counted: it is made beside the pictures, in less time.
func (d *drawing) at(p *part, at time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p.done = max(p.done, min(at, d.length(p)))
	before := d.total / hearPart
	sum, total := before, before
	for _, o := range d.parts {
		if o.chunk != nil {
			sum, total = sum+o.done, total+d.length(o)
		}
	}
	d.progress(pipelines.Progress{Done: sum, Total: total})
}
