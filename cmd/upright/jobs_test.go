package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
	jobs "github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
)

// output is what a command has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// asks runs `upright jobs`.
func asks(args ...string) (status int, stdout, stderr string) {
	var out, err output
	status = run(context.Background(), append([]string{"jobs"}, args...),
		&console{stdout: &out, stderr: &err, location: time.UTC})
	return status, out.String(), err.String()
}

func TestJobs(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in")
	require.NoError(t, os.Mkdir(in, 0o755))
	const token = "a token that nobody knows"
	tokenFile := filepath.Join(dir, "token")
	require.NoError(t, os.WriteFile(tokenFile, []byte(strings.ReplaceAll(token, " ", "-")+"\n"), 0o600))
	hooked := filepath.Join(dir, "hooked")
	config := e2e.Config(t, dir, map[string]any{"http": map[string]any{"listen": "127.0.0.1:0", "token_file": tokenFile}},
		e2e.Watch{Name: "calls", Folder: in, Output: filepath.Join(dir, "out"), Template: "{folder}", Settle: time.Hour,
			AdoptAfter: 2 * time.Hour, More: map[string]any{"hook": map[string]any{
				"command": []string{"sh", "-c", `printf %s "$UPRIGHT_JOB_OUTPUT" > ` + hooked}}}})
	self, err := os.Executable()
	require.NoError(t, err)
	t.Setenv(e2e.ProgramEnv, self)
	d := e2e.Start(t, config, e2e.Options{Env: []string{asProgram + "=1"}})
	t.Setenv("UPRIGHT_ADDRESS", strings.TrimPrefix(d.Address, "http://"))

	status, stdout, stderr := asks()
	require.Equal(t, exitFailed, status)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "upright: the daemon at "+d.Address+" says: the token is missing or wrong")
	t.Setenv("UPRIGHT_TOKEN_FILE", tokenFile)
	good := func(args ...string) string {
		t.Helper()
		status, stdout, stderr := asks(args...)
		require.Equal(t, exitDone, status, stderr)
		require.Empty(t, stderr)
		return stdout
	}
	bad := func(want string, args ...string) {
		t.Helper()
		status, _, stderr := asks(args...)
		require.Equal(t, exitFailed, status, stderr)
		require.Contains(t, stderr, want)
	}
	require.Equal(t, "no jobs\n", good())
	require.Contains(t, good("status"), "calls: "+in+" -> "+filepath.Join(dir, "out")+": 0 recordings, 0 not ready\n")

	// Paused, so that jobs stay where they are.
	require.Contains(t, good("pause"), "paused")
	require.Contains(t, good("status"), ", paused, since ")
	call := filepath.Join(in, "rot-h264-90")
	e2e.Copy(t, e2e.Testdata("rot-h264-90"), call)
	e2e.Copy(t, e2e.Testdata("e2ee-flagged"), filepath.Join(in, "e2ee-flagged"))
	bad("nothing-here", "submit", filepath.Join(in, "nothing-here"))
	bad("is not in the watched folder", "submit", t.TempDir())
	bad(`no watch folder is called "other"`, "submit", "--folder", "other", call)
	t.Chdir(in)
	line := good("submit", "rot-h264-90")
	id, name, ok := strings.Cut(strings.TrimSpace(line), " ")
	require.True(t, ok, line)
	require.Equal(t, "rot-h264-90", name)
	require.Equal(t, id+" rot-h264-90 (known)\n", good("submit", call))
	other, _, _ := strings.Cut(good("submit", "e2ee-flagged"), " ")
	require.Regexp(t, "(?m)^"+id[:8]+" +queued +", good("list"))
	require.Contains(t, good("list", "--limit", "1"), "1 of 2\n")
	require.NotContains(t, good("list", "--text", "043910"), id[:8])
	require.Contains(t, good("list", "--state", "queued,failed", "--folder", "calls"), id[:8])
	require.Equal(t, "no jobs\n", good("list", "--state", "done"))
	require.Contains(t, good("list", "--user", "1001"), id[:8])
	require.Equal(t, "no jobs\n", good("list", "--user", "100"))
	require.Equal(t, "no jobs\n", good("list", "--warning", "any"))
	require.Equal(t, "no jobs\n", good("list", "--until", "2026-11-21"))
	require.Contains(t, good("list", "--since", "2026-11-20T12:00:00Z", "--sort", "oldest"), id[:8])
	status, _, refusal := asks("list", "--since", "yesterday")
	require.Equal(t, exitUsage, status)
	require.Contains(t, refusal, `--since: "yesterday" is no time; write 2026-01-31`)
	status, _, refusal = asks("list", "--state", "broken")
	require.Equal(t, exitUsage, status)
	require.Contains(t, refusal, `--state: "broken" is none of queued, running, `)
	require.Contains(t, refusal, "Try 'upright jobs list --help'.")

	var r jobs.Record
	require.NoError(t, json.Unmarshal([]byte(good("show", id[:8])), &r))
	require.Equal(t, id, r.Spec.ID)
	bad("2 jobs have an id that begins with", "show", "")
	bad(`there is no job whose id begins with "zz"`, "show", "zz")
	bad("there is no such job", "show", strings.Repeat("0", 32))
	bad("was not tried yet", "show", "--log", id)
	bad("queued", "retry", id)
	require.Equal(t, id+" canceled\n", good("cancel", id))
	require.Equal(t, id+" rot-h264-90 (again)\n", good("submit", call), "somebody wants it after all")
	require.Equal(t, id+" canceled\n", good("cancel", id))
	status, stdout, stderr = asks("cancel", id, other)
	require.Equal(t, exitFailed, status)
	require.Equal(t, other+" canceled\n", stdout, "one that cannot be changed does not keep others from being")
	require.Contains(t, stderr, "canceled")
	require.Equal(t, "no job has failed\n", good("retry", "--failed"))
	for _, args := range [][]string{{"retry"}, {"retry", "--failed", id}, {"cancel"}, {"submit"}, {"show"},
		{"list", "--limit", "0"}, {"submit", "--priority", "urgent", call}} {
		status, _, stderr := asks(args...)
		require.Equal(t, exitUsage, status, args)
		require.Contains(t, stderr, "Try 'upright")
	}

	// Watched from before it runs until it has ended.
	require.Equal(t, id+" queued\n", good("retry", id))
	var seen, complaint output
	ended := make(chan int)
	go func() {
		ended <- run(context.Background(), []string{"jobs", "watch", id[:8]},
			&console{stdout: &seen, stderr: &complaint, location: time.UTC})
	}()
	require.Eventually(t, func() bool { return strings.Contains(seen.String(), id+" queued") }, time.Minute,
		20*time.Millisecond)
	require.Contains(t, good("resume"), "resumed")
	select {
	case status := <-ended:
		require.Equal(t, exitDone, status, complaint.String())
	case <-time.After(2 * time.Minute):
		require.FailNow(t, "the watch goes on", "%s", seen.String())
	}
	// Who listens to a busy daemon may miss a state that another has followed.
	require.Regexp(t, id+" (running|delivering) ", seen.String())
	require.Contains(t, seen.String(), id+" done ")
	require.Contains(t, good("watch", id), id+" done ", "it has ended already")
	require.Contains(t, good("list"), dir[:10], "where the video is, as much as has room")
	require.Contains(t, good("show", id), filepath.Join(dir, "out", "rot-h264-90.mp4"))
	require.NotEmpty(t, good("show", "--log", id))

	// Converted again: beside what is there, and in place of what is gone. Hooks are told of files that are there.
	again := func(args ...string) (file string) {
		t.Helper()
		good(args...)
		require.Contains(t, good("watch", id), id+" done ")
		var r jobs.Record
		require.NoError(t, json.Unmarshal([]byte(good("show", id)), &r))
		require.False(t, r.Adopted)
		require.FileExists(t, r.Outputs[0].File)
		told, err := os.ReadFile(hooked)
		require.NoError(t, err)
		require.Equal(t, r.Outputs[0].File, string(told))
		return filepath.Base(r.Outputs[0].File)
	}
	require.Equal(t, id+" rot-h264-90 (known)\n", good("submit", call))
	require.Equal(t, "rot-h264-90.2.mp4", again("submit", "--again", call))
	require.NoError(t, os.Remove(filepath.Join(dir, "out", "rot-h264-90.mp4")))
	require.Equal(t, "rot-h264-90.mp4", again("retry", id))

	// One that fails.
	queued := "^" + other + " (queued|running|failed)\n$" // as far as it is when the answer is made
	require.Regexp(t, queued, good("retry", other))
	status, stdout, _ = asks("watch", "--json", other)
	require.Equal(t, exitFailed, status)
	for line := range strings.Lines(stdout) {
		var e jobs.Event
		require.NoError(t, json.Unmarshal([]byte(line), &e))
		require.Equal(t, other, e.ID)
	}
	require.Contains(t, good("list", "--state", "failed"), "end-to-end encrypted")
	require.Regexp(t, queued, good("retry", "--failed"))

	// A reload that is refused, and one that is not.
	text, err := os.ReadFile(config)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(config, []byte("nonsense: 1\n"), 0o600))
	bad("nonsense", "reload")
	require.Contains(t, good("status"), "the configuration was refused")
	require.NoError(t, os.WriteFile(config, text, 0o600))
	require.Contains(t, good("reload"), "in force")
	require.NotContains(t, good("status"), "refused")

	d.Stop()
	bad("no daemon answers at "+d.Address, "list")
}

func TestJobsAskSomethingElse(t *testing.T) {
	for body, status := range map[string]int{"<html>hello</html>": 200, "<html>nothing</html>": 404} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		code, stdout, stderr := asks("--address", server.URL)
		server.Close()
		require.Equal(t, exitFailed, code)
		require.Empty(t, stdout)
		require.Contains(t, stderr, "what answers at "+server.URL)
		require.NotContains(t, stderr, "<html>")
	}
	code, _, stderr := asks("--token-file", "/no/such/file")
	require.Equal(t, exitUsage, code)
	require.Contains(t, stderr, "the token cannot be read")
}

// A daemon that is restarted is waited for; what it then says counts.
func TestJobsWatchOutlivesTheDaemon(t *testing.T) {
	id := strings.Repeat("a", 32)
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		state := jobs.Running
		if asked > 1 {
			state = jobs.Failed
		}
		data, _ := json.Marshal(jobs.Event{ID: id, Record: &jobs.Record{State: state, Reason: "bad\x1b[31m\u202e"}})
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = w.Write([]byte("retry: 2000\n\nevent: job\ndata: " + string(data) + "\n\n"))
	}))
	defer server.Close()
	status, stdout, stderr := asks("--address", server.URL, "watch", id)
	require.Equal(t, exitFailed, status)
	require.Empty(t, stderr)
	require.Equal(t, id+" running  bad�[31m�\n"+id+" failed  bad�[31m�\n", stdout,
		"nothing from elsewhere moves a terminal")
	require.ErrorIs(t, (&api.Client{Address: server.URL}).Events(t.Context(), id, func(jobs.Event) bool { return true }),
		api.ErrDisconnected)
}
