package daemon

import (
	"bufio"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// slim gives back what starting up has left in memory: the program's own pages that only its initialisation has read (cloud
// storage clients bring many), and the heap's free ones. They come back from the page cache when they are used.
func slim() {
	debug.FreeOSMemory()
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
