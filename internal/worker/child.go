// Package worker is the child's side of package work: it carries out one job in a process of its own.
package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
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
	bounded := &io.LimitedReader{R: in, N: maxRequest}
	input := bufio.NewReader(bounded)
	var req work.Request
	text, err := input.ReadBytes('\n')
	bounded.N = math.MaxInt64 // Words are short, and there may be many
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
	c := conversion{req: req, tell: t, turn: turn, others: others{tell: t}}
	go func() {
		if line, err := input.ReadString('\n'); err == nil && line == "go\n" {
			close(turn)
			for line, err := input.ReadBytes('\n'); err == nil; line, err = input.ReadBytes('\n') {
				c.others.said(line)
			}
		}
		cancel(errOrphan)
		orphaned()
	}()
	t.send(work.Event{Event: "reading"})
	stop := t.keepTelling()
	var e work.Event
	if req.Part != nil {
		e = c.part(ctx)
	} else {
		e = c.run(ctx)
	}
	stop()
	t.end(e)
	if e.Event == "failed" {
		return 1
	}
	return 0
}
