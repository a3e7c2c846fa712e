package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
)

func TestScript(t *testing.T) {
	var good planFacts
	good.Participant = "ann"
	good.Warnings = []report.Warning{{Code: "DAMAGED", Text: "video.mjr: " +
		strings.Repeat("12 bytes make no sense and were left out ", 4)}}
	good.fill(&plan.Plan{
		Mode: "copy", Reason: "H.264 is copied; Opus is copied", Duration: 1500 * time.Millisecond,
		Pipeline: "mjrsrc location=a\\ b.mjr ! fakesink", CommandLine: "mjrsrc 'location=a b.mjr' ! fakesink",
		Outputs: []plan.Output{
			{Path: "out/ann.mp4", Partial: "out/.ann.mp4.partial", Container: "mp4",
				Orientation: cvo.Orientation{Degrees: 90, Flip: true}},
			{Path: "out/ann.srt", Container: "srt"},
		},
	})
	require.Equal(t, 1500.0, good.DurationMs)
	require.Equal(t, plannedOutput{File: "out/ann.mp4", Partial: "out/.ann.mp4.partial", Container: "mp4", Degrees: 90,
		Flip: true}, good.Outputs[0])

	messages := planFacts{Participant: "chat", Mode: "copy", Reason: "there are messages only",
		Outputs: []plannedOutput{{File: "out/chat.srt"}}}
	bad := planFacts{Participant: "bob", Error: "first line\nsecond line; rm -rf /"}

	var b strings.Builder
	require.NoError(t, writeScript(&b, []planFacts{good, messages, bad}))
	golden(t, "plan.sh", b.String())

	for line := range strings.Lines(b.String()) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "gst-launch-1.0 "), line == "":
		default:
			require.True(t, strings.HasPrefix(line, "# "), "%q is no comment", line)
			require.LessOrEqual(t, utf8.RuneCountInString(line), tableWidth)
		}
	}
}

// The script that plan prints runs, and makes what convert makes.
func TestPlanIsAScriptThatRuns(t *testing.T) {
	plugin := os.Getenv("UPRIGHT_PLUGIN")
	if plugin == "" {
		t.Skip("UPRIGHT_PLUGIN does not say where libgstupright.so is; `make test` does")
	}
	// Names that a shell has an opinion about.
	from := recordingOf("rot-h264-90")
	in := recordingWith(t, map[string]string{
		"echotest-it's $HOME-video.mjr": oneFile(t, from+"/*video-1.mjr"),
		"echotest-it's $HOME-audio.mjr": oneFile(t, from+"/*audio-0.mjr"),
	})
	planned, converted := t.TempDir(), t.TempDir()
	status, script, stderr := runUpright(t, "plan", in, "-o", planned)
	require.Equal(t, exitDone, status, stderr)
	sh := exec.Command("sh", "-e")
	sh.Stdin = strings.NewReader(script)
	sh.Env = append(os.Environ(), "GST_PLUGIN_PATH="+filepath.Dir(plugin))
	out, err := sh.CombinedOutput()
	require.NoError(t, err, "%s\n%s", script, out)

	status, _, stderr = runUpright(t, "convert", in, "-o", converted)
	require.Equal(t, exitDone, status, stderr)
	require.Equal(t, probe(t, oneFile(t, converted+"/*.mp4")), probe(t, oneFile(t, planned+"/*.mp4")))
}

func TestPlanJSON(t *testing.T) {
	status, stdout, stderr := runUpright(t, "plan", recordingOf("rot-h264-90"), recordingOf("empty-both"), "-o", "out",
		"--json")
	require.Equal(t, exitNoMedia, status, stderr)
	var plans []planFacts
	require.NoError(t, json.Unmarshal([]byte(stdout), &plans))
	require.Len(t, plans, 2)
	require.Equal(t, "copy", plans[0].Mode)
	require.Equal(t, 90, plans[0].Outputs[0].Degrees)
	require.Contains(t, plans[0].Pipeline, "mjrsrc")
	require.NotEmpty(t, plans[1].Error)
	require.Empty(t, plans[1].Pipeline)
	require.NoDirExists(t, "out", "a plan makes nothing")
}
