package work

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/upright-media/upright/internal/process"
)

// oomScore makes the kernel, when it runs out of memory, end conversions before anything else
// (proc_pid_oom_score_adj(5)).
const oomScore = 500

// command is this program as a child. The path leads to the file that is running, also if an upgrade has replaced it
// since: daemon and child always understand each other.
func command() []string { return []string{"/proc/self/exe", "work"} }

// start starts a child, which leaves no process behind, and listens to it.
func start(args []string, limits Limits) (*child, error) {
	if len(args) == 0 {
		args = command()
	}
	cmd := exec.Command(args[0], args[1:]...)
	if strings.HasPrefix(args[0], "/proc/self/") {
		if name, err := os.Executable(); err == nil {
			cmd.Args[0] = name // for ps
		}
	}
	cmd.Env = os.Environ()
	if limits.Memory > 0 {
		// Go's part of the memory; the codecs' is beyond its control.
		cmd.Env = append(cmd.Env, "GOMEMLIMIT="+strconv.FormatInt(limits.Memory/2, 10))
	}
	var theirs []*os.File
	closeAll := func(list ...*os.File) {
		for _, f := range list {
			if f != nil {
				_ = f.Close()
			}
		}
	}
	pipe := func() (r, w *os.File, err error) {
		r, w, err = os.Pipe()
		theirs = append(theirs, r, w) // until it is known which of them is ours
		return r, w, err
	}
	in, w, err := pipe()
	r1, out, err1 := pipe()
	r2, errs, err2 := pipe()
	if err := errors.Join(err, err1, err2); err != nil {
		closeAll(theirs...)
		return nil, err
	}
	c := newChild(w, r1, r2)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, errs
	c.Child, err = process.Start(cmd, process.Options{Nice: limits.Nice, OOMScore: oomScore})
	closeAll(in, out, errs)
	if err != nil {
		closeAll(w, r1, r2)
		return nil, err
	}
	c.limits = limits
	c.listen()
	return c, nil
}
