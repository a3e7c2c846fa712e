package page

import (
	"fmt"
	"html/template"
	"slices"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
)

// functions are what the templates may call.
var functions = template.FuncMap{
	"clock": clock,
	"size":  size,
	"when":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"day":   func(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") },
	"start": func(us int64) *time.Time {
		if us == 0 {
			return nil // unknown
		}
		t := time.UnixMicro(us)
		return &t
	},
	"count":    count,
	"underway": func(s job.State) bool { return s == job.Running || s == job.Delivering },
	"ends":     func(s job.State) bool { return s.Ended() },
	"finish":   finish,
	"states":   func(s queue.Stats, state string) int { return s.States[job.State(state)] },
	"retryable": func(r *job.Record) bool {
		failed := func(s job.Step) bool { return s.State == "failed" }
		return r.State != job.Done || slices.ContainsFunc(r.Steps, failed)
	},
}

// modes say for people how outputs were made.
var modes = map[string]string{"copy": "copied", "encode": "encoded", "mixed": "partly encoded"}

// clock writes milliseconds as 3:25 or 1:02:03, and what is short with a decimal.
func clock(ms float64) string {
	s := ms / 1000
	switch {
	case s < 60:
		return fmt.Sprintf("%.1f s", s)
	case s < 3600:
		return fmt.Sprintf("%d:%02d", int(s)/60, int(s)%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", int(s)/3600, int(s)/60%60, int(s)%60)
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// size writes bytes in the unit that people read.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	case n < 1000*1000*1000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}

// finish says what came of a job, in a few words.
func finish(r *job.Record) string {
	switch {
	case r.Reason != "":
		return r.Reason
	case r.State == job.Done && r.MediaMs > 0:
		s := clock(r.MediaMs)
		if text := modes[r.Mode]; text != "" {
			s += ", " + text
		}
		if r.WallMs > 0 {
			s += fmt.Sprintf(", %.0f times real time", r.MediaMs/r.WallMs)
		}
		return s
	}
	return ""
}
