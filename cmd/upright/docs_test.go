package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"
)

// flagsInDocs reads the flag tables of docs/cli.md: by command, the first two cells of each row.
func flagsInDocs(t *testing.T) map[string][][2]string {
	text, err := os.ReadFile("../../docs/cli.md")
	require.NoError(t, err)
	section := regexp.MustCompile(`(?m)^##+ upright (.+)$`)
	flags := map[string][][2]string{}
	at := section.FindAllStringSubmatchIndex(string(text), -1)
	for i, m := range at {
		end := len(text)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		name := string(text[m[2]:m[3]])
		flags[name] = nil
		for line := range strings.Lines(string(text[m[1]:end])) {
			cells := strings.Split(line, "|")
			if len(cells) < 4 || !strings.Contains(cells[1], "`--") {
				continue
			}
			flags[name] = append(flags[name], [2]string{strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])})
		}
	}
	return flags
}

// The manual has exactly the commands and flags of the program, with their defaults, in the same order.
func TestDocsHaveAllFlags(t *testing.T) {
	parser, err := newParser(new(cli))
	require.NoError(t, err)
	want := map[string][][2]string{}
	var add func(prefix string, commands []*kong.Node)
	add = func(prefix string, commands []*kong.Node) {
		for _, command := range commands {
			if command.Hidden {
				continue
			}
			name := prefix + command.Name
			want[name] = nil
			for _, f := range command.Flags {
				want[name] = append(want[name], [2]string{flagInDocs(f), f.Default})
				require.NotEmpty(t, f.Help, "--%s", f.Name)
			}
			require.NotEmpty(t, command.Help, name)
			add(name+" ", command.Children)
		}
	}
	add("", parser.Model.Children)
	require.Equal(t, want, flagsInDocs(t))
}

func flagInDocs(f *kong.Flag) string {
	s := ""
	if f.Short != 0 {
		s = "`-" + string(f.Short) + "`, "
	}
	s += "`--" + f.Name
	if !f.IsBool() {
		s += "=" + f.FormatPlaceHolder()
	}
	return s + "`"
}

var (
	valuesFirst = regexp.MustCompile("(?m)^\\| `watch\\.[a-z_.]+` \\| .*? \\| (`.*`), as `--([a-z-]+)`")
	flagFirst   = regexp.MustCompile("(?m)^\\| `watch\\.[a-z_.]+` \\| .*? \\| As `--([a-z-]+)`: (`.*`)\\.")
	code        = regexp.MustCompile("`([^`]+)`")
)

// The options of the configuration that are flags of convert and compose take the same values, as docs/configuration.md
// and the comments of upright.yaml have them.
func TestConfigurationHasTheValuesOfFlags(t *testing.T) {
	values := map[string][]string{}
	for _, command := range []string{"convert", "compose"} {
		parser, err := newParser(new(cli))
		require.NoError(t, err)
		for _, n := range parser.Model.Children {
			for _, f := range n.Flags {
				if n.Name == command && f.Enum != "" && f.Name != "progress" {
					values[f.Name] = strings.Split(f.Enum, ",")
				}
			}
		}
	}
	page, err := os.ReadFile("../../docs/configuration.md")
	require.NoError(t, err)
	said := map[string]string{}
	for _, m := range valuesFirst.FindAllStringSubmatch(string(page), -1) {
		said[m[2]] = m[1]
	}
	for _, m := range flagFirst.FindAllStringSubmatch(string(page), -1) {
		said[m[1]] = m[2]
	}
	compared := 0
	for flag, text := range said {
		if values[flag] == nil {
			continue
		}
		compared++
		var list []string
		for _, m := range code.FindAllStringSubmatch(text, -1) {
			list = append(list, m[1])
		}
		require.Equal(t, values[flag], list, "docs/configuration.md, --%s", flag)
	}
	require.Greater(t, compared, 5)

	sample, err := os.ReadFile("../../upright.yaml")
	require.NoError(t, err)
	lines := strings.Split(string(sample), "\n")
	for flag, list := range values {
		at := slices.IndexFunc(lines, func(line string) bool {
			return strings.HasPrefix(strings.TrimLeft(line, " #"), strings.ReplaceAll(flag, "-", "_")+": ")
		})
		require.Greater(t, at, 0, "upright.yaml lacks --%s", flag)
		for _, value := range list {
			require.Contains(t, lines[at-1], value, "upright.yaml, line %d", at)
		}
	}
}
