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
	if b, err := exec.Command("go", "build", "-buildmode=c-shared", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, b)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := plugin(); err == nil && os.Getenv("UPRIGHT_PLUGIN") == "" {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// shell runs a command line as a user would, with the plugin on GStreamer's path and a registry that has never seen it.
func shell(t *testing.T, dir, line string) (string, error) {
	t.Helper()
	path, err := plugin()
	require.NoError(t, err)
	// A pipeline that stands still must not keep the tests from ending.
	cmd := exec.CommandContext(t.Context(), "timeout", "-k", "5", "120", "bash", "-euo", "pipefail", "-c", line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GST_PLUGIN_PATH="+filepath.Dir(path),
		"GST_REGISTRY="+filepath.Join(t.TempDir(), "registry.bin"), "GST_DEBUG=")
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
	out, err := shell(t, ".", "gst-inspect-1.0 upright && gst-inspect-1.0 -b")
	require.NoError(t, err, out)
	requireQuiet(t, out)
	for _, want := range []string{
		`Name +upright\n`, `Version +\d+\.\d+\.\d+\n`, `License +Apache 2.0\n`, `Source module +upright\n`,
		`Origin URL +https://github.com/upright-media/upright\n`, `mjrsrc: `, `cvorotate: `, `uprightsink: `,
		`uprightav1depay: `, `uprightthumbs: `, `uprightsamplesrc: `,
		`uprightmp4sink: `, `Total count: 0 blacklisted files`,
	} {
		require.Regexp(t, want, out)
	}
}

// The page that gst-inspect-1.0 makes is the manual: it has to be complete.
func TestPages(t *testing.T) {
	for element, klass := range map[string]string{"mjrsrc": "Source/File/RTP", "cvorotate": "Filter/Effect/Video",
		"uprightsink":     "Sink/File/Metadata",
		"uprightav1depay": "Codec/Depayloader/Network/RTP", "uprightthumbs": "Sink/Video/Image",
		"uprightsamplesrc": "Source/File", "uprightmp4sink": "Sink/File/Muxer"} {
		page, err := shell(t, ".", "gst-inspect-1.0 "+element)
		require.NoError(t, err)
		requireQuiet(t, page)
		for _, want := range []string{`Long-name +\w.*`, `Klass +` + klass, `Description +\w.*`,
			`Author +The Upright authors`, `Doc-uri +https://`, `Example +gst-launch-1.0 `} {
			require.Regexp(t, want, page, element)
		}
		properties, err := os.ReadFile("../../docs/elements.md")
		require.NoError(t, err)
		_, section, _ := strings.Cut(string(properties), "\n## "+element+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		require.NotEmpty(t, section, "docs/elements.md has no section about %s", element)
		if element != "uprightav1depay" {
			require.NotEmpty(t, ours(t, page, element))
		}
		for _, p := range ours(t, page, element) {
			require.Greater(t, len(p[2]), 15, "%s %s has no sentence", element, p[1])
			require.Contains(t, section, "`"+p[1]+"`", "docs/elements.md does not describe it")
		}
	}
	page, err := shell(t, ".", "gst-inspect-1.0 mjrsrc")
	require.NoError(t, err)
	require.Regexp(t, `Supported URI protocols:\s+mjr`, page)
	require.Regexp(t, `Rank +primary`, page)
}

var property = regexp.MustCompile(`(?m)^  ([a-z-]+) +: (.*)$`)

// relatives are elements of the same base classes that have no properties of the names of ours.
var relatives = map[string]string{"mjrsrc": "fdsrc", "cvorotate": "bin", "uprightsink": "bin",
	"uprightav1depay": "rtpvp9depay", "uprightthumbs": "bin",
	"uprightsamplesrc": "fdsrc", "uprightmp4sink": "funnel"}

// ours are the properties that are not those of the base class, with their blurbs. Each version of GStreamer adds to
// the base classes.
func ours(t *testing.T, page, element string) (properties [][]string) {
	base, err := shell(t, ".", "gst-inspect-1.0 "+relatives[element])
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
	out, err := shell(t, dir, "gst-launch-1.0 -e mjrsrc location=v.mjr ! rtph264depay ! h264parse ! identity sync=true ! mp4mux ! "+
		"uprightsink orientation=rotate-270 location=o.mp4 & until [ -s o.mp4 ] || ! kill -0 $!; do sleep 0.02; done; kill -INT $! && wait $!")
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
