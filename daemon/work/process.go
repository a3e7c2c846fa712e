package work

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// oomScore makes the kernel, when it runs out of memory, end conversions before anything else (proc_pid_oom_score_adj(5)).
const oomScore = 500

// child is a process and the three pipes to it.
type child struct {
	pid    int
	stdin  *os.File
	stdout *os.File
	stderr *os.File
	exited chan struct{} // closed when state is known
	state  *os.ProcessState
}

// command is this program as a child. The path leads to the file that is running, also if an upgrade has replaced it since:
// daemon and child always understand each other.
func command() []string { return []string{"/proc/self/exe", "work"} }

// start starts a process in a group of its own. All of the group is killed when the process ends, and the process when
// this one does.
func start(args []string, limits Limits) (*child, error) {
	if len(args) == 0 {
		args = command()
	}
	cmd := exec.Command(args[0], args[1:]...)
	if args[0] == "/proc/self/exe" {
		if name, err := os.Executable(); err == nil {
			cmd.Args[0] = name // for ps
		}
	}
	cmd.Env = os.Environ()
	if limits.Memory > 0 {
		// Go's part of the memory; the codecs' is beyond its control.
		cmd.Env = append(cmd.Env, "GOMEMLIMIT="+strconv.FormatInt(limits.Memory/2, 10))
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c := &child{exited: make(chan struct{})}
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
	c.stdin, c.stdout, c.stderr = w, r1, r2
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, errs
	started := make(chan error)
	go func() {
		// The thread that starts the process has to live as long as it, for the kernel sends the signal of Pdeathsig when that
		// thread ends; and its niceness is what the process gets, all threads of it. It ends with this goroutine.
		runtime.LockOSThread()
		if limits.Nice != 0 {
			_ = unix.Setpriority(unix.PRIO_PROCESS, 0, limits.Nice)
		}
		err := cmd.Start()
		if err == nil {
			c.pid = cmd.Process.Pid
			_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", c.pid), []byte(strconv.Itoa(oomScore)), 0)
		}
		started <- err
		if err == nil {
			c.wait(cmd)
		}
	}()
	err = <-started
	closeAll(in, out, errs)
	if err != nil {
		closeAll(c.stdin, c.stdout, c.stderr)
		return nil, err
	}
	return c, nil
}

// wait waits for the process to end and ends what it has left behind. Until it is reaped, its group is certainly its own.
func (c *child) wait(cmd *exec.Cmd) {
	for {
		err := unix.Waitid(unix.P_PID, c.pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	_ = syscall.Kill(-c.pid, syscall.SIGKILL)
	_ = cmd.Wait()
	c.state = cmd.ProcessState
	close(c.exited)
}

// alive says whether the process has not ended yet, as far as is known.
func (c *child) alive() bool {
	select {
	case <-c.exited:
		return false
	default:
		return true
	}
}

// signal sends a signal to the process.
func (c *child) signal(s syscall.Signal) {
	if c.alive() {
		_ = syscall.Kill(c.pid, s)
	}
}

// kill ends the process and all that it has started.
func (c *child) kill() {
	if c.alive() {
		_ = syscall.Kill(-c.pid, syscall.SIGKILL)
	}
}
