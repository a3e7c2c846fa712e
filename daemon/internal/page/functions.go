package page

import (
	"fmt"
	"html/template"
	"net/url"
	"path/filepath"
	"time"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/pipelines/report"
)

// functions are what the templates may call.
var functions = template.FuncMap{
	"clock": human.ClockMs,
	"size":  human.Size,
	"when":  func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	// the script says the same in the reader's zone
	"day": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
	"start": func(us int64) *time.Time {
		if us == 0 {
			return nil // unknown
		}
		t := time.UnixMicro(us)
		return &t
	},
	"count":       human.Count,
	"underway":    func(s job.State) bool { return s == job.Running || s == job.Delivering },
	"ends":        func(s job.State) bool { return s.Ended() },
	"finish":      finish,
	"states":      func(s queue.Stats, state string) int { return s.States[job.State(state)] },
	"actions":     actions,
	"groups":      groups,
	"roomlink":    roomLink,
	"composing":   composing,
	"people":      people,
	"composelink": func(r api.Room) string { return "rooms/" + url.PathEscape(r.ID) + "/compose" },
	"base":        filepath.Base,
	"poster":      poster,
	"roomposter":  roomPoster,
	"help":        report.Help,
	"label":       label,
	"took": func(a job.Attempt) string {
		if a.Ended.IsZero() {
			return ""
		}
		return human.Clock(a.Ended.Sub(a.Started))
	},
}

// poster is the address of a small picture of what a job made, "" if there is none.
func poster(id string, outputs []job.Output) string {
	for n, o := range outputs {
		if o.Poster {
			return posterLink(id, n, o)
		}
	}
	return ""
}

// posterLink names the output's content, too: a job that is converted again has another picture.
func posterLink(id string, n int, o job.Output) string {
	return fmt.Sprintf("api/v1/jobs/%s/outputs/%d/poster?%.8s", id, n, o.SHA256)
}

// label is a job's state in one word: one that has a worker may still wait for cores.
func label(r *job.Record) string {
	if r.State == job.Running && r.Reason != "" {
		return "waiting"
	}
	return string(r.State)
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
		if r.WallMs > 0 && r.MediaMs >= 1000 { // of less it says nothing
			s += fmt.Sprintf(", %.1f times real time", r.MediaMs/r.WallMs)
		}
		return s
	}
	return ""
}
