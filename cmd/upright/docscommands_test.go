package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/config"
)

// pages are README.md and the manual, by their paths.
func pages(t *testing.T) map[string]string {
	list, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	texts := map[string]string{}
	for _, path := range append(list, "../../README.md", "../../CONTRIBUTING.md") {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		texts[path] = string(text)
	}
	return texts
}

var (
	fence = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")
	// inline is a command in the text, if it has more than the program's name.
	inline = regexp.MustCompile("`((?:sudo )?upright [^`]+)`")
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	title  = regexp.MustCompile(`(?m)^#+ (.+)$`)
)

// commands are the command lines of the program that a page shows, in blocks and in its text.
func commands(text string) (list []string) {
	text = strings.ReplaceAll(text, "\\\n", " ")
	for line := range strings.Lines(text) {
		line, block := strings.CutPrefix(line, "    ")
		line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
		if command := strings.TrimPrefix(line, "sudo "); strings.HasPrefix(command, "upright ") &&
			(block || fenced(text, line)) {
			list = append(list, command)
		}
	}
	for _, m := range inline.FindAllStringSubmatch(text, -1) {
		list = append(list, strings.TrimPrefix(m[1], "sudo "))
	}
	return list
}

// fenced reports whether a line is in a block of commands.
func fenced(text, line string) bool {
	for _, m := range fence.FindAllStringSubmatch(text, -1) {
		if m[1] == "sh" && strings.Contains("\n"+m[2], "\n"+line) {
			return true
		}
	}
	return false
}

// words are the arguments in a command line, up to what is the shell's business.
func words(command string) (list []string) {
	for _, word := range strings.Fields(command)[1:] {
		if strings.ContainsAny(word, "|&;#<>") {
			break
		}
		list = append(list, strings.Trim(word, `"'`))
	}
	return list
}

// abbreviated reports whether a command in the text is a name alone, or has something in it that stands for something.
func abbreviated(command string) bool {
	return strings.ContainsAny(command, "…|(") || len(words(command)) < 2 && !strings.Contains(command, "--")
}

// Every command in README.md and the manual is one that the program understands.
func TestDocumentedCommandsAreUnderstood(t *testing.T) {
	n := 0
	for page, text := range pages(t) {
		for _, command := range commands(text) {
			if abbreviated(command) {
				continue
			}
			parser, err := newParser(new(cli), kong.Exit(func(int) {}))
			require.NoError(t, err)
			arguments := words(command)
			if len(arguments) == 1 || strings.HasPrefix(arguments[len(arguments)-1], "--") {
				// the text speaks of a flag: what the command needs beside it is left out
				_, err = parser.Parse(append(arguments, "somewhere"))
				if err == nil {
					n++
					continue
				}
			}
			_, err = parser.Parse(arguments)
			if err != nil && (strings.Contains(err.Error(), "missing flags") ||
				strings.Contains(err.Error(), "expected ") && !strings.Contains(err.Error(), "one of")) {
				continue // the text leaves out what it does not speak of
			}
			require.NoError(t, err, "%s: %s", page, command)
			n++
		}
	}
	require.Greater(t, n, 40)
}

// Links lead to pages and headings that there are.
func TestDocumentedLinks(t *testing.T) {
	anchors := map[string]map[string]bool{}
	all := pages(t)
	for page, text := range all {
		anchors[filepath.Clean(page)] = map[string]bool{}
		for _, m := range title.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			anchors[filepath.Clean(page)][anchor(m[1])] = true
		}
	}
	for page, text := range all {
		for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			to, heading, _ := strings.Cut(m[1], "#")
			if strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:") {
				continue
			}
			path := filepath.Clean(page)
			if to != "" {
				path = filepath.Join(filepath.Dir(page), to)
				_, err := os.Stat(path)
				require.NoError(t, err, "%s links to %s", page, m[1])
			}
			if heading != "" && anchors[path] != nil {
				require.True(t, anchors[path][heading], "%s links to %s, and there is no such heading", page, m[1])
			}
		}
	}
}

var notInAnchors = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)

// anchor is what GitHub makes of a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// Configurations in the manual are valid.
func TestDocumentedConfigurations(t *testing.T) {
	n := 0
	for page, text := range pages(t) {
		for _, m := range fence.FindAllStringSubmatch(text, -1) {
			if m[1] != "yaml" || !strings.HasPrefix(m[2], "watch:") {
				continue
			}
			_, _, err := config.Parse([]byte(m[2]), t.TempDir(), nil, nameableInDaemon())
			require.NoError(t, err, "%s:\n%s", page, m[2])
			n++
		}
	}
	require.GreaterOrEqual(t, n, 2)
}
