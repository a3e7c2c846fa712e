// Package process runs other programs so that they do not outlive what they are for.
package process

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// linger is how long output is waited for when the program has ended and something that it started keeps it open.
const linger = 2 * time.Second

// Options say what is special about a process.
type Options struct {
	Nice     int  // added to the priority (nice(2)); 0: that of this process
	OOMScore int  // oom_score_adj (proc_pid_oom_score_adj(5)); 0: that of this process
	Leave    bool // what it has started may live on when it ends
}

// Child is a program that runs in a process group of its own, so that Ctrl-C reaches only this process.
type Child struct {
	PID int

	cmd    *exec.Cmd
	leave  bool
	exited chan struct{}
	err    error
}

// Start starts a command. It is killed when this process dies. All of its group is killed when it ends, unless
// Options.Leave is set, and when the command's context ends, if it has one (exec.CommandContext).
func Start(cmd *exec.Cmd, o Options) (*Child, error) {
	c := &Child{cmd: cmd, leave: o.Leave, exited: make(chan struct{})}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid, cmd.SysProcAttr.Pdeathsig = true, syscall.SIGKILL
	if cmd.Cancel != nil { // it has a context
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	}
	if cmd.WaitDelay == 0 {
		cmd.WaitDelay = linger
	}
	started := make(chan error)
	go func() {
		// The thread that starts the process has to live as long as it, for the kernel sends the signal of Pdeathsig when
		// that thread ends; and its niceness is what the process gets, all threads of it. It ends with this goroutine.
		runtime.LockOSThread()
		if o.Nice != 0 {
			_ = unix.Setpriority(unix.PRIO_PROCESS, 0, o.Nice)
		}
		err := cmd.Start()
		if err == nil {
			c.PID = cmd.Process.Pid
			if o.OOMScore != 0 {
				_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", c.PID), []byte(strconv.Itoa(o.OOMScore)), 0)
			}
		}
		started <- err
		if err == nil {
			c.wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

// Run starts a command and waits until it has ended: see Start. The error is that of exec.Cmd.Wait.
func Run(cmd *exec.Cmd, o Options) error {
	c, err := Start(cmd, o)
	if err != nil {
		return err
	}
	return c.Wait()
}

// wait waits for the process to end and ends what it has left behind. Until it is reaped, its group is certainly its
// own.
func (c *Child) wait() {
	for {
		err := unix.Waitid(unix.P_PID, c.PID, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if !c.leave {
		_ = syscall.Kill(-c.PID, syscall.SIGKILL)
	}
	c.err = c.cmd.Wait()
	close(c.exited)
}

// Exited is closed when the process has ended and its output is read.
func (c *Child) Exited() <-chan struct{} { return c.exited }

// Wait waits for that, and returns the error of exec.Cmd.Wait.
func (c *Child) Wait() error {
	<-c.exited
	return c.err
}

// State is how the process ended; nil before Exited.
func (c *Child) State() *os.ProcessState {
	if c.alive() {
		return nil
	}
	return c.cmd.ProcessState
}

// alive says whether the process has not ended yet, as far as is known.
func (c *Child) alive() bool {
	select {
	case <-c.exited:
		return false
	default:
		return true
	}
}

// Signal sends a signal to the process, not to its group.
func (c *Child) Signal(s syscall.Signal) {
	if c.alive() {
		_ = syscall.Kill(c.PID, s)
	}
}

// Kill ends the process and all that it has started.
func (c *Child) Kill() {
	if c.alive() {
		_ = syscall.Kill(-c.PID, syscall.SIGKILL)
	}
}

// Signal says which signal ended a process, such as SIGSEGV, given what Wait has returned; "" if none did.
func Signal(err error) string {
	s, ok := signal(err)
	switch {
	case !ok:
		return ""
	case s == syscall.SIGKILL:
		return "SIGKILL, as when memory is short"
	}
	return cmp.Or(unix.SignalName(s), s.String())
}

// Killed says whether a process was ended by SIGKILL, as the kernel does when memory is short, given what Wait has
// returned.
func Killed(err error) bool {
	s, ok := signal(err)
	return ok && s == syscall.SIGKILL
}

func signal(err error) (s syscall.Signal, ok bool) {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0, false
	}
	w, ok := exit.Sys().(syscall.WaitStatus)
	return w.Signal(), ok && w.Signaled()
}
