//go:build !lean

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/upright-media/upright/daemon"
	_ "github.com/upright-media/upright/daemon/deliver/bucket" // the services that outputs can be uploaded to
	"github.com/upright-media/upright/internal/release"
)

type serveCmd struct {
	Config string `short:"c" default:"upright.yaml" placeholder:"FILE" help:"Configuration."`
	DryRun bool   `help:"Print what would be converted now, what was converted before, and what is not ready and why; change nothing."`
}

func (cmd *serveCmd) Run(ctx context.Context, c *console) error {
	known := nameableInDaemon()
	configuration, err := c.loadConfig(cmd.Config, os.Environ(), known)
	if err != nil {
		return err
	}
	if cmd.DryRun {
		return dryRun(ctx, c, configuration)
	}
	level := new(slog.LevelVar)
	d := daemon.New(configuration, daemon.Options{
		ConfigFile: cmd.Config, Env: os.Environ(), Known: known, Version: release.Version(),
		Command: jobProgram,
		Log:     logger(c.stderr, configuration.Log.Format, level),
		Level:   level,
		OnReady: func(address string) {
			for _, w := range configuration.Watch {
				fmt.Fprintf(c.stdout, "watching %s, videos go to %s\n", w.Folder, w.Output)
			}
			if address != "" {
				fmt.Fprintf(c.stdout, "the page is at %s\n", address)
			}
		},
	})
	// The first signal has come when ctx ends. From then on a second one is heard here.
	abort, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	go func() {
		for {
			select {
			case <-hangups:
				_ = d.Reload(ctx) // it says what is wrong
			case <-abort.Done():
				return
			}
		}
	}()
	again := make(chan os.Signal, 1)
	defer signal.Stop(again)
	context.AfterFunc(ctx, func() {
		signal.Notify(again, syscall.SIGINT, syscall.SIGTERM)
		select {
		case <-again:
			stop()
		case <-abort.Done():
		}
	})
	c.stops = true
	return d.Run(ctx, abort)
}

// logger writes the daemon's log.
func logger(w io.Writer, format string, level *slog.LevelVar) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
