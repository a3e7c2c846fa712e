package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What README.md shows is what the program prints: every "$ upright …" with what is below it, up to the next empty
// line. go test -update writes it anew.
func TestReadmeShowsWhatIsPrinted(t *testing.T) {
	const readme = "../../README.md"
	text, err := os.ReadFile(readme)
	require.NoError(t, err)
	blocks := strings.Split(string(text), "\n\n")
	ran := 0
	for i, block := range blocks {
		command, _, _ := strings.Cut(block, "\n")
		arguments, ok := strings.CutPrefix(command, "    $ upright ")
		if !ok {
			continue
		}
		cmd := program(t, strings.Fields(arguments)...)
		cmd.Dir = "../.."
		var out, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &stderr
		require.NoError(t, cmd.Run(), "%s: %s", command, stderr.String())
		shown := command + "\n    " + strings.ReplaceAll(strings.TrimSuffix(out.String(), "\n"), "\n", "\n    ")
		if !*update {
			require.Equal(t, block, shown, "README.md is out of date: go test ./cmd/upright -run Readme -update")
		}
		blocks[i] = shown
		ran++
	}
	require.Equal(t, 2, ran, "examples in README.md")
	if *update {
		require.NoError(t, os.WriteFile(readme, []byte(strings.Join(blocks, "\n\n")), 0o644))
	}
}
