//go:build !lean

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/internal/release"
)

// jobProgram is what the daemon runs for each job; nil: this program.
var jobProgram []string

// meet takes over from the lean program, if that has run this one.
func meet([]string) error {
	text, ok := os.LookupEnv(leanEnv)
	if !ok {
		return nil
	}
	if err := os.Unsetenv(leanEnv); err != nil {
		return err
	}
	number, theirs, _ := strings.Cut(text, " ")
	fd, err := strconv.Atoi(number)
	if err != nil || fd < 3 {
		return fmt.Errorf("%s=%q in the environment makes no sense: remove it", leanEnv, text)
	}
	if theirs != release.Version() {
		self, _ := os.Executable()
		return fmt.Errorf("upright is of version %s, and %s, which belongs to it, of %s: install both anew", theirs, self,
			release.Version())
	}
	unix.CloseOnExec(fd)
	jobProgram = []string{fmt.Sprintf("/proc/self/fd/%d", fd), "work"}
	return nil
}
