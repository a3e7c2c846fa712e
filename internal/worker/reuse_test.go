package worker

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/testmjr"
)

// outcome is everything that a job has made, by name: texts, and sums of what is none. Where it is does not count.
func outcome(t *testing.T, out string) map[string]string {
	all := map[string]string{}
	for _, name := range list(t, out) {
		text, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		all[name] = strings.ReplaceAll(string(text), out, "OUT")
		if !utf8.Valid(text) {
			all[name] = fmt.Sprintf("%x", sha256.Sum256(text))
		}
	}
	return all
}

// A child does one job after the other, and each comes out byte by byte as it does in a child of its own. That can be
// said of one track only: how several are woven depends on which thread is faster.
func TestJobsOfOneChild(t *testing.T) {
	children := new(work.Children)
	defer children.Close()
	pids := map[int]bool{}
	same := func(folder string) {
		together, alone := t.TempDir(), t.TempDir()
		req := requestFor(t, folder, alone, "x")
		want := work.Run(t.Context(), req, runOptions())
		req.Spec.Output = together
		o := runOptions()
		o.Children = children
		got := work.Run(t.Context(), req, o)
		name := req.Spec.Sources[0].Path
		require.Equal(t, want.Final.Event, got.Final.Event, "%s: %s", name, got.Final.Error)
		require.Equal(t, want.Final.Code, got.Final.Code)
		require.True(t, got.Final.Fit, "%s: %s", name, got.Attempt.Log)
		require.Equal(t, want.Attempt.Log, got.Attempt.Log, "each has its own log")
		if len(req.Spec.Sources) == 1 {
			require.Equal(t, outcome(t, alone), outcome(t, together), name)
		} else {
			require.Equal(t, list(t, alone), list(t, together), name)
		}
		require.Positive(t, got.Attempt.CPUMs)
		require.Less(t, got.Attempt.CPUMs, 60e3, "it is this job's")
		require.Greater(t, got.Attempt.MaxRSS, int64(1<<20))
		pids[got.Attempt.PID] = true
		require.Len(t, pids, 1, name)
	}
	for _, folder := range []string{"rot-h264-90", "video-late-3s", "nosip-call-pcmu", "data-text", "rot-h264-90"} {
		same(testmjr.TestData(folder))
		paths, err := filepath.Glob(filepath.Join(testmjr.TestData(folder), "*.mjr"))
		require.NoError(t, err)
		for _, path := range paths {
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			one := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(one, filepath.Base(path)), content, 0o666))
			same(one)
		}
	}
	same(testmjr.TestData("empty-both"))
	same(testmjr.TestData("e2ee-flagged"))
	same(testmjr.TestData("rot-h264-90"))
}

// What a process has for all its jobs is as it was after each of them.
func TestJobsLeaveTheProcessAsItWas(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("GST_DEBUG", "2")
	folder, err := os.Getwd()
	require.NoError(t, err)
	before := os.Environ()
	in, told := io.Pipe()
	said, out := io.Pipe()
	ended := make(chan int)
	go func() { ended <- run(t.Context(), in, out, io.Discard, func() {}) }()
	events := json.NewDecoder(said)
	for _, folder := range []string{"rot-h264-90", "empty-both", "nosip-call-pcmu", "rot-h264-90"} {
		req := requestFor(t, testmjr.TestData(folder), t.TempDir(), "x")
		req.Mark = "the end"
		require.NoError(t, json.NewEncoder(told).Encode(req))
		var e work.Event
		for e.Used == nil {
			require.NoError(t, events.Decode(&e))
			if e.Event == "planned" {
				_, err := told.Write([]byte("go\n"))
				require.NoError(t, err)
			}
		}
		require.True(t, e.Fit, e.Error)
	}
	require.NoError(t, told.Close())
	require.Zero(t, <-ended)
	require.Equal(t, before, os.Environ())
	now, err := os.Getwd()
	require.NoError(t, err)
	require.Equal(t, folder, now)
	require.Empty(t, list(t, os.Getenv("TMPDIR")))
}
