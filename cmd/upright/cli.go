//go:build !lean

package main

// cli is the command line. Help texts and docs/cli.md have to say the same; a test compares the flags.
type cli struct {
	Convert      convertCmd      `cmd:"" help:"Convert recordings: one video file and one JSON report per participant."`
	Compose      composeCmd      `cmd:"" help:"Make one video of a whole room: all participants, in sync, laid out like a meeting."`
	Inspect      inspectCmd      `cmd:"" help:"Show what is in recordings."`
	Plan         planCmd         `cmd:"" help:"Show what convert would do, as a shell script of gst-launch-1.0 lines."`
	Serve        serveCmd        `cmd:"" help:"Watch folders and convert new recordings, until stopped."`
	Jobs         jobsCmd         `cmd:"" help:"List, show, retry, cancel and watch the jobs of a running upright serve."`
	CheckConfig  checkConfigCmd  `cmd:"" help:"Check a configuration of upright serve and show what it would watch."`
	Layout       layoutCmd       `cmd:"" help:"Layouts of your own for the videos of rooms."`
	Encoders     encodersCmd     `cmd:"" help:"List the encoders for each codec, which of them work, and which one is used."`
	Completion   completionCmd   `cmd:"" help:"Print what bash, zsh or fish needs to complete commands and flags."`
	Version      versionCmd      `cmd:"" help:"Print the versions of upright, Go and GStreamer."`
	Man          manCmd          `cmd:"" hidden:"" help:"Print the manual page upright(1), for packages."`
	Work         workCmd         `cmd:"" hidden:"" help:"Carry out one job for a daemon that starts this (not for people)."`
	CheckProfile checkProfileCmd `cmd:"" hidden:"" help:"Look at one profile for a daemon (not for people)."`
	RunPipeline  runPipelineCmd  `cmd:"" name:"run-pipeline" hidden:"" help:"Run one pipeline for upright compose (not for people)."`
	Probe        probeCmd        `cmd:"" name:"probe-encoder" hidden:"" help:"Try one encoder (not for people)."`

	top
}

// commandLine is what a command line is parsed as.
func commandLine([]string) any { return new(cli) }
