//go:build !lean

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/daemon/api"
	jobs "github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/internal/human"
)

type jobsListCmd struct {
	State   []string `placeholder:"STATE" help:"Only these: queued, running, delivering, done, empty, failed, canceled."`
	Folder  string   `placeholder:"NAME" help:"Only those of this watch folder."`
	Kind    string   `enum:",room,participant" default:"" placeholder:"KIND" help:"Only those of whole rooms (room), or of participants (participant)."`
	Text    string   `placeholder:"TEXT" help:"Only those with this text in their recording, participant, room, user or files."`
	User    string   `placeholder:"USER" help:"Only those of this person, as named in the recordings."`
	Warning string   `placeholder:"CODE" help:"Only those with this warning (see docs/warnings.md), or any."`
	Since   string   `placeholder:"TIME" help:"Only those recorded from this time on: 2026-01-31, or 2026-01-31T18:00:00."`
	Until   string   `placeholder:"TIME" help:"Only those recorded before this time."`
	Sort    string   `enum:",oldest,recorded,longest" default:"" placeholder:"BY" help:"By oldest, recorded (latest first) or longest, not newest first."`
	Limit   int      `default:"50" placeholder:"N" help:"At most this many."`
	JSON    bool     `name:"json" help:"Print JSON."`
}

// timeIn reads a day or a time, of the zone of place unless it names one; "" is no time.
func timeIn(text string, place *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, text, place); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time; write 2026-01-31, 2026-01-31T18:00:00 or 2026-01-31T18:00:00Z", text)
}

func (cmd *jobsListCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	if cmd.Limit < 1 || cmd.Limit > 1000 {
		return usageError{fmt.Errorf("--limit=%d: from 1 to 1000", cmd.Limit)}
	}
	f := queue.Filter{Watch: cmd.Folder, Kind: cmd.Kind, Text: cmd.Text, User: cmd.User, Warning: cmd.Warning,
		Sort: queue.Sort(cmd.Sort), Limit: cmd.Limit}
	for _, t := range []struct {
		flag, text string
		to         *time.Time
	}{{"since", cmd.Since, &f.From}, {"until", cmd.Until, &f.Until}} {
		var err error
		if *t.to, err = timeIn(t.text, c.location); err != nil {
			return usageError{fmt.Errorf("--%s: %w", t.flag, err)}
		}
	}
	for _, s := range cmd.State {
		if !slices.Contains(jobs.States, jobs.State(s)) {
			return usageError{fmt.Errorf("--state: %q is none of %s", s, joined(jobs.States))}
		}
		f.States = append(f.States, jobs.State(s))
	}
	list, err := client.List(ctx, f)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return writeJSON(c.stdout, list)
	}
	if len(list.Jobs) == 0 {
		fmt.Fprintln(c.stdout, "no jobs")
		return nil
	}
	ids := shortIDs(list.Jobs)
	rows := [][]string{{"job", "state", "submitted", "recording", "media", "what"}}
	for i, r := range list.Jobs {
		rows = append(rows, []string{
			ids[i], string(r.State), r.Spec.Submitted.In(c.location).Format("2006-01-02 15:04:05"),
			human.Line(subject(r)), mediaOf(r), human.Line(what(r)),
		})
	}
	for _, line := range columns(rows, []bool{false, false, false, false, true, false}) {
		fmt.Fprintln(c.stdout, human.Head(line, listWidth-1))
	}
	if list.Total > len(list.Jobs) {
		fmt.Fprintf(c.stdout, "%d of %d\n", len(list.Jobs), list.Total)
	}
	return nil
}

// listWidth is how many columns a list has: what is longer is cut off, and show has all of it.
const listWidth = 120

// shortIDs are beginnings of ids that are enough to tell these jobs apart, of at least eight digits.
func shortIDs(list []*jobs.Record) []string {
	const least = 8
	length := least
	for seen := map[string]bool{}; ; length++ {
		clear(seen)
		for _, r := range list {
			seen[r.Spec.ID[:min(length, len(r.Spec.ID))]] = true
		}
		if len(seen) == len(list) || length > 32 {
			break
		}
	}
	ids := make([]string, len(list))
	for i, r := range list {
		ids[i] = r.Spec.ID[:min(length, len(r.Spec.ID))]
	}
	return ids
}

// joined is a list of states as part of a sentence.
func joined(states []jobs.State) string {
	var names []string
	for _, s := range states {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// subject is what a job is about.
func subject(r *jobs.Record) string {
	if n := len(r.People); n > 0 {
		return r.Spec.About() + ", " + human.People(n)
	}
	return r.Spec.About()
}

func mediaOf(r *jobs.Record) string {
	if r.MediaMs == 0 {
		return ""
	}
	return human.ClockMs(r.MediaMs)
}

// what says in a few words what came of a job, or what it waits for.
func what(r *jobs.Record) string {
	switch {
	case r.Reason != "":
		return r.Reason
	case len(r.Outputs) > 0:
		text := r.Outputs[0].File
		if r.Outputs[0].URL != "" {
			text = r.Outputs[0].URL
		}
		if n := len(r.Outputs) - 1; n > 0 {
			text += fmt.Sprintf(" and %d more", n)
		}
		return text
	}
	return ""
}
