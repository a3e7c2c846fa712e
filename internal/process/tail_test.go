package process

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTail(t *testing.T) {
	const size = 8
	all, tail := "", Tail{Size: size}
	for _, text := range []string{"", "ab", "cdefgh", "ijk", strings.Repeat("l", 3*size), "mnopqrst", "u", "v\n"} {
		n, err := tail.Write([]byte(text))
		require.NoError(t, err)
		require.Equal(t, len(text), n)
		all += text
		kept := tail.String()
		require.True(t, strings.HasSuffix(all, kept), kept)
		require.GreaterOrEqual(t, len(kept), min(size, len(all)))
		require.LessOrEqual(t, len(kept), 2*size)
	}
}
