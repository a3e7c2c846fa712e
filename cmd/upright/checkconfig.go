//go:build !lean

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/upright-media/upright/daemon/config"
	"github.com/upright-media/upright/daemon/watch"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/room/layout"
)

type checkConfigCmd struct {
	File string `arg:"" optional:"" default:"upright.yaml" help:"Configuration."`
}

func (cmd *checkConfigCmd) Run(_ context.Context, c *console) error {
	configuration, err := c.loadConfig(cmd.File, os.Environ(), nameable())
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "%s is right:\n", cmd.File)
	for line := range strings.Lines(configuration.String()) {
		fmt.Fprintf(c.stdout, "  %s\n", strings.TrimSuffix(line, "\n"))
	}
	return nil
}

// nameable is what a configuration may name.
func nameable() config.Known {
	return config.Known{Profiles: profile.Builtin(), CheckProfile: pipelines.CheckProfile,
		CheckTemplate: watch.CheckTemplate, CheckEncoder: checkEncoder}
}

// nameableInDaemon is the same for a process that is to last, in which no plugin is to be loaded.
func nameableInDaemon() config.Known {
	known := nameable()
	known.CheckProfile = (&profileChecker{limit: 30 * time.Second}).check
	return known
}

// ofTheirOwn are the profiles and layouts in a user's configuration; none if no file is given.
func (c *console) ofTheirOwn(file string) (map[string]profile.Profile, map[string]layout.Layout, error) {
	if file == "" {
		return nil, nil, nil
	}
	known := nameable()
	known.ProfilesOnly = true
	configuration, err := c.loadConfig(file, os.Environ(), known)
	if err != nil {
		return nil, nil, err
	}
	return configuration.Profiles, configuration.Layouts, nil
}

func checkEncoder(name string) error { return encoders.Request{Encoder: name}.Check() }

// loadConfig reads a configuration and says what is wrong with it, or doubtful, with the lines of the file.
func (c *console) loadConfig(file string, env []string, known config.Known) (*config.Config, error) {
	configuration, warnings, err := config.Load(file, env, known)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w; name another one, or write it: docs/configuration.md says how", err)
	}
	for _, w := range warnings {
		fmt.Fprintf(c.stderr, "upright: warning: %s\n", w)
	}
	var wrong *config.Error
	if !errors.As(err, &wrong) {
		return configuration, err
	}
	fmt.Fprintln(c.stderr, wrong)
	n := "1 error"
	if len(wrong.Problems) > 1 {
		n = fmt.Sprintf("%d errors", len(wrong.Problems))
	}
	fmt.Fprintf(c.stderr, "upright: %s has %s\n", file, n)
	return nil, exitStatus(exitFailed)
}
