package watch

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A file that was renamed after its job was submitted is known, and so has to be found by that job.
func TestLocate(t *testing.T) {
	b := newBench(t)
	b.call("live", ".tmp")
	b.scan()
	b.pass(2 * time.Hour)
	require.NoError(t, b.Scan(t.Context()))
	require.Len(t, b.specs, 1)
	sources := b.specs[0].Sources
	require.Len(t, sources, 2)
	b.submitted()
	path, ok := b.Locate(sources[0])
	require.True(t, ok)
	require.Equal(t, sources[0].Path, path)
	b.rename("live/"+audio+".tmp", "live/"+audio)
	b.rename("live/"+video+".tmp", "live/"+video)
	b.rename("live", "elsewhere")
	_, ok = b.Locate(sources[0])
	require.False(t, ok, "it is not there, and where it is now has not been seen yet")
	b.scan()
	b.pass(time.Hour)
	b.scan()
	for _, s := range sources {
		path, ok := b.Locate(s)
		require.True(t, ok, s.Path)
		require.Equal(t, finalPath(filepath.Base(s.Path)), filepath.Base(path))
		require.FileExists(t, path)
		other := s
		other.Fingerprint = strings.Repeat("0", 64)
		_, ok = b.Locate(other)
		require.False(t, ok)
	}
}
