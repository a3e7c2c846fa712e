package work

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/process"
)

func opts(how string) Options { return Options{Command: []string{os.Args[0], "fake", how}} }

var request = Request{Spec: job.Spec{Recording: "room 1234"}, Owner: "me", Threads: 2}

func TestChildThatDoesItsWork(t *testing.T) {
	o := opts("done")
	var log bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&log, nil)).With("job", "j1")
	var progress []job.Progress
	o.Progress = func(p job.Progress) { progress = append(progress, p) }
	var cost, released atomic.Int32
	o.Turn = func(_ context.Context, c int) (func(), error) {
		cost.Store(int32(c))
		return func() { released.Add(1) }, nil
	}
	r := Run(t.Context(), request, o)
	require.Equal(t, "done", r.Final.Event, r.Attempt)
	require.Equal(t, "encode", r.Final.Mode)
	require.Equal(t, "/out/a.mp4", r.Final.Outputs[0].File)
	require.JSONEq(t, `{"schema":1}`, string(r.Final.Report))
	require.EqualValues(t, 3, cost.Load())
	require.EqualValues(t, 1, released.Load())
	require.Equal(t, []job.Progress{{Stage: "waiting"}, {Stage: "converting", DoneMs: 12345, TotalMs: 60000, Speed: 3},
		{Stage: "verifying", DoneMs: 12345, TotalMs: 60000, Speed: 3}}, progress)
	a := r.Attempt
	require.Equal(t, "done", a.Outcome)
	require.NotZero(t, a.PID)
	require.Greater(t, a.MaxRSS, int64(1<<20))
	require.Positive(t, a.CPUMs)
	require.True(t, a.Ended.After(a.Started))
	require.Equal(t, "reading room 1234\n", a.Log)
	require.Contains(t, log.String(), `job=j1 pid=`+strconv.Itoa(a.PID)+` line="reading room 1234"`)
}

func TestChildThatSaysHowItEnds(t *testing.T) {
	r := Run(t.Context(), request, opts("failed"))
	require.Equal(t, Event{Event: "failed", Code: job.CodePipeline, Error: "it broke"}, r.Final)
	require.Equal(t, "digraph {}", r.Graph)
	require.Equal(t, "failed", r.Attempt.Outcome)
	require.Equal(t, 1, r.Attempt.ExitCode)

	r = Run(t.Context(), request, opts("empty"))
	require.Equal(t, Event{Event: "empty", Code: job.CodeNoMedia, Error: "nothing in it", ReportFile: "/out/a.json"},
		r.Final)
	require.Equal(t, "empty", r.Attempt.Outcome)
}

func TestSurroundingsOfAChild(t *testing.T) {
	o := opts("facts")
	o.Limits = Limits{Nice: 7, Memory: 1 << 30, Stall: time.Minute}
	r := Run(t.Context(), request, o)
	require.Equal(t, "7 7 500 "+strconv.Itoa(1<<29)+" true 2 me 45s", r.Final.Error)
	own, err := syscall.Getpriority(syscall.PRIO_PROCESS, 0)
	require.NoError(t, err)
	require.NotEqual(t, 20-7, own, "we keep our own")
}

func TestChildThatDies(t *testing.T) {
	at := " while converting, at 12.3 s of 60.0 s"
	for how, c := range map[string]struct {
		signal string
		exit   int
		text   string // of the sentence
		log    string
	}{
		"nil": {"SIGSEGV", 2, "crashed: SIGSEGV (memory that is not its own)" + at,
			"invalid memory address or nil pointer dereference"},
		"panic": {"", 2, "ended with exit status 2 and without saying how the job went," + at +
			"; the last that it logged: panic: at the disco", "goroutine "},
		"killed": {"SIGKILL", 0,
			"was killed by somebody else (SIGKILL), perhaps by the kernel because memory ran out," + at, "reading"},
		"exit":   {"", 3, "ended with exit status 3 and without saying how the job went," + at, "reading"},
		"silent": {"", 0, "ended without saying how the job went," + at, "reading"},
		"half":   {"SIGKILL", 0, "memory ran out, in the middle of a line," + at, "reading"},
		"half-exit": {"", 0,
			"ended without saying how the job went, in the middle of a line, while reading; the last that it logged: " +
				"reading room 1234", "reading"},
		"garbage": {"SIGKILL", 0,
			`is not to be trusted: it wrote something that is not an event: "Segmentation fault, or so" while reading`,
			"reading"},
		"unknown": {"SIGKILL", 0, `it wrote something that is not an event: "dance"`, "reading"},
		"flood": {"SIGKILL", 0, "it wrote something that is not an event: a line of more than 1048576 bytes",
			"reading"},
		"many":  {"SIGKILL", 0, "far too many of them", "reading"},
		"close": {"SIGKILL", 0, "it closed its output before it said how it ended", "reading"},
	} {
		t.Run(how, func(t *testing.T) {
			r := Run(t.Context(), request, opts(how))
			require.Equal(t, "failed", r.Final.Event)
			require.Equal(t, job.CodeCrashed, r.Final.Code)
			require.Contains(t, r.Final.Error, c.text)
			require.NotContains(t, r.Final.Error, "\n")
			require.Equal(t, r.Final.Error, r.Attempt.Error)
			require.Equal(t, "crashed", r.Attempt.Outcome)
			require.Equal(t, c.signal, r.Attempt.Signal)
			require.Equal(t, c.exit, r.Attempt.ExitCode)
			require.Contains(t, r.Attempt.Log, c.log)
			require.LessOrEqual(t, len(r.Attempt.Log), job.MaxLogBytes)
		})
	}
}

func TestChildThatCannotBeStarted(t *testing.T) {
	r := Run(t.Context(), request, Options{Command: []string{filepath.Join(t.TempDir(), "nowhere")}})
	require.Equal(t, job.CodeInternal, r.Final.Code)
	require.Contains(t, r.Final.Error, "could not be started")
	require.Contains(t, r.Final.Error, "no such file")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	for how, c := range map[string]struct {
		limits Limits
		code   string
		text   string
	}{
		"hang": {Limits{Stall: stall}, job.CodeStalled,
			"it made no progress for 5s (stall) while converting, at 12.3 s"},
		"mute": {Limits{Stall: stall}, job.CodeStalled,
			"it made no progress for 5s (stall) while reading"},
		"spin": {Limits{Time: stall}, job.CodeTimeout,
			"it took longer than the 5s that are allowed (time) while converting"},
		"memory": {Limits{Memory: 200 << 20}, job.CodeMemory,
			"more than the 200 MiB that are allowed (memory) while converting"},
		"memory-of-another": {Limits{Memory: 200 << 20}, job.CodeMemory,
			"MiB of memory, more than the 200 MiB that are allowed"},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			o := opts(how)
			o.Limits = c.limits
			r := Run(t.Context(), request, o)
			require.Equal(t, c.code, r.Final.Code, r.Final.Error)
			require.Equal(t, c.code, r.Attempt.Outcome, "they are called the same")
			require.Contains(t, r.Final.Error, c.text)
			switch c.code {
			case job.CodeMemory:
				require.Greater(t, r.Attempt.MaxRSS, int64(200<<20))
			default:
				require.Contains(t, r.Attempt.Log, "SIGQUIT: quit", "where it hangs is in the log")
				require.Contains(t, r.Attempt.Log, "goroutine ")
			}
			require.Eventually(t, func() bool { return (&process.Tree{Root: r.Attempt.PID}).Resident() == 0 }, within,
				10*time.Millisecond, "nothing of it is left")
		})
	}
	t.Run("steady", func(t *testing.T) {
		t.Parallel()
		o := opts("steady")
		o.Limits = Limits{Stall: stall}
		require.Equal(t, "done", Run(t.Context(), request, o).Final.Event, "slow is not stalled")
	})
}

func TestWaitingForItsTurnIsNotCounted(t *testing.T) {
	t.Parallel()
	o := opts("done")
	o.Limits = Limits{Stall: stall, Time: stall}
	o.Turn = func(ctx context.Context, _ int) (func(), error) {
		select {
		case <-time.After(stall + time.Second):
		case <-ctx.Done():
		}
		return nil, ctx.Err()
	}
	r := Run(t.Context(), request, o)
	require.Equal(t, "done", r.Final.Event, r.Final.Error)
}

func TestTurnIsGivenBack(t *testing.T) {
	for _, how := range []string{"segv", "killed", "failed"} {
		o := opts(how)
		var held atomic.Int32
		o.Turn = func(context.Context, int) (func(), error) {
			held.Add(1)
			return func() { held.Add(-1) }, nil
		}
		Run(t.Context(), request, o)
		require.Zero(t, held.Load(), how)
	}
	// A child that dies while it waits ends the wait.
	o := opts("done")
	o.Turn = func(ctx context.Context, _ int) (func(), error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	log := &lines{}
	o.Log = slog.New(slog.NewTextHandler(log, nil))
	result := make(chan Result, 1)
	go func() { result <- Run(context.Background(), request, o) }()
	pid := log.pid(t)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	select {
	case r := <-result:
		require.Contains(t, r.Final.Error, " while ")
		require.Equal(t, job.CodeCrashed, r.Final.Code)
	case <-time.After(within):
		t.Fatal("it goes on waiting")
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	reason := errors.New("somebody wants it so")
	for how, c := range map[string]struct {
		event, text string
		killed      bool
	}{
		"obedient": {"failed", "it was stopped", false},
		"too-late": {"done", "", false},
		"stubborn": {"failed", "it was stopped: somebody wants it so, and killed because it did not end within 10s",
			true},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			o := opts(how)
			o.Progress = func(p job.Progress) {
				if p.Stage == "converting" {
					cancel(reason)
				}
			}
			began := time.Now()
			r := Run(ctx, request, o)
			require.Equal(t, c.event, r.Final.Event)
			require.Equal(t, c.text, r.Final.Error)
			if c.event == "failed" {
				require.Equal(t, job.CodeInterrupted, r.Final.Code)
				require.Equal(t, "interrupted", r.Attempt.Outcome)
			}
			if c.killed {
				require.GreaterOrEqual(t, time.Since(began), graceTerm)
				require.Equal(t, "SIGKILL", r.Attempt.Signal)
			} else {
				require.Empty(t, r.Attempt.Signal)
			}
		})
	}
	t.Run("before it begins", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(reason)
		r := Run(ctx, request, opts("done"))
		require.Equal(t, job.CodeInterrupted, r.Final.Code)
		require.Zero(t, r.Attempt.PID)
	})
	t.Run("while it waits", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		o := opts("done")
		o.Turn = func(ctx context.Context, _ int) (func(), error) {
			cancel(reason)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		r := Run(ctx, request, o)
		require.Equal(t, job.CodeInterrupted, r.Final.Code, r.Final.Error)
	})
}

func TestFamily(t *testing.T) {
	t.Parallel()
	r := Run(t.Context(), request, opts("family"))
	require.Equal(t, "done", r.Final.Event)
	pid := grandchild(r.Attempt.Log)
	require.Eventually(t, func() bool { return !running(pid) }, within, 10*time.Millisecond, "it goes with the child")

	r = Run(t.Context(), request, opts("runaway"))
	pid = grandchild(r.Attempt.Log)
	require.Equal(t, "done", r.Final.Event)
	require.True(t, running(pid), "who has left the group holds up nobody")
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
}

// running says whether a process is there and not only waits for somebody to notice that it is dead.
func running(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(text), ") Z ")
}

func TestLingering(t *testing.T) {
	t.Parallel()
	r := Run(t.Context(), request, opts("lingering"))
	require.Equal(t, "done", r.Final.Event, "what is done is done")
	require.Equal(t, "SIGKILL", r.Attempt.Signal)
}

func TestChatty(t *testing.T) {
	o := opts("chatty")
	log := &lines{}
	o.Log = slog.New(slog.NewTextHandler(log, nil))
	r := Run(t.Context(), request, o)
	require.Equal(t, "done", r.Final.Event)
	require.LessOrEqual(t, len(r.Attempt.Log), job.MaxLogBytes)
	require.Contains(t, r.Attempt.Log, fmt.Sprintf("line %d\n", 3*maxLogLines-1))
	require.True(t, strings.HasSuffix(r.Attempt.Log, "yyy…\n"))
	require.LessOrEqual(t, strings.Count(log.String(), "\n"), maxLogLines+1)
	require.Contains(t, log.String(), "logs too much")
}

// A daemon that is killed takes its children along.
func TestChildDiesWithItsParent(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "fake", "daemon")
	cmd.Stdin = strings.NewReader("{}\n")
	log := &lines{}
	cmd.Stderr = log
	require.NoError(t, cmd.Start())
	pid := log.pid(t)
	require.True(t, running(pid))
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	require.Eventually(t, func() bool { return !running(pid) }, within, 10*time.Millisecond)
}

// lines is a log that may be looked at while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// pid waits for the first line of a child's log.
func (l *lines) pid(t *testing.T) (pid int) {
	t.Helper()
	find := regexp.MustCompile(`pid=(\d+) line=`)
	require.Eventually(t, func() bool {
		m := find.FindStringSubmatch(l.String())
		if m != nil {
			pid, _ = strconv.Atoi(m[1])
		}
		return m != nil
	}, within, 10*time.Millisecond)
	return pid
}
