package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/config"
	"github.com/upright-media/upright/room/layout"
	"github.com/upright-media/upright/room/layout/foreign"
)

// What is printed is read again as what was imported, and every warning is said.
func TestLayoutImport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "layout.json")
	try := func(text string, args ...string) (status int, stdout, stderr string) {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		var out, err bytes.Buffer
		status = run(t.Context(), append([]string{"layout", "import"}, args...), &console{stdout: &out, stderr: &err})
		return status, out.String(), err.String()
	}
	const twilio = `{"a": {"z_pos": 2, "x_pos": 10, "width": 100, "height": 90, "video_sources": ["b: [c]\"", "d*"]},
		"rest": {"video_sources": ["*"], "video_sources_excluded": ["screen"], "max_rows": 2, "max_columns": 2, "cells_excluded": [0],
		"glow": true}}`
	status, stdout, stderr := try(twilio, "twilio", file, "--name=mine", "--size=1280x720")
	require.Equal(t, exitDone, status, stderr)
	require.Contains(t, stderr, "upright: warning: "+file+": rest.glow is left out\n")
	require.Contains(t, stdout, "--layout mine --size 1280x720 --background '#000000'")
	m, err := foreign.Twilio([]byte(twilio), foreign.Size{Width: 1280, Height: 720})
	require.NoError(t, err)
	c, _, err := config.Parse([]byte(stdout), "/", nil, config.Known{ProfilesOnly: true})
	require.NoError(t, err, stdout)
	require.Equal(t, map[string]layout.Layout{"mine": m.Layout}, c.Layouts)

	status, stdout, stderr = try(`[{"uid": 7, "width": 1, "height": 1, "render_mode": 1}]`, "agora", file)
	require.Equal(t, exitDone, status, stderr)
	require.Empty(t, stderr)
	require.Contains(t, stdout, `    - regions:
        - {at: [0%, 0%, 100%, 100%], who: "7", fit: contain, background: "#000000"}`)

	for _, c := range []struct {
		status int
		want   string
		args   []string
	}{
		{exitUsage, "is built in", []string{"twilio", file, "--name=grid"}},
		{exitUsage, `"big" is no size`, []string{"twilio", file, "--size=big"}},
		{exitUsage, "none of twilio, agora", []string{"zoom", file}},
		{exitFailed, "begins with { and the name of a region", []string{"twilio", file}},
		{exitFailed, "cannot read /does/not/exist: no such file", []string{"agora", "/does/not/exist"}},
	} {
		status, _, stderr := try("[]", c.args...)
		require.Equal(t, c.status, status, c.want)
		require.Contains(t, stderr, c.want)
	}
}

// The layouts in the manual are right, those that the pictures are made of.
func TestLayoutsInDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/rooms.md")
	require.NoError(t, err)
	_, block, found := strings.Cut(string(text), "\n    layouts:\n")
	require.True(t, found)
	block, _, _ = strings.Cut(block, "\n\n")
	c, _, err := config.Parse([]byte("layouts:\n"+strings.ReplaceAll("\n"+block, "\n    ", "\n")), "/", nil,
		config.Known{ProfilesOnly: true})
	require.NoError(t, err)
	require.Len(t, c.Layouts, 2)
	for name, l := range c.Layouts {
		require.Empty(t, l.Check(1280, 720), name)
		require.Empty(t, l.Check(720, 1280), name)
	}
}
