package daemon

import (
	"bufio"
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// slimEvery is how often a daemon looks whether it has nothing to do and so could give memory back.
const slimEvery = 10 * time.Second

// slimLater gives memory back once starting up is over, and when work is; then again, because the queue's server keeps what
// it has read for some seconds. From then on it does so every minute, before Go would: scans of large folders leave garbage.
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
			dropClean()
		}
	}
}

// dropClean takes pages of files that are only read out of this process: the program's own that only its initialisation has
// needed (cloud storage clients bring many), and what the kernel has mapped around those that are needed. They come back
// from the page cache when they are used.
func dropClean() {
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return
	}
	defer f.Close()
	var at, length uintptr
	var usable bool
	drop := func(clean bool) {
		if usable && clean && length > 0 {
			// Clean pages of a file that are only read lose nothing.
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, at, length, unix.MADV_NOHUGEPAGE)
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, at, length, unix.MADV_DONTNEED)
		}
		length = 0
	}
	clean := false
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if !strings.HasSuffix(fields[0], ":") { // the next mapping
			drop(clean)
			clean = true
			from, to, _ := strings.Cut(fields[0], "-")
			a, err1 := strconv.ParseUint(from, 16, 64)
			b, err2 := strconv.ParseUint(to, 16, 64)
			usable = err1 == nil && err2 == nil && len(fields) == 6 && strings.HasPrefix(fields[5], "/") &&
				(fields[1] == "r-xp" || fields[1] == "r--p")
			at, length = uintptr(a), uintptr(b-a)
			continue
		}
		switch fields[0] {
		case "Private_Dirty:", "Shared_Dirty:", "Anonymous:":
			clean = clean && fields[1] == "0"
		}
	}
	drop(clean)
}
