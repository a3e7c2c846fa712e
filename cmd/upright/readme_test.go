package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What README.md shows is what the program prints: every "$ upright …" with what is below it, up to the next empty line.
func TestReadmeShowsWhatIsPrinted(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	ran := 0
	for block := range strings.SplitSeq(string(text), "\n\n") {
		command, printed, ok := strings.Cut(block, "\n")
		command, ok2 := strings.CutPrefix(command, "    $ upright ")
		if !ok || !ok2 {
			continue
		}
		var want strings.Builder
		for line := range strings.Lines(printed + "\n") {
			want.WriteString(strings.TrimPrefix(line, "    "))
		}
		cmd := program(t, strings.Fields(command)...)
		cmd.Dir = "../.."
		var out, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &stderr
		require.NoError(t, cmd.Run(), "%s: %s", command, stderr.String())
		require.Equal(t, want.String(), out.String(), command)
		ran++
	}
	require.Equal(t, 2, ran, "examples in README.md")
}
