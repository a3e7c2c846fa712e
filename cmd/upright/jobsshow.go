//go:build !lean

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/internal/human"
)

type jobsShowCmd struct {
	ID  string `arg:"" help:"Id of the job, as list shows it; its beginning is enough."`
	Log bool   `help:"Print the log of the last attempt instead."`
}

func (cmd *jobsShowCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	id, err := findJob(ctx, client, cmd.ID)
	if err != nil {
		return err
	}
	r, err := client.Show(ctx, id)
	if err != nil {
		return err
	}
	if !cmd.Log {
		return writeJSON(c.stdout, r)
	}
	if len(r.Attempts) == 0 {
		return fmt.Errorf("%s was not tried yet", id)
	}
	for line := range strings.Lines(r.Attempts[len(r.Attempts)-1].Log) {
		fmt.Fprintln(c.stdout, human.Line(strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", "    ")))
	}
	return nil
}
