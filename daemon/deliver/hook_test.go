package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func hookWorld(t *testing.T, timeout time.Duration, command ...string) *world {
	return newWorld(t, job.Delivery{Hook: &job.Hook{Command: command, TimeoutMs: job.Ms(timeout)}})
}

func TestHookIsTold(t *testing.T) {
	t.Setenv("UPRIGHT_STATE", "/var/lib/upright") // a setting of the daemon's
	t.Setenv("HOOK_TEST", "inherited")
	w := hookWorld(t, 0, "sh", "-c", `cat > ../stdin.json; env > ../env.txt; pwd > ../pwd.txt; echo "$1" > ../arg.txt`,
		"sh", "a b;c")
	w.change(func(r *job.Record) {
		r.Outputs[0].URL, r.Outputs[1].URL = "s3://b/1", "s3://b/2"
		r.Outputs[0].Removed = true
		r.Spec.User = "zero\x00byte"
	})
	require.True(t, w.run().Finished)
	require.Equal(t, StepDone, w.step(StepHook).State, w.step(StepHook).Error)
	files := tree(t, w.dir)
	var p Payload
	require.NoError(t, json.Unmarshal([]byte(files["stdin.json"]), &p))
	require.Equal(t, "job.done", p.Event)
	require.Equal(t, jobID, p.Job.Spec.ID)
	require.Equal(t, w.output+"\n", files["pwd.txt"])
	require.Equal(t, "a b;c\n", files["arg.txt"], "no shell looks at it")
	env := map[string]string{}
	for line := range strings.Lines(files["env.txt"]) {
		k, v, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		env[k] = v
	}
	rec := w.rec()
	for k, want := range map[string]string{
		"EVENT": "job.done", "ID": jobID, "DELIVERY": p.Delivery, "ATTEMPT": "1", "STATE": "done", "REASON": "",
		"CODE":  "",
		"WATCH": "calls", "RECORDING": "1234", "PARTICIPANT": "1234-1001", "ROOM": "1234", "USER": "zerobyte",
		"START": "2026-01-02T03:04:05.123456Z", "DURATION_MS": "61000", "MODE": "copy", "WARNINGS": "loss",
		"OUTPUT_FOLDER": w.output,
		// and a second line
		"OUTPUT": rec.Outputs[1].File, "OUTPUTS": rec.Outputs[1].File, "URL": "s3://b/1", "URLS": "s3://b/1",
		"REPORT": rec.ReportFile,
	} {
		got, ok := env["UPRIGHT_JOB_"+k]
		require.True(t, ok, k)
		require.Equal(t, want, got, k)
	}
	require.Contains(t, files["env.txt"], "UPRIGHT_JOB_URLS=s3://b/1\ns3://b/2\n")
	require.Equal(t, "inherited", env["HOOK_TEST"])
	for k := range env { // an upright that the hook runs must not take any of it for its configuration
		if strings.HasPrefix(k, "UPRIGHT_") {
			require.True(t, strings.HasPrefix(k, "UPRIGHT_JOB_"), k)
		}
	}
}

func TestHookOfAFailedJob(t *testing.T) {
	w := hookWorld(t, 0, "sh", "-c",
		`printf '%s|%s|%s|%s|%s' "$UPRIGHT_JOB_EVENT" "$UPRIGHT_JOB_STATE" "$UPRIGHT_JOB_CODE" "$UPRIGHT_JOB_REASON" "$UPRIGHT_JOB_OUTPUT" > "$0"`)
	out := filepath.Join(w.dir, "told")
	w.change(func(r *job.Record) {
		r.Outcome, r.Code, r.Reason, r.Outputs = job.Failed, job.CodeCrashed, "the child died", nil
		r.Spec.Delivery.Hook.Command = append(r.Spec.Delivery.Hook.Command, out)
		r.Spec.Output = filepath.Join(w.dir, "never made")
	})
	require.True(t, w.run().Finished)
	require.Equal(t, "job.failed|failed|crashed|the child died|", tree(t, w.dir)["told"])
	require.NoDirExists(t, filepath.Join(w.dir, "never made"))
}

func TestHookFails(t *testing.T) {
	for name, c := range map[string]struct {
		command []string
		want    string
		failed  bool
	}{
		"status": {[]string{"sh", "-c", "echo one; echo two >&2; exit 3"},
			"the hook sh ended with exit status 3: one two", false},
		"signal": {[]string{"sh", "-c", "kill -SEGV $$"}, "the hook sh ended with signal: segmentation fault",
			false},
		"not found": {[]string{"/no/such/program"},
			"the hook /no/such/program cannot be started: no such file or directory", false},
		"not on PATH": {[]string{"no-such-program"},
			"the hook no-such-program cannot be started: executable file not found in $PATH", false},
		"no command":  {nil, "the hook has no command", true},
		"much to say": {[]string{"sh", "-c", "yes blah | head -c 1000000; echo THE END; exit 1"}, "THE END", false},
		"binary": {[]string{"sh", "-c", `printf '\377\000\033[31mred\n'; exit 1`},
			"exit status 1: \ufffd\ufffd\ufffd[31mred", false},
		"deaf and bad": {[]string{"sh", "-c", "exec <&-; exit 9"}, "exit status 9", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := hookWorld(t, 10*time.Second, c.command...)
			w.change(func(r *job.Record) { r.Report = json.RawMessage(`"` + strings.Repeat("x", 100<<10) + `"`) })
			res := w.run()
			require.Equal(t, c.failed, res.Finished)
			s := w.step(StepHook)
			require.Contains(t, s.Error, c.want)
			require.Less(t, len(s.Error), 800)
		})
	}
}

// More on standard input than a pipe holds must not hang with a command that does not read it.
func TestHookNeedNotRead(t *testing.T) {
	w := hookWorld(t, 2*time.Minute, "true")
	w.change(func(r *job.Record) { r.Report = json.RawMessage(`"` + strings.Repeat("x", 128<<10) + `"`) })
	require.True(t, w.run().Finished)
	require.Equal(t, StepDone, w.step(StepHook).State, w.step(StepHook).Error)
}

func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ") // dead, and nobody has looked yet
}

func pidIn(t *testing.T, file string) int {
	var pid int
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(file)
		if err != nil || !strings.HasSuffix(string(text), "\n") {
			return false
		}
		pid, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	}, 2*time.Minute, 5*time.Millisecond)
	return pid
}

func TestHookTimeoutEndsItsWholeGroup(t *testing.T) {
	t.Parallel()
	w := hookWorld(t, 5*time.Second, "sh", "-c",
		`echo started; sleep 1000 & echo $! > ../pid; trap "" TERM; wait; sleep 1000`)
	began := time.Now()
	require.False(t, w.run().Finished)
	require.Less(t, time.Since(began), 2*time.Minute)
	require.Equal(t, "the hook sh was ended after 5s: started", w.step(StepHook).Error)
	pid := pidIn(t, filepath.Join(w.dir, "pid"))
	require.Eventually(t, func() bool { return !alive(pid) }, 2*time.Minute, 10*time.Millisecond)
}

// A hook may leave something running, even with its output open.
func TestHookMayLeaveSomethingRunning(t *testing.T) {
	w := hookWorld(t, 5*time.Minute, "sh", "-c", `sleep 1000 & echo $! > ../pid`)
	began := time.Now()
	require.True(t, w.run().Finished)
	require.Less(t, time.Since(began), 2*time.Minute)
	require.Equal(t, StepDone, w.step(StepHook).State, w.step(StepHook).Error)
	pid := pidIn(t, filepath.Join(w.dir, "pid"))
	require.True(t, alive(pid))
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
}

// The daemon's end is no fault of the hook's.
func TestHookWhenTheDaemonEnds(t *testing.T) {
	w := hookWorld(t, time.Minute, "sh", "-c", `echo $$ > ../pid; exec sleep 1000`)
	ctx, cancel := context.WithCancelCause(t.Context())
	o := w.opt
	o.Keep = w.keep
	done := make(chan Result)
	go func() { done <- Run(ctx, w.rec(), o) }()
	pid := pidIn(t, filepath.Join(w.dir, "pid"))
	cancel(errors.New("drained"))
	require.Equal(t, Result{Next: w.now}, <-done)
	require.Eventually(t, func() bool { return !alive(pid) }, 2*time.Minute, 10*time.Millisecond)
	s := w.step(StepHook)
	require.Equal(t, job.Step{Name: StepHook, State: StepWaiting, Since: w.now}, s)
}

// Nobody is told of outputs that are not there.
func TestHookWithoutOutputs(t *testing.T) {
	told := func(w *world) bool { return tree(t, w.dir)["told"] != "" }
	w := hookWorld(t, 0, "sh", "-c", `echo "$UPRIGHT_JOB_OUTPUT" > ../told`)
	w.change(func(r *job.Record) { r.Outputs[0].Removed, r.Outputs[1].Removed = true, true })
	require.True(t, w.run().Finished)
	require.Equal(t, StepDone, w.step(StepHook).State)
	require.False(t, told(w), "they were taken away before they were found again")

	w = hookWorld(t, 0, "sh", "-c", `echo "$UPRIGHT_JOB_OUTPUT" > ../told`)
	file := w.rec().Outputs[1].File
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.Remove(file))
	require.False(t, w.run().Finished)
	require.False(t, told(w))
	require.Contains(t, w.step(StepHook).Error, file+", which is not there any more: no such file")
	require.NoError(t, os.WriteFile(file, text, 0o600)) // it was on a file system that was not mounted
	w.finish()
	require.Equal(t, StepDone, w.step(StepHook).State)
	require.True(t, told(w))
}
