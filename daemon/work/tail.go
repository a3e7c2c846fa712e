package work

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/upright-media/upright/daemon/job"
)

const (
	maxLogLine   = 4 << 10 // longer lines are cut
	maxLogLines  = 2000    // that are passed on; what comes later is for the tail only
	maxCrashHead = 3 << 10 // of a crash, whose first lines say more than its last
)

// cutHere stands for what is left out of a log.
const cutHere = "\n[…]\n"

// crashMarks begin lines in which Go, the C library and GLib say why the process is ending.
var crashMarks = []string{
	"panic: ", "fatal error: ", "runtime: ", "unexpected fault address", "SIGSEGV: ", "SIGABRT: ", "SIGBUS: ",
	"SIGFPE: ", "SIGILL: ", "SIGQUIT: ", "SIGTRAP: ",
	"double free", "free(): ", "malloc(): ", "munmap_chunk(): ", "corrupted ", "*** ", "Bail out! ", "terminate called",
}

// tail keeps the end of a log, and the beginning of a crash in it.
type tail struct {
	last  []byte
	cut   int64 // bytes that are not in last any more
	total int64
	crash []byte
	at    int64 // where the crash begins
	line  string
}

func (t *tail) add(line string) {
	if strings.TrimSpace(line) != "" && t.crash == nil {
		t.line = line
	}
	if t.crash == nil {
		for _, m := range crashMarks {
			if strings.HasPrefix(line, m) {
				t.crash, t.at, t.line = []byte{}, t.total, line
				break
			}
		}
	}
	line += "\n"
	if t.crash != nil && len(t.crash) < maxCrashHead {
		t.crash = append(t.crash, line...)
	}
	t.total += int64(len(line))
	t.last = append(t.last, line...)
	if over := len(t.last) - 2*job.MaxLogBytes; over > 0 {
		t.drop(len(t.last) - job.MaxLogBytes)
	}
}

// drop forgets the first n bytes and the rest of the line that they end in.
func (t *tail) drop(n int) {
	if i := bytes.IndexByte(t.last[n:], '\n'); i >= 0 && i+1 < len(t.last[n:]) {
		n += i + 1
	}
	t.cut += int64(n)
	t.last = append(t.last[:0], t.last[n:]...)
}

// String is the log, of at most job.MaxLogBytes.
func (t *tail) String() string {
	if len(t.last) > job.MaxLogBytes {
		t.drop(len(t.last) - job.MaxLogBytes)
	}
	if t.crash == nil || t.at >= t.cut {
		return strings.ToValidUTF8(string(t.last), "?") // which is no longer
	}
	head := t.crash[:min(len(t.crash), maxCrashHead)]
	gap, rest := "", t.last
	from := t.at + int64(len(head)) - t.cut // where rest goes on after head
	if from >= 0 {
		rest = rest[from:]
	}
	if over := len(head) + len(cutHere) + len(rest) - job.MaxLogBytes; over > 0 || from < 0 {
		gap, rest = cutHere, rest[min(max(over, 0), len(rest)):]
	}
	return strings.ToValidUTF8(fmt.Sprintf("%s%s%s", head, gap, rest), "?")
}

// signal returns the signal that Go says it ended by, which is not how the process then ends: SIGSEGV, "" if none.
func (t *tail) signal() string {
	for line := range strings.Lines(string(t.crash)) {
		for _, field := range []string{line, after(line, "[signal ")} {
			if name, _, ok := strings.Cut(field, ":"); ok && strings.HasPrefix(name, "SIG") &&
				name == strings.ToUpper(name) && !strings.Contains(name, " ") {
				return name
			}
		}
	}
	return ""
}

func after(s, prefix string) string {
	rest, _ := strings.CutPrefix(s, prefix)
	return rest
}
