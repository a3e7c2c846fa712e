//go:build !lean

package main

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/upright-media/upright/daemon"
	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/claim"
	"github.com/upright-media/upright/daemon/config"
	jobs "github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/watch"
	"github.com/upright-media/upright/internal/human"
)

// dryRun says what a daemon would do. It opens no queue: what was done before it learns from a daemon that runs with
// the same configuration, and from the outputs that are there.
func dryRun(ctx context.Context, c *console, configuration *config.Config) error {
	ask := history(ctx, configuration)
	for _, f := range daemon.Folders(configuration) {
		fmt.Fprintf(c.stdout, "%s: %s -> %s (%s)\n", f.Name, f.Root, f.Output, f.Profile)
		plan, err := watch.New(f, watch.Options{}).Plan(ctx, func(s jobs.Spec) {
			if said := before(ctx, ask, s); said != "" {
				fmt.Fprintf(c.stdout, "  %s: %s\n", human.Line(s.About()), human.Line(said))
				return
			}
			verb := "convert"
			if s.IsRoom() {
				verb = "compose"
			}
			fmt.Fprintf(c.stdout, "  would %s %s to %s\n", verb, human.Line(s.About()), human.Line(s.Name))
			for _, file := range s.Sources {
				fmt.Fprintf(c.stdout, "    %s\n", human.Line(file.Path))
			}
		})
		status := plan.Status
		if err != nil {
			fmt.Fprintf(c.stdout, "  cannot be watched: %s\n", human.Line(err.Error()))
		}
		for _, p := range status.Pending {
			fmt.Fprintf(c.stdout, "  not ready: %s: %s\n", human.Line(p.Name), human.Line(p.Why))
		}
		for _, r := range status.Rejected {
			fmt.Fprintf(c.stdout, "  left alone: %q: %s\n", r.File, human.Line(r.Why))
		}
	}
	return ctx.Err()
}

// before says what became of a recording that need not be converted, "" if it does.
func before(ctx context.Context, ask func(id string) *jobs.Record, s jobs.Spec) string {
	if r := ask(s.ID); r != nil {
		if r.State == jobs.Done && len(r.Outputs) > 0 {
			return "converted already to " + r.Outputs[0].File
		}
		text := fmt.Sprintf("known already, job %s is %s", s.ID[:8], r.State)
		if r.Reason != "" {
			text += ": " + r.Reason
		}
		return text
	}
	found, err := claim.Look(s)
	if err != nil || found == nil || ctx.Err() != nil {
		return "" // the daemon will see, and say so
	}
	return "converted already to " + found.Outputs[0].File
}

// history asks the daemon that the configuration is of about jobs; if there is none, nothing is known.
func history(ctx context.Context, configuration *config.Config) func(id string) *jobs.Record {
	const soon = 5 * time.Second
	none := func(string) *jobs.Record { return nil }
	host, port, err := net.SplitHostPort(configuration.HTTP.Listen)
	token, tokenErr := configuration.HTTP.Token()
	if err != nil || tokenErr != nil {
		return none
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	client := &api.Client{Address: "http://" + net.JoinHostPort(host, port), Token: token}
	try, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	if _, err := client.List(try, queue.Filter{Limit: 1}); err != nil {
		return none
	}
	return func(id string) *jobs.Record {
		ctx, cancel := context.WithTimeout(ctx, soon)
		defer cancel()
		r, err := client.Show(ctx, id)
		if err != nil {
			return nil
		}
		return r
	}
}
