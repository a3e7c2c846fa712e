package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/upright-media/upright/internal/inspectpage"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

type inspectCmd struct {
	source
	options.Options
	JSON bool   `name:"json" help:"For programs."`
	HTML string `name:"html" placeholder:"FILE" help:"Write a page with pictures to FILE, too."`
}

func (cmd *inspectCmd) Run(ctx context.Context, c *console) error {
	if err := checkOrientationID(cmd.OrientationID); err != nil {
		return err
	}
	if cmd.HTML != "" {
		if err := inspectpage.CheckFile(cmd.HTML); err != nil {
			return usageError{fmt.Errorf("--html: %w", err)}
		}
	}
	found, err := cmd.find()
	if err != nil {
		return err
	}
	var page inspectpage.Page
	facts := []participantFacts{} // an empty list is written as one
	status := exitDone
	for _, p := range found.participants {
		f, tl, err := inspect(ctx, p, cmd.Options)
		if err != nil {
			return err
		}
		if cmd.HTML != "" {
			addToPage(&page, p, f, tl)
		}
		facts = append(facts, f)
		if !f.hasMedia() {
			status = exitNoMedia
		}
	}
	if cmd.JSON {
		err = writeJSON(c.stdout, facts)
	} else {
		err = writeTable(c.stdout, facts, c.location)
	}
	if err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	for _, u := range found.unusable {
		c.fail(u.Err)
		page.Unusable = append(page.Unusable, u.Err.Error())
		status = exitFailed
	}
	if cmd.HTML != "" {
		if err := inspectpage.WriteFile(cmd.HTML, page); err != nil {
			return err
		}
	}
	return ending(status)
}

// ending is the error that ends a command with a status whose reasons are told.
func ending(status int) error {
	if status == exitDone {
		return nil
	}
	return exitStatus(status)
}

// inspect reads a participant's files to the end.
func inspect(ctx context.Context, p participant, o options.Options) (participantFacts, *timeline.Timeline, error) {
	f := participantFacts{Recording: p.recording.Name, Participant: p.participant.Name}
	if p.recording.Title != p.recording.Name {
		f.Title = p.recording.Title
	}
	tl, err := load(ctx, p.participant, o.Timeline())
	if err != nil {
		return f, nil, err
	}
	f.Inputs, f.Warnings = plan.InputsOf(p.participant, tl), plan.WarningsOf(p.participant, tl)
	if tl != nil {
		more, err := plan.Examine(ctx, tl, o.OrientationID)
		if err != nil {
			return f, nil, errStopped
		}
		f.Warnings = append(f.Warnings, more...)
		f.StartUs, f.DurationMs = tl.OriginUs, milliseconds(tl.Duration)
	}
	return f, tl, nil
}

// load reads those of a participant's files that hold something; nil if none does.
func load(ctx context.Context, p *recording.Participant, o timeline.Options) (*timeline.Timeline, error) {
	var files []*recording.File
	for _, t := range p.Tracks {
		if t.Err == nil && !t.Empty {
			files = append(files, t)
		}
	}
	if len(files) == 0 {
		return nil, nil
	}
	tl, err := timeline.Load(ctx, files, o)
	if errors.Is(err, context.Canceled) {
		return nil, errStopped
	}
	return tl, err
}

// errStopped says that somebody stopped the program before it was done.
var errStopped = errors.New("stopped before it was done")

func (f participantFacts) hasMedia() bool {
	for _, in := range f.Inputs {
		if in.Used > 0 {
			return true
		}
	}
	return false
}
