package convert

import (
	"runtime"
	"runtime/debug"
)

// largeHeap is what only long recordings have come to when they are written. To collect garbage costs a few
// milliseconds, which a short one would notice.
const largeHeap = 12 << 20

// giveBack gives the system what a large heap has no use for any more: a decoder comes next, with needs of its own.
func giveBack() {
	var m runtime.MemStats
	if runtime.ReadMemStats(&m); m.HeapSys-m.HeapReleased > largeHeap {
		debug.FreeOSMemory()
	}
}
