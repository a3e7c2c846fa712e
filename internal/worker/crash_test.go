package worker

import (
	"bufio"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/worker/internal/crash"
)

// crashAs is a worker in which a codec crashes.
func crashAs(how string) {
	in := bufio.NewReader(os.Stdin)
	_, _ = in.ReadString('\n')
	fmt.Println(`{"event":"reading"}`)
	fmt.Fprintln(os.Stderr, "reading")
	fmt.Println(`{"event":"planned","cost":1,"mode":"encode"}`)
	_, _ = in.ReadString('\n')
	fmt.Println(`{"event":"progress","progress":{"stage":"converting","done_ms":12345,"total_ms":60000}}`)
	map[string]func(){"segv": crash.Segfault, "segv-thread": crash.SegfaultElsewhere, "segv-raw": crash.DieOfSegfault, "abort": crash.Abort}[how]()
}

func TestCrashInC(t *testing.T) {
	const segfault = "the child process crashed: SIGSEGV (memory that is not its own) while converting, at 12.3 s of 60.0 s"
	for how, c := range map[string]struct {
		signal string
		exit   int
		text   string // of the sentence
		log    string
	}{
		"segv": {"SIGSEGV", 2, segfault + "; the last that it logged: SIGSEGV: segmentation violation",
			"signal arrived during cgo execution"},
		"segv-thread": {"SIGSEGV", 0, segfault, "reading"}, // Go says nothing about threads that are not its own
		"segv-raw":    {"SIGSEGV", 0, segfault, "reading"},
		"abort":       {"SIGABRT", 2, "crashed: SIGABRT (it gave itself up) while converting", "SIGABRT: abort"},
	} {
		t.Run(how, func(t *testing.T) {
			r := work.Run(t.Context(), work.Request{Owner: "me"}, work.Options{Command: []string{os.Args[0], "crash", how}})
			require.Equal(t, job.CodeCrashed, r.Final.Code)
			require.Contains(t, r.Final.Error, c.text)
			require.NotContains(t, r.Final.Error, "\n")
			require.Equal(t, c.signal, r.Attempt.Signal)
			require.Equal(t, c.exit, r.Attempt.ExitCode)
			require.Contains(t, r.Attempt.Log, c.log)
		})
	}
}
