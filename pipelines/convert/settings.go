package convert

import (
	"time"

	"github.com/upright-media/upright/pipelines/encoders/probing"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
)

// Settings are what a user can change about one conversion.
type Settings struct {
	// Elements are those that are installed, if it is nil; Encoders gives Choose and Route, if they are nil
	plan.Settings

	Overwrite bool
	Identity  string        // for the report
	Again     string        // for the report
	Stall     time.Duration // how long the pipeline may stand still; 0: gstrun.DefaultStallTimeout

	Posters bool // report.Output.Poster is wanted

	// Encoders chooses what encodes pictures. nil: the first in software that is installed, without trying it.
	Encoders *probing.Selector

	// OnPlan is called when it is decided what to do and nothing is written yet, BeforePublish when everything is
	// verified and nothing has its final name yet. Both may wait. An error ends the conversion.
	OnPlan        func(*plan.Plan) error
	BeforePublish func(*report.Report) error
}
