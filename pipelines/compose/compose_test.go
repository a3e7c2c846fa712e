package compose

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/mp4box"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/arrangement"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/kinds"
	"github.com/upright-media/upright/room"
)

// The people of testdata/room-meeting, and the colours of their strips in I420.
var meeting = room.Names{"700101": "Alice", "700138": "Bob", "700175": "Chidi", "700212": "Dana", "700249": "Émile"}

var strips = map[string][3]int{"700101": {106, 202, 222}, "700138": {170, 166, 16}, "700175": {210, 16, 146}}

func meetingIn(t *testing.T, dir string) (*recording.Recording, []*recording.File) {
	t.Helper()
	list, lost, err := kinds.Find([]string{dir})
	require.NoError(t, err)
	require.Len(t, list, 1)
	return list[0], lost
}

func composeSettings(t *testing.T, layout string) Settings {
	return composeSettingsTo(t.TempDir(), layout)
}

func composeSettingsTo(dir, layout string) Settings {
	return Settings{OutputDir: dir, Names: meeting, Choice: arrangement.Choice{Loudness: arrangement.LoudnessOff,
		Room: room.Options{Look: room.Look{Layout: layout, Width: 640, Height: 360, Fit: "contain"}, Chapters: true,
			Style: room.Style{Labels: "none", Speaker: "none"}}}}
}

// decodedPictures decodes a video, 10 pictures a second.
func decodedPictures(t *testing.T, path string, size int) [][]byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "raw")
	require.NoError(t, gstrun.Run(t.Context(), "filesrc location="+path+" ! qtdemux ! h264parse ! avdec_h264 ! videorate ! video/x-raw,format=I420,framerate=10/1 ! "+
		"filesink location="+out, gstrun.Options{}))
	raw, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Zero(t, len(raw)%size)
	var list [][]byte
	for len(raw) > 0 {
		list, raw = append(list, raw[:size]), raw[size:]
	}
	return list
}

// strip is the colour at the place of the strip in an upright picture of w x h that is fitted into a region.
func strip(frame []byte, width, height int, r report.RoomRegion, w, h int) [3]int {
	scale := min(float64(r.W)/float64(w), float64(r.H)/float64(h))
	x, y := r.X+r.W/2, r.Y+r.H/2+int(float64(h)*scale*0.47)
	luma := width * height
	at := y/2*(width/2) + x/2
	return [3]int{int(frame[y*width+x]), int(frame[luma+at]), int(frame[luma*5/4+at])}
}

// stripsSeen looks whether everybody is where the report says, a quarter of a second away from changes, and counts it.
func stripsSeen(t *testing.T, r *report.Room, path string) map[string]int {
	t.Helper()
	seen := map[string]int{}
	for i, f := range decodedPictures(t, path, 640*360*3/2) {
		ms := float64(i)*100 + 50
		for _, a := range r.Spans {
			if ms < a.From+250 || ms > a.To-250 {
				continue
			}
			for _, g := range a.Regions {
				want, known := strips[g.Person]
				w, h := 160, 90
				if g.Person == "700175" {
					w, h = 90, 160 // held upright
				}
				if !known || g.Source != room.Camera {
					continue
				}
				got := strip(f, 640, 360, g, w, h)
				for k := range want {
					require.InDelta(t, want[k], got[k], 45, "%s at %v ms: %v", g.Person, ms, got)
				}
				seen[g.Person]++
			}
		}
	}
	return seen
}

func TestComposeARoom(t *testing.T) {
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	s := composeSettings(t, "speaker")
	var last pipelines.Progress
	r, err := Room(t.Context(), rec, lost, s, func(p pipelines.Progress) { last = p })
	require.NoError(t, err)
	require.True(t, last.Verifying)
	require.Empty(t, r.Warnings)
	require.Empty(t, r.LeftOut)
	require.Len(t, r.Inputs, 12)
	var names []string
	for _, p := range r.People {
		names = append(names, p.Name)
	}
	require.Equal(t, []string{"Alice", "Bob", "Chidi", "Dana", "Émile"}, names)

	var outputs []string
	for _, o := range r.Outputs {
		outputs = append(outputs, o.File)
		st, err := os.Stat(filepath.Join(s.OutputDir, o.File))
		require.NoError(t, err)
		require.Equal(t, o.Bytes, st.Size())
	}
	require.Equal(t, []string{"2024.mp4", "2024.srt", "2024.speakers.vtt", "2024.score.json"}, outputs)
	left, err := os.ReadDir(s.OutputDir)
	require.NoError(t, err)
	require.Len(t, left, 5, "nothing else is left behind")
	read, ok := report.LoadRoom(filepath.Join(s.OutputDir, "2024.json"))
	require.True(t, ok)
	require.Equal(t, r, read)

	info, err := mp4box.Read(filepath.Join(s.OutputDir, "2024.mp4"))
	require.NoError(t, err)
	require.True(t, info.FastStart)
	require.InDelta(t, r.Timeline[0].WallUs/1_000_000, info.Created.Unix(), 1)
	seen := stripsSeen(t, r, filepath.Join(s.OutputDir, "2024.mp4"))
	for id := range strips {
		require.Greater(t, seen[id], 80, id)
	}
	require.Equal(t, "700101", r.Spans[0].Regions[0].Person, "who speaks first is large")
	large := map[string]bool{}
	for _, a := range r.Spans {
		large[a.Regions[0].Person+" "+string(a.Regions[0].Source)] = true
	}
	require.Equal(t, map[string]bool{"700101 camera": true, "700138 camera": true, "700138 screen": true}, large)

	srt, err := os.ReadFile(filepath.Join(s.OutputDir, "2024.srt"))
	require.NoError(t, err)
	require.Contains(t, string(srt), "Alice: Good morning")
	require.Contains(t, string(srt), "Chidi: One question …")
	require.Len(t, r.Chapters, 3)

	_, err = Room(t.Context(), rec, lost, s, nil)
	require.ErrorIs(t, err, pipelines.ErrExists)
	s.Overwrite = true
	again, err := Room(t.Context(), rec, lost, s, nil)
	require.NoError(t, err)
	require.Equal(t, r.Outputs[3], again.Outputs[3], "the same room gives the same score")
}

func TestWhoIsLeftOutIsNowhere(t *testing.T) {
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	s := composeSettings(t, "auto")
	s.Filter = room.Filter{Without: []string{"Bo*", "video:Alice"}}
	r, err := Room(t.Context(), rec, lost, s, nil)
	require.NoError(t, err)
	require.Len(t, r.LeftOut, 4)
	for _, l := range r.LeftOut {
		require.Equal(t, report.Excluded, l.Reason)
		require.True(t, strings.Contains(l.File, "700138") || strings.Contains(l.File, "700101"))
	}
	require.Len(t, r.People, 4)
	files, err := os.ReadDir(s.OutputDir)
	require.NoError(t, err)
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(s.OutputDir, f.Name()))
		require.NoError(t, err)
		if f.Name() == "2024.json" {
			before, _, _ := strings.Cut(string(text), `"left_out"`)
			text = []byte(before)
		}
		require.NotContains(t, string(text), "700138", f.Name())
		require.NotContains(t, string(text), "Bob", f.Name())
	}
	for _, a := range r.Spans {
		for _, g := range a.Regions {
			if g.Person == "700101" {
				require.Equal(t, room.Avatar, g.Source, "heard, and not seen")
			}
		}
	}
	require.Positive(t, r.People[0].TalkMs)
}

// copied copies a folder, with one file changed.
func copied(t *testing.T, change map[string]func([]byte) []byte) string {
	t.Helper()
	dir := t.TempDir()
	files, err := filepath.Glob("../../testdata/room-meeting/*.mjr")
	require.NoError(t, err)
	for _, f := range files {
		text, err := os.ReadFile(f)
		require.NoError(t, err)
		for part, c := range change {
			if strings.Contains(filepath.Base(f), part) {
				text = c(text)
			}
		}
		if text != nil {
			require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f)), text, 0o600))
		}
	}
	return dir
}

func TestFilesThatCannotBeUsedCostNothingElse(t *testing.T) {
	broken := func([]byte) []byte { return []byte("MJR00002\xff\xffnothing that could be read") }
	gone := func([]byte) []byte { return nil }
	dir := copied(t, map[string]func([]byte) []byte{
		"user-700138-1777983985642688": broken, "user-700175-1777983985682719": func([]byte) []byte { return []byte{} },
		"700101-1777983985542714": func(b []byte) []byte { return b[:len(b)/2] },
		"user-700249":             gone,
	})
	rec, lost := meetingIn(t, dir)
	r, err := Room(t.Context(), rec, lost, composeSettings(t, "grid"), nil)
	require.NoError(t, err)
	require.Len(t, r.LeftOut, 2)
	for _, l := range r.LeftOut {
		require.NotEmpty(t, l.Reason)
	}
	require.GreaterOrEqual(t, len(r.Warnings), 2)
	require.Len(t, r.People, 4)
}

func TestRoomsWithoutPicturesOrWithoutSound(t *testing.T) {
	gone := func([]byte) []byte { return nil }
	rec, lost := meetingIn(t, copied(t, map[string]func([]byte) []byte{"-video-": gone}))
	s := composeSettings(t, "auto")
	s.Loudness = -16
	r, err := Room(t.Context(), rec, lost, s, nil)
	require.NoError(t, err)
	require.Equal(t, "2024.m4a", r.Outputs[0].File)
	require.Nil(t, r.Canvas)
	require.Empty(t, r.Spans)
	require.NotZero(t, r.People[0].GainDB)
	require.NotNil(t, r.People[0].Loudness)

	s = composeSettings(t, "auto")
	s.Sound = arrangement.SoundNone
	_, err = Room(t.Context(), rec, lost, s, nil)
	require.ErrorIs(t, err, plan.ErrNoMedia)
	require.ErrorContains(t, err, "but sound, and \"sound\" leaves that out")

	rec, lost = meetingIn(t, copied(t, map[string]func([]byte) []byte{"-audio-": gone}))
	r, err = Room(t.Context(), rec, lost, composeSettings(t, "auto"), nil)
	require.NoError(t, err)
	require.Len(t, r.Outputs[0].Tracks, 1)

	rec, lost = meetingIn(t, "../../testdata/e2ee-flagged")
	s = composeSettings(t, "auto")
	_, err = Room(t.Context(), rec, lost, s, nil)
	require.ErrorIs(t, err, plan.ErrEncrypted)
	r, ok := report.LoadRoom(filepath.Join(s.OutputDir, rec.Name+".json"))
	require.True(t, ok)
	require.NotEmpty(t, r.LeftOut)
	require.NotEmpty(t, r.Error)
	_, err = Room(t.Context(), rec, lost, s, nil)
	require.ErrorIs(t, err, plan.ErrEncrypted, "nothing that is there keeps it from being tried again")
}

// Without an encoder the error says what to install, as for participants.
func TestRoomWithoutEncoder(t *testing.T) {
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	s := composeSettings(t, "auto")
	s.Elements = func(name string) bool { return !strings.Contains(name, "264enc") && pipelines.HasElement(name) }
	_, err := Room(t.Context(), rec, lost, s, nil)
	require.ErrorContains(t, err, "x264enc or openh264enc to encode H.264: install gstreamer1.0-plugins-ugly")
	require.ErrorAs(t, err, new(*plan.MissingElementError))
}

// A pattern that fits nobody is what the error speaks of, and not the recording.
func TestRoomOfNobody(t *testing.T) {
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	s := composeSettings(t, "auto")
	s.Filter.Who = []string{"nobody"}
	_, err := Room(t.Context(), rec, lost, s, nil)
	require.ErrorIs(t, err, plan.ErrNoMedia)
	require.ErrorContains(t, err, `"who" and "without" leave all out`)
}

func TestComposeStopsAtOnceAndLeavesNothing(t *testing.T) {
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	s := composeSettings(t, "grid")
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Room(ctx, rec, lost, s, func(p pipelines.Progress) {
		if p.Done > 0 {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	files, err := os.ReadDir(s.OutputDir)
	require.NoError(t, err)
	require.Empty(t, files)
}

func TestComposePlans(t *testing.T) {
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	s := composeSettings(t, "auto")
	s.Sound = arrangement.SoundDual + "Alice"
	planned := errors.New("planned")
	s.Composed = func(score *room.Score, line string) error {
		require.Contains(t, line, "uprightstage")
		require.Equal(t, -1.0, score.Voices[0].Pan)
		require.Equal(t, 1.0, score.Voices[1].Pan)
		return planned
	}
	_, err := Room(t.Context(), rec, lost, s, nil)
	require.ErrorIs(t, err, planned)
	files, err := os.ReadDir(s.OutputDir)
	require.NoError(t, err)
	require.Empty(t, files)
	s.Sound = arrangement.SoundDual + "Nobody"
	_, err = Room(t.Context(), rec, lost, s, nil)
	require.ErrorIs(t, err, plan.ErrSettings)
	s.Sound = arrangement.SoundDual + "Kim"
	s.Names = room.Names{"700101": "Kim", "700138": "Kim"}
	_, err = Room(t.Context(), rec, lost, s, nil)
	require.ErrorIs(t, err, plan.ErrSettings)
	require.ErrorContains(t, err, `2 people in 2024 are called "Kim": give one's id: 700101, 700138`)
	for _, change := range []func(*Settings){
		func(s *Settings) { s.Sound = "loud" }, func(s *Settings) { s.Sound = arrangement.SoundDual },
		func(s *Settings) { s.Loudness = 3 },
		func(s *Settings) { s.Room.FPS = 5 }, func(s *Settings) { s.Room.Layout = "heap" },
		func(s *Settings) { s.Room.Width = 641 },
		func(s *Settings) { s.Filter.Who = []string{"[a"} },
	} {
		s := composeSettings(t, "auto")
		change(&s)
		require.Error(t, s.Check(), fmt.Sprintf("%+v", s))
	}
}
