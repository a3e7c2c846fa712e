package main

import (
	"fmt"
	"path/filepath"
)

// Upright can be installed as two programs that look like one. A conversion of a short recording costs little more than
// starting a program, and the daemon's parts (the queue, the clouds' libraries, the page, plots) more than double that.
// So packages have a lean program as the command upright (built with the tag lean), which converts by itself and runs
// the whole one for all other commands, and to read a configuration. The whole one by itself, as "go build" makes it,
// can do everything, too.
//
// The lean program runs the whole one in its place, with leanEnv in its environment: a descriptor of its own file,
// which the daemon then runs for each job, and its version. Two programs of different versions do not work together.
const leanEnv = "UPRIGHT_LEAN"

// leanText is the value of leanEnv.
func leanText(fd int, version string) string { return fmt.Sprintf("%d %s", fd, version) }

// wholePlaces is where the whole program is, given where the lean one is.
func wholePlaces(lean string) []string {
	const name = "upright-whole"
	dir := filepath.Dir(lean)
	return []string{filepath.Join(dir, name), filepath.Join(filepath.Dir(dir), "libexec", "upright", name)}
}
