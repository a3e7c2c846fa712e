package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/profile"
)

// Everything that GStreamer knows to be wrong with profiles is said, and where, by whoever reads the configuration.
func TestCheckConfigOfProfiles(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "upright.yaml")
	text := `watch: [{folder: rec, output: out, profile: grey}]
profiles:
  grey:
    video: videobalance saturaton=0 ! auto
  typed:
    video: x264encc bitrate=500
  louder:
    from: web
    audio: >
      audioamplify
      amplification=loud ! auto
  elsewhere:
    pipeline: |
      ${video} ! x264enc ! h264parse ! tee name=t ! mp4mux ! ${output}
      t. ! queue ! autovideosink
  apart: {video: "videoscale ! audio/x-raw ! auto"}
  right: {video: videobalance saturation=0 ! auto}
`
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	status, _, stderr := checkConfig(t, file)
	require.Equal(t, exitFailed, status)
	for _, want := range []string{
		":4:25: video: videobalance has no property saturaton; did you mean saturation?\n" +
			"    4 |     video: videobalance saturaton=0 ! auto\n      |                         ^\n",
		":6:12: video: there is no GStreamer element x264encc; did you mean x264enc?\n",
		`:11:21: audio: amplification of audioamplify cannot be "loud"; it is a number`,
		":15:20: pipeline: autovideosink would write elsewhere than into the output; ",
		":16:32: video: its elements do not fit together: could not link ",
		" has 5 errors\n",
	} {
		require.Contains(t, stderr, want)
	}
	require.Equal(t, 1+5, strings.Count(stderr, file+":"), stderr)

	cmd := program(t, "serve", "--config", file)
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, stderr, string(out), "the daemon does not start, and says the same")

	var b bytes.Buffer
	require.Equal(t, exitFailed, run(t.Context(), []string{"plan", "--config", file, "--profile", "right", dir},
		&console{stdout: &b, stderr: &b}))
	require.Equal(t, stderr, b.String())
}

// A plugin that crashes or hangs while it is asked costs the daemon nothing.
func TestProfilesAreCheckedElsewhere(t *testing.T) {
	own := profile.Profile{Name: "x", Video: "identity ! auto", Audio: "auto", Mux: "mp4mux"}
	for script, want := range map[string]string{
		"kill -SEGV $$":  "the process that looked at them failed: signal: segmentation fault",
		"exec sleep 60":  "it took longer than 300ms",
		"echo '[{'":      "unexpected end of JSON input",
		"cat; exit 1":    "exit status 1",
		"echo '[]' ":     "",
		"exec /no/thing": "exit status 12",
	} {
		k := profileChecker{command: []string{"sh", "-c", script}, limit: time.Minute}
		if strings.Contains(want, "took longer") {
			k.limit = 300 * time.Millisecond // which starting a shell takes, too, on a busy machine
		}
		began := time.Now()
		found := k.check(own)
		require.Less(t, time.Since(began), 20*time.Second)
		if want == "" {
			require.Empty(t, found)
			k.command = []string{"false"}
			require.Empty(t, k.check(own), "it is asked but once")
			continue
		}
		require.Len(t, found, 1, script)
		require.Equal(t, "video", found[0].Field)
		require.Contains(t, found[0].Text, want, script)
	}
	k := profileChecker{command: []string{"false"}}
	p, err := profile.Find("web", nil)
	require.NoError(t, err)
	require.Empty(t, k.check(p), "numbers and words need no GStreamer")
}
