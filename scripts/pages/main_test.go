package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// TestPagesAreGenerated fails if a page was changed and its code was not: `make pages` writes it.
func TestPagesAreGenerated(t *testing.T) {
	wanted, err := pages(root)
	require.NoError(t, err)
	require.Greater(t, len(wanted), 20)
	for path, want := range wanted {
		have, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err, "run make pages")
		require.True(t, string(want) == string(have), "%s is not what make pages writes: run it", path)
	}
	require.NoError(t, fs.WalkDir(os.DirFS(root), ".", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, codeOf("")) {
			require.Contains(t, wanted, path, "its page is gone: delete it")
		}
		return err
	}))
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, "x.templ")
	require.NoError(t, os.WriteFile(page, []byte("package x\ntempl hello(name string) {\n<p>{name}</p>\n}\n"), 0o644))
	require.NoError(t, run(dir))
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Contains(t, string(text), "\n\t<p>{ name }</p>\n", "it is formatted")
	code, err := os.ReadFile(codeOf(page))
	require.NoError(t, err)
	require.Contains(t, string(code), "func hello(name string) templ.Component")
	require.NoError(t, run(dir))
	again, err := os.ReadFile(codeOf(page))
	require.NoError(t, err)
	require.Equal(t, string(code), string(again))

	require.NoError(t, os.WriteFile(page, []byte("package x\ntempl hello( {\n<p>\n}\n"), 0o644))
	require.ErrorContains(t, run(dir), "x.templ: ")
}
