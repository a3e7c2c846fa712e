package daemon

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
)

// metric is a line of /metrics, without its name.
func metric(t *testing.T, d *e2e.Daemon, name string) string {
	t.Helper()
	answer, err := http.Get(d.Address + "/metrics")
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	require.FailNow(t, "there is no metric "+name)
	return ""
}

// converting waits until a child is at work on the output of a name.
func converting(t *testing.T, out, name string) (pid int) {
	t.Helper()
	require.Eventually(t, func() bool {
		pid = holder(filepath.Join(out, "."+name+".claim"))
		return pid != 0
	}, within, 5*time.Millisecond, "nothing works on "+name)
	return pid
}

// TestReload changes the configuration under a daemon that is converting.
func TestReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, in, out := serve(t, dir, nil)
	config := filepath.Join(dir, "upright.yaml")
	first, err := os.ReadFile(config)
	require.NoError(t, err)
	drop(t, in, long(t, 10, 10, "h264-720p30-rot90"))
	child := converting(t, out, "10")
	// So that it takes longer than all of this, on any machine.
	require.NoError(t, syscall.Kill(child, syscall.SIGSTOP))
	defer syscall.Kill(child, syscall.SIGCONT)

	// A second folder by the change of the file alone.
	second, third := filepath.Join(dir, "second"), filepath.Join(dir, "third")
	folder := func(name string) string {
		return fmt.Sprintf("- {name: %s, folder: %s, output: %s, template: \"{room}\", settle: 500ms, rescan: 1s}\n",
			filepath.Base(name), name, name+"-out")
	}
	require.NoError(t, os.MkdirAll(second, 0o755))
	require.NoError(t, os.MkdirAll(third, 0o755))
	write := func(text string) { require.NoError(t, os.WriteFile(config, []byte(text), 0o644)) }
	with := func(extra string) string { return strings.Replace(string(first), "watch:\n", "watch:\n"+extra, 1) }
	write(with(folder(second)))
	folders := func(n int) func() bool {
		return func() bool {
			s, err := d.Status(t.Context())
			return err == nil && len(s.Folders) == n
		}
	}
	require.Eventually(t, folders(2), within, 50*time.Millisecond, "the change was not noticed")
	require.Equal(t, "1", metric(t, d, "upright_config_last_reload_successful"))

	// One that is not right is refused, and says so.
	write(with(folder(second)) + "colour: red\n")
	require.Eventually(t, func() bool {
		s, err := d.Status(t.Context())
		return err == nil && strings.Contains(s.ReloadErr, "colour")
	}, within, 50*time.Millisecond)
	require.Equal(t, "0", metric(t, d, "upright_config_last_reload_successful"))
	d.AwaitText("the new configuration is not in force", 1)
	d.AwaitText("colour", 1)
	require.True(t, folders(2)())

	// So is one whose profile GStreamer cannot make sense of.
	profiles := func(video string) string {
		return with(folder(second)) + "profiles:\n  small:\n    from: web\n    video: " + video + "\n"
	}
	write(profiles("videofilp ! auto"))
	require.Eventually(t, func() bool {
		s, err := d.Status(t.Context())
		return err == nil && strings.Contains(s.ReloadErr, "videofilp")
	}, within, 50*time.Millisecond)
	d.AwaitText("did you mean videoflip?", 1)
	write(profiles("videoflip ! auto"))
	require.Eventually(t, func() bool {
		s, err := d.Status(t.Context())
		return err == nil && s.ReloadErr == ""
	}, within, 50*time.Millisecond)

	// SIGHUP does the same as a change. (It may be that the change was noticed before.)
	write(with(folder(second) + folder(third)))
	d.Signal(syscall.SIGHUP)
	require.Eventually(t, folders(3), within, 50*time.Millisecond)
	require.Equal(t, "1", metric(t, d, "upright_config_last_reload_successful"))
	drop(t, third, clip(t, 11))
	d.AwaitIn(t, "third", within, 1, job.Queued, job.Running, job.Delivering, job.Done)

	require.Equal(t, child, holder(filepath.Join(out, ".10.claim")), "the job that was running was not left alone")
	require.NoError(t, syscall.Kill(child, syscall.SIGCONT))
	requireIntact(t, third+"-out", d.AwaitIn(t, "third", within, 1, job.Done))
	list := d.AwaitIn(t, "calls", within, 1, job.Done)
	require.Len(t, list[0].Attempts, 1)
	require.Equal(t, child, list[0].Attempts[0].PID)
}

// TestDrain stops a daemon that is converting: it waits for the job, and takes no other.
func TestDrain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, in, out := serve(t, dir, nil)
	drop(t, in, long(t, 20, 20, "h264-720p30-rot90"))
	converting(t, out, "20")
	d.Signal(syscall.SIGTERM)
	select {
	case <-d.Exited():
		require.NotContains(t, d.Text(), "they will be done again", "it did not wait")
	case <-time.After(within):
		require.FailNow(t, "it does not end")
	}
	drop(t, in, clip(t, 21))
	require.Len(t, outputs(out), 1)
	d = e2e.Start(t, filepath.Join(dir, "upright.yaml"), e2e.Options{})
	for _, j := range d.Await(within, 2, job.Done) {
		require.Len(t, j.Attempts, 1, "%s", j.Spec.Name)
	}
}

// TestAbort stops a daemon that is converting, twice: it ends at once, leaves nothing behind, and the next one does the
// job.
func TestAbort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d, in, out := serve(t, dir, nil)
	drop(t, in, long(t, 30, 60, "h264-720p30-rot90"))
	child := converting(t, out, "30")
	require.NoError(t, syscall.Kill(child, syscall.SIGSTOP)) // so that it is not done before it is aborted
	d.Signal(syscall.SIGTERM)
	d.AwaitText("jobs that are under way may end", 1)
	require.NoError(t, syscall.Kill(child, syscall.SIGCONT))
	d.Signal(syscall.SIGTERM)
	select {
	case <-d.Exited():
	case <-time.After(within):
		require.FailNow(t, "it does not end")
	}
	require.ErrorIs(t, syscall.Kill(child, 0), syscall.ESRCH, "the child is gone")
	require.Empty(t, listed(t, out))
	d = e2e.Start(t, filepath.Join(dir, "upright.yaml"), e2e.Options{})
	jobs := d.Await(within, 1, job.Done)
	require.Len(t, jobs[0].Attempts, 2)
	require.Equal(t, "interrupted", jobs[0].Attempts[0].Outcome)
	require.Zero(t, jobs[0].Tried)
}

// TestTwoDaemonsApart has two daemons that know nothing of each other on the same folders.
func TestTwoDaemonsApart(t *testing.T) {
	t.Parallel()
	const recordings = 20
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	var daemons []*e2e.Daemon
	for i := range 2 {
		own := filepath.Join(dir, fmt.Sprintf("host-%d", i))
		require.NoError(t, os.Mkdir(own, 0o755))
		config := e2e.Config(t, own, quick(), e2e.Watch{Name: "calls", Folder: in, Output: out, Template: "{room}",
			Settle: time.Second, Rescan: time.Second})
		daemons = append(daemons, e2e.Start(t, config, e2e.Options{}))
	}
	drop(t, in, clips(t, 4000, recordings)...)
	for _, d := range daemons {
		requireIntact(t, out, d.Await(within, recordings, job.Done))
	}
	require.Len(t, outputs(out), recordings)
	made := 0
	for _, d := range daemons {
		d.Stop() // then its log is complete
		made += strings.Count(d.Text(), "adopted=false")
	}
	require.Equal(t, recordings, made, "conversions by both together")
}
