package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestEncodersForPeople(t *testing.T) {
	at := time.Unix(0, 0)
	var b strings.Builder
	require.NoError(t, writeEncoders(&b, []codecFacts{
		{Codec: "h264", Chosen: "x264enc", Encoders: []encoderFacts{
			{Element: "nvautogpuh264enc", Backend: "nvenc", Device: "nvenc0", State: encoderMissing},
			{Element: "nvh264enc", Backend: "nvenc", Device: "nvenc0", State: encoderMissing},
			{Element: "nvcudah264enc", Backend: "nvenc", Device: "nvenc0", State: encoderMissing},
			{Element: "vah264enc", Backend: "va", Device: "renderD128", State: encoderRefused,
				Reason: "at 1280x720: vah264enc0: Failed to init encoder [library/init] and then some more words " +
					"that it had to say", TriedAt: &at},
			{Element: "x264enc", Backend: "software", State: encoderWorks, TriedAt: &at},
			{Element: "openh264enc", Backend: "software", State: encoderMissing},
		}, Decoders: []encoderFacts{
			{Element: "nvh264dec", Backend: "nvenc", Device: "nvenc0", State: encoderWorks, TriedAt: &at},
			{Element: "vah264dec", Backend: "va", Device: "renderD128", State: encoderRefused,
				Reason: "at 640x360: with rotate-90, what it made does not look like what it was given", TriedAt: &at},
		}},
		{Codec: "vp8", Encoders: []encoderFacts{{Element: "vp8enc", Backend: "software", State: encoderMissing}}},
	}))
	golden(t, "encoders.txt", b.String())
	for line := range strings.Lines(b.String()) {
		require.LessOrEqual(t, utf8.RuneCountInString(line)-1, tableWidth)
	}
}

// The program tries its encoders in children of its own, and remembers what it finds.
func TestEncoders(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	facts := func(args ...string) (codecs []codecFacts) {
		status, stdout, stderr := runUpright(t, append([]string{"encoders", "--json"}, args...)...)
		require.Equal(t, exitDone, status, stderr)
		require.NoError(t, json.Unmarshal([]byte(stdout), &codecs))
		return codecs
	}
	first := facts()
	require.Len(t, first, 5)
	h264 := first[0]
	require.Equal(t, "h264", h264.Codec)
	require.NotEmpty(t, h264.Chosen)
	states := map[string]encoderFacts{}
	for _, e := range h264.Encoders {
		states[e.Element] = e
	}
	require.Equal(t, encoderWorks, states[h264.Chosen].State)
	require.Equal(t, encoderWorks, states["x264enc"].State, states["x264enc"].Reason)
	require.Equal(t, first, facts(), "what is known is not tried again")
	again := facts("--refresh")
	require.Equal(t, h264.Chosen, again[0].Chosen)
	require.NotEqual(t, first, again)
}

// convert and plan use what upright encoders shows, and take a word about it.
func TestEncoderIsChosen(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	in := recordingOf("pion-vp8-opus")
	plan := func(args ...string) (status int, plans []planFacts, stderr string) {
		status, stdout, stderr := runUpright(t, append([]string{"plan", "--json", in}, args...)...)
		if status != exitUsage {
			require.NoError(t, json.Unmarshal([]byte(stdout), &plans))
		}
		return status, plans, stderr
	}
	status, plans, stderr := plan()
	require.Equal(t, exitDone, status, stderr)
	require.NotEmpty(t, plans[0].Backend)
	chosen, _, _ := strings.Cut(plans[0].Encoder, ",")
	require.FileExists(t, filepath.Join(os.Getenv("XDG_CACHE_HOME"), "upright", "encoders", chosen+".json"),
		"it has been tried")

	status, plans, _ = plan("--encoder", "openh264enc", "--strict-encoder")
	require.Equal(t, exitDone, status)
	require.Contains(t, plans[0].Pipeline, " openh264enc ")
	require.Equal(t, "software", plans[0].Backend)

	status, plans, _ = plan("--encoder", "v4l2h264enc", "--strict-encoder")
	if status == exitDone {
		t.Skip("this machine has v4l2h264enc")
	}
	require.Equal(t, exitFailed, status)
	require.Equal(t, "no encoder for H.264 is installed among what encoder: v4l2h264enc allows", plans[0].Error)

	status, _, stderr = plan("--encoder", "x265")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr,
		`--encoder is "x265", but must be auto, software, nvenc, va, qsv, v4l2, or the name of an encoder`)

	out := t.TempDir()
	status, _, stderr = runUpright(t, "convert", in, "-o", out, "--encoder", "openh264enc")
	require.Equal(t, exitDone, status, stderr)
	text, err := os.ReadFile(oneFile(t, out+"/*.json"))
	require.NoError(t, err)
	require.Contains(t, string(text), `"backend": "software"`)
	require.Contains(t, string(text), `"encoder": "openh264enc`)

	_, script, _ := runUpright(t, "plan", in, "--encoder", "software")
	require.Contains(t, script, "\n# encoder: x264enc (software)\n")
}

func TestProbeEncoderIsHidden(t *testing.T) {
	status, stdout, stderr := runUpright(t, "probe-encoder", "nosuchelement", t.TempDir())
	require.Equal(t, exitDone, status, stderr)
	require.Equal(t, `{"error":"is no encoder that is known"}`+"\n", stdout)
	_, help, _ := runUpright(t, "--help")
	require.NotContains(t, help, "probe-encoder")
	require.Contains(t, help, "encoders")
}
