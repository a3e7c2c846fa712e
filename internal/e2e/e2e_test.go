package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/config"
)

// What the helpers write is a configuration that the program takes.
func TestConfigIsOne(t *testing.T) {
	dir := t.TempDir()
	path := Config(t, dir, map[string]any{"workers": map[string]any{"nice": 3}}, Watch{
		Folder: filepath.Join(dir, "in"), Output: filepath.Join(dir, "out"), Settle: 1500e6,
		More: map[string]any{"priority": "high"},
	})
	c, _, err := config.Load(path, nil, config.Known{})
	require.NoError(t, err)
	require.Equal(t, 3, c.Workers.Nice)
	require.Len(t, c.Watch, 1)
	require.Equal(t, filepath.Join(dir, "in"), c.Watch[0].Folder)
	require.EqualValues(t, 1500e6, c.Watch[0].Settle)
	require.EqualValues(t, "high", c.Watch[0].Priority)
}

func TestCopyLeavesTheTruth(t *testing.T) {
	dir := t.TempDir()
	require.Len(t, Copy(t, Testdata("recordplay-vp8"), dir), 3)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 3)
}
