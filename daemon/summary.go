package daemon

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
)

// summarise takes from a report what lists of jobs show, and returns the encoder that was used, if one was.
func summarise(rec *job.Record, final work.Event, took time.Duration) (encoder string) {
	rec.WallMs = float64(took.Milliseconds())
	rec.MediaMs = 0
	for _, o := range rec.Outputs {
		rec.MediaMs = max(rec.MediaMs, o.DurationMs)
	}
	rec.Report, rec.Warnings = nil, nil
	if len(final.Report) == 0 {
		return ""
	}
	if len(final.Report) <= job.MaxReportBytes {
		rec.Report = final.Report
	}
	var report struct {
		Plan struct {
			Mode    string `json:"mode"`
			Encoder string `json:"encoder"`
		} `json:"plan"`
		Warnings []struct {
			Code string `json:"code"`
		} `json:"warnings"`
	}
	if json.Unmarshal(final.Report, &report) != nil {
		return ""
	}
	rec.Mode = report.Plan.Mode
	for _, w := range report.Warnings {
		if !slices.Contains(rec.Warnings, w.Code) {
			rec.Warnings = append(rec.Warnings, w.Code)
		}
	}
	return report.Plan.Encoder
}
