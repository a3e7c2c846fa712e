package convert_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
)

// TestPicturesAndSound converts real recordings and looks at the result: every recorded picture is there, once, in
// order, the right way up, and in time with the sound.
func TestPicturesAndSound(t *testing.T) {
	scene.NeedDecoder(t)
	for name, mode := range map[string][2]string{ // by profile
		"rot-h264-90":               {"copy", "copy"},
		"h264-720p30-rot90":         {"copy", "copy"},
		"rot-change-h264-libwebrtc": {"mixed", "mixed"},
		"chromium-vp8-rot-change":   {"mixed", "mixed"},
		"pion-vp8-opus":             {"mixed", "copy"},
		"chromium-vp9-opus":         {"copy", "copy"},
		"pion-av1-opus":             {"copy", "copy"},
		"derived-mjr00001":          {"mixed", "copy"},
		"derived-zero-tail":         {"copy", "copy"},
		"video-late-3s":             {"copy", "copy"},
		"chromium-red-echotest":     {"mixed", "copy"},
	} {
		for i, profile := range profiles {
			t.Run(name+" "+profile, func(t *testing.T) {
				want := truthOf(t, name)
				report, paths := must(t, testmjr.TestData(name), profile)
				require.Equal(t, mode[i], report.Plan.Mode, report.Plan.Reason)
				require.InDelta(t, want.DurationMs, report.Outputs[0].DurationMs, 300)

				pictures := scene.Pictures(t, paths[0])
				if !pictures[0].Known && strings.HasSuffix(paths[0], ".webm") { // black until the camera comes on
					require.Zero(t, pictures[0].At)
					require.Greater(t, pictures[1].At, time.Duration(0))
					requireBlack(t, paths[0])
					pictures = pictures[1:]
				}
				last, known := -1, 0
				for _, p := range pictures {
					if !p.Known {
						continue
					}
					known++
					require.Equal(t, cvo.Orientation{}, p.Turn, "picture %d at %s", p.Counter, p.At)
					if strings.HasPrefix(name, "chromium") { // a browser draws by a clock of its own
						require.GreaterOrEqual(t, p.Counter, last, "at %s", p.At)
					} else {
						require.Greater(t, p.Counter, last, "at %s", p.At)
					}
					last = p.Counter
				}
				require.Equal(t, len(pictures), known, "all pictures show the scene")
				if n := want.Participants[0].Video.Frames; n > 0 {
					require.Equal(t, n, known)
				}

				off := sync(t, paths[0])
				require.GreaterOrEqual(t, len(off), 2)
				median := off[len(off)/2].Seconds() * 1000
				tolerance := 10.0 // scripted senders know exactly when they sent what
				if strings.HasPrefix(name, "chromium") {
					tolerance = want.ToleranceMs
				}
				require.InDelta(t, 0, median, tolerance, "flash against beep: %v", off)
			})
		}
	}
}

// TestTurnsEachPictureItself turns in mid-file, as often as there are orientations, in every codec and container that
// has to be encoded for it: each picture has to be turned as it says, the ones at the changes too.
func TestTurnsEachPictureItself(t *testing.T) {
	scene.NeedDecoder(t)
	const per = 12 // pictures with each orientation
	values := []int{0, 1, 2, 3, 0, 4, 5, 6, 7}
	of := func(unit int) cvo.Orientation {
		v := values[unit/per]
		return cvo.Orientation{Degrees: v % 4 * 90, Flip: v > 3}
	}
	var schedule []int
	for i, v := range values {
		schedule = append(schedule, i*per, v)
	}
	for name, c := range map[string]struct {
		folder, codec string
		pcmu          bool
		files         [2]string
	}{
		"H.264":         {"video-late-3s", "h264", false, [2]string{"mp4", "mp4"}},
		"H.264 in MKV":  {"video-late-3s", "h264", true, [2]string{"mp4", "mkv"}},
		"VP8":           {"pion-vp8-opus", "vp8", false, [2]string{"mp4", "webm"}},
		"VP9":           {"chromium-vp9-opus", "vp9", false, [2]string{"mp4", "webm"}},
		"AV1":           {"pion-av1-opus", "av1", false, [2]string{"mp4", "webm"}},
		"VP8 and G.711": {"pion-vp8-opus", "vp8", true, [2]string{"mp4", "mkv"}},
	} {
		in := t.TempDir()
		source := testmjr.Recorded(t, c.folder, mjr.Video)
		units := min(len(source), per*len(values))
		video := testmjr.Video(c.codec, units, 15, func(i int) testmjr.Unit { return source[i] })
		video.Header.Extensions = map[int]string{4: cvo.URI}
		video.Orientation = &testmjr.Orientation{ID: 4, Value: testmjr.Turned(schedule...)}
		video.Write(t, in, "echotest-turning-video.mjr")
		audio := testmjr.Audio(units * 50 / 15)
		if c.pcmu {
			audio.Header.Codec, audio.PayloadType, audio.ClockRate, audio.Source = "pcmu", 0, 8000, testmjr.PCMU()
		}
		audio.Write(t, in, "echotest-turning-audio.mjr")
		for i, profile := range profiles {
			t.Run(name+" "+profile, func(t *testing.T) {
				_, paths := must(t, in, profile)
				require.Equal(t, "."+c.files[i], filepath.Ext(paths[0]))
				pictures := scene.Pictures(t, paths[0])
				require.Equal(t, units, len(pictures))
				wrong := 0
				for n, p := range pictures {
					require.Equal(t, pictures[0].Width, p.Width, "one canvas")
					require.Equal(t, pictures[0].Height, p.Height, "one canvas")
					require.InDelta(t, time.Duration(n)*time.Second/15, p.At-pictures[0].At, float64(2*time.Millisecond))
					want := of(n) // the source is upright: turned by this, this would have to be undone
					if !want.Flip {
						want.Degrees = (360 - want.Degrees) % 360
					}
					if !p.Known {
						wrong++ // scaled down in another shape, a corner may be hard to tell
						continue
					}
					require.Equal(t, want, p.Turn, "picture %d", n)
				}
				require.LessOrEqual(t, wrong, units/20)
			})
		}
	}
}

func TestStereoStaysStereo(t *testing.T) {
	scene.NeedDecoder(t)
	for _, audio := range []options.Audio{options.AudioAuto, options.AudioAAC} {
		dir := t.TempDir()
		report, err := converted(t, testmjr.TestData("audio-opus-stereo"), "",
			convert.Settings{Settings: plan.Settings{Options: options.Options{Audio: audio}, OutputDir: dir}})
		require.NoError(t, err)
		require.Equal(t, 2, report.Outputs[0].Tracks[0].Channels)
		path := filepath.Join(dir, report.Outputs[0].File)
		left, right := scene.Beeps(scene.Sound(t, path, 0), 0), scene.Beeps(scene.Sound(t, path, 1), 0)
		require.Len(t, left, 5)
		require.Len(t, right, 5)
		for i := range left {
			require.Equal(t, i+1, left[i].Second, audio)
			require.InDelta(t, 2*left[i].Hz, right[i].Hz, 5, "the right channel is an octave higher")
			require.InDelta(t, time.Duration(i+1)*time.Second, left[i].At, float64(8*time.Millisecond), audio)
		}
	}
}

// Telephone sound is encoded, and every hole in it is as long as it was.
func TestSilenceIsFilled(t *testing.T) {
	scene.NeedDecoder(t)
	_, paths := must(t, testmjr.TestData("audio-mute-gap"), profile.MP4)
	for _, b := range scene.Beeps(scene.Sound(t, paths[0], 0), 0) {
		require.InDelta(t, 0, (b.At-b.At.Round(time.Second)).Seconds()*1000, 25)
	}
}

func TestNothingThere(t *testing.T) {
	for name, want := range map[string]struct {
		err   error
		codes string
	}{
		"empty-both":   {plan.ErrNoMedia, "NO_MEDIA NO_MEDIA"},
		"e2ee-flagged": {plan.ErrEncrypted, "ENCRYPTED_MEDIA ENCRYPTED_MEDIA"},
	} {
		dir := t.TempDir()
		for range 2 { // a report without outputs is no reason to refuse the next attempt
			r, err := converted(t, testmjr.TestData(name), "", convert.Settings{Settings: plan.Settings{OutputDir: dir}})
			require.ErrorIs(t, err, want.err)
			require.Equal(t, want.codes, codes(r.Warnings))
			require.Len(t, r.Inputs, 2)
			require.Empty(t, r.Outputs)
			require.NotEmpty(t, r.Error)
			require.Equal(t, []string{r.Participant + ".json"}, list(t, dir))
			require.Equal(t, r, read(t, report.Path(dir, r.Participant)))
		}
	}
}

// One bad file of a pair costs only itself.
func TestOneFileIsBad(t *testing.T) {
	video, err := testmjr.Find(testmjr.TestData("rot-h264-90"), mjr.Video)
	require.NoError(t, err)
	good, err := os.ReadFile(video)
	require.NoError(t, err)
	headless, _, _ := strings.Cut(string(good), "MEET")
	for name, c := range map[string]struct{ video, code string }{
		"eight bytes":     {string(good[:8]), "NO_MEDIA"},
		"nothing":         {"", "NO_MEDIA"},
		"half a header":   {string(good[:40]), "UNREADABLE"},
		"header only":     {headless, "NO_MEDIA"},
		"not a recording": {strings.Repeat("text ", 100), "UNREADABLE"},
	} {
		t.Run(name, func(t *testing.T) {
			in, dir := t.TempDir(), t.TempDir()
			bad := filepath.Join(in, "videoroom-1-user-2-1700000000000000-video-1.mjr")
			require.NoError(t, os.WriteFile(bad, []byte(c.video), 0o600))
			sound := testmjr.Audio(100)
			sound.Source = testmjr.Loop(testmjr.Recorded(t, "rot-h264-90", mjr.Audio))
			audio := sound.Write(t, in, "videoroom-1-user-2-1700000000000000-audio-0.mjr")
			p := &recording.Participant{Name: "1-2", Tracks: []*recording.File{janus.ReadFile(bad), janus.ReadFile(audio)}}
			rec := &recording.Recording{Name: "1", Participants: []*recording.Participant{p}}
			report, err := convert.Participant(t.Context(), rec, p, profile.Profile{},
				convert.Settings{Settings: plan.Settings{OutputDir: dir}}, nil)
			require.NoError(t, err)
			require.Equal(t, []string{"1-2.json", "1-2.m4a"}, list(t, dir))
			require.Equal(t, c.code+" PAIR_MISSING_VIDEO", codes(report.Warnings))
			require.Len(t, report.Inputs, 2)
			require.NotEmpty(t, report.Inputs[0].Error)
			require.Empty(t, report.Inputs[1].Error)
		})
	}
}

// The least that can be recorded.
func TestOneOfEach(t *testing.T) {
	for name, folder := range map[string]string{"h264": "rot-h264-90", "vp8": "pion-vp8-opus", "vp9": "chromium-vp9-opus",
		"av1": "pion-av1-opus"} {
		for _, profile := range profiles {
			for _, audio := range []int{0, 1, 5} {
				in := t.TempDir()
				testmjr.Video(name, 1, 15, testmjr.Loop(testmjr.Recorded(t, folder, mjr.Video))).Write(t, in,
					"echotest-short-video.mjr")
				tracks := 1
				if audio > 0 {
					testmjr.Audio(audio).Write(t, in, "echotest-short-audio.mjr")
					tracks = 2
				}
				report, _ := must(t, in, profile)
				require.Len(t, report.Outputs[0].Tracks, tracks, "%s %s %d", name, profile, audio)
			}
		}
	}
	for _, codec := range []string{"opus", "pcmu"} {
		for _, profile := range profiles {
			in := t.TempDir()
			audio := testmjr.Audio(1)
			if codec == "pcmu" {
				audio.Header.Codec, audio.PayloadType, audio.ClockRate, audio.Source = "pcmu", 0, 8000, testmjr.PCMU()
			}
			audio.Write(t, in, "echotest-short-audio.mjr")
			must(t, in, profile)
		}
	}
}

func TestCameraAndScreen(t *testing.T) {
	scene.NeedDecoder(t)
	in := t.TempDir()
	h264 := testmjr.Recorded(t, "video-late-3s", mjr.Video)
	camera := testmjr.Video("h264", 90, 15, testmjr.Loop(h264))
	camera.Header.Description = "camera"
	camera.Write(t, in, "videoroom-1-user-2-1700000000000000-video-1.mjr")
	screen := testmjr.Video("vp8", 60, 15, testmjr.Loop(testmjr.Recorded(t, "pion-vp8-opus", mjr.Video)))
	screen.Start = 2 * time.Second
	screen.Header.Description = "my screen"
	screen.Write(t, in, "videoroom-1-user-2-1700000000000010-video-2.mjr")
	testmjr.Audio(300).Write(t, in, "videoroom-1-user-2-1700000000000020-audio-0.mjr")
	for wanted, want := range map[string][]string{
		profile.MP4:      {"1-2.mp4", "1-2-my screen.mp4"},
		profile.Original: {"1-2.mp4", "1-2-my screen.webm"},
	} {
		report, paths := must(t, in, wanted)
		for i, o := range report.Outputs {
			require.Equal(t, want[i], o.File)
			require.Len(t, o.Tracks, 2)
			require.InDelta(t, 6000, o.DurationMs, 100)
		}
		second := scene.Pictures(t, paths[1])
		start := 2 * time.Second
		require.InDelta(t, start+time.Second/15, second[1].At, float64(20*time.Millisecond), "on the same clock as the first")
		if wanted == profile.Original {
			start = 0 // in WebM the first picture stands from the start
		}
		require.InDelta(t, start, second[0].At, float64(20*time.Millisecond))
		require.Equal(t, 60, len(second))
		require.Contains(t, report.Plan.Pipeline, "tee")
	}
}

func TestMessagesBecomeSubtitles(t *testing.T) {
	in := t.TempDir()
	testmjr.Audio(300).Write(t, in, "videoroom-1-user-2-1700000000000000-audio-0.mjr")
	data, err := os.Create(filepath.Join(in, "videoroom-1-user-2-1700000000000000-data-1.mjr"))
	require.NoError(t, err)
	w, err := mjr.NewWriter(data, mjr.Header{Generation: mjr.Generation2, Kind: mjr.Data, Codec: "text",
		CreatedUs: testmjr.OriginUs, FirstUs: testmjr.OriginUs})
	require.NoError(t, err)
	for i, text := range []string{"hello", "über\nzwei Zeilen"} {
		ms := uint32(1500 + 2000*i)
		record := fmt.Appendf(nil, "%s", bigEndian(testmjr.OriginUs+int64(ms)*1000))
		require.NoError(t, w.WriteRecord(ms, append(record, text...)))
	}
	require.NoError(t, data.Close())
	report, paths := must(t, in, "")
	require.Equal(t, []string{"1-2.m4a", "1-2.srt"}, []string{report.Outputs[0].File, report.Outputs[1].File})
	text, err := os.ReadFile(paths[1])
	require.NoError(t, err)
	require.Equal(t, "1\n00:00:01,500 --> 00:00:03,499\nhello\n\n2\n00:00:03,500 --> 00:00:08,500\nüber\nzwei Zeilen\n\n",
		string(text))
}

func bigEndian(us int64) []byte {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(us >> (56 - 8*i))
	}
	return b
}

func TestOutputsAreNotOverwritten(t *testing.T) {
	in, dir := testmjr.TestData("audio-opus-stereo"), t.TempDir()
	made, err := converted(t, in, "", convert.Settings{Settings: plan.Settings{OutputDir: dir}})
	require.NoError(t, err)
	path := filepath.Join(dir, made.Outputs[0].File)
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
	before := list(t, dir)

	_, err = converted(t, in, "", convert.Settings{Settings: plan.Settings{OutputDir: dir}})
	require.ErrorIs(t, err, pipelines.ErrExists)
	require.ErrorContains(t, err, ".json exists already: use --overwrite")
	require.NoError(t, os.Remove(report.Path(dir, made.Participant)))
	_, err = converted(t, in, "", convert.Settings{Settings: plan.Settings{OutputDir: dir}})
	require.ErrorIs(t, err, pipelines.ErrExists)
	require.ErrorContains(t, err, made.Outputs[0].File)
	mine, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "mine", string(mine))

	again, err := converted(t, in, "", convert.Settings{Settings: plan.Settings{OutputDir: dir}, Overwrite: true})
	require.NoError(t, err)
	require.Equal(t, made.Outputs[0].Bytes, again.Outputs[0].Bytes)
	require.Equal(t, before, list(t, dir))
}

func TestDiskFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full to write to")
	}
	dir := t.TempDir()
	_, p := only(t, testmjr.TestData("rot-h264-90"))
	require.NoError(t, os.Symlink("/dev/full", filepath.Join(dir, "."+p.Name+".mp4.partial")))
	_, err := converted(t, testmjr.TestData("rot-h264-90"), "", convert.Settings{Settings: plan.Settings{OutputDir: dir}})
	require.ErrorContains(t, err, "no space is left in "+dir+": make room, then try again")
	require.Empty(t, list(t, dir))
}

func TestFolderThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := converted(t, testmjr.TestData("rot-h264-90"), "",
		convert.Settings{Settings: plan.Settings{OutputDir: filepath.Join(file, "out")}})
	require.ErrorContains(t, err, "not a directory")
	if os.Geteuid() == 0 {
		return // root may write everywhere
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o500))
	_, err = converted(t, testmjr.TestData("rot-h264-90"), "", convert.Settings{Settings: plan.Settings{OutputDir: dir}})
	require.ErrorContains(t, err, "cannot write into "+dir)
}

func TestCancelLeavesNothing(t *testing.T) {
	rec, p := only(t, testmjr.TestData("rot-change-h264-libwebrtc"))
	for _, after := range []time.Duration{0, time.Millisecond, 20 * time.Millisecond, 80 * time.Millisecond} {
		dir := t.TempDir()
		ctx, cancel := context.WithTimeout(t.Context(), after)
		_, err := convert.Participant(ctx, rec, p, profile.Profile{},
			convert.Settings{Settings: plan.Settings{OutputDir: dir}}, nil)
		cancel()
		if err == nil { // it was faster
			continue
		}
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Empty(t, list(t, dir))
	}
}

func TestProgress(t *testing.T) {
	rec, p := only(t, testmjr.TestData("rot-h264-90"))
	var seen []pipelines.Progress
	_, err := convert.Participant(t.Context(), rec, p, profile.Profile{},
		convert.Settings{Settings: plan.Settings{OutputDir: t.TempDir()}},
		func(p pipelines.Progress) { seen = append(seen, p) })
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(seen), 2)
	for i, p := range seen {
		require.InDelta(t, 6020*time.Millisecond, p.Total, float64(10*time.Millisecond))
		require.LessOrEqual(t, p.Done, p.Total)
		if i > 0 {
			require.GreaterOrEqual(t, p.Done, seen[i-1].Done)
		}
	}
	require.Equal(t, seen[len(seen)-1].Total, seen[len(seen)-1].Done)
}

func TestElementsThatAreMissing(t *testing.T) {
	dir := t.TempDir()
	without := convert.Settings{Settings: plan.Settings{OutputDir: dir,
		Elements: func(name string) bool { return name != "h264parse" && gstrun.HasElement(name) }}}
	_, err := converted(t, testmjr.TestData("rot-change-h264-libwebrtc"), "", without)
	var missing *plan.MissingElementError
	require.True(t, errors.As(err, &missing))
	require.Empty(t, list(t, dir))

	_, err = converted(t, testmjr.TestData("rot-h264-90"), "", without)
	require.NoError(t, err, "a copy needs no parser")
}
