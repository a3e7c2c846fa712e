package files

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kept")
	var got map[string]int
	require.ErrorIs(t, ReadJSON(path, 100, &got), fs.ErrNotExist)
	require.NoError(t, ReplaceJSON(path, 0o600, map[string]int{"a": 1}))
	require.NoError(t, ReadJSON(path, 100, &got))
	require.Equal(t, map[string]int{"a": 1}, got)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode())
	require.ErrorIs(t, ReadJSON(path, 3, &got), ErrTooLarge)
	require.NoError(t, os.WriteFile(path, []byte(`{"a": 1`), 0o600))
	require.Error(t, ReadJSON(path, 100, &got))
}
