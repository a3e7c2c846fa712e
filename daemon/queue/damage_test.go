package queue

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/testdamage"
)

const (
	damageJobs  = 40
	startsQuick = time.Minute // a start, whatever the store is like, on a busy machine, too
)

// damageChild opens a store that may be damaged, submits all jobs as a scan of the watch folder would, does what there
// is to do, and says how it went. It is a process of its own since damage may bring the embedded server down.
func damageChild(dir string) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo}))
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	fail := func(what string, err error) {
		fmt.Println("error", what, err)
		os.Exit(1)
	}
	q, err := Open(ctx, Options{Dir: dir, Heartbeat: 300 * time.Millisecond, Log: log})
	if err != nil {
		fail("open", err)
	}
	fmt.Println("ready", time.Since(began).Milliseconds())
	for n := range damageJobs {
		if _, err := q.Submit(ctx, spec(n)); err != nil {
			fail("submit", err)
		}
	}
	_ = q.Pause(ctx, false)
	for {
		open := 0
		for _, j := range states {
			if !j.Ended() {
				s, _ := q.Stats(ctx)
				open += s.States[j]
			}
		}
		if open == 0 {
			break
		}
		l, err := q.Next(ctx)
		if err != nil {
			fail(fmt.Sprintf("next, of %d", open), err)
		}
		fmt.Println("taken", l.Record().Spec.ID)
		if err := l.Finish(ctx, done); err != nil {
			fail("finish", err)
		}
	}
	records, total, err := q.List(ctx, Filter{Limit: 1000})
	if err != nil {
		fail("list", err)
	}
	fmt.Println("listed", len(records), total)
	if err := q.Ready(); err != nil {
		fail("ready", err)
	}
	if err := q.Close(); err != nil {
		fail("close", err)
	}
	fmt.Println("closed")
	os.Exit(0)
}

// damagedStore is a store as a daemon leaves it, or as one leaves it that is killed: jobs that have ended, that wait,
// and that are under way.
func damagedStore(t testing.TB) string {
	dir := t.TempDir()
	q := open(t, Options{Dir: dir})
	for n := range damageJobs {
		submit(t, q, spec(n))
	}
	for n := range damageJobs / 2 {
		l := next(t, q)
		if n%5 == 0 {
			require.NoError(t, l.Update(background(t), run))
		} else {
			finish(t, l)
		}
	}
	require.NoError(t, q.PutArtifact(background(t), id(1), 1, job.GraphName, []byte("digraph {}")))
	require.NoError(t, q.Pause(background(t), true))
	require.NoError(t, q.Close())
	return dir
}

// TestDamagedStore flips bits of, cuts and removes files of the store. Whatever it is, the queue opens within seconds
// and all jobs that are found again come to their end. UPRIGHT_DAMAGE=200 tries so many.
func TestDamagedStore(t *testing.T) {
	t.Parallel()
	trials := testdamage.Trials(t, 8)
	whole := damagedStore(t)
	slowest := time.Duration(0)
	for n := range trials {
		dir := filepath.Join(t.TempDir(), strconv.Itoa(n))
		require.NoError(t, os.CopyFS(dir, os.DirFS(whole)))
		what := testdamage.One(t, dir, rand.New(rand.NewPCG(uint64(n), 14)))
		took, told := opened(t, dir, what)
		slowest = max(slowest, took)
		t.Logf("%3d %5d ms %s%s", n, took.Milliseconds(), what, told)
		require.NoError(t, os.RemoveAll(dir))
	}
	t.Logf("%d trials, slowest start %v", trials, slowest)
}

// opened runs damageChild and checks what it says.
func opened(t testing.TB, dir, what string) (took time.Duration, told string) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0])
	child.Env = append(os.Environ(), "UPRIGHT_QUEUE_DAMAGED="+dir)
	var log bytes.Buffer
	child.Stderr = &log
	out, err := child.Output()
	seen := map[string]bool{}
	listed, closed := "", false
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		verb, rest, _ := strings.Cut(lines.Text(), " ")
		switch verb {
		case "ready":
			ms, err := strconv.Atoi(rest)
			require.NoError(t, err)
			took = time.Duration(ms) * time.Millisecond
		case "taken":
			if seen[rest] {
				t.Errorf("%s: job %s was done twice", what, rest)
			}
			seen[rest] = true
		case "listed":
			listed = rest
		case "closed":
			closed = true
		case "error":
			t.Errorf("%s: %s", what, lines.Text())
		}
	}
	if err != nil || !closed || took > startsQuick || listed != fmt.Sprintf("%d %[1]d", damageJobs) {
		t.Errorf("%s: %v, ready after %v, listed %q\n%s", what, err, took, listed, tailOf(log.String()))
	}
	for line := range strings.Lines(log.String()) {
		if _, msg, ok := strings.Cut(line, "msg="); ok && strings.Contains(line, "level=ERROR") {
			told += "\n            " + strings.TrimSpace(msg)
		}
	}
	return took, told
}

func tailOf(s string) string {
	lines := strings.Split(s, "\n")
	if len(lines) > 40 {
		lines = append(append(lines[:25:25], "…"), lines[len(lines)-15:]...)
	}
	return strings.Join(lines, "\n")
}

// flip changes one bit in the newest record of a job, as it lies in a stopped server's store.
func flip(t testing.TB, store, key string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(store, "jetstream", "$G", "streams", "KV_upright-jobs", "msgs", "*.blk"))
	require.NoError(t, err)
	for _, path := range all {
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		if at := bytes.LastIndex(data, []byte("$KV.upright-jobs."+key)); at >= 0 {
			data[at+len("$KV.upright-jobs.")+len(key)+20] ^= 4
			require.NoError(t, os.WriteFile(path, data, 0o600))
			return
		}
	}
	require.Fail(t, "no record of "+key)
}

// TestDamagedRecord loses one record and keeps all others. The store that could not be read stays, under another name.
func TestDamagedRecord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, Options{Dir: dir})
	for n := range 9 {
		submit(t, q, spec(n))
	}
	for range 5 {
		finish(t, next(t, q))
	}
	submit(t, q, spec(9))
	finish(t, next(t, q))
	require.NoError(t, q.Forget(background(t), id(0)))
	require.NoError(t, q.Pause(background(t), true))
	require.NoError(t, q.Close())
	flip(t, filepath.Join(dir, "queue"), id(2))
	var stages []string
	q = open(t, Options{Dir: dir, Stage: func(text string) { stages = append(stages, text) }})
	require.Subset(t, stages, []string{"starting the embedded server", "setting the queue up"})
	require.True(t, q.Paused(), "what else was in the store is as before")
	for n := range 10 {
		require.Equal(t, n != 0 && n != 2, q.Known(id(n)), n)
		if q.Known(id(n)) {
			want := job.Queued
			if n < 6 {
				want = job.Done
			}
			require.Equal(t, want, state(t, q, n), n)
		}
	}
	aside, err := filepath.Glob(filepath.Join(dir, "queue.damaged-*", "$G"))
	require.NoError(t, err)
	require.Len(t, aside, 1)
	require.NoFileExists(t, salvageFile(dir))
	require.NoError(t, q.Ready())

	submit(t, q, spec(2)) // the next scan finds it
	require.NoError(t, q.Pause(background(t), false))
	for range 5 {
		finish(t, next(t, q))
	}
	none(t, q, 300*time.Millisecond)
	requireMessages(t, q, 0)
}

// TestDamagedRecordElsewhere has the store of a server that is not ours damaged. It is named, and left to whoever runs
// that server; nothing waits for it.
func TestDamagedRecordElsewhere(t *testing.T) {
	t.Parallel()
	store := t.TempDir()
	s := natsServer(t, &server.Options{StoreDir: store})
	q := open(t, Options{URL: s.ClientURL()})
	for n := range 3 {
		submit(t, q, spec(n))
	}
	require.NoError(t, q.Close())
	s.Shutdown()
	s.WaitForShutdown()
	flip(t, store, id(1))
	s = natsServer(t, &server.Options{StoreDir: store})
	began := time.Now()
	q = open(t, Options{URL: s.ClientURL()})
	require.Less(t, time.Since(began), startsQuick)
	require.True(t, q.Known(id(0)) && !q.Known(id(1)) && q.Known(id(2)))
	require.Equal(t, job.Queued, state(t, q, 0))
	_, total, err := q.List(background(t), Filter{})
	require.NoError(t, err)
	require.Equal(t, 2, total)
	require.NoError(t, q.Ready(), "what goes on in that server is not ours to judge")
}

// TestStoreThatIsNone has something else where the store should be.
func TestStoreThatIsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "queue"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "queue", "jetstream"), []byte("no folder"), 0o600))
	q := open(t, Options{Dir: dir})
	submit(t, q, spec(1))
	finish(t, next(t, q))
	aside, err := filepath.Glob(filepath.Join(dir, "queue.damaged-*"))
	require.NoError(t, err)
	require.Len(t, aside, 1)
}
