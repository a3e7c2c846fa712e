package apart_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/pipelines/apart"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == apart.Command {
		os.Exit(apart.Main(context.Background()))
	}
	os.Exit(m.Run())
}

const slow = "videotestsrc num-buffers=100 ! video/x-raw,width=64,height=48,framerate=10/1 ! identity sleep-time=20000 ! fakesink"

func TestRunToTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	var last time.Duration
	require.NoError(t, apart.Run(t.Context(), slow, apart.Options{Progress: func(at time.Duration) { last = at }}))
	require.InDelta(t, 10, last.Seconds(), 0.3)
	require.NoError(t, apart.Run(t.Context(), "fakesrc num-buffers=3 sizetype=fixed sizemax=10 ! filesink location="+path,
		apart.Options{}))
	st, err := os.Stat(path)
	require.NoError(t, err)
	require.EqualValues(t, 30, st.Size())
}

func TestErrorsComeBackAsTheyAre(t *testing.T) {
	run := func(line string) error {
		return apart.Run(t.Context(), line, apart.Options{Stall: 300 * time.Millisecond})
	}
	var e *gstrun.Error
	require.ErrorAs(t, run("filesrc location=/does/not/exist name=reader ! fakesink"), &e)
	require.Equal(t, gstrun.NotFound, e.Name)
	require.Equal(t, "reader", e.Element)
	var parse *gstrun.ParseError
	require.ErrorAs(t, run("videotestsrc ! nosuchelement ! fakesink"), &parse)
	require.Equal(t, []string{"nosuchelement"}, parse.Missing)
	require.ErrorAs(t, run("appsrc ! fakesink"), new(*gstrun.StallError))
}

func TestCrashes(t *testing.T) {
	var crash *apart.CrashError
	err := apart.Run(t.Context(), slow, apart.Options{Started: func(pid int) {
		require.NoError(t, syscall.Kill(pid, syscall.SIGSEGV))
	}})
	require.ErrorAs(t, err, &crash)
	require.Contains(t, err.Error(), "process that ran the pipeline")
	require.False(t, crash.Killed)
	require.ErrorAs(t, apart.Run(t.Context(), slow, apart.Options{Started: func(pid int) {
		require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	}}), &crash)
	require.True(t, crash.Killed)
	err = apart.Run(t.Context(), slow, apart.Options{Command: []string{"/bin/sh", "-c", "echo no such thing >&2; exit 3"}})
	require.ErrorAs(t, err, &crash)
	require.Equal(t, "no such thing", crash.Log)
	require.Contains(t, crash.How, "exit status 3")
	require.Error(t, apart.Run(t.Context(), slow, apart.Options{Command: []string{"/does/not/exist"}}))
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("somebody pressed a key")
	var child int
	err := apart.Run(ctx, slow, apart.Options{Started: func(pid int) { child = pid },
		Progress: func(time.Duration) { cancel(reason) }})
	require.ErrorIs(t, err, reason)
	require.ErrorIs(t, syscall.Kill(child, 0), syscall.ESRCH)
}
