package page

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"strings"

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
	TotalMs float64
}

// lane is one input on an output's time line.
type lane struct {
	Name   string
	Pieces []piece
}

// piece is a part of a lane, in percent of the output's duration.
type piece struct {
	Kind     string // turn, hole, media
	From, To float64
	Text     string // for people who point at it
	Degrees  int
	Flip     bool
	AtMs     float64
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

// holeTexts say what a hole is.
var holeTexts = map[string]string{
	"silent": "nothing was sent", "frozen": "the recording stood still", "jump": "the sender's clock jumped", "loss": "packets were lost",
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
			p.Lanes = lanes(&rep, o.DurationMs)
		}
		v.Players = append(v.Players, p)
	}
	return v
}

func kindOf(o job.Output) string {
	switch o.Container {
	case "mp4", "webm", "mkv", "mov":
		return "video"
	case "m4a", "mka", "ogg", "opus", "aac":
		return "audio"
	case "jpg", "png":
		return "image"
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

func lanes(rep *report, total float64) []lane {
	percent := func(ms float64) float64 { return math.Round(10000*min(max(ms/total, 0), 1)) / 100 }
	var list []lane
	for _, in := range rep.Inputs {
		if in.DurationMs <= 0 {
			continue
		}
		end := in.OffsetMs + in.DurationMs
		l := lane{Name: strings.TrimSpace(in.Codec)}
		if len(in.Orientation) == 0 {
			l.Pieces = append(l.Pieces, piece{Kind: "media", From: percent(in.OffsetMs), To: percent(end), Text: in.File, AtMs: max(0, in.OffsetMs)})
		}
		for i, o := range in.Orientation {
			to := end
			if i+1 < len(in.Orientation) {
				to = in.Orientation[i+1].TMs
			}
			text := "upright as recorded"
			if o.Degrees != 0 {
				text = fmt.Sprintf("turned clockwise by %d°", o.Degrees)
			}
			if o.Flip {
				text += ", mirrored"
			}
			l.Pieces = append(l.Pieces, piece{Kind: "turn", From: percent(o.TMs), To: percent(to), Text: text, Degrees: o.Degrees, Flip: o.Flip, AtMs: max(0, o.TMs)})
		}
		for _, h := range in.Holes {
			text := fmt.Sprintf("%s from %s to %s", holeTexts[h.Kind], clock(h.FromMs), clock(h.ToMs))
			if h.Packets > 0 {
				text += fmt.Sprintf(", %d packets", h.Packets)
			}
			l.Pieces = append(l.Pieces, piece{Kind: "hole " + h.Kind, From: percent(h.FromMs), To: percent(h.ToMs), Text: text, AtMs: max(0, h.FromMs)})
		}
		list = append(list, l)
	}
	return list
}

// Width is how wide a piece is drawn; what is short must still be seen.
func (p piece) Width() float64 { return max(p.To-p.From, 0.3) }
