package main

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/internal/pace"
	"github.com/upright-media/upright/pipelines"
)

// bars shows a person at a terminal one line per running job, and what came of it.
type bars struct {
	*console
	mu      sync.Mutex
	running *mpb.Progress
	of      map[string]*bar
}

// bar is that of one job.
type bar struct {
	*mpb.Bar
	pace pace.Pace
	left atomic.Pointer[string] // about how long it will still take; nil: that is not known
}

func (b *bar) text(decor.Statistics) string {
	if left := b.left.Load(); left != nil {
		return "  " + *left + " left"
	}
	return ""
}

func newBars(c *console) *bars {
	// Without auto refresh mpb writes nothing to what is not a terminal, but whoever says --progress bar gets bars.
	options := []mpb.ContainerOption{mpb.WithOutput(c.stderr), mpb.WithAutoRefresh()}
	if c.width > 0 {
		options = append(options, mpb.WithWidth(c.width))
	}
	return &bars{console: c, running: mpb.New(options...), of: make(map[string]*bar)}
}

func (b *bars) start(j job) {
	own := new(bar)
	own.Bar = b.running.New(0, mpb.BarStyle().Lbound("").Rbound("").Filler("━").Tip("━").Padding("─"),
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(j.participant, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.NewPercentage("%d", decor.WCSyncSpace), decor.Any(own.text)),
	)
	b.mu.Lock()
	b.of[j.key()] = own
	b.mu.Unlock()
}

func (b *bars) progress(j job, p pipelines.Progress) {
	b.mu.Lock()
	bar := b.of[j.key()]
	if bar == nil || p.Total <= 0 {
		b.mu.Unlock()
		return
	}
	bar.pace.At(time.Now(), p.Done-p.Kept)
	left, known := bar.pace.Left(p.Total - p.Done)
	b.mu.Unlock()
	var text *string
	if known && !p.Verifying {
		about := human.About(left)
		text = &about
	}
	bar.left.Store(text)
	// A bar that reaches its total is over for mpb, but verification is still to come.
	total := p.Total.Milliseconds() + 1
	bar.SetTotal(total, false)
	bar.SetCurrent(min(p.Done.Milliseconds(), total-1))
}

func (b *bars) finish(j job, r result) {
	b.mu.Lock()
	bar := b.of[j.key()]
	delete(b.of, j.key())
	b.mu.Unlock()
	if bar != nil {
		bar.Abort(true)
		bar.Wait()
	}
	for _, line := range b.lines(j, r) {
		b.line(line)
	}
	if r.already {
		return // that was said
	}
	for _, path := range r.outputs {
		b.line(path)
	}
}

// line writes above the bars.
func (b *bars) line(text string) { _, _ = io.WriteString(b.running, text+"\n") }

func (b *bars) end(s summary) {
	b.running.Wait()
	if line := s.closing(); line != "" {
		fmt.Fprintln(b.stderr, line)
	}
}
