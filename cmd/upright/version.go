package main

import (
	"context"
	"fmt"
	"runtime"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/release"
)

type versionCmd struct{}

func (versionCmd) Run(_ context.Context, c *console) error {
	_, err := fmt.Fprintln(c.stdout, versionLine())
	return err
}

func versionLine() string {
	major, minor, micro := gstrun.Version()
	return fmt.Sprintf("upright %s (%s, GStreamer %d.%d.%d)", release.Version(), runtime.Version(), major, minor, micro)
}
