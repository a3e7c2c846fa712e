package queue

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

// filled is a queue with n records of ended jobs, as large as those of real jobs.
func filled(t testing.TB, dir string, n int) {
	q := open(t, Options{Dir: dir, Heartbeat: 10 * time.Second})
	report, err := json.Marshal(map[string]string{"pipeline": strings.Repeat("videoconvert ! ", 250)})
	require.NoError(t, err)
	for i := range n {
		rec, err := newStored(spec(i))
		require.NoError(t, err)
		end(rec, job.Done)
		rec.Report = report
		rec.Attempts = []job.Attempt{{Number: 1, Owner: "host/1", Outcome: "done"}}
		data, err := rec.encode(1 << 20)
		require.NoError(t, err)
		_, err = q.js.PublishAsync(q.names.record(id(i)), data, jetstream.WithStallWait(time.Minute))
		require.NoError(t, err)
	}
	<-q.js.PublishAsyncComplete()
	require.NoError(t, q.Close())
}

func status(t testing.TB, field string) (kB int) {
	data, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == field+":" {
			kB, err = strconv.Atoi(f[1])
			require.NoError(t, err)
		}
	}
	return kB
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestSize measures an idle queue with many records in a process of its own: UPRIGHT_QUEUE_SIZE=10000 says more than
// the few that a quick test has time for.
func TestSize(t *testing.T) {
	if dir := os.Getenv("UPRIGHT_QUEUE_MEASURE"); dir != "" {
		measure(t, dir)
		return
	}
	n := 2000
	if s := os.Getenv("UPRIGHT_QUEUE_SIZE"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	dir := t.TempDir()
	filled(t, dir, n)
	child := exec.Command(os.Args[0], "-test.run", "^TestSize$", "-test.v")
	child.Env = append(os.Environ(), "UPRIGHT_QUEUE_MEASURE="+dir, "UPRIGHT_QUEUE_SIZE="+strconv.Itoa(n))
	out, err := child.CombinedOutput()
	require.NoError(t, err, string(out))
	t.Log(string(out))
}

func measure(t *testing.T, dir string) {
	if status(t, "RssAnon") == 0 {
		t.Skip("no RssAnon in /proc/self/status")
	}
	n, _ := strconv.Atoi(os.Getenv("UPRIGHT_QUEUE_SIZE"))
	before := status(t, "RssAnon")
	start := time.Now()
	q := open(t, Options{Dir: dir, Heartbeat: 10 * time.Second})
	opened := time.Since(start)
	require.True(t, q.Known(id(n-1)))
	go q.Next(t.Context())

	start = time.Now()
	records, total, err := q.List(t.Context(), Filter{Text: "room-1", States: []job.State{job.Done}})
	listed := time.Since(start)
	require.NoError(t, err)
	require.Len(t, records, 100)
	require.Greater(t, total, 100)
	require.Less(t, listed, 10*time.Second)

	idle := 2 * time.Second
	if n > 5000 {
		idle = 20 * time.Second
		time.Sleep(trimAfter + time.Second)
	}
	peak := status(t, "RssAnon")
	c := cpu()
	time.Sleep(idle)
	used := float64(cpu()-c) / float64(idle)
	rss := status(t, "RssAnon")
	fmt.Printf("%d records: open %v, list %v, idle %.2f %% of a core, anonymous memory %d kB before, %d kB when "+
		"open, %d kB idle\n",
		n, opened, listed, 100*used, before, peak, rss)
	require.Less(t, used, 0.05)
	if n > 5000 {
		require.Less(t, rss, 60<<10)
	}
}
