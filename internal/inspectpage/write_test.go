package inspectpage

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "page.html")
	require.NoError(t, WriteFile(path, one(sample10())))
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	var want bytes.Buffer
	require.NoError(t, Write(&want, one(sample10())))
	require.True(t, bytes.Equal(want.Bytes(), written))

	require.NoError(t, WriteFile(path, Page{}), "a page of ours is replaced")
	again, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Less(t, len(again), len(written))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing is left over")
}

// A recording, or anybody's file, is not replaced by a page.
func TestWriteFileReplacesNothingElse(t *testing.T) {
	dir := t.TempDir()
	for name, contents := range map[string]string{
		"video-0.mjr": "MJR00002\x00\x02{}", "notes.html": "<!DOCTYPE html>\n<html lang=\"en\">", "short": "x",
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(contents), 0o600))
		require.ErrorContains(t, CheckFile(path), path+" exists and is not a page of inspect")
		require.Error(t, WriteFile(path, Page{}))
		left, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, contents, string(left))
	}
	empty := filepath.Join(dir, "empty.html") // as mktemp makes them
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	require.NoError(t, WriteFile(empty, Page{}))

	require.ErrorContains(t, CheckFile(dir), "is not a regular file")
	require.ErrorContains(t, CheckFile(filepath.Join(dir, "missing", "x.html")), "there is no folder")
	require.NoError(t, CheckFile(filepath.Join(dir, "new.html")))
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriteReportsErrors(t *testing.T) {
	require.ErrorContains(t, Write(brokenWriter{}, Page{}), "disk full")
}
