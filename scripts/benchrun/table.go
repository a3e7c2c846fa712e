package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// machine says where the numbers come from.
func machine() string {
	model := "unknown processor"
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores, %s", model, runtime.NumCPU(), time.Now().Format("2006-01-02 15:04"))
}

// printTable prints medians, and their ratios to those of the other ways. It is 100 columns wide with two other ways.
func printTable(out io.Writer, in input, runs int, results []*result) {
	if len(results) == 0 {
		return
	}
	others := results[1:]
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s: %.1f MB of H.264 and Opus. Medians of %d runs in turns; wall time from least to most; memory of the\n"+
		"largest process; on the right how many times as much as the others.\n\n", filepath.Base(in.folder), float64(in.bytes)/1e6, runs)
	fmt.Fprintf(&b, "%-23s %8s %15s %8s %8s", "", "", "", "", "")
	for _, o := range others {
		fmt.Fprintf(&b, "  %17s", "/ "+short(o.name))
	}
	fmt.Fprintf(&b, "\n%-23s %8s %15s %8s %8s", "", "wall s", "", "CPU s", "peak MB")
	for range others {
		fmt.Fprintf(&b, "  %8s %8s", "wall", "CPU")
	}
	b.WriteByte('\n')
	for _, r := range results {
		m := r.median()
		row(&b, r.name, r)
		for _, other := range others {
			if o := other.median(); other != r {
				fmt.Fprintf(&b, "  %8s %8s", ratio(m.wall, o.wall), ratio(m.cpu, o.cpu))
			} else {
				fmt.Fprintf(&b, "  %8s %8s", "", "")
			}
		}
		b.WriteByte('\n')
		if len(r.steps) > 1 {
			for _, s := range r.steps {
				row(&b, "  "+s.name, s)
				b.WriteByte('\n')
			}
		}
	}
	for line := range strings.Lines(b.String()) {
		fmt.Fprintln(out, strings.TrimRight(line, " \n"))
	}
}

// row prints the numbers of one line.
func row(out io.Writer, name string, r *result) {
	m := r.median()
	least, most := m.wall, m.wall
	for _, u := range r.runs {
		least, most = min(least, u.wall), max(most, u.wall)
	}
	spread := fmt.Sprintf("%.2f–%.2f", least.Seconds(), most.Seconds())
	fmt.Fprintf(out, "%-23s %8.2f %15s %8.2f %8.1f", name, m.wall.Seconds(), spread, m.cpu.Seconds(), float64(m.peak)/1e6)
}

func ratio(a, b time.Duration) string {
	if b <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", a.Seconds()/b.Seconds())
}

// short is what a column's head has room for.
func short(name string) string {
	return strings.ReplaceAll(strings.TrimPrefix(name, "janus-"), " ", "")
}
