package janus

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"

	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/process"
)

// The two ends of a pair of Ethernet interfaces, with addresses for documentation (RFC 5737).
const (
	serverInterface = "upright0"
	serverAddress   = "192.0.2.1"
	clientInterface = "upright1"
	clientAddress   = "192.0.2.2"
)

// again runs this test binary with the same arguments in a network namespace of its own, which is gone with the last of
// its processes, and returns its exit status.
func again(program string) (status int, err error) {
	run := func(flags uintptr) error {
		cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		cmd.Env = append(os.Environ(), inside+"=1", e2e.ProgramEnv+"="+program)
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, Pdeathsig: syscall.SIGKILL}
		if flags&syscall.CLONE_NEWUSER != 0 {
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
		}
		err := cmd.Run()
		if exit := new(exec.ExitError); errors.As(err, &exit) {
			status = max(exit.ExitCode(), 1)
			return nil
		}
		return err
	}
	if err = run(syscall.CLONE_NEWNET); err == nil {
		return status, nil
	}
	if err2 := run(syscall.CLONE_NEWNET | syscall.CLONE_NEWUSER); err2 != nil {
		return 0, fmt.Errorf("these tests need a network namespace of their own, and the kernel gives none (%w; with a "+
			"user namespace: %w): "+
			"run them as root or with CAP_SYS_ADMIN, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, "+
			"user.max_net_namespaces)", err, err2)
	}
	return status, nil
}

// holder is a process in a second namespace, that of Janus: libnice binds its sockets to interfaces, and what goes from
// one address of a namespace to another never passes them.
var holder *process.Child

// connect makes the interfaces.
func connect() error {
	sleep := exec.Command("sleep", "infinity")
	sleep.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	var err error
	if holder, err = process.Start(sleep, process.Options{}); err != nil {
		return fmt.Errorf("cannot make a network for Janus: %w", err)
	}
	path, err := exec.LookPath("ip")
	if err != nil {
		path = "/usr/sbin/ip" // is not on the PATH of users
	}
	for _, command := range [][]string{
		{path, "link", "set", "lo", "up"},
		{path, "link", "add", clientInterface, "type", "veth", "peer", "name", serverInterface},
		{path, "link", "set", serverInterface, "netns", strconv.Itoa(holder.PID)},
		{path, "addr", "add", clientAddress + "/24", "dev", clientInterface},
		{path, "link", "set", clientInterface, "up"},
		inNamespace(path, "addr", "add", serverAddress+"/24", "dev", serverInterface),
		inNamespace(path, "link", "set", serverInterface, "up"),
	} {
		if text, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("cannot make a network for the test: %v: %w: %s (package iproute2, kernel module veth)", command,
				err, text)
		}
	}
	return nil
}

// inNamespace is how a program is started in Janus' namespace.
func inNamespace(command ...string) []string {
	return slices.Concat([]string{"nsenter", "--net", "--target", strconv.Itoa(holder.PID), "--"}, command)
}
