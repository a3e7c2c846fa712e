package bucket_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/deliver"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/s3test"
	"github.com/upright-media/upright/recording"
)

// A child delivers the job whose record is in this file.
const childEnv = "DELIVER_TEST_RECORD"

func TestMain(m *testing.M) {
	if file := os.Getenv(childEnv); file != "" {
		os.Exit(child(file))
	}
	os.Exit(m.Run())
}

func readRecord(file string) (rec job.Record, err error) {
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &rec)
	}
	return rec, err
}

func child(file string) int {
	keep := func(_ context.Context, change func(*job.Record)) error {
		rec, err := readRecord(file)
		if err != nil {
			return err
		}
		change(&rec)
		b, err := json.Marshal(rec)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file+".new", b, 0o644); err != nil {
			return err
		}
		return os.Rename(file+".new", file)
	}
	for {
		rec, err := readRecord(file)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		r := deliver.Run(context.Background(), rec,
			deliver.Options{Keep: keep, Backoff: func(int) time.Duration { return time.Millisecond }})
		if r.Err != nil {
			fmt.Fprintln(os.Stderr, r.Err)
			return 1
		}
		if r.Finished {
			return 0
		}
		time.Sleep(time.Until(r.Next))
	}
}

// A real process is killed with SIGKILL at random moments: in the middle of an upload, a copy, a hook.
func TestSurvivesSIGKILL(t *testing.T) {
	s := s3test.Start(t, "media")
	var mu sync.Mutex
	told := map[string]int{}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		defer mu.Unlock()
		told[r.Header.Get("Upright-Delivery")]++
	}))
	defer hook.Close()

	dir := t.TempDir()
	rec := makeRecord(t, filepath.Join(dir, "output"), s.URL("media"), 20<<20, 100_000)
	moved, err := os.MkdirTemp("/dev/shm", "upright") // another file system: sources are copied
	require.NoError(t, err)
	defer os.RemoveAll(moved)
	dl := &rec.Spec.Delivery
	dl.Sources, dl.MoveTo, dl.SourceOf = "move", moved, filepath.Join(dir, "watch")
	dl.Hook = &job.Hook{Command: []string{"sh", "-c", "sleep 0.3; echo told >> " + dir + "/told"}}
	dl.Webhook = &job.Webhook{URL: hook.URL}
	sums := map[string]string{}
	for i := range 4 {
		name := fmt.Sprintf("room/%d.mjr", i)
		path := filepath.Join(dl.SourceOf, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		b := make([]byte, 3<<20+i)
		b[0] = byte(i)
		require.NoError(t, os.WriteFile(path, b, 0o644))
		sum, err := recording.Fingerprint(path)
		require.NoError(t, err)
		sums[name] = sha(t, path)
		rec.Spec.Sources = append(rec.Spec.Sources,
			job.Source{Path: path, Size: int64(len(b)), Fingerprint: hex.EncodeToString(sum[:])})
	}
	file := filepath.Join(dir, "record.json")
	b, err := json.Marshal(rec)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, b, 0o644))

	start := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+file)
		cmd.Stderr = os.Stderr
		require.NoError(t, cmd.Start())
		return cmd
	}
	kills := 0
	for limit := 50 * time.Millisecond; ; limit += max(40*time.Millisecond, limit/4) {
		cmd := start()
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		select {
		case err := <-done:
			require.NoError(t, err)
		case <-time.After(limit/2 + rand.N(limit)):
			require.NoError(t, cmd.Process.Kill())
			if (<-done) != nil {
				kills++
				continue
			}
		}
		break
	}
	t.Logf("killed %d times", kills)
	require.Greater(t, kills, 2)

	rec, err = readRecord(file)
	require.NoError(t, err)
	require.Len(t, rec.Steps, 4)
	for _, step := range rec.Steps {
		require.Equal(t, deliver.StepDone, step.State, "%+v", step)
	}
	uploaded, err := os.ReadDir(filepath.Join(s.Dir, "media/videos/größe 1"))
	require.NoError(t, err)
	require.Len(t, uploaded, 3, "outputs and report, none twice: %v", uploaded)
	for _, o := range rec.Outputs {
		require.True(t, o.Removed)
		require.NoFileExists(t, o.File)
		require.Equal(t, o.SHA256, sha(t, filepath.Join(s.Dir, "media/videos/größe 1", filepath.Base(o.File))))
	}
	got := map[string]string{}
	left, err := os.ReadDir(filepath.Join(moved, "room"))
	require.NoError(t, err)
	for _, e := range left {
		got["room/"+e.Name()] = sha(t, filepath.Join(moved, "room", e.Name()))
	}
	require.Equal(t, sums, got, "every source once, nothing half")
	for _, src := range rec.Spec.Sources {
		require.NoFileExists(t, src.Path)
	}
	require.FileExists(t, filepath.Join(dir, "told"))
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, told, 1, "however often it was told, it was the same message")
}
