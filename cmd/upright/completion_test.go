package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

// printed is what a command prints.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	var out, problems bytes.Buffer
	require.Equal(t, exitDone, run(t.Context(), args, &console{stdout: &out, stderr: &problems}), problems.String())
	return out.String()
}

// eachFlag calls f with each flag that people are meant to use.
func eachFlag(t *testing.T, f func(path string, flag *kong.Flag)) {
	parser, err := newParser(new(cli))
	require.NoError(t, err)
	walk(parser.Model.Node, "", func(n *kong.Node, path string) {
		for _, flag := range n.Flags {
			f(path, flag)
		}
	})
}

// complete is what bash offers for the last of some words.
func complete(t *testing.T, script string, words ...string) []string {
	t.Helper()
	quotedWords := make([]string, len(words))
	for i, w := range words {
		quotedWords[i] = quoted(w)
	}
	program := `source "$0"; COMP_WORDS=(` + strings.Join(quotedWords, " ") + `); ` +
		`COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _upright; printf '%s\n' "${COMPREPLY[@]}"`
	out, err := exec.Command("bash", "-c", program, script).CombinedOutput()
	require.NoError(t, err, string(out))
	return strings.Fields(string(out))
}

func TestBashCompletion(t *testing.T) {
	script := filepath.Join(t.TempDir(), "upright")
	require.NoError(t, os.WriteFile(script, []byte(printed(t, "completion", "bash")), 0o600))
	require.Equal(t, []string{"convert", "compose", "completion"}, complete(t, script, "upright", "co"))
	require.Empty(t, complete(t, script, "upright", "convert", "x"), "names of files")
	require.Equal(t, []string{"--progress"}, complete(t, script, "upright", "convert", "in", "--prog"))
	require.Equal(t, []string{"bar"}, complete(t, script, "upright", "convert", "--progress", "b"))
	require.Equal(t, []string{"bar"}, complete(t, script, "upright", "convert", "--progress", "=", "b"))
	require.Contains(t, complete(t, script, "upright", "jobs", ""), "retry")
	require.NotEmpty(t, complete(t, script, "upright", "jobs", "list", "--"))
	require.Equal(t, []string{"bash", "zsh", "fish"}, complete(t, script, "upright", "completion", ""))
	require.NotContains(t, complete(t, script, "upright", ""), "work", "it is not for people")
	eachFlag(t, func(path string, f *kong.Flag) {
		if strings.Count(path, " ") > 0 || path == "" {
			return
		}
		require.Contains(t, complete(t, script, "upright", path, "--"+f.Name), "--"+f.Name)
	})
}

// Other shells are asked whether they understand it, where they are installed.
func TestOtherCompletions(t *testing.T) {
	for shell, check := range map[string][]string{"zsh": {"zsh", "-n"}, "fish": {"fish", "--no-execute"}} {
		text := printed(t, "completion", shell)
		eachFlag(t, func(path string, f *kong.Flag) {
			require.Contains(t, text, f.Name, "%s %s", shell, path)
		})
		if _, err := exec.LookPath(shell); err != nil {
			t.Log(shell + " is not installed")
			continue
		}
		script := filepath.Join(t.TempDir(), shell)
		require.NoError(t, os.WriteFile(script, []byte(text), 0o600))
		out, err := exec.Command(check[0], append(check[1:], script)...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
}

// The manual page has every command and flag of the help, and is one that man can show.
func TestManual(t *testing.T) {
	page := printed(t, "man")
	eachFlag(t, func(path string, f *kong.Flag) {
		require.True(t, strings.Contains(page, roff(flagInManual(f))+"\n"+roff(f.Help)), "%s --%s", path, f.Name)
	})
	if _, err := exec.LookPath("groff"); err != nil {
		t.Skip("groff is not installed")
	}
	cmd := exec.Command("groff", "-man", "-Tutf8", "-ww")
	cmd.Stdin = strings.NewReader(page)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	shownPage, err := cmd.Output()
	require.NoError(t, err)
	require.Empty(t, problems.String())
	require.Contains(t, string(shownPage), "upright convert")
}
