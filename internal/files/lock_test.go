package files

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := OpenLocked(path, 0o600)
	require.NoError(t, err)
	_, err = OpenLocked(path, 0o600)
	require.ErrorIs(t, err, ErrLocked)
	assert.ErrorContains(t, err, path)

	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err = WaitLocked(short, path, 0o600)
	require.ErrorIs(t, err, ErrLocked)

	got := make(chan error)
	go func() {
		f, err := WaitLocked(t.Context(), path, 0o600)
		if err == nil {
			err = f.Close()
		}
		got <- err
	}()
	require.NoError(t, first.Close())
	require.NoError(t, <-got)

	_, err = OpenLocked(filepath.Join(path, "below", "a file"), 0o600)
	require.Error(t, err)
	assert.NotErrorIs(t, err, ErrLocked)
}
