package main

import (
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
