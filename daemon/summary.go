package daemon

import (
	"time"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/pipelines/report"
)

// summarise takes from a report what lists of jobs show, and returns what was planned.
func summarise(rec *job.Record, final work.Event, took time.Duration) report.Plan {
	rec.WallMs = float64(took.Milliseconds())
	rec.MediaMs = 0
	for _, o := range rec.Outputs {
		rec.MediaMs = max(rec.MediaMs, o.DurationMs)
	}
	rec.Report, rec.Warnings = nil, final.Warnings
	if len(final.Report) == 0 {
		return report.Plan{}
	}
	if len(final.Report) <= job.MaxReportBytes {
		rec.Report = final.Report
	}
	r, err := report.Parse(final.Report)
	if err != nil {
		return report.Plan{}
	}
	rec.Mode = r.Plan.Mode
	rec.Warnings = r.AddCodes(rec.Warnings)
	return r.Plan
}
