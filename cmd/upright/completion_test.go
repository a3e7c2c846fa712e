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
	require.Equal(t, []string{"strip-top"}, complete(t, script, "upright", "compose", "--layout", "st"),
		"one's own are possible, too")
	require.Contains(t, complete(t, script, "upright", "jobs", ""), "retry")
	require.NotEmpty(t, complete(t, script, "upright", "jobs", "list", "--"))
	require.Equal(t, []string{"web", "webm"}, complete(t, script, "upright", "convert", "--profile", "web"))
	require.Equal(t, []string{"presentation"}, complete(t, script, "upright", "compose", "--layout", "pres"))
	require.Equal(t, []string{"x264enc"}, complete(t, script, "upright", "convert", "--encoder", "x264"))
	require.Equal(t, []string{"failed"}, complete(t, script, "upright", "jobs", "list", "--state", "f"))
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

// completions are lines that somebody types in a shell, and what is offered among other things.
var completions = map[string]string{
	"upright co":                        "convert",
	"upright jobs re":                   "retry",
	"upright convert in --prog":         "--progress",
	"upright convert in --progress ":    "json",
	"upright convert in --profile ":     "webm",
	"upright compose in --layout pres":  "presentation",
	"upright jobs list --state ":        "failed",
	"upright completion ":               "fish",
	"upright encoders --":               "--json",
	"upright plan in --compose --la":    "--layout",
	"upright convert in --encoder x264": "x264enc",
}

// What a real fish offers.
func TestFishCompletes(t *testing.T) {
	if _, err := exec.LookPath("fish"); err != nil {
		t.Skip("fish is not installed")
	}
	script := filepath.Join(t.TempDir(), "upright.fish")
	require.NoError(t, os.WriteFile(script, []byte(printed(t, "completion", "fish")), 0o600))
	for line, want := range completions {
		out, err := exec.Command("fish", "--no-config", "-c", "source "+script+"; complete -C "+quoted(line)).CombinedOutput()
		require.NoError(t, err, string(out))
		require.Regexp(t, `(?m)^`+want+`\b`, string(out), line)
	}
}

// typed makes zsh complete a line as if somebody had pressed Tab: in a terminal of its own, with all that is offered
// written out, until what is wanted comes. Before the prompt a terminal takes ^D for the end.
const typed = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -d $1/dump; TERM=dumb; LISTMAX=0; setopt no_list_beep"
zpty -w z "zstyle ':completion:*' list-prompt ''; bindkey '^I' complete-word; bindkey '^D' list-choices; PS1=RE\"\"ADY"
zpty -r z line '*READY*'
zpty -w -n z "$2"$'\C-d'
while zpty -r z line; do print -rn -- "$line"; all+=$line; [[ $all == *"$2"*"$3"* ]] && break; done
zpty -d z
`

// What a real zsh offers.
func TestZshCompletes(t *testing.T) {
	if _, err := exec.LookPath("zsh"); err != nil {
		t.Skip("zsh is not installed")
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "_upright"), []byte(printed(t, "completion", "zsh")), 0o600))
	for _, line := range []string{"upright co", "upright jobs re", "upright convert in --profile ",
		"upright compose in --layout ", "upright jobs list --state "} {
		want := completions[strings.Replace(line, "--layout ", "--layout pres", 1)]
		out, err := exec.Command("timeout", "60", "zsh", "-f", "-c", typed, "zsh", dir, line, want).CombinedOutput()
		require.NoError(t, err, "%s offers no %s, but %q", line, want, out)
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
