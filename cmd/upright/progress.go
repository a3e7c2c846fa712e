package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/report"
)

// job is one participant on the way through convert.
type job struct {
	recording, participant string
	inputs                 []string // paths
}

func (j job) key() string { return j.recording + "/" + j.participant }

// names says whether a text says by itself what it is about: it has the name of one of the job's files.
func (j job) names(text string) bool {
	return slices.ContainsFunc(j.inputs, func(path string) bool { return strings.Contains(text, filepath.Base(path)) })
}

// outcome is what became of a job.
type outcome int

const (
	converted outcome = iota
	failed
	empty // there was no media
)

// result is how a job ended.
type result struct {
	outcome  outcome
	outputs  []string // paths
	report   string   // path, "" if none was written
	already  bool     // it was there before
	media    time.Duration
	mode     string
	reason   string // of the mode
	warnings []report.Warning
	err      error // why, unless converted
}

// reporter tells someone how the jobs are getting on. Its methods are called by several jobs at a time.
type reporter interface {
	start(job)
	progress(job, pipelines.Progress)
	finish(job, result)
	end(summary)
}

// newReporter returns the reporter for --progress.
func newReporter(kind string, c *console) reporter {
	if kind == "auto" {
		kind = "none"
		if c.terminal {
			kind = "bar"
		}
	}
	switch kind {
	case "json":
		return newEventWriter(c.stdout)
	case "bar":
		return newBars(c)
	default:
		return quiet{c}
	}
}

// quiet says only what somebody has to know: warnings and failures.
type quiet struct{ *console }

func (quiet) start(job)                        {}
func (quiet) progress(job, pipelines.Progress) {}
func (quiet) end(summary)                      {}

func (q quiet) finish(j job, r result) {
	for _, line := range q.lines(j, r) {
		fmt.Fprintln(q.stderr, line)
	}
}

// lines are what is said of a job that has ended.
func (c *console) lines(j job, r result) []string {
	if c.quiet {
		r.warnings = nil
		if r.outcome == converted {
			return nil
		}
	}
	lines := troubles(j, r)
	if c.verbose && r.outcome == converted && !r.already {
		lines = append(lines, fmt.Sprintf("upright: %s: %s: %s", j.participant, r.mode, r.reason))
	}
	return lines
}

// troubles are the warnings of a job and why it failed, a line each.
func troubles(j job, r result) []string {
	var lines []string
	for _, w := range r.warnings {
		if r.outcome == empty && w.Code == report.NoMedia {
			continue // said of each file what is about to be said of all
		}
		text := w.Text
		if !j.names(text) {
			text = j.participant + ": " + text
		}
		lines = append(lines, "upright: warning: "+text)
	}
	switch r.outcome {
	case failed:
		text := r.err.Error()
		if !j.names(text) {
			text = j.participant + ": " + text
		}
		lines = append(lines, "upright: "+text)
	case empty:
		lines = append(lines, fmt.Sprintf("upright: %s: nothing to convert: %v", j.participant, r.err))
	case converted:
		if r.already {
			lines = append(lines, fmt.Sprintf("upright: %s is done already: %s", j.participant,
				cmp.Or(strings.Join(r.outputs, ", "), r.report)))
		}
	}
	return lines
}
