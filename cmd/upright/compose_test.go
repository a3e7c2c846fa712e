package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/arrangement"
)

func TestComposeFlagsThatMakeNoSense(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ flag, want string }{
		{"--size=1280", "no size"},
		{"--size=1281x720", "even"},
		{"--size=9000x720", "pixels"},
		{"--fps=fast", "neither auto nor a number"},
		{"--fps=5", "10 to 60"},
		{"--trim=some", "none of ends"},
		{"--background=red", "or a colour such as #16181d"},
		{"--background=compose_test.go", "no PNG or JPEG"},
		{"--logo=nowhere.png@top-left", "--logo: open nowhere.png"},
		{"--logo=nowhere.png@middle", "nowhere.png@middle"},
		{"--zone=Mars", "no time zone"},
		{"--loudness=loud", "LUFS"},
		{"--loudness=3", "LUFS"},
		{"--sound=dual:", "dual:USER"},
		{"--without=[a", "close each ["},
		{"--who=video:", "matches no one"},
		{"--names=/does/not/exist", "--names"},
		{"--max=0", "at least one"},
		{"--layout=heap", "must be one of"},
		{"--encoder=none-such", "--encoder"},
		{"--orientation-id=300", "--orientation-id"},
		{"--head=trim", "unknown flag"},
	} {
		var stdout, stderr bytes.Buffer
		status := run(t.Context(), []string{"compose", "../../testdata/room-meeting", "-o", dir, c.flag},
			&console{stdout: &stdout, stderr: &stderr})
		require.Equal(t, exitUsage, status, c.flag)
		require.Contains(t, stderr.String(), c.want, c.flag)
	}
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestComposeDryRun(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	for _, args := range [][]string{{"compose", "--dry-run"}, {"plan", "--compose"}} {
		args = append(args, "--on-loss=keep", "--ignore-rtp-ts", "--orientation-id=-1")
		var stdout, stderr bytes.Buffer
		args = append(args, "../../testdata/room-meeting", "-o", out)
		require.Equal(t, exitDone, run(t.Context(), args, &console{stdout: &stdout, stderr: &stderr}), stderr.String())
		require.Contains(t, stdout.String(), "2024: 0:00:1")
		require.Contains(t, stdout.String(), "grid          Alice, Bob, Chidi, Dana (avatar)\n")
		require.Contains(t, stdout.String(), "presentation  Bob (screen), Alice, Bob, Chidi, Dana (avatar), Émile\n")
		require.Contains(t, stdout.String(), "\ngst-launch-1.0 uprightstage")
		require.Regexp(t, ` siblings=\S+ orientation-id=-1 ignore-rtp-ts=true on-loss=keep clock=server !`, stdout.String())
		require.NoDirExists(t, out)
	}
}

// A layout of one's own is drawn in the terminal and as SVG; a wrong one is an error with its line.
func TestPlanOwnLayout(t *testing.T) {
	dir := t.TempDir()
	file, svg := filepath.Join(dir, "layouts.yaml"), filepath.Join(dir, "a.svg")
	try := func(text string, args ...string) (int, string, string) {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		var stdout, stderr bytes.Buffer
		args = append([]string{"plan", "../../testdata/room-meeting", "--layouts", file}, args...)
		return run(t.Context(), args, &console{stdout: &stdout, stderr: &stderr}), stdout.String(), stderr.String()
	}
	const good = "layouts:\n  top:\n    - regions:\n        - {at: [0, 0, 100%, 50%], who: Bob}\n" +
		"        - {at: [0, 50%, 100%, 50%], grid: 4x1}\n"
	status, stdout, stderr := try(good, "--compose", "--layout=top", "--svg", svg)
	require.Equal(t, exitDone, status, stderr)
	require.Contains(t, stdout, "top     Bob, Alice, Chidi, Dana (avatar)\n")
	require.Contains(t, stdout, "top     Bob, Alice, Chidi, Dana (avatar), Émile\n")
	require.Contains(t, stdout, "#\n# 2.90 s, top, 5 people\n# ┌────")
	drawn, err := os.ReadFile(svg)
	require.NoError(t, err)
	require.Contains(t, string(drawn), ">2024: 2.90 s, top, 5 people<")

	status, _, stderr = try(good, "--compose", "--layout=tpo")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "did you mean top?")
	status, _, stderr = try(good+"          skip: [1]\n", "--compose", "--layout=top")
	require.Equal(t, exitFailed, status)
	require.Contains(t, stderr, "layouts.yaml:6:")
	status, _, stderr = try("layouts:\n  a: [{regions: [{at: [0, 0, 4000, 50%]}]}]\n", "--compose", "--layout=a")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "the region ends off the canvas, which is 1280 pixels wide")
	status, _, stderr = try(good, "--layout=top")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "give --compose, too")
}

func TestDefaultArrangement(t *testing.T) {
	var c cli
	parser, err := newParser(&c)
	require.NoError(t, err)
	_, err = parse(parser, []string{"compose", "in", "-o", "out"})
	require.NoError(t, err)
	require.Equal(t, arrangement.Default(), c.Compose.Arrangement)
}
