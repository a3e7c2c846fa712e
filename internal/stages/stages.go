// Package stages says what a process has spent on each stage of a conversion, in CPU time of all its threads and of the
// processes that it has waited for. A stage is what the whole process is at, so it tells something as long as there is
// one conversion at a time. A stage costs two system calls: begin none for each packet.
package stages

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Stage is a part of a conversion.
type Stage string

// Stages.
const (
	Start     Stage = "start"     // of the process, up to the first other stage
	Find      Stage = "find"      // looks for recordings, and for what is made of them already
	GStreamer Stage = "gstreamer" // begins
	Scan      Stage = "scan"      // reads what the recordings hold
	Plan      Stage = "plan"      // decides what to do
	Play      Stage = "play"      // is the pipeline, without Write: reads, and encodes if that is planned
	Write     Stage = "write"     // writes an MP4
	Verify    Stage = "verify"    // reads outputs again
	Hash      Stage = "hash"      // is the SHA-256 of outputs
	Finish    Stage = "finish"    // gives outputs their names, and writes the report
	Other     Stage = "other"     // is what is in none
)

// Spent is what a stage has taken.
type Spent struct {
	Stage Stage         `json:"stage"`
	CPU   time.Duration `json:"-"`
	CPUMs float64       `json:"cpu_ms"`
}

// clock measures stages.
type clock struct {
	mu      sync.Mutex
	now     func() time.Duration // what the process has spent
	stage   Stage                // that goes on
	since   time.Duration
	spent   map[Stage]time.Duration
	inOrder []Stage
}

var process = newClock(ofProcess)

func newClock(now func() time.Duration) *clock {
	return &clock{now: now, stage: Start, spent: map[Stage]time.Duration{}}
}

// In begins a stage. The stage around it goes on when end is called.
func In(s Stage) (end func()) { return process.in(s) }

// OfThread begins a stage that only this thread is in, beside the one that the process is in. The goroutine has to be
// on the same thread until end is called, as it is where C has called it.
func OfThread(s Stage) (end func()) {
	from := ofThread()
	return func() { process.move(s, ofThread()-from) }
}

// All is what each stage has taken up to now, in the order in which they began.
func All() []Spent { return process.all() }

func (c *clock) in(s Stage) (end func()) {
	before := c.enter(s)
	if before == Start {
		before = Other
	}
	return func() { c.enter(before) }
}

// enter ends the stage that goes on and begins another one.
func (c *clock) enter(s Stage) (before Stage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	c.add(c.stage, now-c.since)
	before, c.stage, c.since = c.stage, s, now
	return before
}

// move counts a time for another stage than the one that goes on.
func (c *clock) move(s Stage, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(c.stage, -d)
	c.add(s, d)
}

func (c *clock) add(s Stage, d time.Duration) {
	if _, known := c.spent[s]; !known {
		c.inOrder = append(c.inOrder, s)
	}
	c.spent[s] += d
}

func (c *clock) all() []Spent {
	c.enter(c.enter(Other))
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]Spent, 0, len(c.inOrder))
	for _, s := range c.inOrder {
		d := max(0, c.spent[s])
		list = append(list, Spent{Stage: s, CPU: d, CPUMs: float64(d.Microseconds()) / 1000})
	}
	return list
}

func ofProcess() time.Duration {
	var children unix.Rusage
	if unix.Getrusage(unix.RUSAGE_CHILDREN, &children) != nil {
		children = unix.Rusage{}
	}
	return of(unix.CLOCK_PROCESS_CPUTIME_ID) + time.Duration(children.Utime.Nano()+children.Stime.Nano())
}

func ofThread() time.Duration { return of(unix.CLOCK_THREAD_CPUTIME_ID) }

func of(id int32) time.Duration {
	var at unix.Timespec
	if unix.ClockGettime(id, &at) != nil {
		return 0
	}
	return time.Duration(at.Nano())
}
