// Package inspect reads a participant's files and says what is in them and what is wrong with them. It needs no
// GStreamer.
package inspect

import (
	"context"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// Facts are what a participant's files hold.
type Facts struct {
	Timeline *timeline.Timeline // nil if no file holds anything
	Inputs   []report.Input     // one for each file, in the participant's order
	Warnings []report.Warning
}

// Loader reads files to their ends, as timeline.Load does.
type Loader func(context.Context, []*recording.File, timeline.Options) (*timeline.Timeline, error)

// Participant reads those of a participant's files that hold something. What makes no sense in a file is a warning; the
// error is that of load, or ctx's. With an error of load there are warnings about the other files only.
func Participant(ctx context.Context, p *recording.Participant, o options.Options, load Loader) (f Facts, err error) {
	var files []*recording.File
	for _, t := range p.Tracks {
		if t.Err == nil && !t.Empty {
			files = append(files, t)
		}
	}
	if len(files) > 0 {
		f.Timeline, err = load(ctx, files, o.Timeline())
	}
	f.Warnings = plan.WarningsOf(p, f.Timeline)
	if err != nil {
		return f, err
	}
	f.Inputs = plan.InputsOf(p, f.Timeline)
	if f.Timeline == nil {
		return f, nil
	}
	more, err := examine(ctx, f.Timeline, o.OrientationID)
	f.Warnings = append(f.Warnings, more...)
	return f, err
}
