package systemd

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
)

// confined makes this binary put itself under the unit's filter and become the program that it names.
const confined = "UPRIGHT_TEST_CONFINED"

func TestMain(m *testing.M) {
	if program := os.Getenv(confined); program != "" {
		err := confine()
		if err == nil {
			err = syscall.Exec(program, append([]string{program}, os.Args[1:]...), os.Environ())
		}
		fmt.Fprintln(os.Stderr, "cannot start under the unit's filter:", err)
		os.Exit(1)
	}
	os.Exit(e2e.Main(m))
}

// within is how long a few short conversions may take on a busy machine.
const within = 2 * time.Minute

// TestConvertsUnderTheUnitsFilter lets the daemon copy, encode and try encoders with no other system calls than its
// unit allows.
func TestConvertsUnderTheUnitsFilter(t *testing.T) {
	program := e2e.Program(t)
	self, err := os.Executable()
	require.NoError(t, err)

	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	for _, name := range []string{"rot-h264-90", "rot-change-h264-libwebrtc", "audio-opus-stereo", "pion-vp8-opus"} {
		require.NoError(t, os.CopyFS(filepath.Join(in, name), os.DirFS(filepath.Join(e2e.Root(), "testdata", name))))
	}
	config := e2e.Config(t, dir, nil, e2e.Watch{Folder: in, Output: out, Settle: 500 * time.Millisecond,
		Rescan: time.Second})
	d := e2e.Start(t, config, e2e.Options{Program: self, Env: []string{
		confined + "=" + program, "XDG_CACHE_HOME=" + filepath.Join(dir, "cache"),
	}})
	jobs := d.Await(within, 4, job.Done)
	for _, j := range jobs {
		require.NotEmpty(t, j.Outputs, "%s", j.Spec.Participant)
	}
	d.Stop()
}

// TestFilter shows that the list of calls is read as systemd reads it.
func TestFilter(t *testing.T) {
	unit, err := directives()
	require.NoError(t, err)
	names, err := allowed(unit["SystemCallFilter"])
	require.NoError(t, err)
	require.Contains(t, names, "openat")
	require.Contains(t, names, "execve")
	require.NotContains(t, names, "mount")
	require.NotContains(t, names, "setrlimit")
}
