package daemon

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
)

// encoding is what a report says about encoders.
type encoding struct {
	Encoder  string `json:"encoder"` // "": there was nothing to encode
	Rejected []struct {
		Encoder string `json:"encoder"`
		Kind    string `json:"kind"`
	} `json:"rejected"`
}

// summarise takes from a report what lists of jobs show, and returns what was used to encode.
func summarise(rec *job.Record, final work.Event, took time.Duration) encoding {
	rec.WallMs = float64(took.Milliseconds())
	rec.MediaMs = 0
	for _, o := range rec.Outputs {
		rec.MediaMs = max(rec.MediaMs, o.DurationMs)
	}
	rec.Report, rec.Warnings = nil, final.Warnings
	if len(final.Report) == 0 {
		return encoding{}
	}
	if len(final.Report) <= job.MaxReportBytes {
		rec.Report = final.Report
	}
	var report struct {
		Plan struct {
			Mode string `json:"mode"`
			encoding
		} `json:"plan"`
		Warnings []struct {
			Code string `json:"code"`
		} `json:"warnings"`
	}
	if json.Unmarshal(final.Report, &report) != nil {
		return encoding{}
	}
	rec.Mode = report.Plan.Mode
	for _, w := range report.Warnings {
		if !slices.Contains(rec.Warnings, w.Code) {
			rec.Warnings = append(rec.Warnings, w.Code)
		}
	}
	return report.Plan.encoding
}
