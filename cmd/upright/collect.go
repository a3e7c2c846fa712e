package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// collectLater has the garbage collector begin when the heap has 8 MB, not 4: most conversions end before that, and
// each of two or three collections costs them more than those few megabytes. From then on it is as usual. What GOGC
// says is kept.
func collectLater() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(200)
	collected := new([64]byte) // until the first collection
	runtime.AddCleanup(collected, func(struct{}) { debug.SetGCPercent(100) }, struct{}{})
}
