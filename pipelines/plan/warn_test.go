package plan

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/pipelines/internal/tracktest"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
	"github.com/upright-media/upright/timeline"
)

// clean is a video with its sound that there is nothing to say about.
func clean() (video, audio *timeline.Track) {
	video = tracktest.Video("v.mjr", "h264", 0, 10, tracktest.At{Width: 320, Height: 180})
	audio = tracktest.Audio("a.mjr", "opus", 1, 0, 10)
	video.Counts.Used, audio.Counts.Used = 1000, 500
	return video, audio
}

func TestWarnings(t *testing.T) {
	loss := func(from, to float64, n int) timeline.Hole {
		return timeline.Hole{From: tracktest.Sec(from), To: tracktest.Sec(to), Kind: timeline.HoleLoss, Packets: n}
	}
	for name, c := range map[string]struct {
		spoil func(video, audio *timeline.Track)
		want  []report.Warning
	}{
		"clean": {func(v, a *timeline.Track) {}, []report.Warning{}},
		"a packet lost": {func(v, a *timeline.Track) { a.Counts.Lost, a.Holes = 1, []timeline.Hole{loss(2, 2.02, 1)} },
			[]report.Warning{}},
		"made good": {func(v, a *timeline.Track) { a.Counts.Lost, a.Counts.Recovered = 50, 50 }, []report.Warning{}},
		"many packets lost": {func(v, a *timeline.Track) { v.Counts.Lost = 10 },
			[]report.Warning{{Code: report.Loss, Text: "v.mjr: 10 packets (1.0 %) were lost"}}},
		"sound lost": {func(v, a *timeline.Track) { a.Counts.Lost, a.FrameDuration = 10, tracktest.Sec(.02) },
			[]report.Warning{{Code: report.Loss, Text: "a.mjr: 10 packets (2.0 %) were lost, so there is silence for " +
				"0.2 s in total"}}},
		"a hole in the sound": {func(v, a *timeline.Track) {
			a.Counts.Lost, a.FrameDuration, a.Holes = 10, tracktest.Sec(.02), []timeline.Hole{loss(2, 3.5, 10)}
		},
			[]report.Warning{{Code: report.Loss, Text: "a.mjr: 10 packets (2.0 %) were lost, so there is silence for " +
				"1.5 s in total"}}},
		"one packet, a freeze": {func(v, a *timeline.Track) {
			v.Counts.Lost, v.Frozen, v.Holes = 1, tracktest.Sec(2.5), []timeline.Hole{loss(2, 3, 1), loss(5, 6.5, 0)}
		},
			[]report.Warning{{Code: report.Loss, Text: "v.mjr: one packet was lost, so the picture stands still for " +
				"2.5 s in total"}}},
		"one packet, a long way to the next key picture": {func(v, a *timeline.Track) {
			v.Counts.Lost, v.Frozen, v.Damaged = 1, tracktest.Sec(1), tracktest.Sec(7)
		},
			[]report.Warning{{Code: report.Loss, Text: "v.mjr: one packet was lost, so the picture stands still for 1.0 s " +
				"and is damaged for 7.0 s in total"}}},
		"nothing lost, and pictures missing": {func(v, a *timeline.Track) { v.Frozen = tracktest.Sec(44) },
			[]report.Warning{{Code: report.Loss, Text: "v.mjr: pictures are missing that others are predicted from, " +
				"so the picture stands still for 44.0 s in total"}}},
		"many losses": {func(v, a *timeline.Track) { v.Counts.Lost, v.Damaged = 300, tracktest.Sec(7) },
			[]report.Warning{{Code: report.Loss, Text: "v.mjr: 300 packets (23.1 %) were lost, so the picture is damaged for " +
				"7.0 s in total"}}},
		"muted": {func(v, a *timeline.Track) {
			a.Holes = []timeline.Hole{{From: tracktest.Sec(1), To: tracktest.Sec(9), Kind: timeline.HoleSilent}}
		}, []report.Warning{}},
		"a clock as they are": {func(v, a *timeline.Track) { a.DriftKnown, a.DriftPPM = true, -49 }, []report.Warning{}},
		"drift unknown":       {func(v, a *timeline.Track) { a.DriftPPM = 500 }, []report.Warning{}},
		"slow clock": {func(v, a *timeline.Track) { a.DriftKnown, a.DriftPPM = true, -50 },
			[]report.Warning{{Code: report.ClockDrift, Text: "a.mjr: the sender's clock runs -50 ppm against the server's"}}},
		"no clock": {func(v, a *timeline.Track) { v.DriftKnown, v.DriftPPM = true, 5000 },
			[]report.Warning{{Code: report.ClockDrift, Text: "v.mjr: the sender's clock runs +5000 ppm against the server's, " +
				"more than any clock is wrong"}}},
		"arrivals": {func(v, a *timeline.Track) { v.ArrivalsIgnored = true },
			[]report.Warning{{Code: report.ArrivalsIgnored,
				Text: "v.mjr: the arrival times in the file contradict its packets, so its times are those of the sender's clock"}}},
		"mirrored": {func(v, a *timeline.Track) { v.FlipFrames = 7 },
			[]report.Warning{{Code: report.Flipped, Text: "v.mjr: the sender says of 7 pictures that they are mirrored"}}},
		"found": {func(v, a *timeline.Track) { v.OrientationID, v.OrientationFound = 4, true },
			[]report.Warning{{Code: report.OrientationFound,
				Text: "v.mjr: nothing names the orientation extension; id 4 was recognised by its contents"}}},
		"late picture": {func(v, a *timeline.Track) { v.Start = tracktest.Sec(.51) },
			[]report.Warning{{Code: report.HeadWithoutPicture,
				Text: "v.mjr: the first picture comes 0.5 s after the first sound"}}},
		"late sound":     {func(v, a *timeline.Track) { a.Start = tracktest.Sec(3) }, []report.Warning{}},
		"soon a picture": {func(v, a *timeline.Track) { v.Start = tracktest.Sec(.5) }, []report.Warning{}},
		"sound ends": {func(v, a *timeline.Track) { a.End = tracktest.Sec(8.5) },
			[]report.Warning{{Code: report.DurationMismatch, Text: "the sound ends 1.5 s before the pictures do"}}},
		"pictures end": {func(v, a *timeline.Track) { v.End = tracktest.Sec(8.5) },
			[]report.Warning{{Code: report.DurationMismatch, Text: "the pictures end 1.5 s before the sound does"}}},
		"end nearly together": {func(v, a *timeline.Track) { v.End = tracktest.Sec(9) }, []report.Warning{}},
	} {
		video, audio := clean()
		c.spoil(video, audio)
		p, tl := tracktest.Together(video, audio)
		require.Equal(t, c.want, WarningsOf(p, tl), name)
	}
}

// TestCutOff cuts a recording in the middle of a packet, as a server does that is killed, and puts other things behind
// one.
func TestCutOff(t *testing.T) {
	good, err := os.ReadFile(onlyFile(t, "rot-h264-90", mjr.Audio))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		content []byte
		codes   []string
	}{
		"whole":           {good, nil},
		"cut in a packet": {good[:len(good)-5], []string{report.Truncated}},
		"cut in a magic":  {append(good[:len(good):len(good)], "ME"...), []string{report.Truncated}},
		"zeros behind":    {append(good[:len(good):len(good)], make([]byte, 4096)...), []string{report.Damaged}},
		"damage, and cut": {append(append(append(good[:len(good):len(good)], make([]byte, 100)...), good[len(good)-200:]...),
			"MEET\x00"...), []string{report.Damaged, report.Truncated}},
	} {
		path := filepath.Join(t.TempDir(), "echotest-x-audio.mjr")
		require.NoError(t, os.WriteFile(path, c.content, 0o600))
		tl, err := timeline.Load(t.Context(), []*recording.File{janus.ReadFile(path)}, timeline.Options{})
		require.NoError(t, err)
		var codes []string
		for _, w := range Blemishes(tl.Tracks[0]) {
			codes = append(codes, w.Code)
		}
		require.Equal(t, c.codes, codes, name)
		in := InputOf(tl.Tracks[0])
		require.Equal(t, name != "whole" && name != "zeros behind", in.Truncated, name)
		require.Equal(t, name == "whole", in.Complete, name)
	}
}

func onlyFile(t *testing.T, folder string, kind mjr.Kind) string {
	t.Helper()
	path, err := testmjr.Find(testmjr.TestData(folder), kind)
	require.NoError(t, err)
	return path
}
