// Package worker is the child's side of package work: it carries out one job in a process of its own.
package worker

import (
	"bufio"
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

const (
	maxRequest  = 16 << 20
	graceOrphan = 3 * time.Second // to clear away when the daemon has died
)

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

// run carries out the job that in asks for. orphaned is called when in is closed.
func run(ctx context.Context, in io.Reader, out, log io.Writer, orphaned func()) int {
	t := newTeller(out, log)
	input := bufio.NewReader(io.LimitReader(in, maxRequest))
	var req work.Request
	text, err := input.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(text, &req)
	}
	if err != nil {
		t.end(work.Event{Event: "failed", Code: job.CodeInternal, Error: fmt.Sprintf("the request makes no sense: %v", err)})
		return 1
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	turn := make(chan struct{})
	go func() {
		if line, err := input.ReadString('\n'); err == nil && line == "go\n" {
			close(turn)
			_, _ = io.Copy(io.Discard, input)
		}
		cancel(errOrphan)
		orphaned()
	}()
	t.send(work.Event{Event: "reading"})
	stop := t.keepTelling()
	c := conversion{req: req, tell: t, turn: turn}
	e := c.run(ctx)
	stop()
	t.end(e)
	if e.Event == "failed" {
		return 1
	}
	return 0
}
