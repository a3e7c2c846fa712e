package worker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/process"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/encoders/probing"
	"github.com/upright-media/upright/recording"
)

// TestMain makes the test binary the program that package work starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "work" {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
		status := Main(ctx)
		stop()
		os.Exit(status)
	}
	if len(os.Args) == 4 && os.Args[1] == probing.ProbeCommand {
		if err := probing.Probe(context.Background(), os.Args[2], os.Args[3], os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	if len(os.Args) > 1 && os.Args[1] == "stdout" {
		events, err := process.TakeStdout()
		fmt.Println("noise", err)
		fmt.Fprintln(events, "event")
		os.Exit(0)
	}
	if len(os.Args) > 2 && os.Args[1] == "crash" {
		crashAs(os.Args[2])
	}
	os.Exit(m.Run())
}

var command = []string{os.Args[0], "work"}

func runOptions() work.Options { return work.Options{Command: command} }

// copied copies a recording of testdata, so that it can be spoilt.
func copied(t *testing.T, folder string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(testmjr.TestData(folder))))
	return dir
}

// requestFor is a job for the recording in a folder.
func requestFor(t *testing.T, folder, out, name string) work.Request {
	t.Helper()
	spec := job.Spec{ID: "0123", Output: out, Name: name, Profile: "mp4", Recording: "the room", Participant: "somebody"}
	paths, err := filepath.Glob(filepath.Join(folder, "*.mjr"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	all := sha256.New()
	for _, path := range paths {
		st, err := os.Stat(path)
		require.NoError(t, err)
		sum, err := recording.Fingerprint(path)
		require.NoError(t, err)
		all.Write(sum[:])
		spec.Sources = append(spec.Sources, job.Source{Path: path, Size: st.Size(), Fingerprint: hex.EncodeToString(sum[:])})
	}
	spec.Identity = hex.EncodeToString(all.Sum(nil))
	return work.Request{Spec: spec, Owner: "test", Threads: 1}
}

// list lists all files below a folder, hidden ones too.
func list(t *testing.T, dir string) []string {
	t.Helper()
	names := []string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			names = append(names, rel)
		}
		if err == nil && e.IsDir() && strings.HasPrefix(e.Name(), ".upright-") {
			names = append(names, path)
		}
		return err
	}))
	return names
}

// intact checks that outputs are what a result says.
func intact(t *testing.T, outputs []job.Output) {
	t.Helper()
	require.NotEmpty(t, outputs)
	for _, o := range outputs {
		b, err := os.ReadFile(o.File)
		require.NoError(t, err)
		sum := sha256.Sum256(b)
		require.Equal(t, o.SHA256, hex.EncodeToString(sum[:]), o.File)
		require.Equal(t, o.Bytes, int64(len(b)))
	}
}

// tmpfs mounts a small file system in memory, where that is permitted.
func tmpfs(t *testing.T, options string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("a file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// unprivileged is the command without the privilege to pass over permissions, which root has.
func unprivileged(t *testing.T) []string {
	t.Helper()
	if os.Getuid() != 0 {
		return command
	}
	path, err := exec.LookPath("setpriv")
	if err != nil {
		t.Skip("setpriv is missing, and root may do everything")
	}
	return append([]string{path, "--bounding-set=-dac_override,-dac_read_search",
		"--inh-caps=-dac_override,-dac_read_search"}, command...)
}

// onTurn does something when the plan is known and nothing has been written yet.
func onTurn(o work.Options, f func()) work.Options {
	o.Turn = func(context.Context, int) (func(), error) {
		f()
		return func() {}, nil
	}
	return o
}

// startAlone starts a child with nobody to look after it.
func startAlone(t *testing.T, req work.Request) (*exec.Cmd, io.Reader) {
	text, err := json.Marshal(req)
	require.NoError(t, err)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, _ = in.Write(append(text, "\ngo\n"...)) // it may be dead already
	return cmd, out
}
