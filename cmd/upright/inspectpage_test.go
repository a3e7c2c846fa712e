package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The page has what the table has, and the table is the same with and without it.
func TestInspectHTML(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	inspect := func(args ...string) (int, string, string) {
		var out, messages bytes.Buffer
		c := &console{stdout: &out, stderr: &messages, location: time.UTC}
		status := run(context.Background(), append([]string{"inspect"}, args...), c)
		return status, out.String(), messages.String()
	}
	status, table, _ := inspect("../../testdata/e2ee-flagged")
	with, same, messages := inspect("--html", path, "../../testdata/e2ee-flagged")
	require.Equal(t, status, with, messages)
	require.Equal(t, table, same)
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(page), "ENCRYPTED_MEDIA")
	require.Contains(t, string(page), "only its recipients have the key", "what the warning means")
	require.Contains(t, string(page), "videoroom-1234-user-1001-1795235950828048-video-1.mjr")

	// In a list of files the first is easily taken for the page.
	recording := filepath.Join(t.TempDir(), "a-video-0.mjr")
	require.NoError(t, os.WriteFile(recording, []byte("MJR00002"), 0o600))
	status, table, messages = inspect("--html", recording, "../../testdata/e2ee-flagged")
	require.Equal(t, exitUsage, status)
	require.Empty(t, table)
	require.Contains(t, messages, "is not a page of inspect")
	left, err := os.ReadFile(recording)
	require.NoError(t, err)
	require.Equal(t, "MJR00002", string(left))
}
