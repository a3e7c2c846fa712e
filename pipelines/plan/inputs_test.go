package plan

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/pipelines/internal/tracktest"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

func TestInputOf(t *testing.T) {
	v := tracktest.Video("v.mjr", "h264", 0.25, 10.5, tracktest.At{S: 0.25, Degrees: 90, Width: 320, Height: 180},
		tracktest.At{S: 4, Degrees: 270, Flip: true, Width: 640, Height: 360})
	v.Info.Extensions = map[int]string{4: cvo.URI}
	v.OrientationID = 4
	v.Counts = timeline.Counts{Records: 36, Used: 1, Duplicate: 2, Late: 3, Padding: 4, Foreign: 5, NotRTP: 6,
		Malformed: 7, Undecodable: 8, Lost: 9, Recovered: 10}
	v.DamagedBytes, v.DriftPPM, v.DriftKnown = 11, -12.345, true
	v.FlipFrames, v.BackCameraFrames = 13, 14
	v.Holes = []timeline.Hole{{From: tracktest.Sec(1), To: tracktest.Sec(2.5), Kind: timeline.HoleLoss, Packets: 15}}
	require.Equal(t, report.Input{File: "v.mjr", Codec: "h264", Packets: 36, Used: 1, Duplicate: 2, Late: 3, Padding: 4,
		Foreign: 5, NotRTP: 6,
		Malformed: 7, Undecodable: 8, Lost: 9, Recovered: 10, DamagedBytes: 11, DriftPPM: -12.3,
		StartUs:  1_795_235_502_000_000,
		OffsetMs: 250, DurationMs: 10250, Width: 320, Height: 180,
		Orientation:       []report.Orientation{{TMs: 250, Degrees: 90}, {TMs: 4000, Degrees: 270, Flip: true}},
		OrientationSource: "declared", Holes: []report.Hole{{FromMs: 1000, ToMs: 2500, Kind: "loss", Packets: 15}},
		MirroredFrames: 13, BackCameraFrames: 14, Complete: true}, InputOf(v))

	c := v.Counts
	require.Equal(t, c.Records, c.Used+c.Duplicate+c.Late+c.Padding+c.Foreign+c.NotRTP+c.Malformed+c.Undecodable,
		"as docs/report.md says")
}

func TestOrientationSource(t *testing.T) {
	for want, edit := range map[string]func(*timeline.Track){
		"none":     func(*timeline.Track) {},
		"declared": func(v *timeline.Track) { v.OrientationID, v.Info.Extensions = 5, map[int]string{5: cvo.URI6} },
		"found":    func(v *timeline.Track) { v.OrientationID, v.OrientationFound = 5, true },
		"given":    func(v *timeline.Track) { v.OrientationID, v.Info.Extensions = 5, map[int]string{4: cvo.URI} },
	} {
		v := tracktest.Video("v.mjr", "vp8", 0, 1)
		edit(v)
		require.Equal(t, want, InputOf(v).OrientationSource)
	}
	require.Empty(t, InputOf(tracktest.Audio("a.mjr", "opus", 1, 0, 1)).OrientationSource)
}

func TestInputsOfKeepsOrderAndNamesWhatIsBad(t *testing.T) {
	p := &recording.Participant{Tracks: []*recording.File{
		{Path: "/in/v.mjr", Err: errors.New("byte 8: no header")}, {Path: "/in/a.mjr"}, {Path: "/in/d.mjr", Empty: true},
		{Path: "/in/x.mjr"}}}
	audio, bad := tracktest.Audio("a.mjr", "opus", 1, 0, 1), tracktest.Video("x.mjr", "vp8", 0, 0)
	bad.Units, bad.Counts.Undecodable = 0, 7
	list := InputsOf(p, &timeline.Timeline{Tracks: []*timeline.Track{audio, bad}})
	var got []string
	for _, in := range list {
		got = append(got, in.File+": "+in.Error)
	}
	require.Equal(t, []string{"v.mjr: byte 8: no header", "a.mjr: ", "d.mjr: no media was ever written to it",
		"x.mjr: none of its 7 packets can be decoded, for there is no complete key frame"}, got)
	require.Len(t, InputsOf(p, nil), 4)
}

func TestBlemishes(t *testing.T) {
	a := tracktest.Audio("a.mjr", "opus", 1, 0, 1)
	p, tl := tracktest.Together(a)
	require.Equal(t, []report.Warning{}, WarningsOf(p, tl), "none, and not null in JSON")

	a.Complete, a.DriftKnown, a.DriftPPM = false, true, 300
	tl.Warnings = []timeline.Warning{{Code: "NO_TIMES", Track: a, Text: "no times"}, {Code: "X", Text: "all of it"}}
	require.Equal(t, []report.Warning{
		{Code: report.Truncated, Text: "a.mjr: the file ends in the middle of a packet"},
		{Code: report.ClockDrift, Text: "a.mjr: the sender's clock runs +300 ppm against the server's"},
		{Code: "NO_TIMES", Text: "a.mjr: no times"}, {Code: "X", Text: "all of it"},
	}, WarningsOf(p, tl))

	a.DamagedBytes, a.Damage, a.DriftPPM = 5, []recording.Range{{From: 100, To: 105}}, -40
	tl.Warnings = nil
	require.Equal(t, []report.Warning{{Code: report.Damaged,
		Text: "a.mjr: 5 bytes make no sense and were left out, the first at byte 100"}}, WarningsOf(p, tl))
}

func TestInputReadsBack(t *testing.T) {
	want := InputOf(tracktest.Audio("a.mjr", "opus", 2, 1, 3))
	text, err := json.Marshal(want)
	require.NoError(t, err)
	var back report.Input
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, want, back)
	require.InDelta(t, 1000, back.OffsetMs, 0)
	require.InDelta(t, 1.5, report.Millis(1500*time.Microsecond), 1e-9)
}
