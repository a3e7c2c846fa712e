//go:build !lean

package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"

	"github.com/upright-media/upright"
	"github.com/upright-media/upright/internal/inspectpage"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

type inspectCmd struct {
	source
	options.Options
	JSON bool   `name:"json" help:"Print JSON."`
	HTML string `name:"html" placeholder:"FILE" help:"Also write a page with pictures to FILE."`
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
	found, err := cmd.find(cmd.Options)
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

// inspect reads a participant's files to the end.
func inspect(ctx context.Context, p participant, o options.Options) (participantFacts, *timeline.Timeline, error) {
	f := participantFacts{Recording: p.recording.Name, Participant: p.participant.Name}
	if p.recording.Title != p.recording.Name {
		f.Title = p.recording.Title
	}
	f.person, f.media = cmp.Or(p.participant.User, p.participant.Stem, p.participant.Name), map[string]recording.Medium{}
	for _, t := range p.participant.Tracks {
		f.media[filepath.Base(t.Path)] = t.Medium
	}
	facts, err := upright.Inspect(ctx, p.participant, o)
	if ctx.Err() != nil {
		err = errStopped
	}
	if err != nil {
		return f, nil, err
	}
	f.Inputs, f.Warnings = facts.Inputs, facts.Warnings
	if tl := facts.Timeline; tl != nil {
		f.StartUs, f.DurationMs = tl.OriginUs, milliseconds(tl.Duration)
		f.toggles = togglesOf(p.participant, tl)
	}
	return f, facts.Timeline, nil
}

func (f participantFacts) hasMedia() bool {
	for _, in := range f.Inputs {
		if in.Used > 0 {
			return true
		}
	}
	return false
}
