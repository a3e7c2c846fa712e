package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// percent is what the garbage collector is set to.
func percent() int {
	p := debug.SetGCPercent(100)
	debug.SetGCPercent(p)
	return p
}

// The first collection is late, those behind it are as usual.
func TestCollectLater(t *testing.T) {
	defer debug.SetGCPercent(percent())
	t.Setenv("GOGC", "")
	collectLater()
	require.Eventually(t, func() bool { runtime.GC(); return percent() == 100 }, 30*time.Second, time.Millisecond)
	t.Setenv("GOGC", "150")
	debug.SetGCPercent(150)
	collectLater()
	require.Equal(t, 150, percent())
}
