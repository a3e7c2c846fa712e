package release

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersion(t *testing.T) {
	require.NotEmpty(t, Version(), "nobody has set one here")
	version = "1.2.3"
	t.Cleanup(func() { version = "" })
	require.Equal(t, "1.2.3", Version())
}
