// Package apart runs a pipeline in a process of its own, so that a crash in a codec costs that pipeline only, and
// several of them use all of a machine.
//
// The child is this program with the argument Command, which calls Main. It is told what to do in one line of JSON on
// its standard input, says how far it is in lines of JSON on its standard output, and is killed when its parent dies.
package apart

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/process"
	"github.com/upright-media/upright/pipelines"
)

// Command is the argument with which a program of Upright carries out Main.
const Command = "run-pipeline"

// within is set in the environment of children, so that a program that does not know Command does not start another.
const within = "UPRIGHT_APART"

// CrashError says that the process died that ran a pipeline.
type CrashError struct {
	How    string // "was killed by SIGSEGV"
	Killed bool   // by a signal that no process sends itself: by somebody, or by the kernel because memory was short
	Log    string // what it wrote last to its standard error
}

func (e *CrashError) Error() string {
	text := "the process that ran the pipeline " + e.How
	if e.Log != "" {
		text += ": " + e.Log
	}
	return text
}

// Options are what Run does besides running.
type Options struct {
	Command  []string              // the program with its first arguments; nil: this program with Command
	Stall    time.Duration         // as gstrun.Options.StallTimeout
	Progress func(d time.Duration) // as gstrun.Options.Progress
	Started  func(pid int)         // may be nil
}

// request is what a child is told.
type request struct {
	Line  string
	Stall time.Duration
}

// event is what a child says. Done is the end; then one of the others says why it is not a good one.
type event struct {
	At    time.Duration
	Done  bool
	Error *gstrun.Error
	Stall *gstrun.StallError
	Parse *gstrun.ParseError
	Other string
}

func eventOf(err error) event {
	e := event{Done: true}
	switch {
	case err == nil, errors.As(err, &e.Error), errors.As(err, &e.Stall), errors.As(err, &e.Parse):
	default:
		e.Other = err.Error()
	}
	return e
}

func (e event) err() error {
	switch {
	case e.Error != nil:
		return e.Error
	case e.Stall != nil:
		return e.Stall
	case e.Parse != nil:
		return e.Parse
	case e.Other != "":
		return errors.New(e.Other)
	}
	return nil
}

// Run runs a pipeline to its end. It returns what gstrun.Run does, a *CrashError, or why no process could be started.
func Run(ctx context.Context, line string, o Options) error {
	if os.Getenv(within) != "" {
		return errors.New("this process was started to run a pipeline, but does not know the command " + Command)
	}
	command := o.Command
	if command == nil {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		command = []string{self, Command}
	}
	text, err := json.Marshal(request{line, o.Stall})
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), within+"=1")
	cmd.Stdin = strings.NewReader(string(text) + "\n")
	log, said := &process.Tail{Size: mostLog}, &lines{progress: o.Progress}
	cmd.Stdout, cmd.Stderr = said, log
	child, err := process.Start(cmd, process.Options{})
	if err != nil {
		return fmt.Errorf("cannot start a process to run a pipeline in: %w", err)
	}
	if o.Started != nil {
		o.Started(child.PID)
	}
	err = child.Wait()
	switch {
	case ctx.Err() != nil:
		return &gstrun.CancelError{Cause: context.Cause(ctx)}
	case said.last.Done:
		return said.last.err()
	}
	return &CrashError{How: how(err), Killed: process.Killed(err), Log: firstLine(log.String())}
}

// how says in words how a process ended that was not at its end.
func how(err error) string {
	if name := process.Signal(err); name != "" {
		return "was killed (" + name + ")"
	}
	if err != nil {
		return "died (" + err.Error() + ")"
	}
	return "ended too early"
}

// lines takes what a child says.
type lines struct {
	progress func(time.Duration)
	rest     []byte
	last     event
}

// mostLine is how long a line may be: errors have texts for developers.
const mostLine = 1 << 20

func (l *lines) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		text, rest, found := strings.Cut(string(l.rest), "\n")
		if !found {
			if len(l.rest) > mostLine {
				l.rest = nil
			}
			return len(p), nil
		}
		l.rest = []byte(rest)
		var e event
		if json.Unmarshal([]byte(text), &e) != nil || l.last.Done {
			continue
		}
		if l.last = e; !e.Done && l.progress != nil {
			l.progress(e.At)
		}
	}
}

// mostLog is how much is kept of what a child writes beside what it says.
const mostLog = 4096

// firstLine is the first line of a text that is not empty.
func firstLine(text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return first
}

// Main is the child: it carries out what its standard input asks for, and returns the exit status.
func Main(ctx context.Context) int {
	out, err := process.TakeStdout()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot use standard output:", err)
		return 1
	}
	var r request
	text, err := bufio.NewReader(os.Stdin).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err == nil {
		err = pipelines.Register()
	}
	say := json.NewEncoder(out)
	if err == nil {
		err = gstrun.Run(ctx, r.Line, gstrun.Options{StallTimeout: r.Stall,
			Progress: func(at time.Duration) { _ = say.Encode(event{At: at}) }})
	}
	if say.Encode(eventOf(err)) != nil || err != nil {
		return 1
	}
	return 0
}
