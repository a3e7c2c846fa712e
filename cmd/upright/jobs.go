//go:build !lean

package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/upright-media/upright/daemon/api"
	jobs "github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
)

// jobsCmd are the daemon's jobs, asked for over its API.
type jobsCmd struct {
	Address   string `env:"UPRIGHT_ADDRESS" default:"http://127.0.0.1:7188" placeholder:"URL" help:"Address of the daemon; also ${env} in the environment."`
	TokenFile string `env:"UPRIGHT_TOKEN_FILE" placeholder:"FILE" help:"File with the token, if the daemon requires one; also ${env} in the environment."`

	List   jobsListCmd   `cmd:"" default:"withargs" help:"List jobs, the newest first."`
	Show   jobsShowCmd   `cmd:"" help:"Print everything about a job, as JSON."`
	Submit jobsSubmitCmd `cmd:"" help:"Convert recordings below a watched folder now."`
	Retry  jobsRetryCmd  `cmd:"" help:"Run ended jobs again: what is missing of them, or all of it."`
	Cancel jobsCancelCmd `cmd:"" help:"Cancel jobs. What was converted stays."`
	Watch  jobsWatchCmd  `cmd:"" help:"Print events until interrupted, or until a job has ended."`
	Pause  jobsPauseCmd  `cmd:"" help:"Stop taking new jobs."`
	Resume jobsResumeCmd `cmd:"" help:"Take jobs again."`
	Reload jobsReloadCmd `cmd:"" help:"Reload the configuration."`
	Status jobsStatusCmd `cmd:"" help:"Print an overview of the daemon; status 1 if it cannot work right now."`
}

func (cmd *jobsCmd) client() (*api.Client, error) {
	client := &api.Client{Address: cmd.Address}
	if !strings.Contains(client.Address, "://") {
		client.Address = "http://" + client.Address
	}
	if cmd.TokenFile != "" {
		token, err := os.ReadFile(cmd.TokenFile)
		if err != nil {
			return nil, fmt.Errorf("the token cannot be read: %w", err)
		}
		client.Token = strings.TrimSpace(string(token))
	}
	return client, nil
}

// runBelow gives the commands below a client.
func (cmd *jobsCmd) runBelow(ctx context.Context, c *console, selected any) error {
	client, err := cmd.client()
	if err != nil {
		return usageError{err}
	}
	return selected.(interface {
		Run(ctx context.Context, c *console, client *api.Client) error
	}).Run(ctx, c, client)
}

// allJobs asks for every page of a list.
func allJobs(ctx context.Context, client *api.Client, f queue.Filter) (all []*jobs.Record, err error) {
	f.Limit = 1000
	for f.Offset = 0; ; f.Offset += f.Limit {
		list, err := client.List(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, list.Jobs...)
		if f.Offset+f.Limit >= list.Total {
			return all, nil
		}
	}
}

// findJob completes the beginning of an id.
func findJob(ctx context.Context, client *api.Client, id string) (string, error) {
	const whole = 32
	if len(id) >= whole {
		return id, nil
	}
	all, err := allJobs(ctx, client, queue.Filter{})
	if err != nil {
		return "", err
	}
	var found []string
	for _, r := range all {
		// pages overlap if a job comes meanwhile
		if strings.HasPrefix(r.Spec.ID, strings.ToLower(id)) && !slices.Contains(found, r.Spec.ID) {
			found = append(found, r.Spec.ID)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("there is no job whose id begins with %q", id)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("%d jobs have an id that begins with %q: write more of it", len(found), id)
}
