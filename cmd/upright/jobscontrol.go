//go:build !lean

package main

import (
	"context"
	"fmt"

	"github.com/upright-media/upright/daemon/api"
)

type (
	jobsPauseCmd  struct{}
	jobsResumeCmd struct{}
	jobsReloadCmd struct{}
)

func (*jobsPauseCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	return control(ctx, c, client, "pause", "paused: jobs under way go on, no new ones are begun")
}

func (*jobsResumeCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	return control(ctx, c, client, "resume", "resumed")
}

func (*jobsReloadCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	return control(ctx, c, client, "reload", "the configuration is in force")
}

func control(ctx context.Context, c *console, client *api.Client, verb, done string) error {
	err := client.Do(ctx, verb)
	if err == nil {
		fmt.Fprintln(c.stdout, done)
	}
	return err
}
