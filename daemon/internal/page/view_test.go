package page

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
)

// a report with all that a lane can show, in docs/report.md's terms.
const full = `{"schema": 1, "inputs": [
	{"file": "v.mjr", "codec": "vp8", "offset_ms": 2000, "duration_ms": 8000,
	 "orientation": [{"t_ms": 2000, "degrees": 0}, {"t_ms": 6000, "degrees": 90, "flip": true}],
	 "holes": [{"kind": "loss", "from_ms": 4000, "to_ms": 4001, "packets": 1}, {"kind": "frozen", "from_ms": 7000, "to_ms": 8000}]},
	{"file": "a.mjr", "codec": "opus", "offset_ms": 0, "duration_ms": 10000, "orientation": null, "holes": [{"kind": "silent", "from_ms": 1000, "to_ms": 3000}]},
	{"file": "nothing.mjr", "codec": "opus", "offset_ms": 0, "duration_ms": 0}],
	"outputs": [{"file": "x.mp4", "tracks": [{"kind": "video", "codec": "h264", "width": 320, "height": 180}, {"kind": "audio", "codec": "opus", "copied": true}]}],
	"plan": {"mode": "mixed", "reason": "because", "encoder": "x264enc"}, "warnings": [{"code": "LOSS", "text": "lost"}]}`

func TestLanes(t *testing.T) {
	r := &job.Record{Report: json.RawMessage(full), Outputs: []job.Output{
		{File: "/out/x.mp4", Container: "mp4", DurationMs: 10000},
		{File: "/out/x.m4a", Container: "m4a", DurationMs: 10000}, {File: "/out/x.srt", Container: "srt"},
	}}
	v := viewOf(r)
	require.Len(t, v.Players, 3)
	p := v.Players[0]
	require.Equal(t, []string{"video h264 320×180, encoded", "audio opus, copied"}, p.Tracks)
	require.Equal(t, []lane{
		{"video vp8", "v.mjr", []piece{
			{Kind: "media", From: 20, To: 60, Text: "2.00 s to 6.00 s: recorded upright", Label: "upright", AtMs: 2000,
				Turn: true, Clear: part{0, 50}},
			{Kind: "media", From: 60, To: 100, Text: "6.00 s to 10.00 s: has to be turned clockwise by 90°, mirrored",
				Label: "turn 90°, mirrored", AtMs: 6000, Turn: true, Degrees: 90, Flip: true, Clear: part{50, 100}},
			{Kind: "hole loss", From: 40, To: 40.01, Text: "4.00 s to 4.00 s: packets were lost (1 packet)",
				AtMs: 4000},
			{Kind: "hole frozen", From: 70, To: 80, Text: "7.00 s to 8.00 s: the recording stood still", AtMs: 7000},
		}},
		{"audio opus", "a.mjr", []piece{
			{Kind: "media", From: 0, To: 100, Text: "a.mjr"},
			{Kind: "hole silent", From: 10, To: 30, Text: "1.00 s to 3.00 s: nothing was sent", AtMs: 1000},
		}},
	}, p.Lanes)
	require.InDelta(t, 0.3, p.Lanes[0].Pieces[2].Width(), 1e-9, "a loss is seen however short it is")
	require.True(t, p.Turns)
	require.Equal(t, []key{
		{"none", "not there yet, or not any more"}, {"silent", "nothing was sent"},
		{"frozen", "the recording stood still"}, {"loss", "packets were lost"},
	}, p.Key)
	require.Equal(t, []string{"0.0 s", "2.5 s", "5.0 s", "7.5 s", "10.0 s"}, p.Ticks)
	require.Len(t, v.Players[1].Lanes, 1, "an audio file has no pictures")
	require.False(t, v.Players[1].Turns)
	require.Empty(t, v.Players[2].Lanes)

	// What is trimmed off the head is on no lane.
	r.Spec.Settings.Head, r.Outputs[0].DurationMs = "trim", 8000
	p = viewOf(r).Players[0]
	require.InDelta(t, 0, p.Lanes[0].Pieces[0].From, 1e-9)
	require.InDelta(t, 50, p.Lanes[0].Pieces[1].From, 1e-9)
	require.InDelta(t, 4000, p.Lanes[0].Pieces[1].AtMs, 1e-9)
}

func TestViewWithoutReport(t *testing.T) {
	for _, report := range []string{"", "null", "[]", `"x"`, `{"schema": 1, "inputs": 3}`, `{"schema": 2}`, `{`} {
		v := viewOf(&job.Record{Report: json.RawMessage(report),
			Outputs: []job.Output{{File: "/a.webm", Container: "webm", DurationMs: 1}}})
		require.Equal(t, "video", v.Players[0].Kind)
		require.Empty(t, v.Players[0].Lanes)
	}
}

func TestWords(t *testing.T) {
	require.Equal(t, []string{"0:00:00", "0:30:00", "1:00:00", "1:30:00", "2:00:00"}, ticks(7200e3))
	require.Equal(t, []string{"0:00", "0:30", "1:00", "1:30", "2:00"}, ticks(120e3))
}

func FuzzLanes(f *testing.F) {
	f.Add([]byte(full), 1000.0)
	f.Fuzz(func(t *testing.T, report []byte, total float64) {
		v := viewOf(&job.Record{Report: report,
			Outputs: []job.Output{{File: "/a.mp4", Container: "mp4", DurationMs: total}}})
		for _, l := range v.Players[0].Lanes {
			for _, p := range l.Pieces {
				if !(p.From >= 0 && p.From <= 100 && p.Width() > 0 && p.Width() <= 100) {
					t.Fatalf("%+v is not on the lane", p)
				}
			}
		}
	})
}

// A label stands where no hole covers it.
func TestClear(t *testing.T) {
	hole := func(from, to float64) piece { return piece{From: from, To: to} }
	p := piece{From: 20, To: 60}
	for what, c := range map[string]struct {
		holes []piece
		want  part
	}{
		"no hole":           {nil, part{0, 100}},
		"elsewhere":         {[]piece{hole(0, 20), hole(60, 90)}, part{0, 100}},
		"at the end":        {[]piece{hole(50, 70)}, part{0, 75}},
		"in the middle":     {[]piece{hole(30, 40)}, part{50, 100}},
		"out of order":      {[]piece{hole(50, 60), hole(20, 24)}, part{10, 75}},
		"one in another":    {[]piece{hole(24, 50), hole(30, 32)}, part{75, 100}},
		"all of it":         {[]piece{hole(0, 100)}, part{0, 0}},
		"as short as it is": {[]piece{hole(40, 40)}, part{0, 50}},
	} {
		require.Equal(t, c.want, p.clear(c.holes), what)
	}
	require.Equal(t, part{0, 100}, piece{From: 5, To: 5}.clear(nil))
}

func TestPosters(t *testing.T) {
	none := []job.Output{{SHA256: "0123456789"}}
	second := append(none, job.Output{SHA256: "abcdefabcdef", Poster: true})
	require.Empty(t, poster("x", nil))
	require.Empty(t, poster("x", none))
	require.Equal(t, "api/v1/jobs/x/outputs/1/poster?abcdefab", poster("x", second))
	require.Equal(t, "api/v1/jobs/b/outputs/1/poster?abcdefab",
		roomPoster(api.Room{Jobs: []api.RoomJob{{ID: "a", Outputs: none}, {ID: "b", Outputs: second}}}))
	require.Empty(t, roomPoster(api.Room{}))
	v := viewOf(&job.Record{Spec: job.Spec{ID: "x"}, Outputs: second})
	require.Empty(t, v.Players[0].Poster)
	require.Equal(t, "api/v1/jobs/x/outputs/1/poster?abcdefab", v.Players[1].Poster)
}
