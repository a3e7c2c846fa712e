package verify

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What nobody waits for ends when it is told to, however large the file is.
func TestDigestBeside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.WriteFile(path, []byte("abc"), 0o600))
	d := beginDigest(t.Context(), path)
	n, sum, err := d.wait()
	require.NoError(t, err)
	require.EqualValues(t, 3, n)
	require.Equal(t, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", sum)
	d.stop()

	require.NoError(t, os.Truncate(path, 1<<42)) // a hole: reading it would take an hour
	d = beginDigest(t.Context(), path)
	d.stop()
	_, _, err = d.wait()
	require.ErrorIs(t, err, context.Canceled)

	d = beginDigest(t.Context(), filepath.Join(t.TempDir(), "y"))
	_, _, err = d.wait()
	require.ErrorIs(t, err, os.ErrNotExist)
	d.stop()
}
