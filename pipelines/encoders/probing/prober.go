package probing

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/upright-media/upright/internal/lazy"
	"github.com/upright-media/upright/internal/process"
	"github.com/upright-media/upright/pipelines/encoders"
)

// ProbeCommand is the argument behind which a program of Upright carries out Probe: ELEMENT and DIR follow.
const ProbeCommand = "probe-encoder"

// How long a probe may take. Software has more time: it is slowed down by whatever else runs on the machine, and
// nothing is gained by taking it for broken then.
const (
	probeLimit = 5 * time.Second
	routeLimit = 15 * time.Second // several pipelines, for which some drivers compile programs first
	hardLimit  = 30 * time.Second
)

// Result is what came out when an encoder was tried.
type Result struct {
	OK     bool      `json:"ok"`
	Reason string    `json:"reason,omitempty"` // why not, as what the encoder does or did not do: "crashed …"
	Late   bool      `json:"late,omitempty"`   // it did not finish in time, which may be the fault of a busy machine
	At     time.Time `json:"at"`               // when it was tried
	TookMs int64     `json:"took_ms"`
}

// Prober tries encoders in child processes.
type Prober struct {
	// the program with its first arguments; ELEMENT and DIR are added. nil: this program with ProbeCommand
	Command []string
	Env     []string      // nil: that of this process
	Limit   time.Duration // for hardware; 0: 5 s for an encoder, 15 s for a decoder
	Slow    time.Duration // for one in software; 0: 30 s
	Started func(pid int) // may be nil
}

// within is set in the environment of children, so that a program that does not know ProbeCommand does not start
// another.
const within = "UPRIGHT_PROBE"

// Probe tries an encoder. An error says that it could not be tried, which says nothing about the encoder.
func (p *Prober) Probe(ctx context.Context, e encoders.Encoder) (Result, error) {
	if os.Getenv(within) != "" {
		return Result{}, errors.New("this process was started to try an encoder, but does not know the command " +
			ProbeCommand)
	}
	began := time.Now()
	dir, err := os.MkdirTemp("", "upright-probe-")
	if err != nil {
		return Result{}, err
	}
	defer os.RemoveAll(dir)
	limit := p.limit(e)
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	command := p.Command
	if command == nil {
		self, err := os.Executable()
		if err != nil {
			return Result{}, err
		}
		command = []string{self, ProbeCommand}
	}
	cmd := exec.CommandContext(timed, command[0], append(command[1:len(command):len(command)], e.Element, ".")...)
	cmd.Dir = dir // so that no name of a folder gets into a pipeline's line
	cmd.Env = p.Env
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env[:len(cmd.Env):len(cmd.Env)], within+"=1")
	var stdout, stderr limited
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	tried, err := process.Start(cmd, process.Options{})
	if err != nil {
		return Result{}, fmt.Errorf("cannot start a process to try encoders in: %w", err)
	}
	if p.Started != nil {
		p.Started(tried.PID)
	}
	err = tried.Wait()
	if ctx.Err() != nil {
		return Result{}, context.Cause(ctx)
	}
	r := Result{At: began.UTC(), TookMs: time.Since(began).Milliseconds()}
	last, ended := lastOutcome(stdout.Bytes())
	switch {
	case ended && last.OK:
		r.OK = true
	case ended:
		r.Reason = last.at() + last.Error
	case timed.Err() != nil:
		r.Late = true
		r.Reason = fmt.Sprintf("did not finish within %v, %s", limit, last.during())
	default:
		r.Reason = died(err, stderr.String()) + " " + last.during()
	}
	return r, nil
}

func (p *Prober) limit(e encoders.Encoder) time.Duration {
	if e.Hardware() {
		if p.Limit > 0 {
			return p.Limit
		}
		if _, ok := encoders.RouteNamed(e.Element); ok {
			return routeLimit
		}
		return probeLimit
	}
	if p.Slow > 0 {
		return p.Slow
	}
	return hardLimit
}

// lastOutcome reads what Probe wrote. ended says whether it came to its end. Lines that are not its own, as libraries
// print some, are passed over.
func lastOutcome(stdout []byte) (last outcome, ended bool) {
	lines := bufio.NewScanner(bytes.NewReader(stdout))
	for lines.Scan() {
		var o outcome
		if json.Unmarshal(lines.Bytes(), &o) != nil || o == (outcome{}) {
			continue
		}
		if o.Size == "" {
			o.Size = last.Size
		}
		last = o
	}
	return last, last.OK || last.Error != ""
}

func (o outcome) at() string {
	if o.Size == "" {
		return ""
	}
	return "at " + o.Size + ": "
}

func (o outcome) during() string {
	if o.Size == "" {
		return "before the first picture"
	}
	return "with pictures of " + o.Size
}

// fatal is what the runtime of Go says when code that is not Go's has crashed.
var fatal = lazy.Regexp(`SIG(?:SEGV|BUS|ABRT|FPE|ILL|TRAP)`)

// died says in words how a process ended that has not said so itself.
func died(err error, stderr string) string {
	if name := process.Signal(err); name != "" {
		return "crashed (" + name + ")"
	}
	if name := fatal().FindString(stderr); name != "" {
		return "crashed (" + name + ")"
	}
	if err == nil {
		return "ended the process that tried it"
	}
	first, _, _ := strings.Cut(strings.TrimSpace(stderr), "\n")
	if first != "" {
		first = ": " + first
	}
	return fmt.Sprintf("ended the process that tried it (%v%s)", err, first)
}

// limited keeps the first 64 KiB of what is written: more is nothing that anyone wants to read.
type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if room := 64<<10 - l.Len(); room > 0 {
		l.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
