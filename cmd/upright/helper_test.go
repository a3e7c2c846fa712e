package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
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
