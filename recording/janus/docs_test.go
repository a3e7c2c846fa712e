package janus

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every file name in the table of docs/recordings.md gives the recording and the output that the table says.
func TestDocumentedNames(t *testing.T) {
	text, err := os.ReadFile("../../docs/recordings.md")
	require.NoError(t, err)
	quoted := regexp.MustCompile("`([^`]+)`")
	folder, recording, checked := "", "", 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || !strings.Contains(cells[2], ".mjr`") {
			continue
		}
		// An empty first cell goes on with the recording above, so its files are in the same folder.
		if cell := cells[3]; strings.Contains(cell, "their folder") {
			folder = filepath.Join(t.TempDir(), "meeting")
			recording = "meeting"
		} else if !strings.Contains(cell, "the same") {
			folder = t.TempDir()
			recording = quoted.FindStringSubmatch(cell)[1]
		}
		outputs := []string{recording}
		if !strings.Contains(cells[4], "the same") {
			outputs = nil
			for _, m := range quoted.FindAllStringSubmatch(cells[4], -1) {
				outputs = append(outputs, m[1])
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(cells[2], -1) {
			kind, codec := "a", "opus"
			if strings.Contains(m[1], "video") && !strings.Contains(m[1], "audio") {
				kind, codec = "v", "vp8"
			}
			rec(t, folder, m[1], kind, codec, 0, 5)
			checked++
		}
		found := find(t, folder)
		require.Len(t, found, 1, line)
		require.Equal(t, recording, found[0].Name, line)
		for _, output := range outputs {
			require.Contains(t, sizes(found), output, line)
		}
	}
	require.Equal(t, 18, checked)
}
