//go:build !lean

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/upright-media/upright/daemon/api"
	jobs "github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/human"
)

type jobsStatusCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (cmd *jobsStatusCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	s, err := client.Status(ctx)
	if err != nil {
		return err
	}
	if cmd.JSON {
		err = writeJSON(c.stdout, s)
	} else {
		writeStatus(c, s)
	}
	if err == nil && !s.Ready {
		return exitStatus(exitFailed)
	}
	return err
}

func writeStatus(c *console, s api.Status) {
	state := "ready"
	switch {
	case !s.Ready:
		state = "not ready: " + s.NotReady
	case s.Paused:
		state = "paused"
	}
	fmt.Fprintf(c.stdout, "%s, %s, since %s\n", s.Version, human.Line(state),
		s.Started.In(c.location).Format("2006-01-02 15:04:05"))
	var parts []string
	for _, state := range jobs.States {
		if n := s.Stats.States[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if len(parts) > 0 {
		fmt.Fprintf(c.stdout, "jobs: %s; %d of %d cores at work\n", strings.Join(parts, ", "), s.Busy, s.Workers)
	}
	if s.ReloadErr != "" {
		fmt.Fprintf(c.stdout, "the configuration was refused, the one from before is in force: %s\n",
			human.Line(s.ReloadErr))
	}
	for _, f := range s.Folders {
		fmt.Fprintf(c.stdout, "%s: %s -> %s: %s, %d not ready\n", human.Line(f.Name), human.Line(f.Folder),
			human.Line(f.Output), human.Count(f.Recordings, "recording"), len(f.Pending))
		if f.Error != "" {
			fmt.Fprintf(c.stdout, "  cannot be watched: %s\n", human.Line(f.Error))
		}
		for _, p := range f.Pending {
			fmt.Fprintf(c.stdout, "  not ready: %s: %s\n", human.Line(p.Name), human.Line(p.Why))
		}
	}
}
