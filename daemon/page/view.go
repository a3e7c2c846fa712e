package page

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"

	"github.com/upright-media/upright/daemon/job"
)

// view is what a job's page shows beside the record.
type view struct {
	Players  []player
	Warnings []warning
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
}

type warning struct{ Code, Text string }

// report is what the page reads of a report; docs/report.md describes all of it.
type report struct {
	Inputs []struct {
		File        string  `json:"file"`
		Codec       string  `json:"codec"`
		Lost        int     `json:"lost"`
		OffsetMs    float64 `json:"offset_ms"`
		DurationMs  float64 `json:"duration_ms"`
		Orientation []struct {
			TMs     float64 `json:"t_ms"`
			Degrees int     `json:"degrees"`
			Flip    bool    `json:"flip"`
		} `json:"orientation"`
		Holes []struct {
			FromMs  float64 `json:"from_ms"`
			ToMs    float64 `json:"to_ms"`
			Kind    string  `json:"kind"`
			Packets int     `json:"packets"`
		} `json:"holes"`
	} `json:"inputs"`
	Outputs []struct {
		File   string `json:"file"`
		Tracks []struct {
			Kind   string `json:"kind"`
			Codec  string `json:"codec"`
			Width  int    `json:"width"`
			Height int    `json:"height"`
			Copied bool   `json:"copied"`
		} `json:"tracks"`
	} `json:"outputs"`
	Plan struct {
		Mode     string `json:"mode"`
		Pipeline string `json:"pipeline"`
		Encoder  string `json:"encoder"`
		Reason   string `json:"reason"`
	} `json:"plan"`
	Warnings []warning `json:"warnings"`
}

// viewOf lays a report out in time. A record without one shows its outputs all the same.
func viewOf(r *job.Record) view {
	var rep report
	_ = json.Unmarshal(r.Report, &rep) // none: nothing more to be shown
	v := view{Warnings: rep.Warnings, Plan: rep.Plan.Reason, Pipeline: rep.Plan.Pipeline, Mode: rep.Plan.Mode, Encoder: rep.Plan.Encoder}
	for i, o := range r.Outputs {
		p := player{N: i, Output: o, Name: filepath.Base(o.File), Kind: kindOf(o), TotalMs: o.DurationMs}
		for _, ro := range rep.Outputs {
			if ro.File != p.Name {
				continue
			}
			for _, t := range ro.Tracks {
				p.Tracks = append(p.Tracks, trackText(t.Kind, t.Codec, t.Width, t.Height, t.Copied))
			}
		}
		if o.DurationMs > 0 && (p.Kind == "video" || p.Kind == "audio") {
			only := ""
			if p.Kind == "audio" {
				only = "audio"
			}
			p.Lanes = lanes(&rep, trimmed(r, &rep), o.DurationMs, only)
			p.Key, p.Turns = keyOf(p.Lanes)
			p.Ticks = ticks(o.DurationMs)
		}
		v.Players = append(v.Players, p)
	}
	return v
}

func kindOf(o job.Output) string {
	switch o.Container {
	case "mp4", "webm", "mkv":
		return "video"
	case "m4a", "mka":
		return "audio"
	}
	return "file"
}

func trackText(kind, codec string, w, h int, copied bool) string {
	s := kind + " " + codec
	if w > 0 {
		s += fmt.Sprintf(" %d×%d", w, h)
	}
	if copied {
		return s + ", copied"
	}
	return s + ", encoded"
}

// trimmed is how much of the inputs' time is left out before the output's beginning: with head: trim that before the first
// picture.
func trimmed(r *job.Record, rep *report) float64 {
	first := math.Inf(1)
	for _, in := range rep.Inputs {
		if media[in.Codec] == "video" && in.DurationMs > 0 {
			first = min(first, in.OffsetMs)
		}
	}
	if r.Spec.Settings.Head != "trim" || math.IsInf(first, 1) {
		return 0
	}
	return max(first, 0)
}
