package silence

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// packets are the files of a folder in order of their names. Encoders put headers in front, which are no packets.
func packets(t *testing.T, folder string) (all [][]byte) {
	t.Helper()
	files, err := filepath.Glob(folder + "/*")
	require.NoError(t, err)
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		if !strings.HasPrefix(string(b), "OpusHead") && !strings.HasPrefix(string(b), "OpusTags") {
			all = append(all, b)
		}
	}
	require.Greater(t, len(all), 10)
	return all
}
