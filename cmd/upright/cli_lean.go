//go:build lean

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/internal/release"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/room/layout"
)

// commandLines are those of the commands that the lean program carries out by itself: what converts, and starts often.
// Each is parsed without the others, of which kong would have to read every flag. Everything else is the whole
// program's (lean.go says why there are two).
var commandLines = map[string]func() any{
	"convert": func() any {
		return new(struct {
			top
			Convert convertCmd `cmd:"" help:"Convert recordings: one video file and one JSON report per participant."`
		})
	},
	"compose": func() any {
		return new(struct {
			top
			Compose composeCmd `cmd:"" help:"Make one video of a whole room: all participants, in sync, laid out like a meeting."`
		})
	},
	"plan": func() any {
		return new(struct {
			top
			Plan planCmd `cmd:"" help:"Show what convert would do, as a shell script of gst-launch-1.0 lines."`
		})
	},
	"work": func() any {
		return new(struct {
			Work workCmd `cmd:"" hidden:"" help:"Carry out one job for a daemon that starts this (not for people)."`
		})
	},
	"run-pipeline": func() any {
		return new(struct {
			Run runPipelineCmd `cmd:"" name:"run-pipeline" hidden:"" help:"Run one pipeline for upright compose (not for people)."`
		})
	},
	"probe-encoder": func() any {
		return new(struct {
			Probe probeCmd `cmd:"" name:"probe-encoder" hidden:"" help:"Try one encoder (not for people)."`
		})
	},
}

// commandLine is what a command line is parsed as.
func commandLine(args []string) any { return commandLines[args[0]]() }

// meet hands the command line over to the whole program, unless it is one that this program can carry out.
func meet(args []string) error {
	if len(args) > 0 && commandLines[args[0]] != nil {
		// Run by a descriptor, ps and top would call it by that one's number.
		_ = os.WriteFile("/proc/self/comm", []byte("upright"), 0)
		return nil
	}
	return handOver(args)
}

// ofTheirOwn are the profiles and layouts in a user's configuration. Reading that is the whole program's, too: jobs of
// a daemon have what they need with them.
func (c *console) ofTheirOwn(file string) (map[string]profile.Profile, map[string]layout.Layout, error) {
	if file == "" {
		return nil, nil, nil
	}
	return nil, nil, handOver(os.Args[1:])
}

// handOver runs the whole program in the place of this one.
func handOver(args []string) error {
	self, err := os.Executable()
	if err == nil {
		self, err = filepath.EvalSymlinks(self)
	}
	if err != nil {
		return fmt.Errorf("cannot find out where this program is: %w", err)
	}
	// Open for as long as the daemon lives, so that an upgrade does not come between it and its jobs.
	fd, err := unix.Open("/proc/self/exe", unix.O_RDONLY, 0)
	if err != nil {
		return fmt.Errorf("cannot open %s: %w", self, err)
	}
	env := append(os.Environ(), leanEnv+"="+leanText(fd, release.Version()))
	places := wholePlaces(self)
	for _, path := range places {
		if err = syscall.Exec(path, append([]string{os.Args[0]}, args...), env); err != syscall.ENOENT {
			return fmt.Errorf("cannot run %s: %w", path, err)
		}
	}
	return fmt.Errorf("this command needs the rest of Upright, which is neither %s nor %s: install it anew", places[0],
		places[1])
}
