// Command upright turns raw recordings of a Janus Gateway (.mjr) into finished video files. docs/cli.md is its manual.
//
// The command line is in cli.go, and each command in the file of its name (jobs list: jobslist.go). What only inspect
// needs is in inspect….go. Several commands share the inputs and what is wanted (source….go, flags.go, limits.go,
// layouts.go), where outputs go (destination.go, place.go), what is told meanwhile and at the end (progress….go), and
// tables of text (format.go). lean.go says why there can be two programs.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"
)

// Exit statuses. They are a public interface (docs/cli.md).
const (
	exitDone    = 0
	exitFailed  = 1
	exitUsage   = 2
	exitNoMedia = 3 // finished, nothing failed, but there were inputs without media
)

// top is what can stand in front of every command.
type top struct {
	ShowVersion versionFlag `name:"version" help:"Print the versions."`
}

// versionFlag prints the versions, and nothing else is done.
type versionFlag bool

var versionFlagType = reflect.TypeFor[versionFlag]()

// console is where a command writes, and what it knows about the reader.
type console struct {
	stdout, stderr io.Writer
	command        string // what is being carried out
	terminal       bool   // stderr is a terminal
	width          int    // its columns, 0 if unknown
	location       *time.Location
	quiet, verbose bool       // what is said of each participant: only what failed, or also what was done
	grammar        *kong.Node // all commands and their flags, for those that describe them
	stops          bool       // the command has its own way to end at a signal, and has done so
}

func main() {
	if err := meet(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "upright: %v\n", err)
		os.Exit(exitFailed)
	}
	collectLater()
	prepareGStreamer()
	ctx, signals := cancelOnSignal(context.Background())
	c := &console{stdout: os.Stdout, stderr: os.Stderr, location: time.Local}
	if fd := int(os.Stderr.Fd()); term.IsTerminal(fd) {
		c.terminal = true
		c.width, _, _ = term.GetSize(fd)
	}
	status := run(ctx, os.Args[1:], c)
	if !c.stops {
		signals.reraise()
	}
	os.Exit(status)
}

// run carries out one command line and returns the exit status.
func run(ctx context.Context, args []string, c *console) (status int) {
	// kong asks for an exit in the middle of parsing (--help). It has to unwind, or kong goes on and complains.
	type exit int
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exit:
			status = int(r)
		default:
			panic(r)
		}
	}()
	parser, err := newParser(commandLine(args), kong.Writers(c.stdout, c.stderr),
		kong.Exit(func(code int) { panic(exit(code)) }))
	if err != nil {
		panic(err) // the tags of cli are wrong: no command line can be read
	}
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help":
		args = append(args[1:], "--help")
	}
	if err := unknownCommand(parser.Model.Node, args); err != nil {
		c.usage(err)
		return exitUsage
	}
	c.grammar = parser.Model.Node
	k, err := parse(parser, args)
	if k != nil && k.Selected() != nil {
		c.command = strings.TrimPrefix(k.Selected().FullPath(), "upright ")
	}
	if err != nil {
		c.usage(err)
		return exitUsage
	}
	return c.status(runSelected(ctx, c, k.Selected()))
}

func newParser(c any, options ...kong.Option) (*kong.Kong, error) {
	return kong.New(c, append([]kong.Option{
		kong.Name("upright"),
		kong.Description("Turns raw Janus recordings (.mjr) into finished video files: the right way up, audio and " +
			"video in sync."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.PostBuild(describeOptions),
	}, options...)...)
}

// usageError is a command line that parses but makes no sense.
type usageError struct{ error }

// exitStatus ends a command whose messages are already written.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// errStopped says that somebody stopped the program before it was done.
var errStopped = errors.New("stopped before it was done")

// ending is the error that ends a command with a status whose reasons are told.
func ending(status int) error {
	if status == exitDone {
		return nil
	}
	return exitStatus(status)
}

// status tells the reader of err what went wrong and returns the exit status for it.
func (c *console) status(err error) int {
	var usage usageError
	var said exitStatus
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &said):
		return int(said)
	case errors.As(err, &usage):
		c.usage(err)
		return exitUsage
	case errors.As(err, new(errNothing)):
		c.fail(err)
		return exitNoMedia
	default:
		c.fail(err)
		return exitFailed
	}
}

// usage says what is wrong with the command line and where to read how it is right.
func (c *console) usage(err error) {
	c.fail(plainly(err))
	command := strings.TrimSpace("upright " + c.command)
	fmt.Fprintf(c.stderr, "Try '%s --help'.\n", command)
}

// fail writes what went wrong; several things joined are a line each.
func (c *console) fail(err error) {
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(c.stderr, "upright: %s\n", strings.TrimSpace(line))
	}
}
