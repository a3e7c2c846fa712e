package page

import (
	"cmp"
	"fmt"
	"net/url"

	"github.com/a-h/templ"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/human"
)

// jobLink is the address of a job's page.
func jobLink(id string) string { return "jobs/" + url.PathEscape(id) }

// jobAPI is where the API has a job.
func jobAPI(id string) string { return "api/v1/jobs/" + url.PathEscape(id) }

// outputLink is where the API has an output of a job.
func outputLink(id string, n int) string { return fmt.Sprintf("%s/outputs/%d", jobAPI(id), n) }

// place is where a piece is on its lane, in percent of it.
func place(from, width float64) templ.SafeCSS {
	return templ.SafeCSS(fmt.Sprintf("left:%v%%;width:%v%%", from, width))
}

// turned draws something as it was recorded, which is upright when it is mirrored and then turned clockwise.
func turned(degrees int, flip bool) templ.SafeCSS {
	mirror := ""
	if flip {
		mirror = "scaleX(-1) "
	}
	return templ.SafeCSS(fmt.Sprintf("transform:%srotate(%ddeg)", mirror, -degrees))
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
	return fmt.Sprintf("%s/poster?%.8s", outputLink(id, n), o.SHA256)
}

// underway says whether a job has got something to show of how far it is.
func underway(s job.State) bool { return s == job.Running || s == job.Delivering }

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

// load says how much there is to do.
func load(s api.Status) string {
	text := fmt.Sprintf("%d of %d cores at work", s.Busy, s.Workers)
	if n := s.Stats.States[job.Queued]; n > 0 {
		text += fmt.Sprintf(", %d waiting", n)
	}
	return text
}

// outcome says what came of an attempt, behind when it was begun.
func outcome(a job.Attempt) (s string) {
	if !a.Ended.IsZero() {
		s = ", took " + human.Clock(a.Ended.Sub(a.Started))
	}
	s += ": " + cmp.Or(a.Outcome, "under way")
	if a.Code != "" {
		s += " (" + a.Code + ")"
	}
	s += " on " + a.Owner
	if a.MaxRSS != 0 {
		s += ", " + human.Size(a.MaxRSS) + " of memory"
	}
	return s
}
