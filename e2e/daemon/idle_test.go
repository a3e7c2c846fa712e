package daemon

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/daemon"
	"github.com/upright-media/upright/daemon/config"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/watch"
	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/testmjr"
)

// What a daemon with nothing to do may take.
const (
	idleMemory = 60 << 20 // bytes; with 10,000 recordings, without pages of files, which the kernel can take back
	idleCPU    = 0.01     // of a core

	lookTime = 6 * time.Microsecond // that looking at a file takes where idleCPU is met
)

// TestIdle measures a daemon that has nothing to do, with recordings in its folder that it has converted before.
func TestIdle(t *testing.T) {
	t.Run("few", func(t *testing.T) {
		t.Parallel()
		idle(t, 100, 10*time.Second)
	})
	t.Run("many", func(t *testing.T) {
		t.Parallel()
		idle(t, 10_000, 30*time.Second) // as by default
	})
}

func idle(t *testing.T, recordings int, rescan time.Duration) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	tiny := testmjr.Audio(1)
	old := time.Now().Add(-time.Hour)
	for i := range recordings {
		tiny.SSRC = uint32(i)
		folder := filepath.Join(in, fmt.Sprintf("%02d", i/100))
		if i%100 == 0 {
			require.NoError(t, os.MkdirAll(folder, 0o755))
		}
		path := tiny.Write(t, folder, fmt.Sprintf("videoroom-%d-user-7-%d-audio-0.mjr", i, testmjr.OriginUs+i*1e6))
		require.NoError(t, os.Chtimes(path, old, old))
	}
	path := e2e.Config(t, dir, map[string]any{"log": map[string]any{"level": "info"}},
		e2e.Watch{Name: "calls", Folder: in, Output: out, Template: "{room}", Rescan: rescan})
	seed(t, path, recordings)

	d := e2e.Start(t, path, e2e.Options{})
	var scanned time.Time
	require.Eventually(t, func() bool {
		s, err := d.Status(t.Context())
		if err != nil || s.Folders[0].Recordings != recordings {
			return false
		}
		scanned = s.Folders[0].Scanned
		return !scanned.IsZero()
	}, within, 100*time.Millisecond)
	time.Sleep(12 * time.Second) // starting up is over when memory has been given back, on a busy machine later
	soon(t, "the memory that starting up took is not given back", func() bool {
		return rollup(t, d.PID, "Anonymous") < idleMemory
	})

	// Nobody asks it anything meanwhile: that would be work. The same work takes more of a processor whose other half and
	// caches somebody else keeps busy, so it has three tries, and more on a slow processor.
	share, peak := 1.0, int64(0)
	for range 3 {
		begin, cpu := time.Now(), cpuTime(t, d.PID)
		for time.Since(begin) < rescan+rescan/10 {
			time.Sleep(250 * time.Millisecond)
			peak = max(peak, rollup(t, d.PID, "Anonymous"))
		}
		if share = min(share, (cpuTime(t, d.PID)-cpu).Seconds()/time.Since(begin).Seconds()); share < idleCPU {
			break
		}
	}
	status, err := d.Status(t.Context())
	require.NoError(t, err)
	folder := status.Folders[0]
	t.Logf("with %d finished recordings: %.1f MB at most, %.2f %% of a core; a rescan takes %s",
		recordings, float64(peak)/(1<<20), 100*share, time.Duration(folder.ScanMs*1e6))
	require.Eventually(t, func() bool {
		s, err := d.Status(t.Context())
		return err == nil && s.Folders[0].Scanned.After(scanned)
	}, rescan+within, 100*time.Millisecond, "it has not rescanned")
	require.Less(t, share, idleCPU*slowness(t, in))
	require.Less(t, peak, int64(idleMemory))
	jobs, err := d.Jobs()
	require.NoError(t, err)
	require.Len(t, jobs, recordings, "nothing was converted again")
	require.Empty(t, outputs(out))

	// What is new is found among all that.
	drop(t, in, clip(t, 99_000))
	require.Eventually(t, func() bool { return len(outputs(out)) == 1 }, within, 50*time.Millisecond)
}

// seed makes the recordings of a configuration's only folder known to its queue as converted, without the hours that
// this would take: it writes the records where the daemon's own server will find them.
func seed(t *testing.T, path string, n int) {
	t.Helper()
	c, _, err := config.Load(path, nil, config.Known{})
	require.NoError(t, err)
	s, err := server.NewServer(&server.Options{
		ServerName: "upright", Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: filepath.Join(c.State, "queue"),
		NoSystemAccount: true,
	})
	require.NoError(t, err)
	s.Start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	require.True(t, s.ReadyForConnections(e2e.StartTime))
	q, err := queue.Open(t.Context(), queue.Options{URL: s.ClientURL()})
	require.NoError(t, err)
	defer q.Close()
	nc, err := nats.Connect(s.ClientURL())
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)

	folder := daemon.Folders(c)[0]
	var specs []job.Spec
	_, err = watch.New(folder, watch.Options{}).Plan(t.Context(), func(s job.Spec) { specs = append(specs, s) })
	require.NoError(t, err)
	require.Len(t, specs, n)
	for _, spec := range specs {
		spec.Submitted = time.Now()
		ended := spec.Submitted
		record, err := json.Marshal(job.Record{
			Schema: 1, Spec: spec, State: job.Done, Outcome: job.Done, Updated: ended, Ended: ended,
			Attempts: []job.Attempt{{Number: 1, Owner: "before", Started: spec.Submitted, Ended: ended, Outcome: "done"}},
			MediaMs:  20, Mode: "copy",
			Outputs: []job.Output{{File: filepath.Join(spec.Output, spec.Name+".m4a"), Container: "mp4", Bytes: 1,
				DurationMs: 20, Removed: true}},
		})
		require.NoError(t, err)
		_, err = js.PublishAsync("$KV.upright-jobs."+spec.ID, record)
		require.NoError(t, err)
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-time.After(time.Minute):
		require.FailNow(t, "the queue could not be filled")
	}
}

// slowness is how much more of the processor looking at all files below a folder takes here than where idleCPU is met
// with room: 1 there and on all that are quicker.
func slowness(t testing.TB, dir string) float64 {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	used := func() time.Duration {
		var u syscall.Rusage
		require.NoError(t, syscall.Getrusage(unix.RUSAGE_THREAD, &u))
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	begin, n := used(), 0
	for n < 20_000 {
		require.NoError(t, filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
			if err == nil {
				_, err = e.Info()
			}
			n++
			return err
		}))
	}
	each := (used() - begin) / time.Duration(n)
	t.Logf("looking at a file takes %s here", each)
	return max(1, float64(each)/float64(lookTime))
}

// rollup is what the kernel says about a process's memory, in bytes (proc_pid_smaps(5)).
func rollup(t testing.TB, pid int, name string) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "\n"+name+":")
	require.True(t, found)
	kB, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	require.NoError(t, err)
	return kB << 10
}

// cpuTime is how long a process, without its children, has been running (proc_pid_stat(5)).
func cpuTime(t testing.TB, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	require.NoError(t, err)
	fields := strings.Fields(string(text)[strings.LastIndexByte(string(text), ')')+1:]) // from the state, field 3, on
	// USER_HZ is 100 on all that Go runs on
	const tick = 10 * time.Millisecond
	var sum time.Duration
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		require.NoError(t, err)
		sum += time.Duration(n) * tick
	}
	return sum
}
