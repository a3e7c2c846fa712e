package queue

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestDiskFull fills the disk below the embedded server. It gives its store up for good then, and has to be replaced.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := unix.Mount("none", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skip("a small file system cannot be mounted here: ", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	q := open(t, Options{Dir: dir})
	submit(t, q, spec(0))
	l := next(t, q)
	ballast := filepath.Join(dir, "ballast")
	err := os.WriteFile(ballast, bytes.Repeat([]byte("x"), 8<<20), 0o600)
	require.ErrorIs(t, err, unix.ENOSPC)

	// Nothing more fits. What is submitted waits, and the queue says so.
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	errs := make(chan error, 1)
	go func() {
		for n := 1; n <= 50; n++ {
			if _, err := q.Submit(ctx, spec(n)); err != nil {
				errs <- err
				return
			}
		}
		errs <- nil
	}()
	eventually(t, "not ready", func() bool { return q.Ready() != nil })
	q.server.mu.Lock()
	before := q.server.srv
	q.server.mu.Unlock()
	eventually(t, "the server is replaced, and finds the disk still full", func() bool {
		q.server.mu.Lock()
		defer q.server.mu.Unlock()
		return q.server.srv != before && q.server.srv != nil
	})
	require.NoError(t, os.Remove(ballast))
	require.NoError(t, <-errs, "goes on without a restart of the daemon")
	require.Eventually(t, func() bool { return q.Ready() == nil }, patience, 50*time.Millisecond)
	require.NoError(t, l.Finish(ctx, done))
	for range 50 {
		finish(t, next(t, q))
	}
	none(t, q, time.Second)
}
