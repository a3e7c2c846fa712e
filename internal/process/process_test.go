package process

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// asParent makes this test program start a child and die before it.
const asParent = "UPRIGHT_PROCESS_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(asParent) != "" {
		cmd := exec.Command("sh", "-c", "echo $$; exec sleep 600")
		cmd.Stdout = os.Stdout
		if _, err := Start(cmd, Options{}); err != nil {
			fmt.Println(err)
		}
		time.Sleep(10 * time.Minute) // until it is killed
	}
	os.Exit(m.Run())
}

// gone waits until there is no such process any more, or only what a parent has not looked at yet.
func gone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, _ := strings.Cut(string(stat), ") ")
		return err != nil || strings.HasPrefix(rest, "Z")
	}, 2*time.Minute, 5*time.Millisecond)
}

func running(pid int) bool { return syscall.Kill(pid, 0) == nil }

// number is what a program has written.
func number(t *testing.T, out *bytes.Buffer) int {
	n, err := strconv.Atoi(strings.TrimSpace(out.String()))
	require.NoError(t, err, out.String())
	return n
}

func TestRun(t *testing.T) {
	var out bytes.Buffer
	cmd := exec.Command("sh", "-c", "nice; cat /proc/$$/oom_score_adj; exit 3")
	cmd.Stdout = &out
	c, err := Start(cmd, Options{Nice: 5, OOMScore: 700})
	require.NoError(t, err)
	var exit *exec.ExitError
	require.ErrorAs(t, c.Wait(), &exit)
	assert.Equal(t, 3, exit.ExitCode())
	assert.Equal(t, 3, c.State().ExitCode())
	assert.Equal(t, "5\n700\n", out.String())
	c.Signal(syscall.SIGTERM)
	c.Kill() // it is gone: nobody else with its number is hit

	assert.NoError(t, Run(exec.Command("true"), Options{}))
	assert.ErrorIs(t, Run(exec.Command("/does/not/exist"), Options{}), os.ErrNotExist)
}

func TestGroupEnds(t *testing.T) {
	for _, leave := range []bool{false, true} {
		var out bytes.Buffer
		cmd := exec.Command("sh", "-c", "sleep 600 >/dev/null & echo $!")
		cmd.Stdout = &out
		require.NoError(t, Run(cmd, Options{Leave: leave}))
		pid := number(t, &out)
		if leave {
			assert.True(t, running(pid))
			require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
		}
		gone(t, pid)
	}
}

func TestSignals(t *testing.T) {
	c, err := Start(exec.Command("sleep", "600"), Options{})
	require.NoError(t, err)
	assert.Nil(t, c.State())
	c.Signal(syscall.SIGTERM)
	require.Error(t, c.Wait())
	assert.Equal(t, syscall.SIGTERM, c.State().Sys().(syscall.WaitStatus).Signal())
	select {
	case <-c.Exited():
	default:
		assert.Fail(t, "it has ended")
	}

	c, err = Start(exec.Command("sleep", "600"), Options{})
	require.NoError(t, err)
	c.Kill()
	require.Error(t, c.Wait())
	assert.Equal(t, syscall.SIGKILL, c.State().Sys().(syscall.WaitStatus).Signal())
}

// What keeps the output open does not hold up whoever waits.
func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	cmd := exec.CommandContext(ctx, "sh", "-c", "sleep 600 & echo $! >&3; wait")
	cmd.ExtraFiles = []*os.File{w}
	cmd.Stdout = new(bytes.Buffer)
	c, err := Start(cmd, Options{Leave: true})
	require.NoError(t, err)
	w.Close()
	text := make([]byte, 20)
	n, err := r.Read(text)
	require.NoError(t, err)
	cancel()
	require.Error(t, c.Wait())
	gone(t, number(t, bytes.NewBuffer(text[:n])))
}

func TestDiesWithItsParent(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), asParent+"=1")
	parent.Stdout = w
	require.NoError(t, parent.Start())
	w.Close()
	text := make([]byte, 20)
	n, err := r.Read(text)
	require.NoError(t, err)
	pid := number(t, bytes.NewBuffer(text[:n]))
	assert.True(t, running(pid))
	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait()
	gone(t, pid)
}

// A thread that ends takes no child with it that another one has started.
func TestOthersLiveOn(t *testing.T) {
	c, err := Start(exec.Command("sleep", "600"), Options{})
	require.NoError(t, err)
	for range 20 {
		require.NoError(t, Run(exec.Command("true"), Options{}))
	}
	assert.Nil(t, c.State())
	c.Kill()
	_ = c.Wait()
}

// A signal has its name; a status, or no end at all, is none.
func TestSignal(t *testing.T) {
	require.Equal(t, "SIGSEGV", Signal(exec.Command("sh", "-c", "kill -SEGV $$").Run()))
	require.Contains(t, Signal(exec.Command("sh", "-c", "kill -KILL $$").Run()), "SIGKILL, as when memory")
	require.Empty(t, Signal(exec.Command("sh", "-c", "exit 3").Run()))
	require.Empty(t, Signal(nil))
}

// What a process has started counts also in a group of its own, and what its own group has when the parent is gone.
func TestTree(t *testing.T) {
	var out bytes.Buffer
	cmd := exec.Command("sh", "-c", "(sleep 600 & echo $! >&2) & setsid sleep 600 & echo $!; wait")
	cmd.Stdout, cmd.Stderr = &out, &out
	c, err := Start(cmd, Options{})
	require.NoError(t, err)
	sleeps := func() (n int) {
		for _, pid := range descendants(c.PID) {
			if name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err == nil && string(name) == "sleep\n" {
				n++
			}
		}
		return n
	}
	require.Eventually(t, func() bool { return sleeps() == 2 }, 2*time.Minute, 5*time.Millisecond)
	tree := Tree{Root: c.PID}
	own, shared := memoryOf(c.PID)
	require.Greater(t, own+shared, int64(100_000))
	require.Greater(t, tree.Resident(), own+shared)
	for _, pid := range descendants(c.PID) {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	require.Error(t, c.Wait())
	require.Eventually(t, func() bool { return (&Tree{Root: c.PID}).Resident() == 0 }, 2*time.Minute,
		5*time.Millisecond)
}
