package main

import (
	"os"
	"regexp"
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
