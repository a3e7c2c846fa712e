package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// stage is one stage of a conversion, as upright convert --progress json says it.
type stage struct {
	Stage string  `json:"stage"`
	CPUMs float64 `json:"cpu_ms"`
}

// column is what the stages of one recording's conversion took.
type column struct {
	name   string
	stages []stage
}

// end is the stage that the program cannot measure: its own end, and what the kernel has to clear away.
const end = "end"

// measureStages converts a recording some times, to see what each stage takes in the median.
func (b *bench) measureStages(in input, runs int) error {
	var all [][]stage
	for range runs {
		if err := errors.Join(os.RemoveAll(b.scratch), os.MkdirAll(b.scratch, 0o755)); err != nil {
			return err
		}
		u, said, err := runSaying([]string{b.upright, "convert", in.folder, "-o", b.scratch, "--progress", "json"})
		if err != nil {
			return err
		}
		list, err := parseStages(said)
		if err != nil {
			return err
		}
		rest := float64(u.cpu.Microseconds()) / 1000
		for _, s := range list {
			rest -= s.CPUMs
		}
		all = append(all, append(list, stage{end, max(0, rest)}))
	}
	b.stages = append(b.stages, column{filepath.Base(in.folder), medians(all)})
	return nil
}

// parseStages reads the last line of what upright convert --progress json has written.
func parseStages(said []byte) ([]stage, error) {
	lines := bytes.Split(bytes.TrimSpace(said), []byte("\n"))
	var last struct {
		Stages []stage `json:"stages"`
	}
	if err := json.Unmarshal(lines[len(lines)-1], &last); err != nil {
		return nil, fmt.Errorf("upright convert --progress json wrote %q: %w", lines[len(lines)-1], err)
	}
	if len(last.Stages) == 0 {
		return nil, fmt.Errorf("upright convert --progress json says nothing of stages: %s", lines[len(lines)-1])
	}
	return last.Stages, nil
}

// medians is what each stage took in the median of all runs, in the order of the first.
func medians(runs [][]stage) (list []stage) {
	for _, s := range runs[0] {
		var times []float64
		for _, run := range runs {
			for _, other := range run {
				if other.Stage == s.Stage {
					times = append(times, other.CPUMs)
				}
			}
		}
		list = append(list, stage{s.Stage, middle(times)})
	}
	return list
}

// printStages prints a table with a line for each stage.
func printStages(out io.Writer, columns []column) {
	if len(columns) == 0 {
		return
	}
	head, lines := []string{fmt.Sprintf("  %-12s", "")}, []string{}
	times, sums := map[string][]string{}, []string{}
	for i, c := range columns {
		head = append(head, fmt.Sprintf("%12s", c.name))
		sum := 0.0
		for _, s := range c.stages {
			if times[s.Stage] == nil {
				lines = append(lines, s.Stage)
			}
			// A recording may have stages that others have not.
			for len(times[s.Stage]) < i {
				times[s.Stage] = append(times[s.Stage], fmt.Sprintf("%12s", ""))
			}
			times[s.Stage] = append(times[s.Stage], fmt.Sprintf("%12.1f", s.CPUMs))
			sum += s.CPUMs
		}
		sums = append(sums, fmt.Sprintf("%12.1f", sum))
	}
	fmt.Fprintln(out, "\nWhere the CPU time of upright convert goes, in ms, in the median of all runs")
	text(out, "%s", strings.Join(head, ""))
	if i := slices.Index(lines, end); i >= 0 {
		lines = append(slices.Delete(lines, i, i+1), end)
	}
	for _, name := range lines {
		text(out, "  %-12s%s", name, strings.Join(times[name], ""))
	}
	text(out, "  %-12s%s", "all", strings.Join(sums, ""))
}
