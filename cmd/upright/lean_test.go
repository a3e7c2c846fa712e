package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/release"
	"github.com/upright-media/upright/internal/testmjr"
)

// programs are the whole program and the lean one: those that `make test` has built, or new ones.
func programs(t *testing.T) (whole, lean string) {
	dir := t.TempDir()
	whole, lean = os.Getenv("UPRIGHT_PROGRAM"), os.Getenv("UPRIGHT_LEAN_PROGRAM")
	for path, tags := range map[*string]string{&whole: "grpcnotrace", &lean: "lean"} {
		if *path == "" {
			*path = filepath.Join(dir, "built"+tags)
			out, err := exec.Command("go", "build", "-tags", tags, "-ldflags", "-s -w", "-o", *path, ".").CombinedOutput()
			require.NoError(t, err, string(out))
		}
	}
	return whole, lean
}

// The lean program does by itself what it can, and for everything else looks like the whole one, wherever packages put
// that.
func TestLean(t *testing.T) {
	whole, lean := programs(t)
	prefix := t.TempDir()
	command := filepath.Join(prefix, "bin", "upright")
	libexec := filepath.Join(prefix, "libexec", "upright", "upright-whole")
	for from, to := range map[string]string{lean: command, whole: libexec} {
		require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o755))
		b, err := os.ReadFile(from)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(to, b, 0o755))
	}
	link := filepath.Join(t.TempDir(), "up")
	require.NoError(t, os.Symlink(command, link))
	run := func(program string, args ...string) string {
		var out, errs bytes.Buffer
		cmd := exec.Command(program, args...)
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		said := strings.TrimSpace(out.String() + errs.String())
		if err != nil {
			said += "\nfailed"
		}
		return said
	}
	own := filepath.Join(t.TempDir(), "own.yaml")
	require.NoError(t, os.WriteFile(own, []byte("profiles:\n  small:\n    from: mkv\n    width: 640\n"+
		"layouts:\n  ours:\n    - regions:\n        - {at: [0, 0, 100%, 100%], grid: 2x2}\n"), 0o600))
	recording := testmjr.TestData("rot-h264-90")
	for _, args := range [][]string{{"--help"}, {}, {"help", "convert"}, {"convert", "--help"}, {"compose", "--help"},
		{"plan", "--help"}, {"convert", "--version"}, {"version"}, {"jobs", "--help"}, {"convert", "--nothing"},
		{"nothing"}, {"inspect", recording}, {"plan", "--config", own, "--profile", "small", recording},
		{"plan", "--config", own, "--profile", "none", recording}, {"plan", "--config", own + "x", recording},
		{"plan", "--compose", "--layouts", own, "--layout", "ours", testmjr.TestData("room-meeting")}} {
		require.Equal(t, run(whole, args...), run(command, args...), args)
		require.Equal(t, run(whole, args...), run(link, args...), args)
	}
	beside := filepath.Join(prefix, "bin", "upright-whole")
	require.NoError(t, os.Rename(libexec, beside))
	require.Equal(t, run(whole, "version"), run(command, "version"))

	require.NoError(t, os.Remove(beside))
	require.Contains(t, run(command, "serve"), beside+" nor "+libexec+": install it anew\nfailed")
	out := t.TempDir()
	require.NotContains(t, run(command, "convert", "-q", recording, "-o", out), "failed")
	made, err := filepath.Glob(filepath.Join(out, "*.mp4"))
	require.NoError(t, err)
	require.Len(t, made, 1)
}

// Where methods are looked up by names that are not constants, the linker has to leave all methods in (commandline.go).
// Templates of the standard library do so.
func TestNoMethodIsLookedUpByName(t *testing.T) {
	whole, lean := programs(t)
	for program, looksUp := range map[string]string{whole: "text/template.(*state).evalField",
		lean: "reflect.Value.MethodByName"} {
		b, err := os.ReadFile(program)
		require.NoError(t, err)
		linked := func(function string) bool { return bytes.Contains(b, []byte("\x00"+function+"\x00")) }
		require.True(t, linked("main.parse"), "the names of functions are in a program without symbols, too")
		require.False(t, linked(looksUp), "%s: %s", program, looksUp)
	}
}

// The programs are as small as docs/install.md says, and a library that makes them grow is noticed when it comes.
func TestSizes(t *testing.T) {
	whole, lean := programs(t)
	for program, most := range map[string]int64{whole: 45_000_000, lean: 15_000_000} {
		file, err := os.Stat(program)
		require.NoError(t, err)
		require.LessOrEqual(t, file.Size(), most, "%s is too large: `go tool nm -size -sort size` of a program built "+
			"without -s says what is in it, and `go build -ldflags=-dumpdep` why; look for <ReflectMethod> first", program)
	}
}

// What the lean program passes on is understood by a whole one of the same version only.
func TestMeet(t *testing.T) {
	defer func(old []string) { jobProgram = old }(jobProgram)
	require.NoError(t, meet(nil))
	require.Nil(t, jobProgram)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	defer w.Close()
	for text, want := range map[string]string{
		leanText(int(r.Fd()), release.Version()): "",
		leanText(int(r.Fd()), "0.0.1"):           "upright is of version 0.0.1, and ",
		leanText(0, release.Version()):           "makes no sense",
		"":                                       "makes no sense",
	} {
		t.Setenv(leanEnv, text)
		err := meet(nil)
		require.NotContains(t, os.Environ(), leanEnv+"="+text, "whatever it runs is not to see it")
		if want == "" {
			require.NoError(t, err)
			require.Equal(t, "work", jobProgram[1])
		} else {
			require.ErrorContains(t, err, want)
		}
	}
}
