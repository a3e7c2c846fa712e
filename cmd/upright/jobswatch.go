//go:build !lean

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/upright-media/upright/daemon/api"
	jobs "github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/human"
)

type jobsWatchCmd struct {
	ID   string `arg:"" optional:"" help:"Only this job, until it has ended."`
	JSON bool   `name:"json" help:"Print JSON, a line per event."`
}

func (cmd *jobsWatchCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	id := ""
	if cmd.ID != "" {
		var err error
		if id, err = findJob(ctx, client, cmd.ID); err != nil {
			return err
		}
	}
	lines := json.NewEncoder(c.stdout)
	var end error
	tell := func(e jobs.Event) bool {
		switch {
		case cmd.JSON:
			_ = lines.Encode(e)
		case e.Progress != nil:
			fmt.Fprintf(c.stdout, "%s %s\n", e.ID, progressLine(*e.Progress))
		case e.Record != nil:
			fmt.Fprintf(c.stdout, "%s %s %s %s\n", e.ID, e.Record.State, human.Line(subject(e.Record)),
				human.Line(what(e.Record)))
		}
		if id == "" || e.Record == nil || !e.Record.State.Ended() {
			return true
		}
		if e.Record.State != jobs.Done && e.Record.State != jobs.Empty {
			end = exitStatus(exitFailed)
		}
		return false
	}
	for heard := false; ; {
		err := client.Events(ctx, id, tell)
		heard = heard || errors.Is(err, api.ErrDisconnected)
		switch {
		case ctx.Err() != nil:
			return nil // by a signal, which main passes on
		case err == nil:
			return end
		case !heard, errors.As(err, new(*api.Error)):
			return err
		}
		select { // the daemon is being restarted
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
	}
}

// progressLine says how far a job is: converting 34 %, 5.2 times real time, 4 min left.
func progressLine(p jobs.Progress) string {
	s := p.Stage
	if p.TotalMs > 0 {
		s += fmt.Sprintf(" %3.0f %%", 100*p.DoneMs/p.TotalMs)
	}
	if p.Speed > 0 && p.DoneMs >= 1000 { // of less it says nothing
		s += fmt.Sprintf(", %.1f times real time", p.Speed)
	}
	if p.LeftMs > 0 {
		s += ", " + human.About(time.Duration(p.LeftMs*1e6)) + " left"
	}
	return s
}
