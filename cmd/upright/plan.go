package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/upright-media/upright"
	"github.com/upright-media/upright/pipelines/arrangement"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
)

type planCmd struct {
	source
	Output string `short:"o" default:"." placeholder:"DIR" help:"Folder that the lines write to; it is not created."`
	choice
	JSON bool `name:"json" help:"Print JSON."`

	Compose bool   `help:"Print what compose would show with its defaults, as a table and drawings. Use upright compose --dry-run to set its flags."`
	Layout  string `default:"auto" placeholder:"NAME" help:"With --compose: its layout."`
	ownLayouts
	SVG string `name:"svg" placeholder:"FILE" help:"With --compose: draw the arrangements into this file, too."`
}

func (cmd *planCmd) Run(ctx context.Context, c *console) error {
	if cmd.Compose {
		compose := composeCmd{source: cmd.source, Output: cmd.Output, Arrangement: arrangement.Default(),
			Options: cmd.Options,
			Encoder: cmd.Encoder, Strict: cmd.Strict, DryRun: true, svg: cmd.SVG}
		compose.Layout, compose.Layouts = cmd.Layout, cmp.Or(cmd.Layouts, cmd.Config)
		return compose.Run(ctx, c)
	}
	if cmd.SVG != "" || cmd.Layouts != "" || cmd.Layout != arrangement.Default().Layout {
		return usageError{errors.New("--layout, --layouts and --svg are about the video of a room: give --compose, too")}
	}
	wanted, settings, err := cmd.settings(c, cmd.Output)
	if err != nil {
		return err
	}
	found, err := cmd.find(cmd.Options)
	if err != nil {
		return err
	}
	settings.Choose, settings.Route = settings.Encoders.For(ctx), settings.Encoders.RouteFor(ctx)
	plans := []planFacts{}
	var total summary
	for _, p := range found.participants {
		f, err := planFor(ctx, p, wanted, settings.Settings)
		switch {
		case ctx.Err() != nil:
			return errStopped
		case errors.Is(err, plan.ErrNoMedia):
			total.Empty++
		case err != nil:
			total.Failed++
		}
		plans = append(plans, f)
	}
	if cmd.JSON {
		err = writeJSON(c.stdout, plans)
	} else {
		err = writeScript(c.stdout, plans)
	}
	if err != nil {
		return fmt.Errorf("cannot write the result: %w", err)
	}
	for _, u := range found.unusable {
		c.fail(u.Err)
		total.Failed++
	}
	return ending(total.exit(ctx))
}

// planFor decides about one participant. The facts are complete with an error, too.
func planFor(ctx context.Context, p participant, wanted profile.Profile, settings plan.Settings) (planFacts, error) {
	f := planFacts{Recording: p.recording.Name, Participant: p.participant.Name}
	made, facts, err := upright.Plan(ctx, p.participant, upright.Settings{Settings: settings, Profile: wanted})
	f.Warnings = facts.Warnings
	if err != nil {
		f.Error = err.Error()
		return f, err
	}
	f.fill(made)
	return f, nil
}

// planFacts is what plan says about one participant. It is a public format (docs/cli.md).
type planFacts struct {
	Recording   string               `json:"recording"`
	Participant string               `json:"participant"`
	Mode        string               `json:"mode,omitempty"`
	Reason      string               `json:"reason,omitempty"`
	Encoder     string               `json:"encoder,omitempty"`
	Backend     string               `json:"backend,omitempty"`
	Rejected    []encoders.Rejection `json:"rejected,omitempty"`
	Pipeline    string               `json:"pipeline,omitempty"`
	CommandLine string               `json:"command_line,omitempty"` // as a shell sees it, writing the final files
	DurationMs  float64              `json:"duration_ms,omitempty"`
	Outputs     []plannedOutput      `json:"outputs,omitempty"`
	Warnings    []report.Warning     `json:"warnings"`
	Error       string               `json:"error,omitempty"`
}

// plannedOutput is one file that a plan makes.
type plannedOutput struct {
	File      string         `json:"file"`
	Partial   string         `json:"partial"`
	Container string         `json:"container"`
	Degrees   int            `json:"degrees"`
	Flip      bool           `json:"flip"`
	Tracks    []report.Track `json:"tracks"`
}

func (f *planFacts) fill(plan *plan.Plan) {
	f.Mode, f.Reason, f.Encoder, f.Pipeline, f.CommandLine = plan.Mode, plan.Reason, plan.Encoder, plan.Pipeline,
		plan.CommandLine
	f.Backend, f.Rejected = plan.Backend, plan.Rejected
	f.DurationMs = milliseconds(plan.Duration)
	for _, o := range plan.Outputs {
		f.Outputs = append(f.Outputs, plannedOutput{
			File: o.Path, Partial: o.Partial, Container: o.Container,
			Degrees: o.Orientation.Degrees, Flip: o.Orientation.Flip, Tracks: o.Tracks,
		})
	}
}

// writeScript writes plans as a shell script that people can read.
func writeScript(w io.Writer, plans []planFacts) error {
	var parts []string
	for _, p := range plans {
		parts = append(parts, strings.Join(scriptOf(p), "\n")+"\n")
	}
	_, err := io.WriteString(w, strings.Join(parts, "\n"))
	return err
}

// scriptOf is the part of the script for one participant.
func scriptOf(p planFacts) []string {
	var lines []string
	comment := func(text string) {
		for _, line := range wrap(text, tableWidth-2) {
			lines = append(lines, "# "+line)
		}
	}
	title := p.Participant
	for i, o := range p.Outputs {
		sep := ", "
		if i == 0 {
			sep = " -> "
		}
		title += sep + o.File
	}
	comment(title)
	for _, w := range p.Warnings {
		comment("warning: " + w.Text)
	}
	if p.Error != "" {
		comment("cannot be converted: " + p.Error)
		return lines
	}
	comment(p.Mode + ": " + p.Reason)
	if p.Backend != "" {
		comment("encoder: " + p.Encoder + " (" + p.Backend + ")")
	}
	for _, r := range p.Rejected {
		comment("not " + r.Encoder + ", which " + r.Reason)
	}
	if p.CommandLine == "" {
		comment("no pipeline: upright writes messages by itself")
		return lines
	}
	lines = append(lines, "gst-launch-1.0 "+p.CommandLine)
	return lines
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func writeJSON(w io.Writer, v any) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	return out.Encode(v)
}
