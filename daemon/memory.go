package daemon

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

// slimEvery is how often a daemon looks whether it has nothing to do and so could give memory back.
const slimEvery = 10 * time.Second

// slimLater gives memory back once starting up is over, and when work is; then again, because the queue's server keeps
// what it has read for some seconds. From then on it does so every minute, before Go would: scans of large folders
// leave garbage.
func slimLater(ctx context.Context, load func() (busy, all int)) {
	tick := time.NewTicker(slimEvery)
	defer tick.Stop()
	for idle := 0; ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if busy, _ := load(); busy > 0 {
			idle = 0
			continue
		}
		if idle++; idle <= 2 || idle%6 == 0 {
			runtime.GC() // what is in pools is garbage only after a second time
			debug.FreeOSMemory()
		}
	}
}
