package compose

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/partfile"
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
	id       string      // what it is made of, 16 hexadecimal digits
	path     string
	line     launch.Line
	length   time.Duration
	attempts int
	done     time.Duration

	// of pictures: see board
	hand    hand
	who     string // of theirs, and of what somebody else has made: host and process
	since   time.Time
	reached time.Duration // how far who has it is
	failed  int           // on how many other hosts
}

// drawing is the making of parts.
type drawing struct {
	*composing
	crew  *crew
	mu    sync.Mutex // of all below, and of warnings
	parts []*part
	board board
	news  chan struct{} // something has changed on the board
}

// drawParts makes the video of parts that are made at the same time.
func (c *composing) drawParts(ctx context.Context, chunks []room.Chunk) error {
	slots := min(c.most(), len(chunks))
	c.threads = divided(c.settings.Threads, slots)
	if c.sharing() {
		c.threads = c.each(len(chunks))
		slots = max(1, slots/c.threads)
	}
	defer func() { c.threads = c.settings.Threads }()
	d := &drawing{composing: c, crew: newCrew(slots), news: make(chan struct{}, 1),
		board: board{refused: map[string]bool{}}}
	if err := d.plan(chunks); err != nil {
		return err
	}
	if err := d.keep(); err != nil {
		return err
	}
	d.find()
	withdraw, err := d.offer()
	if err != nil {
		return err
	}
	group, within := errgroup.WithContext(ctx)
	go d.crew.watchMemory(within, c.settings.Memory)
	for _, p := range d.parts {
		if p.chunk == nil {
			group.Go(func() error { return d.make(within, p) })
		}
	}
	for range slots {
		group.Go(func() error { return d.work(within) })
	}
	err = group.Wait()
	withdraw() // from here on nobody else changes anything
	for i, p := range d.board.parts {
		c.report.Chunks[i].Attempts, c.report.Chunks[i].Host = p.attempts, hostOf(p.who)
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

// hostOf is the host of somebody who draws parts.
func hostOf(who string) string {
	host, _, _ := strings.Cut(who, "/")
	return host
}

// find looks which parts are there from an earlier run.
func (d *drawing) find() {
	for _, p := range d.parts {
		if d.check(p) == nil {
			p.hand = made
			d.at(p, p.length)
		}
	}
}

// work draws parts, one after the other, until all are made.
func (d *drawing) work(ctx context.Context) error {
	for {
		d.mu.Lock()
		p, wait := d.board.own(time.Now())
		d.mu.Unlock()
		switch {
		case p != nil:
			if err := d.make(ctx, p); err != nil {
				return err
			}
			d.mu.Lock()
			d.board.owned(p, time.Now())
			d.mu.Unlock()
		case !wait:
			return nil
		default:
			select {
			case <-d.news:
			case <-time.After(time.Second): // somebody may be late by now
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
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
	all, err := d.identity()
	if err != nil {
		return err
	}
	score := d.partial(".score.json")
	add := func(chunk *room.Chunk, ext string, line func(score string, sink launch.Line) (launch.Line, error)) error {
		l, err := line("", launch.Line{"uprightmp4sink"}) // without what is elsewhere the next time
		if err != nil {
			return err
		}
		p := &part{chunk: chunk, id: all.of(l.String())}
		p.path = filepath.Join(d.settings.OutputDir, partfile.Name{Video: d.name(), ID: p.id, Ext: ext}.String())
		p.length = d.length(p)
		size := d.index(float64(p.length)/1e6, "")
		p.line, err = line(score, launch.Line{"uprightmp4sink"}.Set("location", p.path).SetInt("index-size", size))
		d.parts = append(d.parts, p)
		if chunk != nil {
			d.board.parts = append(d.board.parts, p)
		}
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
	if p.hand == made { // of the sound: nobody else is at it
		return nil
	}
	for n := 1; ; n++ {
		d.mu.Lock()
		p.attempts++
		d.mu.Unlock()
		err := d.run(ctx, p)
		if err == nil {
			err = d.check(p)
		}
		if err == nil || ctx.Err() != nil || !d.retries(err, n) {
			return err
		}
		d.mu.Lock()
		d.again("%s", err)
		d.mu.Unlock()
	}
}

// again notes why a part is made again. The caller has the lock.
func (d *drawing) again(why string, args ...any) {
	d.warn(report.ChunkRetried, "a part of the video was made again, because "+why, args...)
}

// retries says whether a part is made again of which so many attempts have failed, the last one with this error. Where
// memory was short, fewer are drawn at a time, and that is another matter.
func (d *drawing) retries(err error, attempts int) bool {
	var crash *apart.CrashError
	switch {
	case errors.Is(err, errMemory), errors.As(err, &crash) && crash.Killed:
		return d.crew.fewer() || attempts < mostAttempts
	case crash != nil, errors.As(err, new(*gstrun.StallError)), errors.As(err, new(*partError)):
		return attempts < mostAttempts
	}
	return false
}

// run runs the pipeline of a part. The sound does not wait for others: it is made beside them, and takes longest.
func (d *drawing) run(ctx context.Context, p *part) error {
	if p.chunk != nil || p.attempts > 1 {
		within, leave, err := d.crew.join(ctx)
		if err != nil {
			return err
		}
		defer leave()
		ctx = within
	}
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

// at notes how far a part is.
func (d *drawing) at(p *part, at time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.note(p, at)
}

// note is at, for who has the lock.
func (d *drawing) note(p *part, at time.Duration) {
	p.reached = max(p.reached, min(at, p.length))
	p.done = max(p.done, p.reached)
	var drawn, found, all time.Duration
	var sound *part
	for _, o := range d.parts {
		if o.chunk == nil {
			sound = o
			continue
		}
		if o.hand == made && o.attempts == 0 {
			found += o.length
		}
		drawn, all = drawn+o.done, all+o.length
	}
	now := progress{heard: 1, drawn: portion(drawn, all), kept: portion(found, all)}
	now.mixed = now.drawn
	if sound != nil {
		now.mixed = portion(sound.done, sound.length)
	}
	d.tell(now)
}
