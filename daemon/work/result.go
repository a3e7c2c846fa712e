package work

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/human"
)

// deaths are outcome and code of a child that we have ended.
var deaths = map[ending]struct{ outcome, code string }{
	endInterrupted: {"interrupted", job.CodeInterrupted},
	endTimeout:     {"timeout", job.CodeTimeout},
	endStalled:     {"stalled", job.CodeStalled},
	endMemory:      {"memory", job.CodeMemory},
	endGarbage:     {"crashed", job.CodeCrashed},
	endUnstarted:   {"failed", job.CodeInternal},
}

// result says what became of the child.
func (r *run) result() Result {
	a := &r.attempt
	a.Ended = time.Now()
	signal := r.usage()
	r.mu.Lock()
	a.Log = r.tail.String()
	r.mu.Unlock()
	if f := r.final; f != nil && r.said(f) {
		a.Outcome, a.Code, a.Error = f.Event, f.Code, f.Error
		if f.Code == job.CodeInterrupted {
			a.Outcome = "interrupted"
		}
		if signal != "" && r.end == "" && a.Outcome != "interrupted" {
			r.log.Warn("the child died after it had said how the job ended", "signal", signal)
		}
		graph := f.Graph
		f.Graph = ""
		return Result{Attempt: *a, Final: *f, Graph: graph}
	}
	d, ok := deaths[r.end]
	if !ok {
		d.outcome, d.code = "crashed", job.CodeCrashed
	}
	a.Outcome, a.Code, a.Error = d.outcome, d.code, r.obituary(signal)
	return Result{Attempt: *a, Final: Event{Event: "failed", Code: d.code, Error: a.Error}}
}

// said says whether the final event is how it ended. What is done is done, whatever became of the child then.
func (r *run) said(f *Event) bool {
	return f.Event != "failed" || r.end == "" || r.end == endLate || r.end == endInterrupted
}

// usage notes what the child has used, and returns the signal that ended it, or by which Go says that it ended itself.
func (r *run) usage() (signal string) {
	a := &r.attempt
	a.MaxRSS = r.peak
	if r.child == nil || r.unkillable {
		return ""
	}
	if r.waits {
		if u := r.final.Used; u != nil {
			a.CPUMs, a.MaxRSS = u.CPUMs, max(a.MaxRSS, u.MaxRSS)
		}
		r.child.cpuMs += a.CPUMs
		return ""
	}
	state := r.child.State()
	if u, ok := state.SysUsage().(*syscall.Rusage); ok {
		a.MaxRSS = max(a.MaxRSS, u.Maxrss<<10)
	}
	a.CPUMs = max(0, float64((state.UserTime()+state.SystemTime()).Microseconds())/1000-r.child.cpuMs)
	ws, ok := state.Sys().(syscall.WaitStatus)
	if !ok {
		return ""
	}
	if ws.Signaled() {
		signal = unix.SignalName(ws.Signal())
	} else {
		a.ExitCode = ws.ExitStatus()
		if a.ExitCode != 0 {
			signal = r.tail.signal()
		}
	}
	a.Signal = signal
	return signal
}

// obituary says in one sentence how a child ended that could not say so itself.
func (r *run) obituary(signal string) string {
	l := r.o.Limits
	var s string
	switch r.end {
	case endUnstarted:
		return fmt.Sprintf("the child process could not be started: %v", r.reason)
	case endInterrupted:
		s = "it was stopped"
		if r.reason != nil {
			s += ": " + r.reason.Error()
		}
		if r.killed {
			s += ", and killed because it did not end within " + graceTerm.String()
		}
		return s
	case endTimeout:
		s = fmt.Sprintf("it took longer than the %s that are allowed (time)", l.Time)
	case endStalled:
		s = fmt.Sprintf("it made no progress for %s (stall)", l.Stall)
	case endMemory:
		s = fmt.Sprintf("it used %s of memory, more than the %s that are allowed (memory)", human.Size(r.peak),
			human.Size(l.Memory))
	case endGarbage:
		s = fmt.Sprintf("the child process is not to be trusted: %v", r.reason)
	default:
		s = "the child process " + r.death(signal)
	}
	s += r.stage()
	if r.unkillable {
		return s + "; it does not even end when it is killed, so a file system or a device does not answer"
	}
	if core(r.child.State()) {
		s += "; a core was dumped"
	}
	r.mu.Lock()
	line := r.tail.line
	r.mu.Unlock()
	if line != "" {
		s += "; the last that it logged: " + human.Head(line, 300)
	}
	return s
}

// death says how a process ended by itself.
func (r *run) death(signal string) string {
	a := r.attempt
	var s string
	switch {
	case signal == "SIGKILL":
		s = "was killed by somebody else (SIGKILL), perhaps by the kernel because memory ran out,"
	case signal != "":
		s = "crashed: " + signal
		if text := meaning[signal]; text != "" {
			s += " (" + text + ")"
		}
	case a.ExitCode == 0:
		s = "ended without saying how the job went,"
	default:
		s = fmt.Sprintf("ended with exit status %d and without saying how the job went,", a.ExitCode)
	}
	if errors.Is(r.reason, errTorn) {
		s += " in the middle of a line,"
	}
	return s
}

var meaning = map[string]string{
	"SIGSEGV": "memory that is not its own",
	"SIGBUS":  "memory that is not there",
	"SIGABRT": "it gave itself up",
	"SIGILL":  "an instruction that this processor does not have",
	"SIGFPE":  "a division by zero",
}

// stage says how far it had come.
func (r *run) stage() string {
	p := r.progress
	if p.DoneMs > 0 {
		return fmt.Sprintf(" while %s, at %.1f s of %.1f s", p.Stage, p.DoneMs/1000, p.TotalMs/1000)
	}
	return " while " + p.Stage
}

func core(state interface{ Sys() any }) bool {
	ws, ok := state.Sys().(syscall.WaitStatus)
	return ok && ws.CoreDump()
}
