package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// usage is what one run cost.
type usage struct {
	wall time.Duration
	cpu  time.Duration // user and system, all processes
	peak int64         // memory that the largest process owned, bytes
}

// result is what all runs of a way, or of one of its steps, cost.
type result struct {
	name  string
	runs  []usage
	steps []*result
	seen  *quality // of what came out first, nil if nobody looked
}

// least takes the least time of all runs, each kind by itself: what else the machine has to do only adds to it. Memory
// is the most that any run has taken.
func (r *result) least() usage {
	if len(r.runs) == 0 {
		return usage{}
	}
	u := r.runs[0]
	for _, other := range r.runs[1:] {
		u.wall, u.cpu, u.peak = min(u.wall, other.wall), min(u.cpu, other.cpu), max(u.peak, other.peak)
	}
	return u
}

// median is the CPU time of one way as a share of another's, in the median of their runs, of which those of the same
// number ran one behind the other: what else the machine had to do then, both had to bear.
func median(a, b *result) float64 {
	var shares []float64
	for i := range min(len(a.runs), len(b.runs)) {
		shares = append(shares, a.runs[i].cpu.Seconds()/max(b.runs[i].cpu, 1).Seconds())
	}
	return middle(shares)
}

// middle is the median, 0 of none.
func middle(list []float64) float64 {
	n := len(list)
	if n == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// measureInTurns runs all ways once, then all once more, and so on, each time beginning with another one. Ways that
// fail are left out of the results, and the error says why.
func measureInTurns(in input, ways []way, scratch string, runs int) ([]*result, error) {
	results := make([]*result, len(ways))
	for i, w := range ways {
		results[i] = &result{name: w.name}
	}
	failed := make([]error, len(ways))
	if err := warm(in); err != nil {
		return nil, err
	}
	for n := range runs {
		for i := range ways {
			i = (i + n) % len(ways)
			if failed[i] != nil {
				continue
			}
			failed[i] = measure(in, ways[i], scratch, results[i])
			if failed[i] != nil {
				failed[i] = fmt.Errorf("%s: %w", ways[i].name, failed[i])
			}
		}
	}
	var good []*result
	for i, r := range results {
		if failed[i] == nil {
			good = append(good, r)
		}
	}
	return good, errors.Join(failed...)
}

// warm reads the recordings once, so that the first way does not pay for the disk.
func warm(in input) error {
	for _, path := range []string{in.audio, in.video} {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, file)
		if err = errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	return nil
}

// measure runs a way once and adds what it cost to its result.
func measure(in input, w way, scratch string, r *result) error {
	if err := os.RemoveAll(scratch); err != nil {
		return err
	}
	if err := os.MkdirAll(scratch, 0o755); err != nil {
		return err
	}
	syscall.Sync() // nobody pays for what another one has left to be written
	var total usage
	for i, s := range w.steps(scratch) {
		run := s.run
		if run == nil {
			run = func() (usage, error) { return runProgram(s.args) }
		}
		u, err := run()
		if err != nil {
			return err
		}
		if i == len(r.steps) {
			r.steps = append(r.steps, &result{name: s.name})
		}
		r.steps[i].runs = append(r.steps[i].runs, u)
		total = usage{wall: total.wall + u.wall, cpu: total.cpu + u.cpu, peak: max(total.peak, u.peak)}
	}
	if err := check(scratch, in.bytes); err != nil {
		return err
	}
	if w.look != nil && len(r.runs) == 0 {
		seen, err := w.look(scratch)
		if err != nil {
			return err
		}
		r.seen = seen
	}
	r.runs = append(r.runs, total)
	return nil
}

// runProgram runs a program to its end. The times are those of wait4(2): they include the processes that it has started
// and waited for. The memory is what the program owned, as far as it was seen: pages of its files and of libraries the
// kernel takes back when it needs to, and they are there once for all processes.
func runProgram(args []string) (usage, error) {
	u, _, err := runSaying(args)
	return u, err
}

// runSaying is runProgram, and returns what the program wrote to its standard output and standard error.
func runSaying(args []string) (u usage, said []byte, err error) {
	cmd := exec.Command(args[0], args[1:]...)
	output, err := os.CreateTemp("", "benchrun-*.log")
	if err != nil {
		return u, nil, err
	}
	defer func() { _ = errors.Join(output.Close(), os.Remove(output.Name())) }()
	cmd.Stdout, cmd.Stderr = output, output
	begin := time.Now()
	if err = cmd.Start(); err == nil {
		ended := make(chan error)
		go func() { ended <- cmd.Wait() }()
		u.peak, err = watch(cmd.Process.Pid, ended)
	}
	u.wall = time.Since(begin)
	said, unread := os.ReadFile(output.Name())
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(said)), "\n")
		return usage{}, nil, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err,
			strings.Join(lines[max(0, len(lines)-5):], "\n"))
	}
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return u, said, unread
}

// watch looks at a process until it ends.
func watch(pid int, ended <-chan error) (peak int64, err error) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		peak = max(peak, owned(pid))
		select {
		case err := <-ended:
			return peak, err
		case <-tick.C:
		}
	}
}

// owned is the memory of a process that is in no file, in bytes (proc_pid_status(5)), 0 if it is gone.
func owned(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "RssAnon:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return n << 10 // Linux counts in KiB
}
