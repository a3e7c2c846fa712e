package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// shownCommands are the command lines of the program in the blocks of a page.
func shownCommands(text string) (list []string) {
	text = strings.ReplaceAll(text, "\\\n", " ")
	for line := range strings.Lines(text) {
		line, block := strings.CutPrefix(line, "    ")
		line = strings.TrimPrefix(strings.TrimSpace(line), "$ ")
		if command := strings.TrimPrefix(line, "sudo "); strings.HasPrefix(command, "upright ") &&
			(block || fenced(text, line)) {
			list = append(list, command)
		}
	}
	return list
}

// commands are those in blocks, and those that the text speaks of.
func commands(text string) []string {
	list := shownCommands(text)
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
				_, err = parse(parser, append(arguments, "somewhere"))
				if err == nil {
					n++
					continue
				}
			}
			_, err = parse(parser, arguments)
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
	for page := range all {
		if name := filepath.Base(page); strings.HasPrefix(page, "../../docs/") && name != "README.md" {
			require.Contains(t, all["../../docs/README.md"], "]("+name+")", "the list of pages lacks one")
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

// runnable are commands that convert, look or check, and end by themselves.
var runnable = []string{"convert", "plan", "inspect", "check-config", "version"}

// The commands of these pages can be typed as they stand, in a folder with the recordings that they speak of.
func TestDocumentedCommandsWork(t *testing.T) {
	dir := t.TempDir()
	testdata, err := filepath.Abs("../../testdata")
	require.NoError(t, err)
	require.NoError(t, os.Symlink(testdata, filepath.Join(dir, "testdata")))
	for _, folder := range []string{"recordings", "recordings/one-call"} {
		require.NoError(t, os.CopyFS(filepath.Join(dir, folder), os.DirFS(recordingOf("rot-h264-90"))))
	}
	for from, names := range map[string][]string{"video-1": {"call-video.mjr", "v.mjr"}, "audio-0": {"call-audio.mjr", "a.mjr"}} {
		found, err := filepath.Glob(filepath.Join(recordingOf("video-late-3s"), "*"+from+".mjr"))
		require.NoError(t, err)
		require.Len(t, found, 1)
		content, err := os.ReadFile(found[0])
		require.NoError(t, err)
		for _, name := range names {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
		}
	}
	installed, err := os.ReadFile("../../scripts/package/upright.yaml")
	require.NoError(t, err)
	etc := filepath.Join(dir, "etc.yaml")
	require.NoError(t, os.WriteFile(etc, []byte(strings.ReplaceAll(string(installed), "/srv/", dir+"/")), 0o644))
	for _, folder := range []string{"recordings", "videos"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "upright", folder), 0o755))
	}
	require.NoError(t, os.CopyFS(dir, os.DirFS("../../scripts/package"))) // upright.yaml, where it is relative

	ran := map[string]bool{}
	for _, page := range []string{"README.md", "docs/operations.md", "docs/migrating.md", "docs/install.md", "docs/cluster.md"} {
		text := pages(t)["../../"+page]
		require.NotEmpty(t, text, page)
		for _, command := range shownCommands(text) {
			if strings.Contains(command, "…") {
				continue
			}
			arguments := words(strings.ReplaceAll(command, "/etc/upright/upright.yaml", etc))
			if !slices.Contains(runnable, arguments[0]) || ran[command] {
				continue
			}
			ran[command] = true
			cmd := program(t, arguments...)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s: %s\n%s", page, command, out)
		}
	}
	require.Greater(t, len(ran), 7)
	for _, made := range []string{"call.mp4", "look.html", "out", "videos"} {
		_, err := os.Stat(filepath.Join(dir, made))
		require.NoError(t, err, made)
	}
}
