package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
)

// Watch is a watch folder of a configuration. What is zero is left to the defaults.
type Watch struct {
	Name       string
	Folder     string
	Output     string
	Template   string
	Settle     time.Duration
	AdoptAfter time.Duration
	Rescan     time.Duration
	More       map[string]any // further options, by their keys in upright.yaml
}

// Config writes dir/upright.yaml with these watch folders, the state below dir, and a free port, and returns its path.
// more replaces whole sections: it maps keys of the file's first level to their values.
func Config(t testing.TB, dir string, more map[string]any, folders ...Watch) string {
	t.Helper()
	var list []map[string]any
	for _, w := range folders {
		m := map[string]any{"folder": w.Folder, "output": w.Output}
		for key, text := range map[string]string{"name": w.Name, "template": w.Template} {
			if text != "" {
				m[key] = text
			}
		}
		for key, d := range map[string]time.Duration{"settle": w.Settle, "adopt_after": w.AdoptAfter, "rescan": w.Rescan} {
			if d > 0 {
				m[key] = d.String()
			}
		}
		for key, value := range w.More {
			m[key] = value
		}
		list = append(list, m)
	}
	all := map[string]any{
		"state": filepath.Join(dir, "state"),
		"watch": list,
		"http":  map[string]any{"listen": "127.0.0.1:0"},
		"log":   map[string]any{"level": "debug"},
	}
	for key, value := range more {
		all[key] = value
	}
	b, err := yaml.Marshal(all)
	require.NoError(t, err)
	path := filepath.Join(dir, "upright.yaml")
	require.NoError(t, os.WriteFile(path, b, 0o644))
	return path
}

// Copy copies a folder's recordings, not the truth.json beside them, and returns their paths.
func Copy(t testing.TB, from, to string) []string {
	t.Helper()
	entries, err := os.ReadDir(from)
	require.NoError(t, err)
	recordings := map[string][]byte{}
	var paths []string
	for _, e := range entries {
		if !strings.Contains(e.Name(), ".mjr") && filepath.Ext(e.Name()) != ".nfo" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(from, e.Name()))
		require.NoError(t, err)
		recordings[e.Name()] = b
		paths = append(paths, filepath.Join(to, e.Name()))
	}
	require.NotEmpty(t, paths, "no recordings in "+from)
	Write(t, to, recordings)
	return paths
}

// Write writes files into a folder, which it makes, as one: while one of them is written all are open, and a daemon
// waits for what is open. Else, on a busy machine, it may take the first ones for all of a recording.
func Write(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	open := map[*os.File][]byte{}
	for name, b := range files {
		f, err := os.Create(filepath.Join(dir, name))
		require.NoError(t, err)
		open[f] = b
	}
	for f, b := range open {
		_, err := f.Write(b)
		require.NoError(t, err)
	}
	for f := range open {
		require.NoError(t, f.Close())
	}
}

// Testdata is the folder of a test recording.
func Testdata(name string) string { return filepath.Join(Root(), "testdata", name) }
