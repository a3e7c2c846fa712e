package work

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"syscall"
	"time"

	"github.com/upright-media/upright/daemon/claim"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/process"
)

const (
	look       = 200 * time.Millisecond // between looks at memory and clock
	graceTerm  = 10 * time.Second       // to clear away after SIGTERM
	graceQuit  = 2 * time.Second        // for Go to say where it hangs, after SIGQUIT
	graceEnd   = 10 * time.Second       // to end after the final event
	graceKill  = 30 * time.Second       // for the kernel to end a process that was killed
	gracePipes = 2 * time.Second        // for what is still in the pipes
	graceSweep = 10 * time.Second       // for a file system to answer
)

// Run carries out one job in a child process. It returns when that has ended, with all that it has started, or waits
// for another job. It never fails in any other way than by what Result says. When ctx ends, so does the child, as soon
// as it has cleared away what it had begun.
func Run(ctx context.Context, req Request, o Options) Result {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Progress == nil {
		o.Progress = func(job.Progress) {}
	}
	if req.Stall == 0 {
		req.Stall = o.Limits.Stall * 3 / 4
	}
	req.Memory = o.Limits.Memory
	began := time.Now()
	for {
		r := &run{o: o, log: o.Log, turn: make(chan turn, 1), parts: newParts()}
		r.attempt.Started = began
		if ctx.Err() != nil {
			r.end = endInterrupted
			return r.result()
		}
		c, err := o.Children.child(&req, o)
		if err != nil {
			r.end, r.reason = endUnstarted, err
			return r.result()
		}
		r.child, r.attempt.PID = c, c.PID
		r.log = r.log.With("pid", c.PID)
		r.follow(ctx, req)
		if !r.heard && r.end == "" && c.jobs > 1 {
			r.log.Debug("the child had ended before it was given this job: another one takes it")
			continue
		}
		if r.final == nil || r.end != "" {
			r.sweep(req.Spec)
		}
		result := r.result()
		if r.waits {
			o.Children.keep(c)
		}
		return result
	}
}

// ending is why we ended a child, "" if it did so by itself.
type ending string

const (
	endUnstarted   ending = "unstarted"
	endInterrupted ending = "interrupted"
	endTimeout     ending = "timeout"
	endStalled     ending = "stalled"
	endMemory      ending = "memory"
	endGarbage     ending = "garbage"
	endLate        ending = "late" // it went on after its final event
)

// turn is the answer of Options.Turn.
type turn struct {
	release func()
	err     error
}

// run is one child on its way.
type run struct {
	o       Options
	log     *slog.Logger
	child   *child
	attempt job.Attempt

	turn    chan turn
	waiting bool // for its turn
	planned bool
	heard   bool // there was an event of this job
	quiet   bool // there is no more to come of the log of this job
	waits   bool // the child, for another job
	parts   parts

	busy     time.Duration // worked until since
	since    time.Time     // when it last began to work
	moved    time.Time     // when there was progress last
	progress job.Progress
	activity uint64
	memory   process.Tree
	peak     int64

	mu    sync.Mutex // guards tail
	tail  tail
	final *Event

	end        ending
	reason     error            // for end, or why there is no final event
	deadline   <-chan time.Time // for the next step of ending it
	closed     bool             // no more events come
	killed     bool
	unkillable bool
}

// follow goes along with the child to its end, or that of the job, if it waits for another one then.
func (r *run) follow(ctx context.Context, req Request) {
	c := r.child
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		r.parts.end()
		if !r.waits {
			c.close(r.unkillable)
		}
	}()
	text, err := json.Marshal(req)
	if err != nil { // of no type that Request has
		text = nil
	}
	c.begin(append(text, '\n'), req.Mark, r.logged())
	now := time.Now()
	r.since, r.moved, r.memory = now, now, process.Tree{Root: c.PID}
	r.progress.Stage = "reading"
	tick := time.NewTicker(look)
	defer tick.Stop()
	done := ctx.Done()
	unreadable := c.unreadable
	var turns sync.WaitGroup
	release := func() {}
	defer func() {
		cancel()
		turns.Wait()
		select {
		case t := <-r.turn: // it is no longer needed
			if t.release != nil {
				t.release()
			}
		default:
		}
		release()
	}()
	for {
		select {
		case e := <-c.events:
			if r.take(e) {
				turns.Go(func() { r.turn <- r.wait(ctx, e.Cost) })
			}
		case a := <-r.parts.asks:
			r.parts.pass(a, c.input)
		case t := <-r.turn:
			r.waiting, r.since, r.moved = false, time.Now(), time.Now()
			if t.err != nil {
				r.interrupt(cmp.Or(context.Cause(ctx), t.err))
				continue
			}
			if t.release != nil {
				release = t.release
			}
			c.input <- []byte("go\n")
		case err := <-unreadable:
			unreadable, r.closed = nil, true
			r.silent(err)
		case <-done:
			done = nil
			r.interrupt(context.Cause(ctx))
		case <-r.deadline:
			r.escalate()
		case <-tick.C:
			r.check()
		case <-c.quiet:
			r.quiet = true
		case <-c.Exited():
			r.last()
			return
		}
		r.waits = r.quiet && r.final != nil && r.final.Fit && r.end == ""
		if r.waits || r.unkillable {
			return
		}
	}
}

func (r *run) wait(ctx context.Context, cost int) turn {
	if r.o.Turn == nil {
		return turn{}
	}
	release, err := r.o.Turn(ctx, cost)
	return turn{release, err}
}

// take notes an event. It returns true if the child now waits for its turn.
func (r *run) take(e Event) bool {
	if r.final != nil || r.parts.take(e, r.o) {
		return false
	}
	now := time.Now()
	r.heard = true
	switch e.Event {
	case "done", "empty", "failed":
		r.final, r.moved = &e, now
		if r.end == "" {
			r.deadline = time.After(graceEnd)
		}
		return false
	case "planned":
		if r.planned {
			return false
		}
		r.planned, r.waiting, r.moved = true, true, now
		r.attempt.Hardware = e.Hardware
		r.busy += now.Sub(r.since)
		r.progress = job.Progress{Stage: "waiting"}
		r.o.Progress(r.progress)
		return true
	}
	p := r.progress
	switch {
	case e.Progress != nil:
		p = *e.Progress
	case e.Event != "progress":
		p.Stage = e.Event
	}
	// The speed changes by itself as time goes by.
	if p.Stage != r.progress.Stage || p.DoneMs != r.progress.DoneMs || p.TotalMs != r.progress.TotalMs ||
		e.Activity > r.activity {
		r.moved = now
	}
	r.activity = max(r.activity, e.Activity)
	if p != r.progress && !r.waiting {
		r.progress = p
		r.o.Progress(p)
	}
	return false
}

// silent is what to do when no more events will come.
func (r *run) silent(err error) {
	if r.final != nil || r.end != "" {
		return
	}
	if errors.Is(err, errNotAnEvent) {
		r.stop(endGarbage, err, syscall.SIGKILL, 0)
		return
	}
	// Its output is closed. It is probably dead, else nothing can be known of it any more.
	r.reason = cmp.Or(err, errClosed)
	r.deadline = time.After(graceQuit)
}

var errClosed = errors.New("it closed its output before it said how it ended")

// check looks at the limits.
func (r *run) check() {
	if r.final != nil || r.end != "" {
		return
	}
	l, now := r.o.Limits, time.Now()
	if l.Memory > 0 {
		rss := r.memory.Resident()
		r.peak = max(r.peak, rss)
		if rss > l.Memory {
			r.stop(endMemory, nil, syscall.SIGKILL, 0)
			return
		}
	}
	if r.waiting {
		return
	}
	switch {
	case l.Time > 0 && r.busy+now.Sub(r.since) > l.Time:
		r.stop(endTimeout, nil, syscall.SIGQUIT, graceQuit)
	case l.Stall > 0 && now.Sub(r.moved) > l.Stall:
		r.stop(endStalled, nil, syscall.SIGQUIT, graceQuit)
	}
}

func (r *run) interrupt(cause error) {
	if r.end == "" && r.final == nil {
		r.stop(endInterrupted, cause, syscall.SIGTERM, graceTerm)
	}
}

// stop ends the child: by a signal that it may act upon, and if that does not help, by force.
func (r *run) stop(why ending, reason error, s syscall.Signal, grace time.Duration) {
	r.end, r.reason = why, reason
	r.log.Debug("ending the child", "why", string(why), "signal", s)
	if grace == 0 {
		r.escalate()
		return
	}
	r.child.Signal(s)
	r.deadline = time.After(grace)
}

// escalate kills the child, and if that has been done, gives up on it: a process that waits for a device or a file
// system cannot be killed.
func (r *run) escalate() {
	if r.killed {
		r.unkillable = true
		return
	}
	switch {
	case r.end != "":
	case r.final != nil:
		r.end = endLate
	default:
		r.end = endGarbage // its output is closed
	}
	r.killed = true
	r.child.Kill()
	r.deadline = time.After(graceKill)
}

// last takes in what was still in the pipe when the child had ended.
func (r *run) last() {
	timeout := time.After(gracePipes)
	for !r.closed {
		select {
		case e := <-r.child.events:
			r.take(e)
		case err := <-r.child.unreadable:
			if r.reason == nil {
				r.reason = err
			}
			return
		case <-timeout:
			return
		}
	}
}

// logged takes the lines of the child's log.
func (r *run) logged() func(line string) {
	n := 0
	return func(line string) {
		r.mu.Lock()
		r.tail.add(line)
		r.mu.Unlock()
		n++
		switch {
		case n < maxLogLines:
			r.log.Info("child", "line", line)
		case n == maxLogLines:
			r.log.Warn("the child logs too much: the rest of its log is left out here")
		}
	}
}

// sweep removes what a dead child has left. A file system that does not answer must not hold up the daemon.
func (r *run) sweep(spec job.Spec) {
	if spec.Name == "" || r.unkillable {
		return
	}
	done := make(chan error, 1)
	go func() { done <- claim.Sweep(spec) }()
	select {
	case err := <-done:
		if err != nil {
			r.log.Warn("what the child has left could not be removed: the next attempt tries again", "error", err)
		}
	case <-time.After(graceSweep):
		r.log.Warn("what the child has left could not be removed: the file system does not answer")
	}
}
