// Package worker is the child's side of package work: it carries out jobs in a process of its own, one after the other.
package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/process"
)

const graceOrphan = 3 * time.Second // to clear away when the daemon has died

var (
	errOrphan = errors.New("the daemon is gone")
	errLost   = errors.New("another daemon has taken this recording over")
)

// Main is the command "work". It ends with ctx, or when its standard input is closed, and returns the exit status.
func Main(ctx context.Context) int {
	events, err := process.TakeStdout()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot use standard output:", err)
		return 1
	}
	return run(ctx, os.Stdin, events, os.Stderr, func() { time.AfterFunc(graceOrphan, func() { os.Exit(1) }) })
}

// run carries out the jobs that in asks for. orphaned is called when in is closed.
func run(ctx context.Context, in io.Reader, out, log io.Writer, orphaned func()) (status int) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &worker{input: listen(in, func() {
		cancel(errOrphan)
		orphaned()
	}), out: out, log: log}
	next, status := w.carryOut(ctx, <-w.input)
	for next {
		select {
		case <-ctx.Done(): // nothing is under way
			return status
		case l := <-w.input:
			if errors.Is(l.err, io.EOF) && l.text == "" { // no other is to follow
				return status
			}
			next, status = w.carryOut(ctx, l)
		}
	}
	return status
}

// worker is this process.
type worker struct {
	input    <-chan line
	out, log io.Writer
	fitness  fitness
}

// carryOut carries out one job. next says whether another may follow.
func (w *worker) carryOut(ctx context.Context, l line) (next bool, status int) {
	t := newTeller(w.out, w.log)
	var req work.Request
	err := l.err
	if err == nil {
		err = json.Unmarshal([]byte(l.text), &req)
	}
	if err != nil {
		t.end(work.Event{Event: "failed", Code: job.CodeInternal,
			Error: fmt.Sprintf("the request makes no sense: %v", err)})
		return false, 1
	}
	w.fitness.begin()
	t.send(work.Event{Event: "reading"})
	stop := t.keepTelling()
	c := &conversion{req: req, tell: t, input: w.input, others: others{tell: t}}
	var e work.Event
	if req.Part != nil {
		e = c.part(ctx)
	} else {
		e = c.run(ctx)
	}
	stop()
	if req.Mark != "" {
		unfit := cmp.Or(c.left, w.fitness.unfit(e))
		if unfit != "" {
			t.logf("this process takes no other job: %s", unfit)
		}
		e.Fit, e.Used = unfit == "", w.fitness.used()
	}
	t.end(e)
	if req.Mark != "" {
		t.logf("%s", req.Mark)
	}
	if e.Event == "failed" {
		status = 1
	}
	return e.Fit, status
}
