package main

import (
	"context"
	"fmt"
	"strings"

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
	ctx, err := kong.Trace(k, joinNegative(args))
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
	return ctx, refuseNegative(ctx.Flags())
}

// negative reports whether an argument is a number that kong would take for a flag.
func negative(arg string) bool {
	return len(arg) > 1 && arg[0] == '-' && '0' <= arg[1] && arg[1] <= '9'
}

// joinNegative makes one word of a flag and the negative number behind it, as in --orientation-id -1: no flag is a
// digit.
func joinNegative(args []string) (joined []string) {
	for i, arg := range args {
		if arg == "--" {
			return append(joined, args[i:]...)
		}
		last := len(joined) - 1
		switch {
		case last < 0 || !negative(arg) || !strings.HasPrefix(joined[last], "-") ||
			strings.Contains(joined[last], "="):
			joined = append(joined, arg)
		case strings.HasPrefix(joined[last], "--"):
			joined[last] += "=" + arg
		default:
			joined[last] += arg
		}
	}
	return joined
}

// refuseNegative says which number or length of time is below 0: only the id of the orientation may be.
func refuseNegative(flags []*kong.Flag) error {
	for _, f := range flags {
		if v := f.Target; v.CanInt() && v.Int() < 0 && f.Name != "orientation-id" {
			return fmt.Errorf("--%s: %v is less than 0", f.Name, v.Interface())
		}
	}
	return nil
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
