package main

import (
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
)

// examples are the profiles in docs/profiles.md, by name, each as a configuration.
func examples(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/profiles.md")
	require.NoError(t, err)
	_, worked, ok := strings.Cut(string(text), "\n## Ten examples\n")
	require.True(t, ok)
	worked, _, _ = strings.Cut(worked, "\n## ")
	found := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)```yaml\n(profiles:\n  ([a-z]+):\n.*?)```\n").FindAllStringSubmatch(worked,
		-1) {
		found[m[2]] = m[1]
	}
	return found
}

// logo writes a red picture of 40x20.
func logo(t *testing.T, path string) {
	t.Helper()
	p := image.NewNRGBA(image.Rect(0, 0, 40, 20))
	for i := range p.Pix {
		p.Pix[i] = []byte{255, 0, 0, 255}[i%4]
	}
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, png.Encode(f, p))
	require.NoError(t, f.Close())
}

// still is a picture of a video, one second after its beginning.
func still(t *testing.T, video string) image.Image {
	t.Helper()
	path := filepath.Join(t.TempDir(), "still.png")
	out, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-ss", "1", "-i", video, "-frames:v", "1",
		path).CombinedOutput()
	require.NoError(t, err, string(out))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	p, err := png.Decode(f)
	require.NoError(t, err)
	return p
}

// loudness is the mean of what is heard.
func loudness(t *testing.T, path string) (sum float64) {
	t.Helper()
	samples := scene.Sound(t, path, 0)
	for _, s := range samples {
		sum += max(float64(s), -float64(s))
	}
	return sum / float64(len(samples))
}

// TestTenExamples does what docs/profiles.md says with a recording, and looks at what comes out: codecs, size,
// duration, and that every picture is upright and in its place.
func TestTenExamples(t *testing.T) {
	scene.NeedDecoder(t)
	found := examples(t)
	require.Len(t, found, 10)
	type expected struct {
		recording, file, streams string // streams: codec and size
		ms                       float64
		upright                  bool // the pictures show the scene, all of it
		more                     func(t *testing.T, path string)
	}
	web := func(t *testing.T, name string) string {
		dir := t.TempDir()
		status, _, stderr := runUpright(t, "convert", recordingOf(name), "-o", dir, "--profile", "web")
		require.Equal(t, exitDone, status, stderr)
		return oneFile(t, dir+"/*.mp4")
	}
	for name, want := range map[string]expected{
		"small": {"h264-720p30-rot90", "mp4", "h264 136x240 aac", 8000, true, func(t *testing.T, path string) {
			require.LessOrEqual(t, len(scene.Pictures(t, path)), 8*10+1)
		}},
		"archive": {"rot-h264-90", "mkv", "hevc 180x320 opus", 6000, true, nil},
		"voices":  {"pion-vp8-opus", "webm", "opus", 8000, false, nil},
		"louder": {"rot-h264-90", "mp4", "h264 320x180@-90 aac", 6000, true, func(t *testing.T, path string) {
			require.InDelta(t, 2, loudness(t, path)/loudness(t, web(t, "rot-h264-90")), 0.15)
		}},
		"logo": {"rot-h264-90", "mp4", "h264 180x320 opus", 6000, false, func(t *testing.T, path string) {
			r, g, b, _ := still(t, path).At(180-8-20, 320-8-10).RGBA()
			require.InDelta(t, 255, r>>8, 25)
			require.Less(t, max(g, b)>>8, uint32(60))
		}},
		"square": {"rot-h264-90", "mp4", "h264 180x180 opus", 6000, false, func(t *testing.T, path string) {
			p := still(t, path)
			for x := range 180 {
				c := color.NRGBAModel.Convert(p.At(x, 40)).(color.NRGBA)
				require.InDelta(t, c.R, c.G, 6)
				require.InDelta(t, c.G, c.B, 6)
			}
		}},
		"simple": {"rot-change-h264-libwebrtc", "mp4", "h264 320x180 aac", 12500, true, func(t *testing.T, path string) {
			out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "stream=profile", "-of",
				"csv=p=0", path).Output()
			require.NoError(t, err)
			require.Equal(t, "Constrained Baseline", strings.TrimSpace(string(out)))
		}},
		"twice": {"rot-h264-90", "mp4", "h264 360x320 aac", 6000, false, func(t *testing.T, path string) {
			p := still(t, path)
			for _, x := range []int{5, 60, 120, 170} {
				for _, y := range []int{10, 160, 310} {
					left, right := color.GrayModel.Convert(p.At(x, y)).(color.Gray).Y,
						color.GrayModel.Convert(p.At(359-x, y)).(color.Gray).Y
					require.InDelta(t, left, right, 30, "%d,%d", x, y)
				}
			}
		}},
		"cleaned": {"pion-vp8-opus", "mkv", "vp8 320x180 aac", 8000, true, nil},
		"tiles": {"pion-vp8-opus", "jpg", "", 0, false, func(t *testing.T, path string) {
			f, err := os.Open(path)
			require.NoError(t, err)
			defer f.Close()
			p, err := jpeg.Decode(f)
			require.NoError(t, err)
			require.Equal(t, image.Pt(320, 180), p.Bounds().Size())
			sprite := strings.TrimSuffix(path, ".jpg") + "-sprite.jpg"
			g, err := os.Open(sprite)
			require.NoError(t, err)
			defer g.Close()
			p, err = jpeg.Decode(g)
			require.NoError(t, err)
			require.Equal(t, image.Pt(5*240, 2*136), p.Bounds().Size())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			text, ok := found[name]
			require.True(t, ok, "docs/profiles.md has no example %s", name)
			dir := t.TempDir()
			logo(t, filepath.Join(dir, "logo.png"))
			text = strings.ReplaceAll(text, "/etc/upright/logo.png", filepath.Join(dir, "logo.png"))
			config := filepath.Join(dir, "upright.yaml")
			require.NoError(t, os.WriteFile(config, []byte(text), 0o600))
			status, _, stderr := runUpright(t, "convert", recordingOf(want.recording), "-o", dir, "--config", config,
				"--profile", name)
			require.Equal(t, exitDone, status, stderr)
			path := oneFile(t, dir+"/*[0-9]."+want.file)
			if want.streams != "" {
				streams, ms := described(t, path)
				require.Equal(t, want.streams, streams)
				require.InDelta(t, want.ms, ms, 200)
			}
			if want.upright {
				last := -1
				for _, p := range scene.Pictures(t, path) {
					require.True(t, p.Known)
					require.Equal(t, cvo.Orientation{}, p.Turn, "at %s", p.At)
					require.GreaterOrEqual(t, p.Counter, last, "at %s", p.At)
					last = p.Counter
				}
				require.Greater(t, last, 30)
			}
			if want.more != nil {
				want.more(t, path)
			}
			made, err := report.Load(oneFile(t, dir+"/*.json"))
			require.NoError(t, err)
			for _, w := range made.Warnings {
				require.NotEqual(t, report.DurationMismatch, w.Code, w.Text)
			}
		})
	}
}

// described are a file's streams in a line, and its duration in ms.
func described(t *testing.T, path string) (streams string, ms float64) {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries",
		"stream=codec_name,codec_type,width,height:stream_side_data=rotation:format=duration",
		"-of", "json", path).Output()
	require.NoError(t, err)
	var p struct {
		Streams []struct {
			Codec         string `json:"codec_name"`
			Width, Height int
			Side          []struct{ Rotation float64 } `json:"side_data_list"`
		}
		Format struct {
			Duration float64 `json:",string"`
		}
	}
	require.NoError(t, json.Unmarshal(out, &p))
	var list []string
	for _, s := range p.Streams {
		text := s.Codec
		if s.Width > 0 {
			text += fmt.Sprintf(" %dx%d", s.Width, s.Height)
		}
		for _, side := range s.Side {
			if side.Rotation != 0 {
				text += fmt.Sprintf("@%.0f", side.Rotation)
			}
		}
		list = append(list, text)
	}
	return strings.Join(list, " "), p.Format.Duration * 1000
}

// TestPlanOfEveryProfile pastes what plan prints into a shell, for everything that can be made, and compares with what
// convert makes.
func TestPlanOfEveryProfile(t *testing.T) {
	plugin := os.Getenv("UPRIGHT_PLUGIN")
	if plugin == "" {
		t.Skip("UPRIGHT_PLUGIN does not say where libgstupright.so is; `make test` does")
	}
	config := filepath.Join(t.TempDir(), "upright.yaml")
	found := examples(t)
	var all strings.Builder
	all.WriteString("profiles:\n")
	own := []string{"twice", "cleaned", "square", "tiles"}
	for _, name := range own {
		all.WriteString(strings.TrimPrefix(found[name], "profiles:\n"))
	}
	all.WriteString("  said:\n    video: identity name=\"a 'b' $HOME\" ! auto\n    mux: matroskamux writing-app=\"it's " +
		"100 % $(mine)\"\n")
	require.NoError(t, os.WriteFile(config, []byte(all.String()), 0o600))
	for _, name := range append(append(own, "said"), profile.Builtin()...) {
		t.Run(name, func(t *testing.T) {
			planned, converted := t.TempDir(), t.TempDir()
			in := recordingOf("rot-h264-90")
			if name == "cleaned" || name == "webm" { // what turns cannot be copied there
				in = recordingOf("pion-vp8-opus")
			}
			status, script, stderr := runUpright(t, "plan", in, "-o", planned, "--config", config, "--profile", name)
			require.Equal(t, exitDone, status, stderr)
			sh := exec.Command("sh", "-e")
			sh.Stdin = strings.NewReader(script)
			sh.Env = append(os.Environ(), "GST_PLUGIN_PATH="+filepath.Dir(plugin))
			out, err := sh.CombinedOutput()
			require.NoError(t, err, "%s\n%s", script, out)
			require.NotContains(t, string(out), "WARNING", script)
			status, _, stderr = runUpright(t, "convert", in, "-o", converted, "--config", config, "--profile", name)
			require.Equal(t, exitDone, status, stderr)
			files := listed(t, planned)
			require.NotEmpty(t, files)
			for _, file := range files {
				a, err := os.ReadFile(filepath.Join(planned, file))
				require.NoError(t, err)
				b, err := os.ReadFile(filepath.Join(converted, file))
				require.NoError(t, err)
				if strings.HasSuffix(file, ".jpg") || strings.HasSuffix(file, ".vtt") {
					require.Equal(t, b, a, file)
					continue
				}
				require.Equal(t, probe(t, filepath.Join(converted, file)), probe(t, filepath.Join(planned, file)))
				require.InDelta(t, len(b), len(a), float64(len(b))/100, file)
				require.Equal(t, packets(t, filepath.Join(converted, file)), packets(t, filepath.Join(planned, file)))
			}
			for _, file := range listed(t, converted) {
				require.True(t, strings.HasSuffix(file, ".json") || slices.Contains(files, file), file)
			}
		})
	}
}

// packets are the time stamps of all packets in a file, one stream after the other. How the streams are interleaved in
// the file depends on which thread comes first.
func packets(t *testing.T, path string) map[int][]string {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "packet=stream_index,pts,duration,flags",
		"-of", "csv=print_section=0", path).Output()
	require.NoError(t, err)
	found := map[int][]string{}
	for line := range strings.Lines(string(out)) {
		stream, packet, more := strings.Cut(strings.TrimSpace(line), ",")
		if !more { // the end of side data
			continue
		}
		index, err := strconv.Atoi(stream)
		require.NoError(t, err, line)
		found[index] = append(found[index], packet)
	}
	require.NotEmpty(t, found, path)
	return found
}
