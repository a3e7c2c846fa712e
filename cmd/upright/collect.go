package main

import (
	"os"
	"runtime/debug"
)

// collectLess has the garbage collector wait until the heap has three times what is in use, at least 8 MB, instead of
// twice and 4 MB: most conversions end before that, and a collection costs them more than those few megabytes. What
// GOGC says is kept.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

// collectAsUsual is for a program that stays.
func collectAsUsual() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(100)
	}
}
