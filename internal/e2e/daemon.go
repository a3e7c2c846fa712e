package e2e

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/internal/process"
)

// StartTime is how long a daemon may take to start or, with nothing to do, to stop on a busy machine.
const StartTime = 3 * time.Minute

// poll is how often jobs are asked for.
const poll = 50 * time.Millisecond

// Options of a daemon that are not in its configuration.
type Options struct {
	Program string   // a copy of Program, to run instead
	Env     []string // more of the environment
	Log     io.Writer
}

// Daemon is a running `upright serve`.
type Daemon struct {
	*api.Client
	*process.Child
	t   testing.TB
	log *process.Tail
}

// Start starts a daemon and waits until it is up. When the test ends, the daemon is killed; if the test has failed, its
// log is shown.
func Start(t testing.TB, config string, o Options) *Daemon {
	t.Helper()
	d := &Daemon{Client: &api.Client{}, t: t, log: &process.Tail{Size: 1 << 20}}
	cmd := exec.Command(cmp.Or(o.Program, Program(t)), "serve", "--config", config)
	cmd.Env = append(os.Environ(), o.Env...)
	cmd.Stderr = d.log
	if o.Log != nil {
		cmd.Stderr = io.MultiWriter(d.log, o.Log)
	}
	cmd.WaitDelay = 10 * time.Second // children may have the pipe, too
	stdout, text := io.Pipe()
	cmd.Stdout = text
	var err error
	d.Child, err = process.Start(cmd, process.Options{})
	require.NoError(t, err)
	go func() { _ = d.Wait(); text.Close() }()
	address := make(chan string, 1)
	go func() {
		said := bufio.NewScanner(stdout)
		for said.Scan() {
			if _, at, ok := strings.Cut(said.Text(), "the page is at "); ok {
				address <- strings.TrimSuffix(at, "/")
			}
			fmt.Fprintln(d.log, said.Text())
		}
	}()
	t.Cleanup(func() {
		d.Kill()
		if t.Failed() {
			t.Logf("the end of the log of upright serve:\n%s", d.log)
		}
	})
	select {
	case d.Address = <-address:
	case <-d.Exited():
		require.FailNow(t, "upright serve has ended by itself", "%v\n%s", d.Wait(), d.log)
	case <-time.After(StartTime):
		require.FailNow(t, "upright serve has not said where its page is", "%s", d.log)
	}
	return d
}

// Kill ends the daemon as a crash would (SIGKILL), and waits until it is gone. It is all right if it is gone already.
func (d *Daemon) Kill() {
	d.Child.Signal(syscall.SIGKILL)
	<-d.Exited()
}

// Stop asks the daemon to end (SIGTERM), waits for what it is at, and requires that all went well.
func (d *Daemon) Stop() {
	d.t.Helper()
	d.Signal(syscall.SIGTERM)
	select {
	case <-d.Exited():
		require.NoError(d.t, d.Wait(), "upright serve has not ended well")
	case <-time.After(StartTime):
		require.FailNow(d.t, "upright serve does not end after SIGTERM")
	}
}

// Text is what the daemon has logged so far: the end of it.
func (d *Daemon) Text() string { return d.log.String() }

// AwaitText waits until the daemon has logged a text n times, or more often. What a job's record says may be there
// before what the log says of it.
func (d *Daemon) AwaitText(text string, n int) {
	d.t.Helper()
	require.Eventually(d.t, func() bool { return strings.Count(d.Text(), text) >= n }, StartTime, poll,
		"the log does not say %q %d times", text, n)
}

// Jobs are all jobs that the daemon knows, the newest first.
func (d *Daemon) Jobs() ([]*job.Record, error) { return d.jobs("") }

func (d *Daemon) jobs(watch string) ([]*job.Record, error) {
	ctx, cancel := context.WithTimeout(context.Background(), StartTime)
	defer cancel()
	var all []*job.Record
	for {
		list, err := d.List(ctx, queue.Filter{Watch: watch, Limit: 1000, Offset: len(all)})
		if err != nil {
			return nil, err
		}
		all = append(all, list.Jobs...)
		if len(list.Jobs) == 0 || len(all) >= list.Total {
			return all, nil
		}
	}
}

// Await waits until there are n jobs and all of them are in one of these states, and returns them, the newest first. A
// job that has ended in another state fails the test at once.
func (d *Daemon) Await(within time.Duration, n int, states ...job.State) []*job.Record {
	d.t.Helper()
	return d.AwaitIn(d.t, "", within, n, states...)
}

// AwaitIn is Await for the jobs of one watch folder, for a test that shares the daemon with others.
func (d *Daemon) AwaitIn(t testing.TB, watch string, within time.Duration, n int, states ...job.State) []*job.Record {
	t.Helper()
	last := "nothing was asked"
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(poll) {
		jobs, err := d.jobs(watch)
		if err != nil {
			last = err.Error()
			continue
		}
		in := 0
		last = fmt.Sprintf("%d jobs", len(jobs))
		for _, j := range jobs {
			last += fmt.Sprintf("\n  %s %s: %s %s", j.Spec.Name, j.Spec.ID, j.State, j.Reason)
			wanted := false
			for _, s := range states {
				wanted = wanted || j.State == s
			}
			switch {
			case wanted:
				in++
			case j.State.Ended():
				require.FailNow(t, "a job has ended otherwise", "%s: %s: %s", j.Spec.Name, j.State, j.Reason)
			}
		}
		if in == n && len(jobs) == n {
			return jobs
		}
	}
	require.FailNow(t, fmt.Sprintf("not %d jobs that are %v within %s", n, states, within), "%s", last)
	return nil
}
