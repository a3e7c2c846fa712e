package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/upright-media/upright/elements/gstrun"
)

// version is set when a release is built: -ldflags "-X main.version=1.2.3".
var version = ""

type versionCmd struct{}

func (versionCmd) Run(c *console) error {
	_, err := fmt.Fprintln(c.stdout, versionLine())
	return err
}

func versionLine() string {
	major, minor, micro := gstrun.Version()
	return fmt.Sprintf("upright %s (%s, GStreamer %d.%d.%d)", ownVersion(), runtime.Version(), major, minor, micro)
}

// ownVersion is the release, or what Go knows about the source that this was built from.
func ownVersion() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
