package worker

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/timeline"
)

// blameless are codes of jobs that failed by what is in the recording, or by its not being there: nothing went wrong in
// this process.
var blameless = []string{job.CodeNoMedia, job.CodeEncrypted, job.CodeSourcesGone, job.CodeSourcesChanged,
	job.CodeTooMuch}

// fitness tells whether this process is as it was before a job: then another may follow.
type fitness struct {
	goroutines  int           // before the first job
	descriptors int           // after it, when GStreamer has what it keeps
	cpu         time.Duration // before this job
}

// begin is called before each job.
func (f *fitness) begin() {
	if f.goroutines == 0 {
		f.goroutines = goroutines()
	}
	f.cpu = cpuTime()
	// The most memory that it had is from now on that of this job (proc_pid_clear_refs(5)); where that cannot be, the
	// earlier ones count, too.
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// leaving is how long goroutines of a job may take to end after it.
const leaving = 100 * time.Millisecond

// unfit says what is left of a job that ended so, or may be; "" if nothing is.
func (f *fitness) unfit(e work.Event) string {
	switch {
	case e.Event == "failed" && !slices.Contains(blameless, e.Code):
		return "the job failed"
	case timeline.InUse() > 0:
		return "a recording is still open"
	case hasChildren():
		return "a process that it started is still there"
	}
	for until := time.Now().Add(leaving); goroutines() > f.goroutines; time.Sleep(leaving / 100) {
		if time.Now().After(until) {
			return fmt.Sprintf("there are %d goroutines, not %d", goroutines(), f.goroutines)
		}
	}
	open, err := os.ReadDir("/proc/self/fd")
	if f.descriptors == 0 {
		f.descriptors = len(open)
	}
	if err != nil || len(open) > f.descriptors {
		return fmt.Sprintf("%d files are open, not %d", len(open), f.descriptors)
	}
	return ""
}

// used is what the job has used, that of processes that it started and that have ended included.
func (f *fitness) used() *work.Used {
	return &work.Used{CPUMs: float64((cpuTime() - f.cpu).Microseconds()) / 1000, MaxRSS: peak()}
}

// peak is the most memory that this process had since begin, in bytes (proc_pid_status(5)). Getrusage does not forget,
// and begins with what the daemon had.
func peak() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "\nVmHWM:")
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	kilobytes, _ := strconv.ParseInt(number, 10, 64)
	return kilobytes << 10
}

// cpuTime is what this process and its children that have ended have used so far.
func cpuTime() (sum time.Duration) {
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if unix.Getrusage(who, &u) == nil {
			sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
		}
	}
	return sum
}

// hasChildren says whether there is a process that this one has started, also if it has ended and nobody has looked.
func hasChildren() bool {
	return unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil) != unix.ECHILD
}

// goroutines is how many there are that somebody has started. Runtime counts GStreamer's threads, too, which it keeps
// for what comes next.
func goroutines() int {
	stacks := make([]byte, 64<<10)
	return bytes.Count(stacks[:runtime.Stack(stacks, true)], []byte("\ncreated by "))
}
