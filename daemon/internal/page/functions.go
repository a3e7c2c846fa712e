package page

import (
	"fmt"
	"html/template"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/internal/human"
)

// functions are what the templates may call.
var functions = template.FuncMap{
	"clock": human.ClockMs,
	"size":  human.Size,
	"when":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"day":   func(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") },
	"start": func(us int64) *time.Time {
		if us == 0 {
			return nil // unknown
		}
		t := time.UnixMicro(us)
		return &t
	},
	"count":    human.Count,
	"underway": func(s job.State) bool { return s == job.Running || s == job.Delivering },
	"ends":     func(s job.State) bool { return s.Ended() },
	"finish":   finish,
	"states":   func(s queue.Stats, state string) int { return s.States[job.State(state)] },
	"actions":  actions,
}

// modes say for people how outputs were made.
var modes = map[string]string{"copy": "copied", "encode": "encoded", "mixed": "partly encoded"}

// finish says what came of a job, in a few words.
func finish(r *job.Record) string {
	switch {
	case r.Reason != "":
		return r.Reason
	case r.State == job.Done && r.MediaMs > 0:
		s := human.ClockMs(r.MediaMs)
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
