package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
)

// session is somebody's, from and to so many seconds: sound (a), and pictures (v, w) with a hole in the middle third.
func session(person string, from, to float64, media string) participantFacts {
	f := participantFacts{Recording: "1234", Participant: "1234-" + person, StartUs: 1795235572557000 + int64(from*1e6),
		DurationMs: (to - from) * 1000, person: person, media: map[string]recording.Medium{}}
	for _, m := range media {
		in := report.Input{File: person + string(m), Codec: "x", Used: 1, Packets: 1, DurationMs: (to - from) * 1000}
		f.media[in.File] = recording.Audio
		if m != 'a' {
			f.media[in.File] = recording.Video
			in.Holes = []report.Hole{{FromMs: in.DurationMs / 3, ToMs: in.DurationMs * 2 / 3}}
		}
		f.Inputs = append(f.Inputs, in)
	}
	return f
}

func TestPeopleOfARoomAreOnOneAxis(t *testing.T) {
	facts := []participantFacts{session("bob", 30, 60, "v"), session("ann", 0, 30, "av"), session("ann", 60, 90, "a"),
		session("cyd", 0, 90, "avw"), {Recording: "1234", person: "nobody"}}
	lines := roomLines(facts, time.UTC)
	require.Len(t, lines, 6)
	require.Equal(t, "1234: 3 people", lines[0][:14])
	require.Regexp(t, `2026-11-21 04:32:52.557 UTC, 1:30`, lines[0])
	require.Regexp(t, `^  person  0.00 s +1:30\S*$`, lines[1])
	part := strings.Repeat // the axis is 90 columns wide, and 90 s long
	require.Equal(t, "  ann     "+part("█", 10)+part("▄", 10)+part("█", 10)+part(" ", 30)+part("▄", 30),
		lines[2])
	require.Equal(t, "  cyd     "+part("▓", 30)+part("▄", 30)+part("▓", 30),
		lines[3])
	require.Equal(t, "  bob     "+part(" ", 30)+part("▀", 10)+part(" ", 10)+part("▀", 10),
		lines[4])
	require.Contains(t, lines[5], "picture and sound")

	require.Empty(t, roomLines(facts[1:3], time.UTC), "one person needs no overview")
	unknown := session("ann", 0, 30, "a")
	unknown.StartUs = 0
	require.Empty(t, roomLines([]participantFacts{unknown, unknown}, time.UTC))

	before := facts[0]
	before.Recording = "1233"
	text := table(t, append([]participantFacts{before}, facts...)...)
	require.Equal(t, 1, strings.Count(text, "3 people"), "each room has its own people")
}

func TestNamesOfPeopleCannotDrawOnTheTerminal(t *testing.T) {
	text := strings.Join(roomLines([]participantFacts{session("a\x1b[2J\nb", 0, 10, "a"),
		session(strings.Repeat("ü", 200), 0, 10, "a")}, time.UTC), "\n")
	require.NotContains(t, text, "\x1b")
	require.Equal(t, 4, strings.Count(text, "\n"))
	for _, line := range strings.Split(text, "\n") {
		require.LessOrEqual(t, len([]rune(line)), tableWidth)
	}
}
