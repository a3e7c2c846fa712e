package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/mp4box"
)

// plugin is the library that is tested: UPRIGHT_PLUGIN, or one that is built here.
var plugin = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("UPRIGHT_PLUGIN"); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "upright-plugin-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "libgstupright.so")
	if b, err := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags",
		"-X github.com/upright-media/upright/internal/release.version=1.2.3", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, b)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	os.Remove(registry)
	if path, err := plugin(); err == nil && os.Getenv("UPRIGHT_PLUGIN") == "" {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// registry is where GStreamer remembers what plugins there are. The first test that runs makes it remember ours.
var registry = filepath.Join(os.TempDir(), fmt.Sprintf("upright-registry-%d.bin", os.Getpid()))

// shell runs a command line as a user would, with the plugin on GStreamer's path.
func shell(t *testing.T, dir, line string) (string, error) {
	t.Helper()
	path, err := plugin()
	require.NoError(t, err)
	// A pipeline that stands still must not keep the tests from ending.
	cmd := exec.CommandContext(t.Context(), "timeout", "-k", "5", "120", "bash", "-euo", "pipefail", "-c", line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GST_PLUGIN_PATH="+filepath.Dir(path), "GST_REGISTRY="+registry, "GST_DEBUG=")
	cmd.WaitDelay = time.Second
	b, err := cmd.CombinedOutput()
	return string(b), err
}

func requireQuiet(t *testing.T, output string) {
	t.Helper()
	for _, word := range []string{"CRITICAL", "WARNING", "ERROR", "panic", "assertion"} {
		require.NotContains(t, output, word)
	}
}

func TestPlugin(t *testing.T) {
	// with a registry that has never seen it
	out, err := shell(t, ".", "export GST_REGISTRY="+t.TempDir()+"/registry.bin; "+
		"gst-inspect-1.0 upright && gst-inspect-1.0 -b")
	require.NoError(t, err, out)
	requireQuiet(t, out)
	for _, want := range []string{
		`Name +upright\n`, `Version +\d+\.\d+\.\d+(\+\S+)?\n`,
		`License +Apache 2.0\n`, `Source module +upright\n`,
		`Origin URL +https://github.com/upright-media/upright\n`, `application/x-mjr: mjr`, `Total count: 0 blacklisted files`,
	} {
		require.Regexp(t, want, out)
	}
}

// listed is a line of gst-inspect-1.0 about the plugin that is about an element.
var listed = regexp.MustCompile(`(?m)^  ([a-z0-9]+): `)

// elementNames are the elements that the plugin has.
func elementNames(t *testing.T) (names []string) {
	out, err := shell(t, ".", "gst-inspect-1.0 upright")
	require.NoError(t, err, out)
	for _, m := range listed.FindAllStringSubmatch(out, -1) {
		names = append(names, m[1])
	}
	require.Len(t, names, len(klasses), "an element is new here: add its klass")
	return names
}

// klasses are what kind of element each is, and an element of the same base class that has no properties of the names
// of ours.
var klasses = map[string]struct{ klass, relative string }{
	"mjrsrc":           {"Source/File/RTP", "fdsrc"},
	"agorasrc":         {"Source/File", "fdsrc"},
	"uprightdemux":     {"Codec/Demuxer", "bin"},
	"cvorotate":        {"Filter/Effect/Video", "bin"},
	"uprightmp4sink":   {"Sink/File/Muxer", "funnel"},
	"uprightthumbs":    {"Sink/Video/Image", "bin"},
	"uprightsamplesrc": {"Source/File", "fdsrc"},
	"uprightglance":    {"Sink/File/Video", "fakesink"},
	"uprightstage":     {"Filter/Editor/Video/Compositor", "mp4mux"},
	"uprightmix":       {"Generic/Audio", "mp4mux"},
}

// The page that gst-inspect-1.0 makes is the manual, and docs/elements.md has all that it has: both have to be
// complete.
func TestPages(t *testing.T) {
	text, err := os.ReadFile("../../docs/elements.md")
	require.NoError(t, err)
	for _, element := range elementNames(t) {
		page, err := shell(t, ".", "gst-inspect-1.0 "+element)
		require.NoError(t, err)
		requireQuiet(t, page)
		for _, want := range []string{`Long-name +\w.*`, `Klass +` + klasses[element].klass, `Description +\w.*`,
			`Author +The Upright authors`, `Doc-uri +https://`, `Since +\d+\.\d+\n`,
			`Example +gst-launch-1.0 .*` + element} {
			if element == "uprightdemux" {
				want = strings.TrimSuffix(want, ".*"+element) // it comes by itself
			}
			require.Regexp(t, want, page, element)
		}
		require.Contains(t, string(text), "| [`"+element+"`](#"+element+") |", "the table of docs/elements.md")
		_, section, _ := strings.Cut(string(text), "\n## "+element+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		require.NotEmpty(t, section, "docs/elements.md has no section about %s", element)
		require.Contains(t, section, "```sh\n", "%s has no example", element)
		if element != "uprightdemux" {
			require.NotEmpty(t, ours(t, page, element))
		}
		for _, p := range ours(t, page, element) {
			require.Greater(t, len(p[2]), 9, "%s %s has no sentence", element, p[1])
			require.Contains(t, section, "`"+p[1]+"`", "docs/elements.md does not describe it")
		}
	}
	page, err := shell(t, ".", "gst-inspect-1.0 mjrsrc")
	require.NoError(t, err)
	require.Regexp(t, `Supported URI protocols:\s+mjr`, page)
	require.Regexp(t, `Rank +primary`, page)
}

var property = regexp.MustCompile(`(?m)^  ([a-z-]+) +: (.*)$`)

// ours are the properties that are not those of the base class, with their blurbs. Each version of GStreamer adds to
// the base classes.
func ours(t *testing.T, page, element string) (properties [][]string) {
	base, err := shell(t, ".", "gst-inspect-1.0 "+klasses[element].relative)
	require.NoError(t, err)
	inherited := map[string]bool{}
	for _, m := range property.FindAllStringSubmatch(base, -1) {
		inherited[m[1]] = true
	}
	require.True(t, inherited["name"], base)
	for _, m := range property.FindAllStringSubmatch(page, -1) {
		if !inherited[m[1]] {
			properties = append(properties, m)
		}
	}
	return properties
}

// example is a command in docs/elements.md.
var example = regexp.MustCompile("(?s)```sh\n(.*?)```")

// Every example in the documentation does what it says. The files that they read are a call in which the video starts
// late.
func TestDocumentedExamples(t *testing.T) {
	text, err := os.ReadFile("../../docs/elements.md")
	require.NoError(t, err)
	dir := t.TempDir()
	copyFile(t, "video-late-3s", "video-1", filepath.Join(dir, "alice-video.mjr"))
	copyFile(t, "video-late-3s", "audio-0", filepath.Join(dir, "alice-audio.mjr"))
	copyFile(t, "pion-av1-opus", "video-1", filepath.Join(dir, "bob-video.mjr"))
	copyFile(t, "pion-av1-opus", "audio-0", filepath.Join(dir, "bob-audio.mjr"))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "chat-data.mjr"), chat(), 0o666))
	writeStay(t, dir)
	writeScore(t, filepath.Join(dir, "room.score.json"))

	examples := example.FindAllStringSubmatch(string(text), -1)
	require.GreaterOrEqual(t, len(examples), 8)
	for _, e := range examples {
		out, err := shell(t, dir, e[1])
		require.NoError(t, err, "%s\n%s", e[1], out)
		requireQuiet(t, out)
		if strings.Contains(e[1], "alice.mp4") {
			requireInSync(t, filepath.Join(dir, "alice.mp4"), strings.Contains(e[1], "rotate-90"))
		}
	}

	av1, err := mp4box.Read(filepath.Join(dir, "bob.mp4"))
	require.NoError(t, err)
	require.Equal(t, 120, av1.Tracks[0].Samples)
	upright, err := mp4box.Read(filepath.Join(dir, "upright.mp4"))
	require.NoError(t, err)
	require.Equal(t, 105, upright.Tracks[0].Samples)
	agora, err := mp4box.Read(filepath.Join(dir, "out.mp4"))
	require.NoError(t, err)
	require.Len(t, agora.Tracks, 2)
	room, err := mp4box.Read(filepath.Join(dir, "room.mp4"))
	require.NoError(t, err)
	require.InDelta(t, scoreLength, room.Tracks[0].Duration, float64(100*time.Millisecond))
	mix, err := mp4box.Read(filepath.Join(dir, "room.m4a"))
	require.NoError(t, err)
	require.Greater(t, mix.Tracks[0].Samples, 100)
	srt, err := os.ReadFile(filepath.Join(dir, "chat.srt"))
	require.NoError(t, err)
	require.Contains(t, string(srt), "00:00:00,000 --> 00:00:02,000\nhello")
	square, err := os.Stat(filepath.Join(dir, "square.webm"))
	require.NoError(t, err)
	require.Greater(t, square.Size(), int64(5000))
}

// What README.md shows of gst-launch-1.0 and ffprobe is what they do, and so is the line of docs/migrating.md.
func TestExamplesElsewhere(t *testing.T) {
	dir := t.TempDir()
	testdata, err := filepath.Abs("../../testdata")
	require.NoError(t, err)
	require.NoError(t, os.Symlink(testdata, filepath.Join(dir, "testdata")))
	copyFile(t, "video-late-3s", "audio-0", filepath.Join(dir, "call-audio.mjr"))

	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, block, found := strings.Cut(string(readme), "    $ export GST_PLUGIN_PATH=$PWD/build\n")
	require.True(t, found)
	block, _, _ = strings.Cut(block, "\n\n")
	launch, probe, found := strings.Cut(strings.ReplaceAll(block, "\n    ", "\n"), "\n$ ffprobe")
	require.True(t, found, block)
	out, err := shell(t, dir, strings.TrimPrefix(strings.TrimSpace(launch), "$ "))
	require.NoError(t, err, out)
	requireQuiet(t, out)
	arguments, shown, _ := strings.Cut(probe, "\n")
	out, err = shell(t, dir, "ffprobe"+arguments)
	require.NoError(t, err, out)
	require.Equal(t, shown, strings.TrimSpace(out), "README.md shows something else")

	page, err := os.ReadFile("../../docs/migrating.md")
	require.NoError(t, err)
	line := regexp.MustCompile(`(?m)^gst-launch-1.0 .*$`).FindString(string(page))
	require.NotEmpty(t, line)
	out, err = shell(t, dir, line)
	require.NoError(t, err, out)
	requireQuiet(t, out)
	out, err = shell(t, dir, "ffprobe -v error -show_entries stream=codec_name -of csv=p=0 call.opus")
	require.NoError(t, err, out)
	require.Equal(t, "opus", strings.TrimSpace(out))
}

// requireInSync requires that the video starts 3 s after the audio, as truth.json has it, and that all of both is
// there.
func requireInSync(t *testing.T, path string, turned bool) {
	t.Helper()
	info, err := mp4box.Read(path)
	require.NoError(t, err)
	require.Len(t, info.Tracks, 2)
	for _, track := range info.Tracks {
		if track.Kind == mp4box.Video {
			require.InDelta(t, 3*time.Second, track.Start, float64(60*time.Millisecond))
			require.Equal(t, 105, track.Samples)
			require.Equal(t, turned, track.DisplayWidth < track.DisplayHeight)
		} else {
			require.Zero(t, track.Start)
			require.Equal(t, 501, track.Samples)
		}
	}
	if turned {
		require.Equal(t, int64(1_780_000_000), info.Created.Unix())
	}
}

func copyFile(t *testing.T, folder, suffix, to string) {
	found, err := filepath.Glob(filepath.Join("../../testdata", folder, "*"+suffix+".mjr"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	b, err := os.ReadFile(found[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, b, 0o666))
}

// Interrupted, gst-launch-1.0 -e finishes the file.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	copyFile(t, "video-late-3s", "video-1", filepath.Join(dir, "v.mjr"))
	out, err := shell(t, dir, "gst-launch-1.0 -e mjrsrc location=v.mjr ! rtph264depay ! h264parse ! identity sync=true ! "+
		"uprightmp4sink orientation=rotate-270 location=o.mp4 & until [ -s .o.mp4.part ] || ! kill -0 $!; do sleep 0.02; done; kill -INT $! && wait $!")
	require.NoError(t, err, out)
	info, err := mp4box.Read(filepath.Join(dir, "o.mp4"))
	require.NoError(t, err, out)
	require.Less(t, info.Tracks[0].Samples, 105)
	require.Equal(t, 270, info.Tracks[0].Orientation.Degrees)
}

// What is wrong is said once, in words, and the program goes on to its end.
func TestErrorOfALaunchLine(t *testing.T) {
	out, err := shell(t, t.TempDir(), "gst-launch-1.0 mjrsrc location=nothing.mjr ! fakesink")
	require.Error(t, err)
	require.Contains(t, out, "There is no file nothing.mjr.")
	require.NotContains(t, out, "CRITICAL")
}

// The tools of GStreamer that look at media know mjr:// from the plugin alone.
func TestDiscoverer(t *testing.T) {
	dir := t.TempDir()
	copyFile(t, "video-late-3s", "video-1", filepath.Join(dir, "a b.mjr"))
	out, err := shell(t, dir, `gst-discoverer-1.0 "mjr://$PWD/a%20b.mjr"`)
	require.NoError(t, err, out)
	require.Contains(t, out, "H.264")
	require.Contains(t, out, "Seekable: yes")
	require.Contains(t, out, "Width: 320")
}

// Programs that play files take a recording for one, and play what belongs to it.
func TestPlayers(t *testing.T) {
	dir := t.TempDir()
	copyFile(t, "video-late-3s", "video-1", filepath.Join(dir, "alice-video.mjr"))
	copyFile(t, "video-late-3s", "audio-0", filepath.Join(dir, "alice-audio.mjr"))
	copyFile(t, "pion-av1-opus", "video-1", filepath.Join(dir, "bob-video.mjr"))
	out, err := shell(t, dir, `gst-typefind-1.0 *.mjr`)
	require.NoError(t, err, out)
	require.Equal(t, 3, strings.Count(out, " - application/x-mjr\n"), out)

	out, err = shell(t, dir, `gst-discoverer-1.0 alice-audio.mjr`)
	require.NoError(t, err, out)
	for _, want := range []string{"Duration: 0:00:10.02", "Seekable: yes", "container #0: application/x-mjr", "Opus",
		"H.264", "Width: 320"} {
		require.Contains(t, out, want)
	}
	for _, player := range []string{"gst-play-1.0 --videosink=fakesink --audiosink=fakesink alice-video.mjr </dev/null",
		"gst-launch-1.0 playbin uri=file://$PWD/alice-video.mjr video-sink=fakesink audio-sink=fakesink " +
			"video-filter=cvorotate",
		"gst-launch-1.0 playbin3 uri=file://$PWD/alice-audio.mjr video-sink=fakesink audio-sink=fakesink"} {
		out, err = shell(t, dir, player)
		require.NoError(t, err, out)
		require.NotContains(t, out, "ERROR")
		require.NotContains(t, out, "CRITICAL")
	}
}

// GST_DEBUG says in each element's own category what was found, and at DEBUG what passes.
func TestDebugLog(t *testing.T) {
	dir := t.TempDir()
	copyFile(t, "rot-change-h264-libwebrtc", "video-1", filepath.Join(dir, "alice-video.mjr"))
	copyFile(t, "video-late-3s", "audio-0", filepath.Join(dir, "alice-audio.mjr"))
	copyFile(t, "pion-av1-opus", "video-1", filepath.Join(dir, "bob-video.mjr"))
	writeStay(t, dir)
	writeScore(t, filepath.Join(dir, "room.score.json"))
	line := func(level, pattern string) *regexp.Regexp { return regexp.MustCompile(" " + level + " .*" + pattern) }
	for _, c := range []struct {
		pipeline string
		want     map[string][2]string // what an element says at INFO, and at DEBUG
	}{
		{"filesrc location=alice-video.mjr ! uprightdemux ! avdec_h264 ! cvorotate ! uprightthumbs location=p.jpg",
			map[string][2]string{
				"mjrsrc":        {"orientation: rotate-90 from 2.5", `\d+ bytes at `},
				"uprightdemux":  {"video_0 plays .*alice-video.mjr", "pts 0:00:0"},
				"cvorotate":     {"rotate-90, after rotate-0", "picture at .*turned by rotate-180"},
				"uprightthumbs": {"best poster so far", "picture at "}}},
		{"mjrsrc location=alice-audio.mjr ! uprightmp4sink location=a.mp4",
			map[string][2]string{
				"mjrsrc":         {"501 packets of sound", `bytes at 20ms, for 20ms`},
				"uprightmp4sink": {"audio 0 goes on as Opus", "samples of stream 0"}}},
		{"uprightsamplesrc location=a.mp4 track=audio ! filesink location=a.opus", map[string][2]string{
			"uprightsamplesrc": {"501 samples of audio", "bytes at 0s, discont"}}},
		{"agorasrc location=$(ls uid_111_*.txt) ! fakesink", map[string][2]string{
			"agorasrc": {"clock: ", "bytes at "}}},
		{"uprightstage name=s score=room.score.json ! fakesink  uprightmix name=m ! fakesink  mjrsrc location=alice-video.mjr " +
			"! video/x-h264 ! avdec_h264 ! s.  mjrsrc location=alice-audio.mjr ! audio/x-opus ! opusdec ! m.", map[string][2]string{
			"uprightstage": {"canvas of 320x90", "picture at "}, "uprightmix": {"2 channels", "mixed from "}}},
	} {
		var categories []string
		for element := range c.want {
			categories = append(categories, element+":DEBUG")
		}
		out, err := shell(t, dir, "GST_DEBUG_NO_COLOR=1 GST_DEBUG="+strings.Join(categories, ",")+" gst-launch-1.0 "+
			c.pipeline)
		require.NoError(t, err, out)
		for element, says := range c.want {
			require.Regexp(t, line("INFO", element+" .*"+says[0]), out)
			if says[1] != "" {
				require.Regexp(t, line("DEBUG", element+" .*"+says[1]), out)
			}
		}
	}
}
