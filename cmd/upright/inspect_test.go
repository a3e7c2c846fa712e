package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/report"
)

func TestInspect(t *testing.T) {
	status, stdout, stderr := runUpright(t, "inspect", recordingOf("rot-h264-90"))
	require.Equal(t, exitDone, status, stderr)
	require.Contains(t, stdout, "h264   320x180")
	require.Contains(t, stdout, "90° clockwise")
	require.Contains(t, stdout, "complete")

	status, stdout, stderr = runUpright(t, "inspect", recordingOf("rot-h264-90"), "--json")
	require.Equal(t, exitDone, status, stderr)
	var facts []participantFacts
	require.NoError(t, json.Unmarshal([]byte(stdout), &facts))
	require.Len(t, facts, 1)
	require.Len(t, facts[0].Inputs, 2)
	require.Equal(t, []report.Orientation{{Degrees: 90}}, facts[0].Inputs[0].Orientation)

	status, stdout, stderr = runUpright(t, "inspect", recordingOf("empty-both"))
	require.Equal(t, exitNoMedia, status, stderr)
	require.Equal(t, 2, strings.Count(stdout, " no media\n"), stdout)

	status, stdout, stderr = runUpright(t, "inspect", "helper_test.go",
		oneFile(t, recordingOf("rot-h264-90")+"/*audio-0.mjr"))
	require.Equal(t, exitFailed, status)
	require.Contains(t, stdout, "opus")
	require.Contains(t, stderr, "helper_test.go")
}
