package playback_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/mp4box"
	"github.com/upright-media/upright/internal/playback"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording/kinds"
)

// fractions of the duration at which pictures are looked at, in an order that seeks both ways.
var fractions = []float64{0, 0.5, 0.25, 1, 0.75}

// optional are the codecs that a build of Chromium may lack, with a content type to ask it. It has to play all others.
var optional = map[string]string{
	"h265": `video/mp4; codecs="hvc1.1.6.L93.B0"`,
}

// nothing are the recordings in testdata that hold nothing to play.
var nothing = []string{"e2ee-flagged", "empty-both"}

// unmarked are the recordings whose pictures do not show the scene, but what Chromium calls a fake device.
var unmarked = []string{"chromium-fakedevice-vp8"}

// TestPlays converts every recording and plays what came out. UPRIGHT_CORPUS can name a folder with more recordings of
// the kind that testdata has.
func TestPlays(t *testing.T) {
	browser := playback.Start(t)
	folders := []string{testmjr.TestData()}
	if corpus := os.Getenv("UPRIGHT_CORPUS"); corpus != "" {
		folders = append(folders, corpus)
	}
	for i, folder := range folders {
		cases := recordings(t, folder)
		require.NotEmpty(t, cases, "there are no recordings in %s", folder)
		for _, name := range cases {
			for _, profile := range []string{profile.MP4, profile.Original} {
				t.Run(name+"/"+profile, func(t *testing.T) {
					files := converted(t, filepath.Join(folder, name), profile)
					if i == 0 {
						require.Equal(t, slices.Contains(nothing, name), len(files) == 0, "there is something to play")
					}
					for _, f := range files {
						t.Run(f.report.File, func(t *testing.T) {
							for _, problem := range play(t, browser, f, !slices.Contains(unmarked, name)) {
								t.Errorf("%s: %s", f.report.File, problem)
							}
						})
					}
				})
			}
		}
	}
}

// TestPlaysAAC plays what --audio aac makes of every audio codec that recordings have, and of none.
func TestPlaysAAC(t *testing.T) {
	browser := playback.Start(t)
	for _, name := range []string{"rot-h264-90", "audio-mute-gap", "audio-opus-stereo", "nosip-call-pcmu",
		"chromium-vp9-opus"} {
		for _, profile := range []string{profile.MP4, profile.Original} {
			t.Run(name+"/"+profile, func(t *testing.T) {
				files := convertAs(t, testmjr.TestData(name), profile,
					convert.Settings{Settings: plan.Settings{Options: options.Options{Audio: "aac"}}})
				require.NotEmpty(t, files)
				for _, f := range files {
					for _, track := range f.report.Tracks {
						if track.Kind == "audio" {
							require.Equal(t, "aac", track.Codec)
						}
					}
					require.Empty(t, play(t, browser, f, true), f.report.File)
				}
			})
		}
	}
}

// recordings are the folders with a recording.
func recordings(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, e := range entries {
		if files, err := filepath.Glob(filepath.Join(folder, e.Name(), "*.mjr*")); err == nil && len(files) > 0 {
			names = append(names, e.Name())
		}
	}
	return names
}

// output is a file that was made.
type output struct {
	path   string
	report *report.Output
}

// converted converts all participants of a recording, and returns the files with media, none if there is no media.
func converted(t *testing.T, folder, profile string) (files []output) {
	t.Helper()
	return convertAs(t, folder, profile, convert.Settings{})
}

func convertAs(t *testing.T, folder, name string, settings convert.Settings) (files []output) {
	t.Helper()
	return convertInto(t, folder, profile.Profile{Name: name}, settings)
}

func convertInto(t *testing.T, folder string, wanted profile.Profile, settings convert.Settings) (files []output) {
	t.Helper()
	found, _, err := kinds.Find([]string{folder})
	require.NoError(t, err)
	settings.OutputDir = t.TempDir()
	for _, rec := range found {
		for _, p := range rec.Participants {
			report, err := convert.Participant(t.Context(), rec, p, wanted, settings, nil)
			if errors.Is(err, plan.ErrNoMedia) || errors.Is(err, plan.ErrEncrypted) {
				t.Logf("%s: %v", p.Name, err)
				continue
			}
			require.NoError(t, err, p.Name)
			for i := range report.Outputs {
				if o := &report.Outputs[i]; has(o, "video") || has(o, "audio") {
					files = append(files, output{filepath.Join(settings.OutputDir, o.File), o})
				}
			}
		}
	}
	return files
}

func has(o *report.Output, kind string) bool {
	return slices.ContainsFunc(o.Tracks, func(t report.Track) bool { return t.Kind == kind })
}

// play plays a file and says what is wrong with it.
func play(t *testing.T, browser *playback.Browser, f output, scene bool) []string {
	t.Helper()
	switch f.report.Container {
	case "mp4", "m4a", "webm":
	case "mkv", "mka":
		t.Skip("Matroska is not a format of the web")
	default:
		t.Fatalf("%s is no container that this test knows", f.report.Container)
	}
	for _, track := range f.report.Tracks {
		if kind := optional[track.Codec]; kind != "" && !browser.CanPlay(t, kind) {
			t.Skipf("this Chromium has no decoder for %s", kind)
		}
	}
	p := browser.Play(t, f.path, has(f.report, "video"), fractions...)
	problems := p.Problems(f.report)
	if !scene {
		problems = p.ProblemsOfAny(f.report)
	}
	if len(problems) > 0 {
		keep(t, p)
	}
	return problems
}

// keep saves what the browser showed for people to look at, if UPRIGHT_STILLS names a folder for it.
func keep(t *testing.T, p *playback.Playback) {
	t.Helper()
	folder := os.Getenv("UPRIGHT_STILLS")
	if folder == "" {
		return
	}
	for i, s := range p.Stills {
		name := fmt.Sprintf("%s-%d.png", strings.ReplaceAll(t.Name(), "/", "_"), i)
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), s.PNG, 0o600))
	}
}

// TestFindsWhatIsWrong spoils a good file in every way that TestPlays is there to find.
func TestFindsWhatIsWrong(t *testing.T) {
	browser := playback.Start(t)
	files := converted(t, testmjr.TestData("rot-h264-90"), profile.MP4)
	require.Len(t, files, 1)
	good, err := os.ReadFile(files[0].path)
	require.NoError(t, err)

	spoilt := func(t *testing.T, content []byte) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "a #1 %41.mp4") // a name that is not a URL
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	problems := func(t *testing.T, path string, made *report.Output) []string {
		t.Helper()
		return browser.Play(t, path, true, fractions...).Problems(made)
	}
	t.Run("nothing", func(t *testing.T) {
		require.Empty(t, problems(t, spoilt(t, good), files[0].report))
	})
	t.Run("not a video", func(t *testing.T) {
		list := problems(t, spoilt(t, []byte("not a video at all")), files[0].report)
		require.NotEmpty(t, list)
		require.Contains(t, list[0], "MediaError 4: ")
	})
	t.Run("no pictures", func(t *testing.T) {
		bad := slices.Clone(good)
		clear(bad[len(bad)/2:]) // the index lies in front
		list := problems(t, spoilt(t, bad), files[0].report)
		require.NotEmpty(t, list)
		require.Contains(t, list[0], "MediaError 3: ")
	})
	for name, o := range map[string]cvo.Orientation{"not turned": {}, "upside down": {Degrees: 270},
		"mirrored": {Degrees: 90, Flip: true}} {
		t.Run(name, func(t *testing.T) {
			info, err := mp4box.Parse(bytes.NewReader(good), int64(len(good)))
			require.NoError(t, err)
			bad := slices.Clone(good)
			at := bytes.Index(bad, []byte("tkhd")) + 44 // of the pictures, which come first
			for _, v := range mp4box.DisplayMatrix(o, info.Tracks[0].Width, info.Tracks[0].Height) {
				binary.BigEndian.PutUint32(bad[at:], uint32(v))
				at += 4
			}
			list := problems(t, spoilt(t, bad), files[0].report)
			require.NotEmpty(t, list)
			require.Contains(t, list[len(list)-1], "is not upright")
		})
	}
	t.Run("another length, size and tracks", func(t *testing.T) {
		made := *files[0].report
		made.DurationMs += 200
		made.Tracks = slices.Clone(made.Tracks)
		for i := range made.Tracks {
			made.Tracks[i].Width++
		}
		list := problems(t, spoilt(t, good), &made)
		require.Len(t, list, 1+len(fractions)+1)
		require.Contains(t, list[0], "it lasts")
		require.Contains(t, list[1], "it is shown as")
	})
	t.Run("black at first, and all the time", func(t *testing.T) {
		p := browser.Play(t, spoilt(t, good), true, fractions...)
		last := len(p.Stills) - 1
		var black bytes.Buffer
		require.NoError(t, png.Encode(&black, image.NewGray(image.Rect(0, 0, p.Stills[0].Width, p.Stills[0].Height))))
		for i := range last {
			p.Stills[i].PNG = black.Bytes()
		}
		require.Empty(t, p.Problems(files[0].report), "the camera came on late")
		p.Stills[0], p.Stills[last] = p.Stills[last], p.Stills[0]
		require.NotEmpty(t, p.Problems(files[0].report), "it went off at once")
		p.Stills[0].PNG = black.Bytes()
		require.NotEmpty(t, p.Problems(files[0].report))
	})
	t.Run("any pictures", func(t *testing.T) {
		p := browser.Play(t, spoilt(t, good), true, fractions...)
		require.Empty(t, p.ProblemsOfAny(files[0].report))
		for i := range p.Stills {
			p.Stills[i] = p.Stills[0]
		}
		require.Equal(t, []string{"all 6 pictures are the same"}, p.ProblemsOfAny(files[0].report))
		grey := image.NewGray(image.Rect(0, 0, 32, 32))
		var b bytes.Buffer
		require.NoError(t, png.Encode(&b, grey))
		p.Stills[1].PNG, p.Stills[2].PNG = b.Bytes(), nil
		list := p.ProblemsOfAny(files[0].report)
		require.Len(t, list, 2)
		require.Contains(t, list[0], "it has one colour only")
		require.Contains(t, list[1], "there is no picture")
	})
	t.Run("no sound", func(t *testing.T) {
		sound := converted(t, testmjr.TestData("audio-opus-stereo"), profile.MP4)
		require.Len(t, sound, 1)
		p := browser.Play(t, sound[0].path, false, fractions...)
		require.Empty(t, p.Problems(sound[0].report))
		longer := *sound[0].report
		longer.Tracks = append(slices.Clone(longer.Tracks), report.Track{Kind: "video", Width: 320, Height: 180})
		require.Contains(t, p.Problems(&longer), "no picture was decoded")
	})
}
