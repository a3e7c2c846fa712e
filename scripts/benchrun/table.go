package main

import (
	"fmt"
	"io"
	"os"
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

const columns = "%-25s %8s %15s %8s %8s  %6s %6s  %7s %7s %7s\n"

// printHead prints what the table's columns are.
func printHead(out io.Writer, runs int) {
	fmt.Fprintf(out, "The least of %d runs in turns; wall time also from least to most; memory of the largest process, "+
		"the most of all runs.\n\n", runs)
	text(out, columns, "", "", "", "", "", "/ pp-rec+ffmpeg", "", "", "", "")
	text(out, columns, "", "wall s", "", "CPU s", "peak MB", "wall", "CPU", "kbit/s", "PSNR dB", "SSIM")
}

// printCase prints one part of the table, with the ratios to the way of this name.
func printCase(out io.Writer, title, against string, results []*result) {
	fmt.Fprintf(out, "%s\n", title)
	var base *result
	for _, r := range results {
		if r.name == against {
			base = r
		}
	}
	for _, r := range results {
		row(out, "  "+r.name, r, base)
		if len(r.steps) > 1 {
			for _, s := range r.steps {
				row(out, "    "+s.name, s, nil)
			}
		}
	}
}

// row prints the numbers of one line.
func row(out io.Writer, name string, r, base *result) {
	m := r.least()
	most := m.wall
	for _, u := range r.runs {
		most = max(most, u.wall)
	}
	var wall, cpu, bits, psnr, ssim string
	if base != nil && base != r {
		wall, cpu = ratio(m.wall, base.least().wall), ratio(m.cpu, base.least().cpu)
	}
	if q := r.seen; q != nil {
		bits, psnr, ssim = fmt.Sprint(q.bits/1000), fmt.Sprintf("%.2f", q.psnr), fmt.Sprintf("%.4f", q.ssim)
	}
	text(out, columns, name, seconds(m.wall), seconds(m.wall)+"–"+seconds(most), seconds(m.cpu),
		fmt.Sprintf("%.1f", float64(m.peak)/1e6),
		wall, cpu, bits, psnr, ssim)
}

// text prints a line without spaces at its end.
func text(out io.Writer, format string, values ...any) {
	fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf(format, values...), " \n"))
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }

func ratio(a, b time.Duration) string {
	if b <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", a.Seconds()/b.Seconds())
}
