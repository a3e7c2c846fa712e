package daemon

import (
	"math"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Nothing can be converted where less is free than has to stay free, also into a folder that is not there yet.
func TestSpace(t *testing.T) {
	dir := t.TempDir()
	var st syscall.Statfs_t
	require.NoError(t, syscall.Statfs(dir, &st))
	free := int64(st.Bavail) * st.Bsize
	for _, dir := range []string{dir, filepath.Join(dir, "not", "there")} {
		require.NoError(t, new(space).check([]string{dir}, 0))
		require.NoError(t, new(space).check([]string{dir}, free/2))
		s := new(space)
		require.ErrorContains(t, s.check([]string{dir}, math.MaxInt64), "no space: ")
		require.ErrorContains(t, s.check([]string{dir}, math.MaxInt64), "are free in "+dir)
	}
	require.NoError(t, new(space).check([]string{"/proc"}, math.MaxInt64), "it knows nothing of space")
}
