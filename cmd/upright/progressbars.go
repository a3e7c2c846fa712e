package main

import (
	"fmt"
	"io"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/upright-media/upright/pipelines"
)

// bars shows a person at a terminal one line per running job, and what came of it.
type bars struct {
	*console
	mu      sync.Mutex
	running *mpb.Progress
	of      map[string]*mpb.Bar
}

func newBars(c *console) *bars {
	// Without auto refresh mpb writes nothing to what is not a terminal, but whoever says --progress bar gets bars.
	options := []mpb.ContainerOption{mpb.WithOutput(c.stderr), mpb.WithAutoRefresh()}
	if c.width > 0 {
		options = append(options, mpb.WithWidth(c.width))
	}
	return &bars{console: c, running: mpb.New(options...), of: make(map[string]*mpb.Bar)}
}

func (b *bars) start(j job) {
	bar := b.running.New(0, mpb.BarStyle().Lbound("").Rbound("").Filler("━").Tip("━").Padding("─"),
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(j.participant, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.NewPercentage("%d", decor.WCSyncSpace)),
	)
	b.mu.Lock()
	b.of[j.key()] = bar
	b.mu.Unlock()
}

func (b *bars) progress(j job, p pipelines.Progress) {
	b.mu.Lock()
	bar := b.of[j.key()]
	b.mu.Unlock()
	if bar == nil || p.Total <= 0 {
		return
	}
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
