package main

import (
	"encoding/json"
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
			{Element: "vah264enc", Backend: "va", Device: "renderD128", State: encoderRefused, Reason: "at 1280x720: vah264enc0: Failed to init encoder [library/init] and then some more words that it had to say", TriedAt: &at},
			{Element: "x264enc", Backend: "software", State: encoderWorks, TriedAt: &at},
			{Element: "openh264enc", Backend: "software", State: encoderMissing},
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
		status, stdout, stderr := upright(t, append([]string{"encoders", "--json"}, args...)...)
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

func TestProbeEncoderIsHidden(t *testing.T) {
	status, stdout, stderr := upright(t, "probe-encoder", "nosuchelement", t.TempDir())
	require.Equal(t, exitDone, status, stderr)
	require.Equal(t, `{"error":"is no encoder that is known"}`+"\n", stdout)
	_, help, _ := upright(t, "--help")
	require.NotContains(t, help, "probe-encoder")
	require.Contains(t, help, "encoders")
}
