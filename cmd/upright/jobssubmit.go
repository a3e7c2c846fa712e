//go:build !lean

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/upright-media/upright/daemon/api"
	jobs "github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/human"
)

type jobsSubmitCmd struct {
	Paths    []string `arg:"" help:"Files or folders below the watched folder."`
	Folder   string   `placeholder:"NAME" help:"Watch folder whose output and profile are used; needed if there are several."`
	Priority string   `enum:"high,normal,low" default:"high" placeholder:"WHICH" help:"Which jobs come first: ${enum}."`
	Again    bool     `help:"Also what was converted before."`
}

func (cmd *jobsSubmitCmd) Run(ctx context.Context, c *console, client *api.Client) error {
	var paths []string
	for _, path := range cmd.Paths {
		if _, err := os.Stat(path); err == nil { // what is not here may be where the daemon is
			if path, err = filepath.Abs(path); err != nil {
				return err
			}
		}
		paths = append(paths, path)
	}
	made, err := client.Submit(ctx,
		api.Submission{Paths: paths, Watch: cmd.Folder, Priority: jobs.Priority(cmd.Priority), Again: cmd.Again})
	for _, m := range made {
		note := ""
		switch {
		case m.Again:
			note = " (again)"
		case !m.Created:
			note = " (known)"
		}
		fmt.Fprintf(c.stdout, "%s %s%s\n", m.ID, human.Line(m.Name), note)
	}
	return err
}
