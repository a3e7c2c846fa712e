package page

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/report"
)

// view is what a job's page shows beside the record.
type view struct {
	Players  []player
	Warnings []report.Warning
	Plan     string
	Pipeline string
	Mode     string
	Encoder  string
}

// player is one output with what is known along its time.
type player struct {
	N       int // number of the output
	Kind    string
	Output  job.Output
	Name    string
	Tracks  []string
	Lanes   []lane
	Key     []key
	Turns   bool // lanes say which way up pictures were recorded
	Ticks   []string
	TotalMs float64
	Poster  string // address of a small picture, "": there is none
}

// viewOf lays a report out in time. A record without one shows its outputs all the same.
func viewOf(r *job.Record) view {
	rep, err := report.Parse(r.Report)
	if err != nil { // none: nothing more to be shown
		rep = new(report.Report)
	}
	v := view{Warnings: rep.Warnings, Plan: rep.Plan.Reason, Pipeline: rep.Plan.Pipeline, Mode: rep.Plan.Mode,
		Encoder: rep.Plan.Encoder}
	for i, o := range r.Outputs {
		p := player{N: i, Output: o, Name: filepath.Base(o.File), Kind: kindOf(o), TotalMs: o.DurationMs}
		if o.Poster {
			p.Poster = posterLink(r.Spec.ID, i, o)
		}
		for _, ro := range rep.Outputs {
			if ro.File != p.Name {
				continue
			}
			for _, t := range ro.Tracks {
				p.Tracks = append(p.Tracks, trackText(t))
			}
		}
		if o.DurationMs > 0 && (p.Kind == "video" || p.Kind == "audio") {
			only := ""
			if p.Kind == "audio" {
				only = "audio"
			}
			p.Lanes = lanes(rep, trimmed(r, rep), o.DurationMs, only)
			p.Key, p.Turns = keyOf(p.Lanes)
			p.Ticks = ticks(o.DurationMs)
		}
		v.Players = append(v.Players, p)
	}
	return v
}

// facts are what stands below an output.
func (p player) facts() string {
	facts := append([]string{human.ClockMs(p.Output.DurationMs), human.Size(p.Output.Bytes)}, p.Tracks...)
	return strings.Join(facts, ", ") + "."
}

func kindOf(o job.Output) string {
	switch o.Container {
	case "mp4", "webm", "mkv":
		return "video"
	case "m4a", "mka":
		return "audio"
	case "jpg":
		return "image"
	}
	return "file"
}

// Subtitles are the outputs that a video can show.
func (v view) Subtitles() (list []player) {
	for _, p := range v.Players {
		if p.Output.Container == "srt" && !p.Output.Removed {
			list = append(list, p)
		}
	}
	return list
}

func trackText(t report.Track) string {
	s := t.Kind + " " + t.Codec
	if t.Width > 0 {
		s += fmt.Sprintf(" %d×%d", t.Width, t.Height)
	}
	if t.Copied {
		return s + ", copied"
	}
	return s + ", encoded"
}

// trimmed is how much of the inputs' time is left out before the output's beginning: with head: trim that before the
// first picture.
func trimmed(r *job.Record, rep *report.Report) float64 {
	first := math.Inf(1)
	for _, in := range rep.Inputs {
		if media[in.Codec] == "video" && in.DurationMs > 0 {
			first = min(first, in.OffsetMs)
		}
	}
	if r.Spec.Settings.Head != options.HeadTrim || math.IsInf(first, 1) {
		return 0
	}
	return max(first, 0)
}
