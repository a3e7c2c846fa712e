package main

import (
	"context"
	"fmt"

	"github.com/alecthomas/kong"
)

// command is one that a command line names.
type command interface {
	Run(ctx context.Context, c *console) error
}

// group has commands below it, which need something of it.
type group interface {
	runBelow(ctx context.Context, c *console, selected any) error
}

// parse reads a command line. It is what kong.Kong's Parse does, without that one's hooks, and runSelected stands for
// kong.Context's Run. Both of those look methods up by their names while the program runs, and so does Validate since
// kong 1.16. From a program that might do so the linker cannot leave out a single method of any type in it, which makes
// the lean program a fifth bigger, and the whole one a quarter (TestNoMethodIsLookedUpByName).
func parse(k *kong.Kong, args []string) (*kong.Context, error) {
	ctx, err := kong.Trace(k, args)
	if err != nil {
		return nil, err
	}
	if ctx.Error != nil {
		return ctx, ctx.Error
	}
	for _, p := range ctx.Path {
		switch {
		case p.Flag == nil:
		case p.Flag == k.Model.HelpFlag:
			if err := ctx.PrintUsage(false); err != nil {
				return ctx, err
			}
			k.Exit(exitDone)
		case p.Flag.Target.Type() == versionFlagType:
			fmt.Fprintln(k.Stdout, versionLine())
			k.Exit(exitDone)
		}
	}
	for _, step := range []func() error{
		ctx.Reset, ctx.Resolve, func() error { _, err := ctx.Apply(); return err }, ctx.Validate,
	} {
		if err := step(); err != nil {
			return ctx, err
		}
	}
	return ctx, nil
}

// runSelected carries out the command that a command line names.
func runSelected(ctx context.Context, c *console, node *kong.Node) error {
	selected := node.Target.Addr().Interface()
	if node.Parent != nil {
		if g, ok := node.Parent.Target.Addr().Interface().(group); ok {
			return g.runBelow(ctx, c, selected)
		}
	}
	return selected.(command).Run(ctx, c)
}
