package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/upright-media/upright/inspectpage"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

type inspectCmd struct {
	source
	OrientationID int    `name:"orientation-id" default:"0" placeholder:"N" help:"RTP header extension id of the orientation, where the recording does not say it; -1: none."`
	JSON          bool   `name:"json" help:"For programs."`
	HTML          string `name:"html" placeholder:"FILE" help:"Write a page with pictures to FILE, too."`
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
	if cmd.HTML != "" {
		if err := inspectpage.CheckFile(cmd.HTML); err != nil {
			return err
		}
	}
	facts := []participantFacts{} // an empty list is written as one
	var page inspectpage.Page
	status := exitDone
	for _, p := range found.participants {
		tl, err := load(ctx, p.participant, timeline.Options{OrientationID: cmd.OrientationID})
		if err != nil {
			return err
		}
		f := factsOf(p, tl)
		if !f.hasMedia() {
			status = exitNoMedia
		}
		// Page and table need little of a timeline, which is large.
		if cmd.HTML != "" {
			page.Add(p.recording.Name, p.recording.Title, inspectpage.NewParticipant(p.participant, tl, explained(f.Warnings)))
		} else {
			facts = append(facts, f)
		}
	}
	switch {
	case cmd.HTML != "":
		for _, u := range found.unusable {
			page.Unusable = append(page.Unusable, u.Err.Error())
		}
		err = inspectpage.WriteFile(cmd.HTML, page)
	case cmd.JSON:
		err = writeJSON(c.stdout, facts)
	default:
		err = writeTable(c.stdout, facts, c.location)
	}
	if err != nil {
		return err
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

// factsOf says what is in a participant's files. tl is nil if none of them holds anything.
func factsOf(p participant, tl *timeline.Timeline) participantFacts {
	f := participantFacts{
		Recording: p.recording.Name, Participant: p.participant.Name,
		Inputs: pipelines.InputsOf(p.participant, tl), Warnings: pipelines.WarningsOf(p.participant, tl),
	}
	if p.recording.Title != p.recording.Name {
		f.Title = p.recording.Title
	}
	if tl != nil {
		f.StartUs, f.DurationMs = tl.OriginUs, milliseconds(tl.Duration)
	}
	return f
}

// explained are warnings with what their codes mean.
func explained(warnings []pipelines.Warning) []inspectpage.Warning {
	var list []inspectpage.Warning
	for _, w := range warnings {
		list = append(list, inspectpage.Warning{Code: w.Code, Text: w.Text, Help: pipelines.WarningHelp(w.Code)})
	}
	return list
}

// load reads those of a participant's files that hold something; nil if none does.
func load(ctx context.Context, p *recording.Participant, o timeline.Options) (*timeline.Timeline, error) {
	var paths []string
	for _, t := range p.Tracks {
		if t.Err == nil && !t.Empty {
			paths = append(paths, t.Path)
		}
	}
	if len(paths) == 0 {
		return nil, nil
	}
	tl, err := timeline.Load(ctx, paths, o)
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
