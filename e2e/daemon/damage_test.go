package daemon

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/testdamage"
)

// TestDamagedState flips bits of, cuts and removes files of the state folder of a daemon that has converted 40
// recordings. Whatever it is: the next daemon starts, all outputs are there once and are not made again, and
// nobody is told of them again. UPRIGHT_DAMAGE=200 tries so many.
func TestDamagedState(t *testing.T) {
	t.Parallel()
	const recordings = 40
	var called atomic.Int32
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		_, _ = io.Copy(io.Discard, q.Body)
		called.Add(1)
	}))
	defer receiver.Close()
	dir := t.TempDir()
	in, out, log := filepath.Join(dir, "in"), filepath.Join(dir, "out"), filepath.Join(dir, "hook.log")
	config := e2e.Config(t, dir, quick(), e2e.Watch{Name: "calls", Folder: in, Output: out, Template: "{room}",
		Settle: time.Second, Rescan: time.Second, More: map[string]any{
			"webhook": map[string]any{"url": receiver.URL},
			"hook":    map[string]any{"command": []string{"sh", "-c", "echo $UPRIGHT_JOB_ID >> " + log}},
		}})
	drop(t, in, clips(t, 5000, recordings)...)
	d := e2e.Start(t, config, e2e.Options{})
	jobs := d.Await(within, recordings, job.Done)
	d.Stop()
	state, whole := filepath.Join(dir, "state"), filepath.Join(dir, "whole")
	require.NoError(t, os.Rename(state, whole))
	made := map[string]time.Time{}
	for _, file := range outputs(out) {
		info, err := os.Stat(file)
		require.NoError(t, err)
		made[file] = info.ModTime()
	}
	require.Len(t, made, recordings)
	told := func() int {
		text, err := os.ReadFile(log)
		require.NoError(t, err)
		return strings.Count(string(text), "\n")
	}
	require.Equal(t, recordings, told())
	require.EqualValues(t, recordings, called.Load())

	slowest, adopted := time.Duration(0), 0
	for n := range testdamage.Trials(t, 4) {
		require.NoError(t, os.RemoveAll(state))
		require.NoError(t, os.CopyFS(state, os.DirFS(whole)))
		what := "half of the records are gone"
		if n == 0 { // one of the cases in which jobs are lost for certain
			found, err := filepath.Glob(filepath.Join(state, "queue/jetstream/*/streams/KV_*/msgs/1.blk"))
			require.NoError(t, err)
			require.Len(t, found, 1)
			info, err := os.Stat(found[0])
			require.NoError(t, err)
			require.NoError(t, os.Truncate(found[0], info.Size()/2))
		} else {
			what = testdamage.One(t, state, rand.New(rand.NewPCG(uint64(n), 40)))
		}
		began := time.Now()
		d := e2e.Start(t, config, e2e.Options{})
		took := time.Since(began)
		slowest = max(slowest, took)
		found := 0
		jobs = d.Await(within, recordings, job.Done)
		for _, j := range jobs {
			if j.Adopted {
				found++
			}
		}
		adopted += found
		d.Stop()
		again := outputs(out)
		require.Len(t, again, recordings, what)
		for _, file := range again {
			info, err := os.Stat(file)
			require.NoError(t, err)
			require.Equal(t, made[file], info.ModTime(), "%s: %s was made again", what, file)
		}
		require.Equal(t, recordings, told(), "%s: hooks", what)
		require.EqualValues(t, recordings, called.Load(), "%s: webhooks", what)
		t.Log(fmt.Sprintf("%3d: %5d ms, %2d adopted: %s", n, took.Milliseconds(), found, what))
	}
	t.Logf("slowest start %v, %d jobs lost and found again", slowest, adopted)
	require.Positive(t, adopted)
}
