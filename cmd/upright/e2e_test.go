package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/pipelines/report"
)

// The test binary is the program, too: with this in its environment it is upright and nothing else.
const asProgram = "UPRIGHT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	switch os.Getenv(asProgram) {
	case "1":
		main()
	case "deaf":
		deaf()
	default:
		os.Exit(m.Run())
	}
}

// program is upright as a process.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "TZ=UTC")
	cmd.WaitDelay = time.Second
	return cmd
}

// runUpright runs the program and returns its exit status and what it wrote.
func runUpright(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	cmd := program(t, args...)
	cmd.Stdout, cmd.Stderr = &out, &err
	if e := cmd.Run(); e != nil {
		require.ErrorAs(t, e, new(*exec.ExitError), "%s", err.String())
	}
	require.NotContains(t, err.String(), "goroutine ", "no panic")
	return cmd.ProcessState.ExitCode(), out.String(), err.String()
}

func recordingOf(name string) string { return filepath.Join("..", "..", "testdata", name) }

// recordingWith copies files of test recordings under names of their own.
func recordingWith(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, from := range files {
		data, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
	}
	return dir
}

func oneFile(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.Len(t, found, 1, pattern)
	return found[0]
}

// listed are the files in dir, hidden ones too.
func listed(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

type probed struct {
	Streams []struct {
		Type     string `json:"codec_type"`
		Codec    string `json:"codec_name"`
		SideData []struct {
			Rotation float64 `json:"rotation"`
		} `json:"side_data_list"`
	} `json:"streams"`
	Format struct {
		Duration float64 `json:"duration,string"`
	} `json:"format"`
}

func probe(t *testing.T, file string) probed {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json",
		file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	var p probed
	require.NoError(t, json.Unmarshal(out, &p))
	return p
}

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
		"picture.mjr":                    "e2e_test.go", // no recording at all
		"echotest-good-video.mjr":        oneFile(t, good+"/*video-1.mjr"),
		"echotest-bad-video.mjr":         oneFile(t, recordingOf("empty-both")+"/*video-1.mjr"),
		"videoroom-1-user-2-1-audio.txt": "e2e_test.go", // not asked for
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

func TestWrongUsage(t *testing.T) {
	in := recordingOf("rot-h264-90")
	for args, want := range map[string]string{
		"convert " + in:                                "--output",
		"convert -o x":                                 "<input>",
		"convert " + in + " -o x --profile mp5":        `did you mean "mp4"`,
		"convert " + in + " -o x --audio mp3":          "--audio",
		"convert " + in + " -o x --jobs 0":             "--jobs",
		"convert " + in + " -o x --orientation-id 300": "--orientation-id",
		"plan " + in + " --profile copy":               `did you mean "original"`,
		"inspect " + in + " --jsn":                     `did you mean "--json"`,
		"inspcet " + in:                                `did you mean "inspect"`,
	} {
		status, stdout, stderr := runUpright(t, strings.Fields(args)...)
		require.Equal(t, exitUsage, status, args)
		require.Empty(t, stdout, args)
		require.Contains(t, stderr, want, args)
		require.Contains(t, stderr, "--help'", args)
		require.NoFileExists(t, "x")
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, args := range []string{"", "--help", "convert --help", "version", "--version"} {
		status, stdout, stderr := runUpright(t, strings.Fields(args)...)
		require.Equal(t, exitDone, status, args)
		require.Contains(t, stdout, "pright", args)
		require.Empty(t, stderr, args)
		for line := range strings.Lines(stdout) {
			require.LessOrEqual(t, len(line), tableWidth, line)
		}
	}
}

func TestInspect(t *testing.T) {
	status, stdout, stderr := runUpright(t, "inspect", recordingOf("rot-h264-90"))
	require.Equal(t, exitDone, status, stderr)
	require.Contains(t, stdout, "h264   320x180")
	require.Contains(t, stdout, "90° clockwise")
	require.Contains(t, stdout, "complete")

	status, stdout, stderr = runUpright(t, "inspect", recordingOf("rot-h264-90"), "--json")
	require.Equal(t, exitDone, status, stderr)
	var facts []participantFacts
	require.NoError(t, json.Unmarshal([]byte(stdout), &facts))
	require.Len(t, facts, 1)
	require.Len(t, facts[0].Inputs, 2)
	require.Equal(t, []report.Orientation{{Degrees: 90}}, facts[0].Inputs[0].Orientation)

	status, stdout, stderr = runUpright(t, "inspect", recordingOf("empty-both"))
	require.Equal(t, exitNoMedia, status, stderr)
	require.Equal(t, 2, strings.Count(stdout, " no media\n"), stdout)

	status, stdout, stderr = runUpright(t, "inspect", "e2e_test.go",
		oneFile(t, recordingOf("rot-h264-90")+"/*audio-0.mjr"))
	require.Equal(t, exitFailed, status)
	require.Contains(t, stdout, "opus")
	require.Contains(t, stderr, "e2e_test.go")
}

// The script that plan prints runs, and makes what convert makes.
func TestPlanIsAScriptThatRuns(t *testing.T) {
	plugin := os.Getenv("UPRIGHT_PLUGIN")
	if plugin == "" {
		t.Skip("UPRIGHT_PLUGIN does not say where libgstupright.so is; `make test` does")
	}
	// Names that a shell has an opinion about.
	from := recordingOf("rot-h264-90")
	in := recordingWith(t, map[string]string{
		"echotest-it's $HOME-video.mjr": oneFile(t, from+"/*video-1.mjr"),
		"echotest-it's $HOME-audio.mjr": oneFile(t, from+"/*audio-0.mjr"),
	})
	planned, converted := t.TempDir(), t.TempDir()
	status, script, stderr := runUpright(t, "plan", in, "-o", planned)
	require.Equal(t, exitDone, status, stderr)
	sh := exec.Command("sh", "-e")
	sh.Stdin = strings.NewReader(script)
	sh.Env = append(os.Environ(), "GST_PLUGIN_PATH="+filepath.Dir(plugin))
	out, err := sh.CombinedOutput()
	require.NoError(t, err, "%s\n%s", script, out)

	status, _, stderr = runUpright(t, "convert", in, "-o", converted)
	require.Equal(t, exitDone, status, stderr)
	require.Equal(t, probe(t, oneFile(t, converted+"/*.mp4")), probe(t, oneFile(t, planned+"/*.mp4")))
}

func TestPlanJSON(t *testing.T) {
	status, stdout, stderr := runUpright(t, "plan", recordingOf("rot-h264-90"), recordingOf("empty-both"), "-o", "out",
		"--json")
	require.Equal(t, exitNoMedia, status, stderr)
	var plans []planFacts
	require.NoError(t, json.Unmarshal([]byte(stdout), &plans))
	require.Len(t, plans, 2)
	require.Equal(t, "copy", plans[0].Mode)
	require.Equal(t, 90, plans[0].Outputs[0].Degrees)
	require.Contains(t, plans[0].Pipeline, "mjrsrc")
	require.NotEmpty(t, plans[1].Error)
	require.Empty(t, plans[1].Pipeline)
	require.NoDirExists(t, "out", "a plan makes nothing")
}

// Ctrl-C leaves what was finished, and nothing half done.
func TestInterrupt(t *testing.T) {
	files := map[string]string{}
	from := oneFile(t, recordingOf("rot-change-h264-libwebrtc")+"/*video-1.mjr") // has to be encoded, which takes a while
	for i := range 12 {
		files[fmt.Sprintf("echotest-%02d-video.mjr", i)] = from
	}
	for _, sent := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		if signal.Ignored(sent) {
			t.Logf("%v is ignored here, so upright ignores it, too", sent)
			continue
		}
		dir := t.TempDir()
		cmd := program(t, "convert", recordingWith(t, files), "-o", dir, "--progress", "json")
		stdout, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(stdout)
		for starts := 0; starts < 2 && lines.Scan(); {
			if strings.Contains(lines.Text(), `"start"`) {
				starts++
			}
		}
		require.NoError(t, cmd.Process.Signal(sent))
		var last event
		for lines.Scan() {
			require.NoError(t, json.Unmarshal(lines.Bytes(), &last))
		}
		var exit *exec.ExitError
		require.ErrorAs(t, cmd.Wait(), &exit)
		require.Equal(t, sent, exit.Sys().(syscall.WaitStatus).Signal(), "a shell has to see what stopped it")
		require.Equal(t, "end", last.Event)
		require.Less(t, last.Summary.Done, len(files))

		videos := 0
		for _, name := range listed(t, dir) {
			require.False(t, strings.HasPrefix(name, "."), name)
			if strings.HasSuffix(name, ".mp4") {
				videos++
				require.FileExists(t, filepath.Join(dir, strings.TrimSuffix(name, ".mp4")+".json"))
			}
		}
		require.Equal(t, last.Summary.Done, videos)
	}
}

// A shell script has what it runs in the background ignore SIGINT: Ctrl-C is not for them.
func TestIgnoredSignalStaysIgnored(t *testing.T) {
	cmd := program(t, "convert", recordingOf("rot-change-h264-libwebrtc"), "-o", t.TempDir(), "--progress", "json")
	cmd.Args = append([]string{"sh", "-c", `trap "" INT; exec "$@"`, "sh", cmd.Path}, cmd.Args[1:]...)
	cmd.Path = "/bin/sh"
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(stdout)
	require.True(t, lines.Scan())
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	var last event
	for lines.Scan() {
		require.NoError(t, json.Unmarshal(lines.Bytes(), &last))
	}
	require.NoError(t, cmd.Wait())
	require.Equal(t, &summary{Done: 1}, last.Summary)
}

// deaf is a program that does not stop when it is asked to.
func deaf() {
	ctx, _ := cancelOnSignal(context.Background())
	fmt.Println("running")
	<-ctx.Done()
	fmt.Println("asked")
	time.Sleep(time.Minute)
}

func TestSecondSignalKills(t *testing.T) {
	cmd := program(t)
	cmd.Env = append(cmd.Env, asProgram+"=deaf")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	started := time.Now()
	lines := bufio.NewScanner(stdout)
	for _, want := range []string{"running", "asked"} {
		require.True(t, lines.Scan())
		require.Equal(t, want, lines.Text())
		require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	}
	_, _ = io.Copy(io.Discard, stdout)
	var exit *exec.ExitError
	require.True(t, errors.As(cmd.Wait(), &exit))
	require.Equal(t, syscall.SIGTERM, exit.Sys().(syscall.WaitStatus).Signal())
	require.Less(t, time.Since(started), 30*time.Second)
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
