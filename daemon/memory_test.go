package daemon

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// resident returns VmRSS in kB.
func resident(t *testing.T) string {
	b, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	for l := range strings.Lines(string(b)) {
		if strings.HasPrefix(l, "VmRSS:") {
			return strings.TrimSpace(l)
		}
	}
	t.Fatal("no VmRSS in /proc/self/status")
	return ""
}

func TestDropCleanLeavesTheProgramRunning(t *testing.T) {
	before := resident(t)
	for range 3 {
		dropClean()
	}
	t.Log(before, "->", resident(t))
	require.NotPanics(t, func() { _ = strings.Repeat("still here", 1000) })
}
