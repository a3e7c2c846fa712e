// Package testdamage does to files what no program should have done, for tests of what reads them.
package testdamage

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Env is the environment variable that says how many damages are tried.
const Env = "UPRIGHT_DAMAGE"

// Trials is how many damages a test tries: so many, unless Env says otherwise.
func Trials(t testing.TB, usually int) int {
	t.Helper()
	s := os.Getenv(Env)
	if s == "" {
		return usually
	}
	n, err := strconv.Atoi(s)
	require.NoError(t, err, Env)
	return n
}

// One removes, cuts, or flips a bit in, one of the regular files below a folder, and says what it did.
func One(t testing.TB, dir string, r *rand.Rand) string {
	t.Helper()
	var all []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			all = append(all, path)
		}
		return err
	}))
	path := all[r.IntN(len(all))]
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	rel, err := filepath.Rel(dir, path)
	require.NoError(t, err)
	switch kind := r.IntN(4); {
	case kind == 0:
		require.NoError(t, os.Remove(path))
		return rel + ": removed"
	case kind == 1 && len(data) > 0:
		n := r.IntN(len(data))
		require.NoError(t, os.Truncate(path, int64(n)))
		return fmt.Sprintf("%s: cut at %d of %d", rel, n, len(data))
	case len(data) > 0:
		bit := r.IntN(8 * len(data))
		data[bit/8] ^= 1 << (bit % 8)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return fmt.Sprintf("%s: bit %d of byte %d of %d", rel, bit%8, bit/8, len(data))
	}
	require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
	return rel + ": one byte instead of none"
}
