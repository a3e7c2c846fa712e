package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with testdata/<name>; go test -update writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func videoInput() report.Input {
	return report.Input{
		File: "videoroom-1234-user-1001-1795235572557737-video-1.mjr", Codec: "h264",
		Packets: 423, Used: 423, DriftPPM: 12.4, StartUs: 1795235572827000, OffsetMs: 270, DurationMs: 7770,
		Width: 320, Height: 240, OrientationSource: "declared", Complete: true,
		Orientation: []report.Orientation{{Degrees: 90}},
	}
}

func audioInput() report.Input {
	return report.Input{
		File: "videoroom-1234-user-1001-1795235572557674-audio-0.mjr", Codec: "opus",
		Packets: 402, Used: 402, StartUs: 1795235572557000, DurationMs: 8040, Complete: true,
	}
}

func table(t *testing.T, facts ...participantFacts) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, writeTable(&b, facts, time.UTC))
	for _, line := range strings.Split(b.String(), "\n") {
		require.LessOrEqual(t, utf8.RuneCountInString(line), tableWidth, "%s", line)
		require.Equal(t, strings.TrimRight(line, " "), line, "no trailing spaces")
	}
	return b.String()
}

func TestTable(t *testing.T) {
	plain := participantFacts{
		Recording: "1234", Participant: "videoroom-1234-user-1001", StartUs: 1795235572557000, DurationMs: 8040,
		Inputs: []report.Input{videoInput(), audioInput()},
	}

	turning := videoInput()
	turning.Orientation = []report.Orientation{{}, {TMs: 2500, Degrees: 90}, {TMs: 5000, Degrees: 180, Flip: true},
		{TMs: 6000, Flip: true}}
	turning.Used, turning.Lost, turning.Duplicate, turning.Late, turning.Undecodable, turning.Padding = 380, 20, 2, 3, 30,
		8
	turning.Holes = []report.Hole{{FromMs: 3000, ToMs: 4000, Kind: "silent"},
		{FromMs: 6000, ToMs: 6300, Kind: "loss", Packets: 1}}
	cut := audioInput()
	cut.DamagedBytes, cut.Complete = 3100, false
	troubled := participantFacts{
		Recording: "daily", Title: "Daily stand-up", Participant: "ann", StartUs: 1795235572557000, DurationMs: 3_723_400,
		Inputs: []report.Input{turning, cut},
		Warnings: []report.Warning{{Code: report.NoMedia, Text: "the row says it"},
			{Code: report.Damaged, Text: "videoroom-1234-user-1001-1795235572557674-audio-0.mjr is damaged " +
				"from byte 11124 on: Janus was probably killed while it wrote; what came before is used"}},
	}

	restless := videoInput()
	for i := range 40 {
		restless.Orientation = append(restless.Orientation, report.Orientation{TMs: float64(i+1) * 100, Degrees: i % 4 * 90})
		restless.Holes = append(restless.Holes, report.Hole{FromMs: float64(i) * 100, ToMs: float64(i)*100 + 50,
			Kind: "loss"})
	}
	nothing := report.Input{File: "call-audio-0.mjr", Codec: ""}
	rare := participantFacts{
		Recording: "x", Participant: "x",
		Inputs: []report.Input{restless, nothing},
	}

	golden(t, "table.txt", table(t, plain, troubled, rare))
}

func TestTableWithLongNames(t *testing.T) {
	text := table(t, participantFacts{Participant: "é", Inputs: []report.Input{
		{File: strings.Repeat("ä", 80) + ".mjr", Codec: "opus"},
	}})
	require.Contains(t, text, "…"+strings.Repeat("ä", longestFile-5)+".mjr  opus")
}

func TestShortNames(t *testing.T) {
	name := func(files ...string) []string {
		var in []report.Input
		for _, f := range files {
			in = append(in, report.Input{File: f})
		}
		return shortNames(in)
	}
	require.Equal(t, []string{"audio.mjr"}, name("audio.mjr"))
	require.Equal(t, []string{"…-video-1.mjr", "…-audio-0.mjr"},
		name("videoroom-1234-user-1001-1795235572557737-video-1.mjr",
			"videoroom-1234-user-1001-1795235572557674-audio-0.mjr"))
	require.Equal(t, []string{"videoroom-1-user-1-1795235572557737-video-1.mjr",
		"videoroom-1-user-1-1795235672557737-video-1.mjr"},
		name("videoroom-1-user-1-1795235572557737-video-1.mjr", "videoroom-1-user-1-1795235672557737-video-1.mjr"),
		"short names that are the same name nothing")
}

// A camera that was on three times, turned once, and lost something in the second file; a microphone that was on all
// the time, with a clock of its own; and a second camera.
func TestTableOfToggles(t *testing.T) {
	on := func(file string, from, to float64) report.Input {
		in := videoInput()
		in.File, in.OffsetMs, in.DurationMs = file, from, to-from
		return in
	}
	first := on("videoroom-1-user-1-1795235572557737-video-1.mjr", 270, 8040)
	third := on("videoroom-1-user-1-1795235602557737-video-1.mjr", 30_000, 40_000)
	second := on("videoroom-1-user-1-1795235592557737-video-3.mjr", 20_000, 25_000)
	second.Orientation = []report.Orientation{{TMs: 20_000, Degrees: 90}, {TMs: 22_000}}
	second.Used, second.Lost, second.Holes = 403, 20,
		[]report.Hole{{FromMs: 21_000, ToMs: 21_500, Kind: "loss", Packets: 20}}
	third.Orientation, third.Complete, third.Truncated, third.Codec = []report.Orientation{{TMs: 30_000}}, false, true,
		"vp8"
	other := on("videoroom-1-user-1-1795235572557739-video-2.mjr", 300, 40_000)
	sound := audioInput()
	sound.DurationMs, sound.ClockHz, sound.DriftPPM = 40_000, 24_000, 5
	facts := participantFacts{
		Recording: "1", Participant: "1-1", StartUs: 1795235572557000, DurationMs: 40_000,
		Inputs: []report.Input{first, third, other, second, sound}, toggles: [][]int{{0, 3, 1}},
	}
	golden(t, "toggles.txt", table(t, facts))

	var b strings.Builder
	require.NoError(t, writeJSON(&b, []participantFacts{facts}))
	for _, in := range facts.Inputs {
		require.Contains(t, b.String(), in.File)
	}
	require.Contains(t, b.String(), `"clock_hz": 24000`)
	require.NotContains(t, b.String(), "toggles")
}

// What inspect shows as one is what convert makes one of.
func TestInspectToggles(t *testing.T) {
	in := t.TempDir()
	vp8 := testmjr.Recorded(t, "pion-vp8-opus", mjr.Video)
	testmjr.Audio(600).Write(t, in, fmt.Sprintf("videoroom-1-user-2-%d-audio-0.mjr", testmjr.OriginUs))
	for i := range 3 {
		camera := testmjr.Video("vp8", 30, 15, testmjr.Loop(vp8))
		camera.Header.CreatedUs = testmjr.OriginUs + int64(i)*5_000_000
		camera.Write(t, in, fmt.Sprintf("videoroom-1-user-2-%d-video-%d.mjr", camera.Header.CreatedUs, 3-i))
	}
	found, err := (&source{Inputs: []string{in}}).find(options.Options{})
	require.NoError(t, err)
	facts, _, err := inspect(t.Context(), found.participants[0], options.Options{})
	require.NoError(t, err)
	require.Len(t, facts.Inputs, 4)
	require.Equal(t, [][]int{{2, 1, 0}}, facts.toggles, "in order of time; tracks are in order of m-lines")
	rows := facts.tracks()
	require.Len(t, rows, 2)
	require.InDelta(t, 0, rows[0].OffsetMs, 1)
	require.InDelta(t, 12_000, rows[0].DurationMs, 100)
	require.Contains(t, table(t, facts), "on at 0.00 s–2.00 s; 5.00 s–7.00 s; 10.00 s–12.00 s")
}
