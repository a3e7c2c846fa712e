package foreign

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/room"
)

// shown is what is seen of people in a room, with a screen if shared says whose, on the canvas that the layout is for.
func shown(t *testing.T, m *Imported, shared string, people ...string) (list []string) {
	t.Helper()
	var s room.Scene
	for _, p := range people {
		seat := room.Seat{Person: p, Name: p, Camera: true, Width: 640, Height: 360}
		s.Seats = append(s.Seats, seat)
		if p == shared {
			s.Screens = append(s.Screens, seat)
		}
	}
	look := room.Look{Layout: "own", Own: m.Layout, Width: m.Width, Height: m.Height}
	require.NoError(t, look.Check())
	for _, r := range room.Arrange(look, s) {
		who := r.Person
		if r.Source == room.Screen {
			who = "screen"
		}
		list = append(list, fmt.Sprintf("%s %d,%d %dx%d z%d %s", who, r.X, r.Y, r.W, r.H, r.Z, r.Fit))
	}
	return list
}

// The mosaic of Twilio's documentation: a grid of 3 x 3 whose middle cell is left free for another region.
const mosaic = `{"RoomSid": "RM", "Resolution": "1280x720", "Format": "mp4", "AudioSources": "*", "VideoLayout": {
	"interviewed": {"z_pos": 2, "x_pos": 400, "y_pos": 180, "width": 480, "height": 360, "video_sources": ["interviewed-video"]},
	"interviewers": {"z_pos": 1, "x_pos": 10, "y_pos": 0, "width": 1260, "height": 720, "max_rows": 3, "max_columns": 3,
		"reuse": "show_newest", "cells_excluded": [4], "video_sources": ["interviewer-*"]}}}`

func TestTwilioMosaic(t *testing.T) {
	m, err := Twilio([]byte(mosaic), Size{})
	require.NoError(t, err)
	require.Equal(t, []int{1280, 720}, []int{m.Width, m.Height})
	people := []string{"interviewed-video", "passer-by"}
	for i := range 9 {
		people = append(people, fmt.Sprint("interviewer-", i))
	}
	want := []string{"interviewed-video 400,180 480x360 z2 contain"}
	for i, cell := range []int{0, 1, 2, 3, 5, 6, 7, 8} { // the newest eight
		want = append(want, fmt.Sprintf("interviewer-%d %d,%d 420x240 z1 contain", i+1, 10+cell%3*420, cell/3*240))
	}
	require.Equal(t, want, shown(t, m, "", people...))
	require.Equal(t, []string{
		"RoomSid is left out", "Format is left out: the video is an MP4",
		"AudioSources is left out: all people are heard; use --who and --without with audio: in front",
		"VideoLayout.interviewed: Twilio's sources are names of tracks; here who: and not: are ids and names of people, " +
			"so look at them",
		"VideoLayout.interviewers: Twilio's sources are names of tracks; here who: and not: are ids and names of people, " +
			"so look at them",
	}, m.Warnings)
}

// The picture in picture of Twilio's documentation: a region without a place is the whole canvas.
func TestTwilioPictureInPicture(t *testing.T) {
	m, err := Twilio([]byte(`{"main": {"z_pos": 1, "video_sources": ["screen-presentation"]},
		"pip": {"z_pos": 2, "x_pos": 1000, "y_pos": 30, "width": 240, "height": 180, "video_sources": ["MTBBBB"]}}`), Size{1280, 720})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"screen 0,0 1280x720 z1 contain", "MTBBBB 1000,30 240x180 z2 contain"},
		shown(t, m, "a", "a", "MTBBBB"))
	require.Contains(t, strings.Join(m.Warnings, "\n"), "main: tracks whose names say screen")
}

func TestTwilioGrids(t *testing.T) {
	read := func(region string) *Imported {
		m, err := Twilio([]byte(`{"grid": {`+region+`}}`), Size{640, 480})
		require.NoError(t, err, region)
		return m
	}
	four := []string{"a", "b", "c", "d"}
	require.Len(t, shown(t, read(`"video_sources": ["*"]`), "", four...), 4)
	require.Len(t, shown(t, read(`"video_sources": ["*"]`), "b", four...), 5, "a screen is a track, too")
	require.Len(t, shown(t, read(`"video_sources": ["*"], "video_sources_excluded": ["screen", "b"]`), "b", four...), 3)
	oldest := shown(t, read(`"video_sources": ["*"], "max_rows": 1, "max_columns": 2`), "", four...)
	require.Equal(t, []string{"a 0,0 320x480 z0 contain", "b 320,0 320x480 z0 contain"}, oldest)
	column := shown(t, read(`"video_sources": ["*"], "max_columns": 1`), "", four...)
	require.Len(t, column, 4)
	for _, c := range column {
		require.Contains(t, c, " 212x120 ", "one below the other")
	}
	m := read(`"video_sources": ["*"], "cells_excluded": [1], "reuse": "none", "max_rows": 100, "name": 3`)
	require.Len(t, m.Warnings, 4)
	m, err := Twilio([]byte(`{"a": {"video_sources": ["x"]}, "b": {"video_sources": ["y"]}}`), Size{})
	require.NoError(t, err)
	require.Contains(t, m.Warnings, "b lies over a region of the same z_pos, so it is raised")
	require.Equal(t, []int{640, 480}, []int{m.Width, m.Height}, "what a composition has by default")
}

// The example of Agora's documentation of cloud recording, one user large and others below, in a whole request.
func TestAgoraCloudRecording(t *testing.T) {
	m, err := Agora([]byte(`{"cname": "room", "uid": "1", "clientRequest": {"recordingConfig": {"maxIdleTime": 60, "transcodingConfig": {
		"width": 640, "height": 360, "fps": 15, "bitrate": 600, "mixedVideoLayout": 3, "backgroundColor": "#FF0000",
		"layoutConfig": [
			{"x_axis": 0.0, "y_axis": 0.0, "width": 1.0, "height": 0.8, "alpha": 1.0, "render_mode": 1},
			{"x_axis": 0.0, "y_axis": 0.8, "width": 0.5, "height": 0.2, "alpha": 0.5, "render_mode": 0},
			{"uid": "99142190", "x_axis": 0.5, "y_axis": 0.8, "width": 0.5, "height": 0.2}]}}}}`), Size{})
	require.NoError(t, err)
	require.Equal(t, "#ff0000", m.Background)
	require.ElementsMatch(t, []string{" 0,0 640x288 z0 cover", "7 0,0 640x288 z0 contain", "8 0,288 320x72 z0 cover",
		"99142190 320,288 320x72 z0 cover"}, shown(t, m, "", "7", "99142190", "8", "9"),
		"others in the order in which they join")
	require.Equal(t, []string{"clientRequest.recordingConfig.transcodingConfig.fps is left out: use --fps",
		"clientRequest.recordingConfig.transcodingConfig.bitrate is left out: the encoder takes what the pictures need",
		"clientRequest.recordingConfig.transcodingConfig.layoutConfig[1].alpha is left out: pictures do not " +
			"shine through here"},
		m.Warnings)
}

func TestAgoraOnPremiseRecording(t *testing.T) {
	m, err := Agora([]byte(`{"canvasWidth": 1280, "canvasHeight": 720, "canvasFps": 25, "userLayoutConfigs": [
		{"userId": "1234", "config": {"x": 0, "y": 0, "width": 640, "height": 360}},
		{"userId": "5678", "config": {"x": 720, "y": 270, "width": 540, "height": 320, "zOrder": 3, "mirror": true}}]}`), Size{})
	require.NoError(t, err)
	require.Equal(t, []string{"1234 0,0 640x360 z0 cover", "5678 720,270 540x320 z3 cover"},
		shown(t, m, "", "5678", "9", "1234"))
	require.Len(t, m.Warnings, 2)
	// Before version 4, parts of the canvas, and modes counted from 1.
	m, err = Agora([]byte(`{"canvasWidth": 640, "canvasHeight": 480, "backgroundColor": "0x23b9dc", "regionCount": 2, "regions": [
		{"uid": 1, "x": 0, "y": 0, "width": 1, "height": 1, "alpha": 1, "renderMode": 2},
		{"uid": 2, "x": 0, "y": 0.67, "width": 0.33, "height": 0.33, "renderMode": 1}]}`), Size{})
	require.NoError(t, err)
	require.Equal(t, "#23b9dc", m.Background)
	require.ElementsMatch(t, []string{" 0,0 640x480 z0 cover", "1 0,0 640x480 z0 contain", "2 0,322 212x158 z1 cover"},
		shown(t, m, "", "1", "2"), "what comes later lies above")
	require.Empty(t, m.Warnings)
}

func TestWhatIsNoLayout(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "this is no JSON",
		"{\n\n\"a\": }":         "line 3: this is no JSON",
		`5`:                     "video_layout",
		`{}`:                    "no regions",
		`{"a": 5}`:              "a is 5, but has to be an object",
		`{"a": {"x_pos": "b"}}`: `a.x_pos is "b", but has to be a number`,
		`{"a": {"x_pos": 600, "width": 100, "video_sources": ["*"]}}`:                             "on the canvas of 640x480",
		`{"a": {"cells_excluded": 5, "video_sources": ["*"]}}`:                                    "a list of numbers",
		`{"a": {"video_sources": {"b": 1}}}`:                                                      "a list of texts",
		`{"Resolution": "big", "VideoLayout": {"a": {}}}`:                                         `"big" is no size`,
		`{"VideoLayout": "{]"}`:                                                                   "this is no JSON",
		`{"a": {"z_pos": 500, "video_sources": ["*"]}}`:                                           "z: 500 is not between",
		`{"a": {"video_sources": ["*"], "max_columns": 1, "max_rows": 1, "cells_excluded": [0]}}`: "skip leaves no cell",
	} {
		_, err := Twilio([]byte(text), Size{})
		require.ErrorContains(t, err, want, text)
	}
	for text, want := range map[string]string{
		"x":                                "this is no JSON",
		`5`:                                "this is no layout",
		`[]`:                               "there are no regions",
		`{"width": 640}`:                   "there are no regions",
		`{"width": 0, "layoutConfig": []}`: "a number of pixels",
		`{"mixedVideoLayout": 1}`:          "best fit, which is --layout grid",
		`{"layoutConfig": {}}`:             "a list of regions",
		`[{"x_axis": 0.9, "y_axis": 0, "width": 0.5, "height": 1}]`: "on the canvas",
		`[{"x_axis": 0, "y_axis": 0, "width": 0.5}]`:                "on the canvas",
		`[5]`: "[0] is 5, but has to be an object",
	} {
		_, err := Agora([]byte(text), Size{})
		require.ErrorContains(t, err, want, text)
	}
}

// FuzzForeign reads anything: what is taken is a layout that is right on its canvas.
func FuzzForeign(f *testing.F) {
	f.Add([]byte(mosaic), true)
	f.Add([]byte(`{"canvasWidth": 3, "userLayoutConfigs": [{"config": {"x": 0, "width": 1, "height": 7}}, {"config": {"zOrder": 99}}]}`), false)
	f.Add([]byte(`[{"x_axis": 0.333333, "y_axis": 0, "width": 0.666667, "height": 1}, {"width": 1, "height": 1}]`), false)
	f.Fuzz(func(t *testing.T, text []byte, twilio bool) {
		from := Agora
		if twilio {
			from = Twilio
		}
		m, err := from(text, Size{})
		if err != nil {
			return
		}
		if p := m.Layout.Check(m.Width, m.Height); len(p) > 0 || m.Width < 1 || m.Height < 1 {
			t.Fatalf("%+v %v", m, p)
		}
	})
}
