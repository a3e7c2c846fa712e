package gstx

import (
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is dropped comes back when it is used.
func TestDropCode(t *testing.T) {
	Init()
	resident := func() int {
		status, err := os.ReadFile("/proc/self/status")
		require.NoError(t, err)
		_, after, ok := strings.Cut(string(status), "RssFile:")
		require.True(t, ok)
		kb, err := strconv.Atoi(strings.Fields(after)[0])
		require.NoError(t, err)
		return kb
	}
	before := resident()
	DropCode()
	require.Less(t, resident(), before*3/4)
	require.Equal(t, "1.4142", strconv.FormatFloat(math.Sqrt(2), 'f', 4, 64))
	require.True(t, HasElement("fakesink"))
}
