package convert_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/recording/kinds"
)

// A camera that is switched on three times for 2 s in a call of 12 s: one video, in which the last picture stands in
// between.
func TestCameraSwitchedOnAgain(t *testing.T) {
	scene.NeedDecoder(t)
	vp8 := testmjr.Recorded(t, "pion-vp8-opus", mjr.Video)
	h264 := testmjr.Recorded(t, "rot-h264-90", mjr.Video)
	write := func(codecs ...string) string {
		in := t.TempDir()
		testmjr.Audio(600).Write(t, in, fmt.Sprintf("videoroom-1-user-2-%d-audio-0.mjr", testmjr.OriginUs))
		for i, codec := range codecs {
			units := vp8
			if codec == "h264" {
				units = h264
			}
			camera := testmjr.Video(codec, 30, 15, testmjr.Loop(units))
			camera.Header.CreatedUs = testmjr.OriginUs + int64(i)*5_000_000
			camera.Write(t, in, fmt.Sprintf("videoroom-1-user-2-%d-video-%d.mjr", camera.Header.CreatedUs, 1+2*i))
		}
		return in
	}
	for name, c := range map[string]struct {
		in, profile, mode string
	}{
		"copied":             {write("vp8", "vp8", "vp8"), profile.Original, "copy"},
		"copied with sets":   {write("h264", "h264", "h264"), profile.MP4, "copy"},
		"encoded":            {write("vp8", "vp8", "vp8"), profile.MP4, "mixed"},
		"of two codecs":      {write("vp8", "vp8", "h264"), profile.MP4, "mixed"},
		"in WebM":            {write("vp8", "vp8", "h264"), profile.WebM, "mixed"},
		"in Matroska":        {write("h264", "vp8", "vp8"), profile.MKV, "mixed"},
		"of changing codecs": {write("h264", "vp8", "h264"), profile.MP4, "mixed"},
	} {
		made, paths := must(t, c.in, c.profile)
		require.Len(t, made.Outputs, 1, name)
		require.Len(t, made.Inputs, 4, name)
		require.Equal(t, c.mode, made.Plan.Mode, name)
		require.InDelta(t, 12_000, made.Outputs[0].DurationMs, 100, name)
		shown := scene.Pictures(t, paths[0])
		require.Equal(t, 90, len(shown), name)
		for i, p := range shown {
			want := time.Duration(i/30)*5*time.Second + time.Duration(i%30)*time.Second/15
			require.InDelta(t, want, p.At, float64(20*time.Millisecond), "%s: picture %d", name, i)
		}
	}
	made, err := converted(t, write("vp8", "vp8"), profile.Original,
		convert.Settings{Settings: plan.Settings{OutputDir: t.TempDir(), Options: options.Options{Split: true}}})
	require.NoError(t, err)
	require.Len(t, made.Outputs, 2)
}

// With --gap black a black picture stands from when the camera goes off until it is on again, and behind the last one.
func TestBlackWhileTheCameraIsOff(t *testing.T) {
	scene.NeedDecoder(t)
	vp8 := testmjr.Recorded(t, "pion-vp8-opus", mjr.Video)
	h264 := testmjr.Recorded(t, "rot-h264-90", mjr.Video)
	for name, codecs := range map[string][]string{"of one codec": {"h264", "h264", "h264"},
		"of two": {"vp8", "h264", "h264"}} {
		in := t.TempDir()
		testmjr.Audio(800).Write(t, in, fmt.Sprintf("videoroom-1-user-2-%d-audio-0.mjr", testmjr.OriginUs))
		for i, codec := range codecs {
			camera := testmjr.Video(codec, 30, 15, testmjr.Loop(map[string][]testmjr.Unit{"vp8": vp8, "h264": h264}[codec]))
			camera.Header.CreatedUs = testmjr.OriginUs + int64(i)*5_000_000
			camera.Write(t, in, fmt.Sprintf("videoroom-1-user-2-%d-video-%d.mjr", camera.Header.CreatedUs, 1+2*i))
		}
		made, err := converted(t, in, profile.MP4, convert.Settings{Settings: plan.Settings{OutputDir: in,
			Options: options.Options{Gap: options.GapBlack}}})
		require.NoError(t, err)
		require.InDelta(t, 16_000, made.Outputs[0].DurationMs, 100, name)
		var dark []float64
		for _, p := range scene.Pictures(t, filepath.Join(in, made.Outputs[0].File)) {
			if !p.Known {
				dark = append(dark, p.At.Seconds())
			}
		}
		require.InDeltaSlice(t, []float64{2, 7, 12}, dark, 0.02, name)
	}
}

// A camera that is switched on a hundred times.
func TestHundredToggles(t *testing.T) {
	scene.NeedDecoder(t)
	in := t.TempDir()
	vp8 := testmjr.Recorded(t, "pion-vp8-opus", mjr.Video)
	testmjr.Audio(10_000).Write(t, in, fmt.Sprintf("videoroom-1-user-2-%d-audio-0.mjr", testmjr.OriginUs))
	for i := range 100 {
		camera := testmjr.Video("vp8", 15, 15, testmjr.Loop(vp8))
		camera.Header.CreatedUs = testmjr.OriginUs + int64(i)*2_000_000
		camera.Write(t, in, fmt.Sprintf("videoroom-1-user-2-%d-video-%d.mjr", camera.Header.CreatedUs, 1+i%7))
	}
	made, paths := must(t, in, profile.Original)
	require.Len(t, made.Outputs, 1)
	require.Len(t, made.Inputs, 101)
	shown := scene.Pictures(t, paths[0])
	require.Equal(t, 1500, len(shown))
	require.InDelta(t, 198*time.Second+14*time.Second/15, shown[1499].At, float64(20*time.Millisecond))
}

// A person whose connection is lost comes back after 3 s with all files new: with rejoin one video, in which the last
// picture stands for so long and nothing is heard, of one name.
func TestRejoin(t *testing.T) {
	scene.NeedDecoder(t)
	in := t.TempDir()
	vp8 := testmjr.Recorded(t, "pion-vp8-opus", mjr.Video)
	for i := range 2 {
		at := testmjr.OriginUs + int64(i)*5_000_000
		sound, camera := testmjr.Audio(100), testmjr.Video("vp8", 30, 15, testmjr.Loop(vp8))
		sound.Header.CreatedUs, camera.Header.CreatedUs = at, at
		sound.Write(t, in, fmt.Sprintf("videoroom-1-user-2-%d-audio-0.mjr", at))
		camera.Write(t, in, fmt.Sprintf("videoroom-1-user-2-%d-video-1.mjr", at))
	}
	found, _, err := kinds.Rejoined([]string{in}, 0)
	require.NoError(t, err)
	require.Len(t, found[0].Participants, 2)
	found, _, err = kinds.Rejoined([]string{in}, 4*time.Second)
	require.NoError(t, err)
	require.Len(t, found[0].Participants, 1)

	dir := t.TempDir()
	made, err := convert.Participant(t.Context(), found[0], found[0].Participants[0], profile.Profile{Name: profile.MP4},
		convert.Settings{Settings: plan.Settings{OutputDir: dir}}, nil)
	require.NoError(t, err)
	require.Len(t, made.Inputs, 4)
	require.Equal(t, []string{"1-2.json", "1-2.mp4"}, list(t, dir))
	require.InDelta(t, 7000, made.Outputs[0].DurationMs, 100)
	path := filepath.Join(dir, "1-2.mp4")
	shown := scene.Pictures(t, path)
	require.Len(t, shown, 60)
	for i, p := range shown {
		want := time.Duration(i/30)*5*time.Second + time.Duration(i%30)*time.Second/15
		require.InDelta(t, want, p.At, float64(20*time.Millisecond), "picture %d", i)
	}
}

// Two cameras without sound, of which the second begins 4 s later: each begins its own file, in whatever codec, copied
// or encoded.
func TestSecondVideoWithoutSound(t *testing.T) {
	scene.NeedDecoder(t)
	for codec, folder := range map[string]string{"vp8": "pion-vp8-opus", "h264": "rot-h264-90", "vp9": "chromium-vp9-opus",
		"av1": "pion-av1-opus"} {
		units := testmjr.Recorded(t, folder, mjr.Video)
		in := t.TempDir()
		for i := range 2 {
			camera := testmjr.Video(codec, 90, 15, testmjr.Loop(units))
			camera.Header.CreatedUs = testmjr.OriginUs + int64(i)*4_000_000
			camera.Write(t, in, fmt.Sprintf("videoroom-1-user-2-%d-video-%d.mjr", camera.Header.CreatedUs, 1+i))
		}
		for _, name := range []string{profile.Original, profile.MKV, profile.WebM, profile.MP4} {
			made, paths := must(t, in, name)
			require.Len(t, made.Outputs, 2, name)
			for _, path := range paths {
				shown := scene.Pictures(t, path)
				require.Len(t, shown, 90, "%s, %s", codec, name)
				require.Zero(t, shown[0].At, "%s, %s", codec, name)
				require.InDelta(t, 89*time.Second/15, shown[89].At, float64(20*time.Millisecond), "%s, %s", codec, name)
			}
		}
	}
}

// The same of a second camera that goes off and on again in another codec, with black in between.
func TestSecondVideoWithGap(t *testing.T) {
	scene.NeedDecoder(t)
	for _, last := range []string{"vp8", "h264"} {
		units := map[string][]testmjr.Unit{"vp8": testmjr.Recorded(t, "pion-vp8-opus", mjr.Video),
			"h264": testmjr.Recorded(t, "rot-h264-90", mjr.Video)}
		in := t.TempDir()
		for i, codec := range []string{"vp8", "vp8", last} { // seconds 0 to 20, 4 to 8, and 12 to 16
			camera := testmjr.Video(codec, []int{300, 60, 60}[i], 15, testmjr.Loop(units[codec]))
			camera.Header.CreatedUs = testmjr.OriginUs + []int64{0, 4_000_000, 12_000_000}[i]
			camera.Write(t, in, fmt.Sprintf("videoroom-1-user-2-%d-video-%d.mjr", camera.Header.CreatedUs, min(i, 1)+1))
		}
		for _, name := range []string{profile.WebM, profile.MKV, profile.MP4} {
			dir := t.TempDir()
			made, err := converted(t, in, name, convert.Settings{Settings: plan.Settings{OutputDir: dir,
				Options: options.Options{Gap: options.GapBlack}}})
			require.NoError(t, err, "%s %s", last, name)
			require.Len(t, made.Outputs, 2, "%s %s", last, name)
			var known, dark []float64
			for _, p := range scene.Pictures(t, filepath.Join(dir, made.Outputs[1].File)) {
				if p.Known {
					known = append(known, p.At.Seconds())
				} else {
					dark = append(dark, p.At.Seconds())
				}
			}
			require.InDeltaSlice(t, []float64{4}, dark, 0.02, "%s %s", last, name)
			require.Len(t, known, 120, "%s %s", last, name)
			require.InDelta(t, 0, known[0], 0.02, "%s %s", last, name)
			require.InDelta(t, 8, known[60], 0.02, "%s %s", last, name)
		}
	}
}
