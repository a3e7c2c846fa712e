package worker

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/report"
)

// TestKilledAtRandom converts 200 recordings, which want ten names in two folders, two at a time, and kills one of
// three processes at any moment, group and all, without anybody to clear away. In the end each is there once.
func TestKilledAtRandom(t *testing.T) {
	recordings := 200
	if testing.Short() {
		recordings = 20
	}
	out := t.TempDir()
	queue := make(chan work.Request, recordings)
	for i := range recordings {
		req := requestFor(t, testmjr.TestData("pion-vp8-opus"), out, fmt.Sprintf("room-%d/name-%d", i%2, i%10))
		if i%20 != 0 { // few are encoded, the others copied
			req.Spec.Profile = "original"
		}
		req.Spec.Identity = fmt.Sprintf("recording %d", i)
		queue <- req
	}
	type end struct {
		req    work.Request
		killed bool
		events []work.Event
	}
	ends := make(chan end)
	attempt := func(req work.Request, cmd *exec.Cmd, events io.Reader) {
		e := end{req: req}
		// Moments are counted from what it says: some of them are in its work however quick it is.
		kill, after := rand.IntN(3) == 0, rand.IntN(4)
		lines := json.NewDecoder(events)
		for {
			if kill && len(e.events) == after {
				moment := time.Duration(rand.IntN(60)) * time.Millisecond
				timer := time.AfterFunc(moment, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
				defer timer.Stop()
			}
			var ev work.Event
			if lines.Decode(&ev) != nil {
				break
			}
			e.events = append(e.events, ev)
		}
		_ = cmd.Wait()
		ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
		e.killed = ws.Signaled()
		ends <- e
	}
	kills, adopted, under := 0, 0, 0
	for done := 0; done < recordings; {
		for under < 2 && len(queue) > 0 {
			under++
			req := <-queue
			cmd, events := startAlone(t, req)
			go attempt(req, cmd, events)
		}
		e := <-ends
		under--
		switch n := len(e.events); {
		case e.killed:
			kills++
			queue <- e.req
		default:
			require.Positive(t, n)
			last := e.events[n-1]
			require.Equal(t, "done", last.Event, "%s: %s", last.Code, last.Error)
			intact(t, last.Outputs)
			if last.Adopted {
				adopted++
			}
			done++
		}
	}
	t.Logf("%d kills, %d found done afterwards", kills, adopted)
	require.Positive(t, kills)

	expected := map[string]bool{}
	identities := map[string]int{}
	for _, name := range list(t, out) {
		if filepath.Ext(name) != ".json" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		var r report.Report
		require.NoError(t, json.Unmarshal(text, &r))
		identities[r.Identity]++
		expected[name] = true
		for _, o := range r.Outputs {
			expected[filepath.Join(filepath.Dir(name), o.File)] = true
		}
	}
	require.Len(t, identities, recordings)
	for identity, n := range identities {
		require.Equal(t, 1, n, identity)
	}
	for _, name := range list(t, out) {
		require.True(t, expected[name], "%s is a stray", name)
		require.False(t, strings.HasPrefix(filepath.Base(name), "."))
	}
	require.Len(t, list(t, out), 2*recordings)
}
