package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func checkConfig(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(context.Background(), append([]string{"check-config"}, args...), &console{stdout: &out, stderr: &err})
	return status, out.String(), err.String()
}

func TestCheckConfig(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	t.Chdir(dir)
	write := func(text string) { require.NoError(t, os.WriteFile("upright.yaml", []byte(text), 0o644)) }

	status, stdout, stderr := checkConfig(t)
	require.Equal(t, exitFailed, status)
	require.Empty(t, stdout)
	require.Equal(t, "upright: cannot read the configuration upright.yaml: no such file or directory; name another "+
		"one, or write it: docs/configuration.md says how\n", stderr)

	write("watch:\n  - folder: rec\n    output: out\n    setle: 10s\n    template: '{usr}'\n    profile: mp5\n")
	status, stdout, stderr = checkConfig(t)
	require.Equal(t, exitFailed, status)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "upright.yaml:4:5: there is no option \"setle\" in watch; did you mean settle?\n"+
		"    4 |     setle: 10s\n      |     ^\n")
	require.Contains(t, stderr, "upright.yaml:5:15: the template \"{usr}\" has an unknown placeholder {usr}")
	require.Contains(t, stderr, "upright.yaml:6:14: profile: there is no profile \"mp5\"; did you mean mp4?\n")
	require.Contains(t, stderr, "upright: upright.yaml has 3 errors\n")

	write("watch:\n  - folder: rec\n    output: out\n    profile: original\nworkers: {jobs: 3}\n")
	status, stdout, stderr = checkConfig(t, "upright.yaml")
	require.Equal(t, exitDone, status)
	require.Contains(t, stdout, "upright.yaml is right:\n  watch rec: "+dir+"/rec -> "+dir+
		"/out/{folder}/{name}-{start:2006-01-02T15-04-05}, profile original, sources keep\n")
	require.Contains(t, stdout, "\n  workers 3 cores; ")
	// Of long paths the beginning is shown.
	require.Regexp(t, `upright: warning: upright.yaml:2:13: the folder "/[^"]+" does not exist; the daemon waits for it\n`,
		stderr)

	t.Setenv("UPRIGHT_HTTP_LISTEN", "0.0.0.0:80")
	status, _, stderr = checkConfig(t)
	require.Equal(t, exitFailed, status)
	require.Contains(t, stderr, "UPRIGHT_HTTP_LISTEN: listen: anyone who can connect")
}

// The file that comes with the source is right for this program, too.
func TestCheckDefaultConfig(t *testing.T) {
	status, stdout, stderr := checkConfig(t, "../../upright.yaml")
	require.Equal(t, exitDone, status, stderr)
	require.Contains(t, stdout, "watch recordings: ")
}

// So are the examples in it, when they are put in force.
func TestCheckDefaultProfiles(t *testing.T) {
	text, err := os.ReadFile("../../upright.yaml")
	require.NoError(t, err)
	_, profiles, ok := strings.Cut(string(text), "\nprofiles:\n")
	require.True(t, ok)
	profiles, _, ok = strings.Cut(profiles, "\n# Where jobs are kept.")
	require.True(t, ok)
	profiles = regexp.MustCompile(`(?m)^ *# .*$`).ReplaceAllString(profiles, "")
	profiles = regexp.MustCompile(`(?m)^( *)#`).ReplaceAllString(profiles, "$1")
	file := filepath.Join(t.TempDir(), "upright.yaml")
	require.NoError(t, os.WriteFile(file, []byte("watch: [{folder: /in, output: /out}]\nprofiles:\n"+profiles), 0o600))
	status, _, stderr := checkConfig(t, file)
	require.Equal(t, exitDone, status, stderr)
	require.Contains(t, profiles, "  grey:\n")
}
