package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/claim"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/report"
)

func TestConvert(t *testing.T) {
	for folder, c := range map[string]struct {
		mode  string
		cost  int
		files []string
	}{
		"rot-h264-90":               {"copy", 1, []string{"a/b.json", "a/b.mp4"}},
		"rot-change-h264-libwebrtc": {"mixed", 2, []string{"a/b.json", "a/b.mp4"}},
		"nosip-call-pcmu":           {"", 1, nil},
		"data-text":                 {"copy", 1, nil},
	} {
		t.Run(folder, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "new")
			req := requestFor(t, testmjr.TestData(folder), out, "a/b")
			req.Threads = 2
			o := runOptions()
			cost := 0
			o.Turn = func(_ context.Context, n int) (func(), error) { cost = n; return nil, nil }
			stages := map[string]bool{}
			o.Progress = func(p job.Progress) { stages[p.Stage] = true }
			r := work.Run(t.Context(), req, o)
			require.Equal(t, "done", r.Final.Event, r.Final.Error)
			require.Equal(t, c.cost, cost)
			intact(t, r.Final.Outputs)
			if c.mode != "" {
				upright(t, r.Final.Posters[0])
			}
			if c.mode != "" {
				require.Equal(t, c.mode, r.Final.Mode)
			}
			if c.files != nil {
				require.Equal(t, c.files, list(t, out))
			}
			require.Len(t, list(t, out), 1+len(r.Final.Outputs), "outputs and report, and nothing else")
			require.True(t, stages["waiting"] && stages["verifying"], stages)
			require.Equal(t, filepath.Join(out, "a/b.json"), r.Final.ReportFile)
			var report, written report.Report
			require.NoError(t, json.Unmarshal(r.Final.Report, &report))
			text, err := os.ReadFile(r.Final.ReportFile)
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(text, &written))
			require.Equal(t, written, report)
			require.Equal(t, claim.Identity(req.Spec), report.Identity)
			require.Equal(t, "the room", report.Recording)
			require.Equal(t, "somebody", report.Participant)
			require.Len(t, report.Inputs, len(req.Spec.Sources))
			if c.cost > 1 {
				require.Contains(t, report.Plan.Pipeline, "x264enc threads=2 ")
			}
			require.Contains(t, r.Attempt.Log, "plan: ")

			// Once more, and without the sources: it is there.
			for i := range req.Spec.Sources {
				req.Spec.Sources[i].Path = "/gone"
			}
			again := work.Run(t.Context(), req, runOptions())
			require.Equal(t, "done", again.Final.Event, again.Final.Error)
			require.True(t, again.Final.Adopted)
			require.Equal(t, r.Final.Outputs, again.Final.Outputs)
			require.Equal(t, r.Final.Mode, again.Final.Mode)
			require.JSONEq(t, string(r.Final.Report), string(again.Final.Report))
		})
	}
}

// upright looks at a poster: it shows the scene of the tests the right way up.
func upright(t *testing.T, poster []byte) {
	t.Helper()
	p, err := jpeg.Decode(bytes.NewReader(poster))
	require.NoError(t, err)
	size := p.Bounds().Size()
	var pix []byte
	for y := range size.Y {
		for x := range size.X {
			r, g, b, _ := p.At(x, y).RGBA()
			pix = append(pix, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	shown := scene.Read(pix, size.X, size.Y)
	require.True(t, shown.Known)
	require.Zero(t, shown.Turn)
}

func TestNothingToConvert(t *testing.T) {
	for folder, c := range map[string]struct{ event, code string }{
		"empty-both":   {"empty", job.CodeNoMedia},
		"e2ee-flagged": {"failed", job.CodeEncrypted},
	} {
		out := t.TempDir()
		for range 2 { // it can be found out as often as anybody wants
			r := work.Run(t.Context(), requestFor(t, testmjr.TestData(folder), out, "x"), runOptions())
			require.Equal(t, c.event, r.Final.Event, folder)
			require.Equal(t, c.code, r.Final.Code)
			require.Equal(t, filepath.Join(out, "x.json"), r.Final.ReportFile)
			require.NotEmpty(t, r.Final.Report)
			require.Equal(t, []string{"x.json"}, list(t, out))
		}
	}
	for _, name := range []string{"x.mjr", "videoroom-1234-user-1001-1795235572557737-video-1.mjr"} {
		in := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(in, name), []byte("this is not a recording, is it?"), 0o666))
		require.NoError(t, os.WriteFile(filepath.Join(in, "videoroom-1234-user-1001-1795235572557737-audio-0.mjr"), nil,
			0o666))
		r := work.Run(t.Context(), requestFor(t, in, t.TempDir(), "x"), runOptions())
		require.Equal(t, "failed", r.Final.Event, "nobody is to believe that there was nothing in it")
		require.Equal(t, job.CodeNoMedia, r.Final.Code)
		require.Contains(t, r.Final.Error, "no media in the recording: ")
	}
}

func TestTakenNames(t *testing.T) {
	out := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(out, "x.mp4"), []byte("by hand"), 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(out, "x.2-messages.srt"), nil, 0o666))
	r := work.Run(t.Context(), requestFor(t, testmjr.TestData("rot-h264-90"), out, "x"), runOptions())
	require.Equal(t, "done", r.Final.Event, r.Final.Error)
	require.Equal(t, filepath.Join(out, "x.2.mp4"), r.Final.Outputs[0].File)
	r = work.Run(t.Context(), requestFor(t, testmjr.TestData("video-late-3s"), out, "x"), runOptions())
	require.Equal(t, filepath.Join(out, "x.3.mp4"), r.Final.Outputs[0].File)
	require.Equal(t, []string{"x.2-messages.srt", "x.2.json", "x.2.mp4", "x.3.json", "x.3.mp4", "x.mp4"}, list(t, out))

	// One that appears in the meantime is not replaced either.
	out = t.TempDir()
	r = work.Run(t.Context(), requestFor(t, testmjr.TestData("rot-h264-90"), out, "x"), onTurn(runOptions(), func() {
		_ = os.WriteFile(filepath.Join(out, "x.mp4"), []byte("by hand"), 0o666)
	}))
	require.Equal(t, "done", r.Final.Event, r.Final.Error)
	require.Equal(t, filepath.Join(out, "x.2.mp4"), r.Final.Outputs[0].File)
	require.Equal(t, []string{"x.2.json", "x.2.mp4", "x.mp4"}, list(t, out))
}

func TestSameRecordingTwiceAtOnce(t *testing.T) {
	out := t.TempDir()
	req := requestFor(t, testmjr.TestData("rot-h264-90"), out, "x")
	var second work.Result
	r := work.Run(t.Context(), req, onTurn(runOptions(), func() { second = work.Run(t.Context(), req, runOptions()) }))
	require.Equal(t, job.CodeBusy, second.Final.Code, second.Final.Error)
	require.Equal(t, "done", r.Final.Event, r.Final.Error)
	require.Equal(t, []string{"x.json", "x.mp4"}, list(t, out))
}

func TestLostClaim(t *testing.T) {
	out := t.TempDir()
	r := work.Run(t.Context(), requestFor(t, testmjr.TestData("rot-h264-90"), out, "x"),
		onTurn(runOptions(), func() { _ = os.Remove(filepath.Join(out, ".x.claim")) }))
	require.Equal(t, job.CodeBusy, r.Final.Code, r.Final.Error)
	require.Empty(t, list(t, out))
}

func TestStops(t *testing.T) {
	out := t.TempDir()
	req := requestFor(t, testmjr.TestData("rot-change-h264-libwebrtc"), out, "x")
	for _, stage := range []string{"waiting", "converting", "verifying"} {
		ctx, cancel := context.WithCancel(t.Context())
		o := runOptions()
		o.Progress = func(p job.Progress) {
			if p.Stage == stage {
				cancel()
			}
		}
		r := work.Run(ctx, req, o)
		cancel()
		if r.Final.Event == "done" { // it was faster
			require.Equal(t, "verifying", stage)
			continue
		}
		require.Equal(t, job.CodeInterrupted, r.Final.Code, r.Final.Error)
		require.Equal(t, "it was stopped; nothing of it is left", r.Final.Error)
		require.Equal(t, "interrupted", r.Attempt.Outcome)
		require.Empty(t, list(t, out), stage)
	}
}

// A child that crashes leaves nothing, although it cannot clear away any more.
func TestCrashInTheMiddle(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGSEGV, syscall.SIGKILL, syscall.SIGABRT} {
		out := t.TempDir()
		o := runOptions()
		o.Progress = func(p job.Progress) {
			if p.Stage == "converting" {
				kill(t, out, s)
			}
		}
		r := work.Run(t.Context(), requestFor(t, testmjr.TestData("rot-change-h264-libwebrtc"), out, "x"), o)
		require.Equal(t, job.CodeCrashed, r.Final.Code, r.Final.Error)
		require.Contains(t, r.Final.Error, "while converting")
		require.Contains(t, r.Final.Error, map[syscall.Signal]string{syscall.SIGSEGV: "SIGSEGV", syscall.SIGKILL: "SIGKILL",
			syscall.SIGABRT: "SIGABRT"}[s])
		require.Empty(t, list(t, out))
	}
}

// kill kills who has the claim.
func kill(t *testing.T, out string, s syscall.Signal) {
	text, err := os.ReadFile(filepath.Join(out, ".x.claim"))
	if err != nil {
		return // by the second event of the kind it is dead
	}
	var claim struct{ PID int }
	require.NoError(t, json.NewDecoder(bytes.NewReader(text)).Decode(&claim))
	require.NotZero(t, claim.PID)
	_ = syscall.Kill(claim.PID, s)
}

// Without its daemon a child ends, whatever it waits for.
func TestOrphan(t *testing.T) {
	out := t.TempDir()
	text, err := json.Marshal(requestFor(t, testmjr.TestData("rot-h264-90"), out, "x"))
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	events, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = in.Write(append(text, '\n'))
	require.NoError(t, err)
	lines := json.NewDecoder(events)
	var e work.Event
	for e.Event != "planned" {
		require.NoError(t, lines.Decode(&e))
	}
	require.NotEmpty(t, list(t, out))
	require.NoError(t, in.Close())
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(2 * time.Minute):
		t.Fatal("it goes on")
	}
	require.Empty(t, list(t, out))
}

func TestRequestThatMakesNoSense(t *testing.T) {
	for _, text := range []string{"", "{", "hello\n", "{}\n"} {
		cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
		cmd.Stdin = bytes.NewReader([]byte(text))
		out, err := cmd.Output()
		require.Error(t, err)
		lines := json.NewDecoder(bytes.NewReader(out))
		var e work.Event
		for lines.More() {
			require.NoError(t, lines.Decode(&e))
		}
		require.Equal(t, "failed", e.Event, text)
	}
}

func TestStdoutIsForEventsOnly(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "stdout")
	out, err := cmd.Output()
	require.NoError(t, err)
	require.Equal(t, "event\n", string(out))
}
