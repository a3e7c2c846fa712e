//go:build !lean

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/upright-media/upright/daemon/api"
	jobs "github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
)

type jobsRetryCmd struct {
	IDs    []string `arg:"" optional:"" name:"id" help:"Ids of the jobs."`
	Failed bool     `help:"All that have failed."`
}

func (cmd *jobsRetryCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	ids := cmd.IDs
	switch {
	case cmd.Failed == (len(ids) > 0):
		return usageError{errors.New("say which jobs, or --failed")}
	case cmd.Failed:
		list, err := allJobs(ctx, client, queue.Filter{States: []jobs.State{jobs.Failed}})
		if err != nil {
			return err
		}
		if len(list) == 0 {
			fmt.Fprintln(c.stdout, "no job has failed")
		}
		for _, r := range list {
			ids = append(ids, r.Spec.ID)
		}
	}
	return changeJobs(ctx, c, client, ids, "retry")
}

type jobsCancelCmd struct {
	IDs []string `arg:"" name:"id" help:"Ids of the jobs."`
}

func (cmd *jobsCancelCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	return changeJobs(ctx, c, client, cmd.IDs, "cancel")
}

func changeJobs(ctx context.Context, c *console, client *api.Client, ids []string, verb string) error {
	var failed []error
	for _, id := range ids {
		id, err := findJob(ctx, client, id)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		r, err := client.Change(ctx, id, verb)
		if err != nil {
			failed = append(failed, err) // which has the id
			continue
		}
		fmt.Fprintf(c.stdout, "%s %s\n", id, r.State)
	}
	return errors.Join(failed...)
}
