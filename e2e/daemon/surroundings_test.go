package daemon

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/deliver"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/loopback"
	"github.com/upright-media/upright/internal/s3test"
)

// within is how long anything may take on a busy machine.
const within = 5 * time.Minute

// soon waits until something holds. It is asked where the test runs, so it may require things itself.
func soon(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !is(); time.Sleep(20 * time.Millisecond) {
		require.True(t, time.Now().Before(deadline), "not within %s: %s", within, what)
	}
}

// serve starts a daemon on the folders dir/in and dir/out.
func serve(t *testing.T, dir string, more map[string]any) (d *e2e.Daemon, in, out string) {
	t.Helper()
	in, out = filepath.Join(dir, "in"), filepath.Join(dir, "out")
	require.NoError(t, os.MkdirAll(in, 0o755))
	config := e2e.Config(t, dir, quick(), e2e.Watch{
		Name: "calls", Folder: in, Output: out, Template: "{room}", Settle: 500 * time.Millisecond, Rescan: time.Second,
		More: more,
	})
	return e2e.Start(t, config, e2e.Options{}), in, out
}

// only is the daemon's one job, as soon as is holds for it.
func only(t *testing.T, d *e2e.Daemon, is func(*job.Record) bool) *job.Record {
	t.Helper()
	var last *job.Record
	require.Eventually(t, func() bool {
		jobs, err := d.Jobs()
		if err != nil || len(jobs) != 1 {
			return false
		}
		last = jobs[0]
		return is(last)
	}, within, 50*time.Millisecond)
	return last
}

// says has the command `upright jobs show` tell of a job, as soon as is holds for it: what held a moment ago need not
// hold while the next attempt runs.
func says(t *testing.T, d *e2e.Daemon, id string, is func(*job.Record) bool) *job.Record {
	t.Helper()
	var r job.Record
	soon(t, "upright jobs show does not say it", func() bool {
		text, err := exec.Command(e2e.Program(t), "jobs", "--address", d.Address, "show", id[:8]).Output()
		require.NoError(t, err)
		r = job.Record{}
		require.NoError(t, json.NewDecoder(bytes.NewReader(text)).Decode(&r))
		return is(&r)
	})
	return &r
}

// waits requires that a job waits for its surroundings, and that `upright jobs show` says for what.
func waits(t *testing.T, d *e2e.Daemon, code, reason string) *job.Record {
	t.Helper()
	waiting := func(r *job.Record) bool { return r.State == job.Queued && r.Code == code && len(r.Attempts) > 1 }
	r := only(t, d, waiting)
	require.Contains(t, r.Reason, reason)
	r = says(t, d, r.Spec.ID, waiting)
	require.Contains(t, r.Reason, reason)
	require.Zero(t, r.Tried, "it is not the recording's fault")
	return r
}

// recovers requires that the job is done now, without anybody's help, and was converted once only.
func recovers(t *testing.T, d *e2e.Daemon) *job.Record {
	t.Helper()
	r := only(t, d, func(r *job.Record) bool { return r.State.Ended() })
	require.Equal(t, job.Done, r.State, r.Reason)
	require.Empty(t, r.Reason)
	n := 0
	for _, a := range r.Attempts {
		if a.Outcome == "done" {
			n++
		}
	}
	require.Equal(t, 1, n, "attempts that converted")
	return r
}

// mount mounts a small file system in memory, where that is permitted.
func mount(t *testing.T, dir, options string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("a file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mount(t, filepath.Join(dir, "out"), "size=2m")
	d, in, out := serve(t, dir, nil)
	filler := filepath.Join(out, "filler")
	f, err := os.Create(filler)
	require.NoError(t, err)
	_, err = io.Copy(f, io.LimitReader(zeros{}, 4<<20))
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoError(t, f.Close())
	drop(t, in, clip(t, 1))
	waits(t, d, job.CodeNoSpace, "space")
	soon(t, "nothing is left over between attempts", func() bool { return slices.Equal([]string{filler}, listed(t, out)) })
	require.NoError(t, os.Remove(filler))
	requireIntact(t, out, []*job.Record{recovers(t, d)})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestReadOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	mount(t, out, "size=4m")
	require.NoError(t, syscall.Mount("", out, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	d, in, _ := serve(t, dir, nil)
	drop(t, in, clip(t, 2))
	waits(t, d, job.CodePermission, "read-only")
	require.NoError(t, syscall.Mount("", out, "", syscall.MS_REMOUNT, ""))
	requireIntact(t, out, []*job.Record{recovers(t, d)})
}

// unmount takes a file system away that was mounted. back brings it back with all that is on it.
func unmount(t *testing.T, dir string) (back func()) {
	t.Helper()
	disk := dir + ".disk"
	require.NoError(t, os.Mkdir(disk, 0o755))
	require.NoError(t, syscall.Mount(dir, disk, "", syscall.MS_BIND, ""))
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	soon(t, "somebody looks into "+dir, func() bool { return syscall.Unmount(dir, 0) == nil })
	return func() {
		t.Helper()
		require.NoError(t, syscall.Mount(disk, dir, "", syscall.MS_BIND, ""))
	}
}

// TestOutputIsNotMounted makes no video where it would be hidden, and takes no source away meanwhile.
func TestOutputIsNotMounted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mount(t, filepath.Join(dir, "out"), "size=4m")
	d, in, out := serve(t, dir, map[string]any{"sources": "delete"})
	require.Eventually(t, func() bool {
		s, err := d.Status(t.Context())
		return err == nil && !s.Folders[0].Scanned.IsZero()
	}, within, 50*time.Millisecond)
	back := unmount(t, out)
	drop(t, in, clip(t, 8))
	waits(t, d, job.CodeIO, "nothing is mounted at "+out)
	require.Empty(t, listed(t, out))
	require.Len(t, listed(t, in), 2)
	back()
	requireIntact(t, out, []*job.Record{recovers(t, d)})
	require.Empty(t, listed(t, in))
}

// TestWatchedIsNotMounted waits with what was found in a folder whose file system is not mounted now.
func TestWatchedIsNotMounted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mount(t, filepath.Join(dir, "in"), "size=4m")
	d, in, out := serve(t, dir, map[string]any{"sources": "delete"})
	require.NoError(t, d.Do(t.Context(), "pause"))
	drop(t, in, clip(t, 9))
	only(t, d, func(r *job.Record) bool { return r.State == job.Queued })
	back := unmount(t, in)
	require.NoError(t, d.Do(t.Context(), "resume"))
	waits(t, d, job.CodeSourcesGone, "gone")
	require.Eventually(t, func() bool {
		s, err := d.Status(t.Context())
		return err == nil && !s.Ready && strings.Contains(s.NotReady, "nothing is mounted at "+in)
	}, within, 50*time.Millisecond)
	back()
	requireIntact(t, out, []*job.Record{recovers(t, d)})
	require.Empty(t, listed(t, in))
}

func TestSourcesVanish(t *testing.T) {
	t.Parallel()
	d, in, out := serve(t, t.TempDir(), nil)
	require.NoError(t, d.Do(t.Context(), "pause"))
	drop(t, in, clip(t, 3))
	only(t, d, func(r *job.Record) bool { return r.State == job.Queued })
	require.NoError(t, os.Rename(in, in+".away"))
	require.Eventually(t, func() bool {
		s, err := d.Status(t.Context())
		return err == nil && s.Folders[0].Error != "" && !s.Ready
	}, within, 50*time.Millisecond, "the status does not say that the folder is gone")
	require.NoError(t, d.Do(t.Context(), "resume"))
	waits(t, d, job.CodeSourcesGone, "gone")
	require.NoError(t, os.Rename(in+".away", in))
	requireIntact(t, out, []*job.Record{recovers(t, d)})
	require.Eventually(t, func() bool {
		s, err := d.Status(t.Context())
		return err == nil && s.Ready
	}, within, 50*time.Millisecond)
}

// TestSourcesAreMoved has somebody rename a folder of recordings that wait.
func TestSourcesAreMoved(t *testing.T) {
	t.Parallel()
	d, in, out := serve(t, t.TempDir(), nil)
	require.NoError(t, d.Do(t.Context(), "pause"))
	drop(t, filepath.Join(in, "a"), clip(t, 6))
	only(t, d, func(r *job.Record) bool { return r.State == job.Queued })
	require.NoError(t, os.Rename(filepath.Join(in, "a"), filepath.Join(in, "b")))
	require.NoError(t, d.Do(t.Context(), "resume"))
	requireIntact(t, out, []*job.Record{recovers(t, d)})
}

// delivers requires that the job is converted and waits with a step, and that `upright jobs show` says why.
func delivers(t *testing.T, d *e2e.Daemon, step string) {
	t.Helper()
	failing := func(r *job.Record) bool {
		for _, s := range r.Steps {
			if s.Name == step && s.State == deliver.StepWaiting && s.Attempts > 1 && s.Error != "" {
				return r.State == job.Delivering
			}
		}
		return false
	}
	r := says(t, d, only(t, d, failing).Spec.ID, failing)
	require.Equal(t, job.Done, r.Outcome)
	requireVideo(t, r.Outputs[0], clipLength)
}

func TestUploadUnreachable(t *testing.T) {
	t.Parallel()
	s3 := s3test.Start(environment{t}, "videos")
	s3.Stop()
	d, in, out := serve(t, t.TempDir(), map[string]any{"upload": map[string]any{"url": s3.URL("videos"),
		"prefix": "calls/", "remove_local": true}})
	drop(t, in, clip(t, 4))
	delivers(t, d, deliver.StepUpload)
	require.Len(t, outputs(out), 1, "the local file stays until the upload is proven")
	s3.Restart()
	r := recovers(t, d)
	require.Len(t, r.Attempts, 1, "it was not converted again")
	require.Empty(t, outputs(out))
	require.True(t, r.Outputs[0].Removed)
	r.Outputs[0].File = filepath.Join(s3.Dir, "videos", "calls", "4.mp4")
	requireVideo(t, r.Outputs[0], clipLength)
}

// environment lets a parallel test set what is the same for all of the package.
type environment struct{ testing.TB }

func (e environment) Setenv(key, value string) { _ = os.Setenv(key, value) }

func TestWebhookDown(t *testing.T) {
	t.Parallel()
	address := loopback.Address(t)
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	require.NoError(t, os.WriteFile(secret, []byte("a secret that is long enough for anyone"), 0o600))
	d, in, out := serve(t, dir, map[string]any{"webhook": map[string]any{"url": "http://" + address + "/done",
		"secret_file": secret}})
	drop(t, in, clip(t, 5))
	delivers(t, d, deliver.StepWebhook)
	var calls atomic.Int32
	var body atomic.Value
	l, err := net.Listen("tcp", address)
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		text, _ := io.ReadAll(q.Body)
		body.Store(string(text))
		calls.Add(1)
	})}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	r := recovers(t, d)
	require.Len(t, r.Attempts, 1, "it was not converted again")
	require.EqualValues(t, 1, calls.Load())
	require.Contains(t, body.Load(), r.Spec.ID)
	requireIntact(t, out, []*job.Record{r})
}
