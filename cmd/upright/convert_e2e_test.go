package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/stages"
	"github.com/upright-media/upright/pipelines/report"
)

func TestConvert(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "for it")
	status, stdout, stderr := runUpright(t, "convert", recordingOf("rot-h264-90"), "-o", dir)
	require.Equal(t, exitDone, status, stderr)
	require.Empty(t, stdout)
	require.Empty(t, stderr, "quiet where nobody looks")

	video := oneFile(t, dir+"/*.mp4")
	p := probe(t, video)
	require.Len(t, p.Streams, 2)
	require.Equal(t, "h264", p.Streams[0].Codec)
	require.Equal(t, -90.0, p.Streams[0].SideData[0].Rotation, "ffprobe counts the other way round")
	require.Equal(t, "opus", p.Streams[1].Codec)
	require.InDelta(t, 6.0, p.Format.Duration, 0.15)

	text, err := os.ReadFile(strings.TrimSuffix(video, ".mp4") + ".json")
	require.NoError(t, err)
	var made report.Report
	require.NoError(t, json.Unmarshal(text, &made))
	require.Equal(t, 1, made.Schema)
	require.Equal(t, filepath.Base(video), made.Outputs[0].File)
	require.Equal(t, "copy", made.Plan.Mode)
	require.Len(t, listed(t, dir), 2, "nothing else is left")
}

func TestConvertDoesNotReplaceUnasked(t *testing.T) {
	dir := t.TempDir()
	in := recordingOf("rot-h264-90")
	status, _, stderr := runUpright(t, "convert", in, "-o", dir)
	require.Equal(t, exitDone, status, stderr)
	video := oneFile(t, dir+"/*.mp4")
	require.NoError(t, os.WriteFile(video, []byte("mine"), 0o644))

	status, _, stderr = runUpright(t, "convert", in, "-o", dir)
	require.Equal(t, exitFailed, status)
	require.Contains(t, stderr, "exists already")
	require.Contains(t, stderr, "--overwrite")
	require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
	kept, err := os.ReadFile(video)
	require.NoError(t, err)
	require.Equal(t, "mine", string(kept))

	status, _, stderr = runUpright(t, "convert", in, "-o", dir, "--overwrite")
	require.Equal(t, exitDone, status, stderr)
	require.InDelta(t, 6.0, probe(t, video).Format.Duration, 0.15)
}

func TestConvertNothingRecorded(t *testing.T) {
	status, _, stderr := runUpright(t, "convert", recordingOf("empty-both"), "-o", t.TempDir())
	require.Equal(t, exitNoMedia, status, stderr)
	require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)

	empty := t.TempDir()
	status, _, stderr = runUpright(t, "convert", empty, "-o", t.TempDir())
	require.Equal(t, exitNoMedia, status)
	require.Contains(t, stderr, empty)
}

func TestConvertGoesOnAfterAFailure(t *testing.T) {
	good := recordingOf("rot-h264-90")
	in := recordingWith(t, map[string]string{
		"picture.mjr":                    "helper_test.go", // no recording at all
		"echotest-good-video.mjr":        oneFile(t, good+"/*video-1.mjr"),
		"echotest-bad-video.mjr":         oneFile(t, recordingOf("empty-both")+"/*video-1.mjr"),
		"videoroom-1-user-2-1-audio.txt": "helper_test.go", // not asked for
	})
	dir := t.TempDir()
	status, stdout, stderr := runUpright(t, "convert", in, "-o", dir, "--progress", "json")
	require.Equal(t, exitFailed, status)
	require.Empty(t, stderr)
	oneFile(t, dir+"/*good*.mp4")

	seen := map[string]string{}
	var end event
	for line := range strings.Lines(stdout) {
		var e event
		require.NoError(t, json.Unmarshal([]byte(line), &e), line)
		seen[e.Participant] = e.Event
		end = e
	}
	require.Equal(t, "failed", seen["picture.mjr"])
	require.Equal(t, "empty", seen["echotest-bad"])
	require.Equal(t, "done", seen["echotest-good"])
	spent := map[stages.Stage]float64{}
	for _, s := range end.Stages {
		spent[s.Stage] = s.CPUMs
	}
	for _, s := range []stages.Stage{stages.Start, stages.Scan, stages.Play, stages.Write, stages.Verify, stages.Hash} {
		require.Positive(t, spent[s], s)
	}
	end.Stages = nil
	require.Equal(t, event{Event: "end", Summary: &summary{Done: 1, Failed: 1, Empty: 1, Status: exitFailed}}, end)
}

func TestConvertBadPlaces(t *testing.T) {
	in := recordingOf("rot-h264-90")
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	for what, args := range map[string][]string{
		"input that is not there":       {"convert", "/nowhere/x.mjr", "-o", t.TempDir()},
		"output folder that is a file":  {"convert", in, "-o", file},
		"output folder below a file":    {"convert", in, "-o", filepath.Join(file, "x")},
		"output folder nobody can make": {"convert", in, "-o", "/proc/x"},
		"output folder nobody writes":   {"convert", in, "-o", "/proc"},
	} {
		status, stdout, stderr := runUpright(t, args...)
		require.Equal(t, exitFailed, status, "%s: %s", what, stderr)
		require.Empty(t, stdout, what)
		require.Equal(t, 1, strings.Count(stderr, "\n"), "%s: %s", what, stderr)
		require.True(t, strings.HasPrefix(stderr, "upright: "), "%s: %s", what, stderr)
	}
}

// TestConvertAgain converts into a folder where there is the same already, and then another call of the same room.
func TestConvertAgain(t *testing.T) {
	dir := t.TempDir()
	in := recordingOf("rot-h264-90")
	status, _, stderr := runUpright(t, "convert", in, "-o", dir)
	require.Equal(t, exitDone, status, stderr)
	before := listed(t, dir)
	status, _, stderr = runUpright(t, "convert", in, "-o", dir)
	require.Equal(t, exitDone, status, stderr)
	require.Equal(t, "upright: 1234-1001 is done already: "+dir+"/1234-1001.mp4\n", stderr)
	status, _, stderr = runUpright(t, "convert", in, "-o", dir, "-q")
	require.Equal(t, exitDone, status)
	require.Empty(t, stderr)

	require.NoError(t, os.Remove(dir+"/1234-1001.mp4"))
	status, _, stderr = runUpright(t, "convert", in, "-o", dir, "--verbose")
	require.Equal(t, exitDone, status, stderr)
	require.Contains(t, stderr, "upright: 1234-1001: copy: H.264 is copied")
	require.Equal(t, before, listed(t, dir))

	status, _, stderr = runUpright(t, "convert", in, "-o", dir, "--head", "hold")
	require.Equal(t, exitFailed, status)
	require.Contains(t, stderr, "another profile or other options")

	other := recordingOf("pion-vp8-opus") // of the same room and user, on another day
	status, _, stderr = runUpright(t, "convert", other, "-o", dir)
	require.Equal(t, exitDone, status, stderr)
	require.Len(t, listed(t, dir), 4)
	status, _, stderr = runUpright(t, "convert", other, "-o", dir)
	require.Equal(t, exitDone, status, stderr)
	require.Contains(t, stderr, "is done already")
	status, _, stderr = runUpright(t, "convert", other, "-o", dir, "--skip-existing", "--head", "hold")
	require.Equal(t, exitDone, status, stderr)
	require.Len(t, listed(t, dir), 4)
}

// TestConvertToOneFile names the file instead of a folder.
func TestConvertToOneFile(t *testing.T) {
	dir := t.TempDir()
	in := recordingOf("pion-vp8-opus")
	for _, name := range []string{"call.mp4", "call2.webm", "sound.m4a"} {
		status, _, stderr := runUpright(t, "convert", in, "-o", dir+"/"+name)
		require.Equal(t, exitDone, status, stderr)
		require.FileExists(t, dir+"/"+name)
	}
	require.Len(t, listed(t, dir), 6)
	status, _, stderr := runUpright(t, "convert", in, "-o", dir+"/kept.mp4", "--profile", "original")
	require.Equal(t, exitDone, status, stderr)
	require.Contains(t, stderr, "kept.webm holds what was recorded, for the profile and the media go into no .mp4")
	status, _, stderr = runUpright(t, "convert", in, recordingOf("rot-h264-90"), "-o", dir+"/all.mp4")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "all.mp4 is one file, but there are 2 participants")
	status, _, stderr = runUpright(t, "convert", in, "-o", "-")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "cannot be written to standard output")
	for _, command := range [][]string{{"convert", "-", "-o", dir}, {"inspect", "-"}, {"plan", "-"}} {
		status, _, stderr = runUpright(t, command...)
		require.Equal(t, exitUsage, status, command)
		require.Contains(t, stderr, "cannot be read from standard input")
	}
}

// TestFileWithoutItsSound names one of two files, and one that is still being recorded.
func TestFileWithoutItsSound(t *testing.T) {
	in, out := t.TempDir(), t.TempDir()
	e2e.Copy(t, recordingOf("rot-h264-90"), in)
	video, audio := oneFile(t, in+"/*-video-1.mjr"), oneFile(t, in+"/*-audio-0.mjr")
	status, _, stderr := runUpright(t, "convert", video, "-o", out)
	require.Equal(t, exitDone, status, stderr)
	require.Equal(t, "upright: "+audio+" belongs to 1234-1001 and is left out: name the folder, or all files\n", stderr)
	for _, args := range [][]string{{video, audio}, {in}, {video, in}} {
		status, _, stderr = runUpright(t, append([]string{"convert", "-o", out, "--overwrite"}, args...)...)
		require.Equal(t, exitDone, status, stderr)
		require.Empty(t, stderr)
	}
	require.NoError(t, os.Rename(audio, audio+".tmp"))
	status, _, stderr = runUpright(t, "convert", audio+".tmp", video, "-o", out, "--overwrite")
	require.Equal(t, exitDone, status, stderr)
	require.Contains(t, stderr, ".mjr.tmp has the name of a file that is still being recorded")
}
